"""Exact time: presentation time stamps and fractions, never float frame rates."""
