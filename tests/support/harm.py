"""Harm done to film files, the same in every run."""

import random
from pathlib import Path

import numpy as np

from tests.support.encoding import Rgb, barcode_frame

__all__ = ["busy_frames", "cut_short", "overwrite"]


def busy_frames(n: int, size_wh: tuple[int, int] = (160, 96)) -> list[Rgb]:
    """Return numbered frames with a drifting texture, so that each takes real space in a film."""
    texture = np.random.default_rng(7).integers(0, 48, (size_wh[1], 4 * size_wh[0], 3))
    return [
        np.clip(
            barcode_frame(k, size_wh).astype(int)
            + np.roll(texture, 3 * k, axis=1)[:, : size_wh[0]]
            - 24,
            0,
            255,
        ).astype(np.uint8)
        for k in range(n)
    ]


def overwrite(path: Path, *, at: float, n_bytes: int, seed: int = 0) -> Path:
    """Write random bytes into a copy of a film.

    Parameters
    ----------
    path
        The film, whole.
    at
        Where in the file, 0 to 1.
    n_bytes
        How many.
    seed
        Of the bytes.

    Returns
    -------
    The copy.
    """
    content = bytearray(path.read_bytes())
    start = int(len(content) * at)
    content[start : start + n_bytes] = random.Random(seed).randbytes(n_bytes)  # noqa: S311
    harmed = path.with_name(f"harmed-{at}-{n_bytes}-{seed}{path.suffix}")
    harmed.write_bytes(content)
    return harmed


def cut_short(path: Path, *, share: float) -> Path:
    """Return a copy of a film that ends after a share of its bytes."""
    content = path.read_bytes()
    cut = path.with_name(f"cut-{share}{path.suffix}")
    cut.write_bytes(content[: int(len(content) * share)])
    return cut
