"""Boxes and similarity transforms: pure arithmetic on arrays."""
