"""Model files (install, list, verify) and the sessions that run them."""
