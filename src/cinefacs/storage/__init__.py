"""Files in and out: atomic, versioned, one error for a disk that refuses."""
