"""The layers that the networks are made of, one idea a file."""
