"""Tell whether two pictures look nearly the same, whatever their size, codec or brightness.

References
----------
N. Krawetz, "Looks Like It" and "Kind of Like That", The Hacker Factor Blog, 2011 and 2013: the
hash of the discrete cosine transform (pHash) and of the differences of neighbours (dHash).
C. Zauner, *Implementation and Benchmarking of Perceptual Image Hash Functions*, 2010.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Looks", "difference_hash", "is_flat", "look_at", "near_pairs", "transform_hash"]

MINIATURE_PX = 32
"""Side of the miniature from which all is told."""
_FLAT_LEVELS = 4.0
_BLOCK = 4096  # pictures compared at once: 16 million pairs, 130 MB a hash

Rgb = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Looks:
    """What is kept of some pictures to compare them."""

    difference: Hashes
    """(N,) dHash."""
    transform: Hashes
    """(N,) pHash."""
    miniature: npt.NDArray[np.float32]
    """(N, 1024) grey levels of mean 0 and length 1; all 0 for a picture of one colour."""

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.difference)

    def select(self, rows: npt.NDArray[np.int64]) -> "Looks":
        """Return some of the pictures."""
        return Looks(
            difference=self.difference[rows],
            transform=self.transform[rows],
            miniature=self.miniature[rows],
        )


def look_at(pictures: list[Rgb]) -> Looks:
    """Return what is to be compared of pictures.

    Parameters
    ----------
    pictures : each (H, W, 3) uint8
    """
    minis = [_miniature(rgb) for rgb in pictures]
    return Looks(
        difference=np.array([difference_hash(mini) for mini in minis], np.uint64),
        transform=np.array([transform_hash(mini) for mini in minis], np.uint64),
        miniature=np.array([_normalise(mini) for mini in minis], np.float32).reshape(
            -1, MINIATURE_PX**2
        ),
    )


def difference_hash(grey: npt.NDArray[np.float32]) -> int:
    """Return 64 bits that tell where the picture brightens from left to right (dHash).

    Parameters
    ----------
    grey : (H, W) grey levels
    """
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    return _pack(small[:, 1:] > small[:, :-1])


def transform_hash(grey: npt.NDArray[np.float32]) -> int:
    """Return 64 bits that tell which low frequencies are above their median (pHash).

    The mean brightness does not count.

    Parameters
    ----------
    grey : (32, 32) float32, grey levels
    """
    low = cv2.dct(grey)[:8, :8]
    low[0, 0] = 0
    return _pack(low > np.median(low))


def is_flat(rgb: Rgb) -> bool:
    """Return whether a picture has hardly any content, such as a frame of black.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    """
    return float(_miniature(rgb).std()) < _FLAT_LEVELS


def near_pairs(
    left: Looks, right: Looks, *, max_bits: int, min_correlation: float
) -> list[tuple[int, int]]:
    """Return the pairs of pictures that look nearly the same.

    Both hashes must differ in at most `max_bits`, and the miniatures must correlate: the hashes
    are quick, the miniatures settle it.

    Parameters
    ----------
    left, right
        Pictures of two parts.
    max_bits : 0 to 64
    min_correlation : 0 to 1

    Returns
    -------
    list of (row of `left`, row of `right`), ascending
    """
    pairs: list[tuple[int, int]] = []
    for i in range(0, len(left), _BLOCK):
        for j in range(0, len(right), _BLOCK):
            a, b = slice(i, i + _BLOCK), slice(j, j + _BLOCK)
            near = _bits_apart(left.difference[a], right.difference[b]) <= max_bits
            near &= _bits_apart(left.transform[a], right.transform[b]) <= max_bits
            rows, columns = np.nonzero(near)
            alike = _correlation(left.miniature[rows + i], right.miniature[columns + j])
            is_same = alike >= min_correlation
            pairs += zip((rows[is_same] + i).tolist(), (columns[is_same] + j).tolist(), strict=True)
    return sorted(pairs)


def _bits_apart(a: Hashes, b: Hashes) -> npt.NDArray[np.uint8]:
    return np.asarray(np.bitwise_count(a[:, None] ^ b[None, :]), np.uint8)


def _correlation(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the correlation of rows; two pictures of one colour each count as alike."""
    both_flat = ~a.any(axis=1) & ~b.any(axis=1)
    return np.where(both_flat, np.float32(1), np.einsum("nk,nk->n", a, b))


def _miniature(rgb: Rgb) -> npt.NDArray[np.float32]:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(
        grey.astype(np.float32), (MINIATURE_PX, MINIATURE_PX), interpolation=cv2.INTER_AREA
    )
    return np.asarray(small, dtype=np.float32)


def _normalise(grey: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    levels = (grey - grey.mean()).reshape(-1)
    length = float(np.linalg.norm(levels))
    return np.asarray(levels / length if length > 1e-3 else np.zeros_like(levels), np.float32)


def _pack(bits: npt.NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(bits.reshape(-1)).tobytes(), "big")
