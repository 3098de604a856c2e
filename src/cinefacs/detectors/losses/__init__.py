"""What training makes small, and which anchor point answers for which box."""
