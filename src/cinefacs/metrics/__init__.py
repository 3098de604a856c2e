"""How well predictions meet the truth: pure functions."""
