"""Find micro-expressions of film characters."""
