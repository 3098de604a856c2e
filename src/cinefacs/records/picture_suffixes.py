"""Which files count as pictures."""

__all__ = ["PICTURE_SUFFIXES"]

PICTURE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""Endings of the files that are taken where a folder of pictures is read, in small letters."""
