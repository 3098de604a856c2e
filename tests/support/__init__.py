"""Test films, real media and other props."""
