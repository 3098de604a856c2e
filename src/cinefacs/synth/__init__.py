"""Synthetic FACS films: people, scripts, light and camera, with the exact truth of each frame."""
