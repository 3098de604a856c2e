"""How an error is told: what, expected, found; then what to do."""

import sys

from cinefacs.errors import CinefacsError

__all__ = ["show_error"]


def show_error(error: CinefacsError) -> None:
    """Write an error and its hint to stderr."""
    sys.stderr.write(f"error: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"hint: {error.hint}\n")
