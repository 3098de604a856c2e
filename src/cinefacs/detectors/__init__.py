"""Detectors of faces and expressions: networks, losses, training, evaluation, export (torch)."""
