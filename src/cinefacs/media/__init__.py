"""Decode and encode video and sound with exact time (PyAV)."""
