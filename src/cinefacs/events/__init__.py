"""From scores over time to onset, apex, offset and duration class; pure, no I/O."""
