"""Measured against peers and targets; `make bench` runs them."""
