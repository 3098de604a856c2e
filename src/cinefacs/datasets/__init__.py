"""Data sets: assembled from studies, split without leaks, checked, exported and imported."""
