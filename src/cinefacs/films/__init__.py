"""Clips and frames of a film."""
