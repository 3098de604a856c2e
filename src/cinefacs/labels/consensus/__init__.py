"""What the majority of the coders says, what is disputed, and how it is settled."""
