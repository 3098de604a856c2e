"""Which way hair is combed: a direction along the head for each strand's point."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.head_reach import HeadReach, unit_vectors
from cinefacs.synth.person import HairStyle

__all__ = ["Comb", "along", "comb_from_crown", "comb_of", "comb_to_knot"]

Array = npt.NDArray[Any]

Comb = Callable[[Array, Array, Array, float, HeadReach], Array]
"""Takes points, outward directions, roots, where the hair parts, and the head."""


def comb_from_crown(
    points: Array, outward: Array, _root: Array, part: float, head: HeadReach
) -> Array:
    """Away from a whorl at the back of the crown."""
    whorl = head.centre + np.array([0.12 * np.sign(part), 1.0, -0.45]) * head.scale
    return along(points - whorl, outward)


def _comb_from_part(
    _points: Array, outward: Array, root: Array, part: float, head: HeadReach
) -> Array:
    """To both sides of a parting, and a little back."""
    middle = part * 0.38 * head.scale
    side = np.tanh((root[:, 0] - middle) * 12 / head.scale)
    way = np.stack([side, np.full(len(root), -0.25), np.full(len(root), -0.30)], axis=1)
    return along(way, outward)


def _comb_to_side(
    _points: Array, outward: Array, root: Array, part: float, head: HeadReach
) -> Array:
    """Over the top from the parting; down where the sides begin."""
    middle = part * 0.45 * head.scale
    side = np.where(root[:, 0] * np.sign(part + 1e-9) > middle * np.sign(part + 1e-9), 1.0, -1.0)
    side = side * np.sign(part + 1e-9)
    top = np.clip((root[:, 1] - head.brow) / (0.45 * head.scale), 0, 1)
    way = np.stack([side * (0.25 + top), -(1.05 - top), -0.45 + 0.3 * top], axis=1)
    return along(way, outward)


def comb_to_knot(
    points: Array, outward: Array, _root: Array, _part: float, head: HeadReach
) -> Array:
    """Back to a knot, at the back of the head."""
    return along(head.knot - points, outward)


def _comb_anyhow(points: Array, outward: Array, root: Array, part: float, head: HeadReach) -> Array:
    """Each strand its own way, and a little from the parting."""
    own = np.sin(root * np.array([61.0, 83.0, 47.0])[None] + root[:, [1, 2, 0]] * 39.0)
    return along(own * 0.8 + _comb_from_part(points, outward, root, part, head) * 0.6, outward)


_COMBS: dict[HairStyle, Comb] = {
    HairStyle.SIDE: _comb_to_side,
    HairStyle.MEDIUM: _comb_from_part,
    HairStyle.LONG: _comb_from_part,
    HairStyle.CURLY: _comb_anyhow,
    HairStyle.AFRO: _comb_anyhow,
    HairStyle.TIED: comb_to_knot,
}


def comb_of(style: HairStyle) -> Comb:
    """Return how a style is combed."""
    return _COMBS.get(style, comb_from_crown)


def along(way: Array, outward: Array) -> Array:
    """Return the unit part of `way` that lies in the surface."""
    return unit_vectors(way - (way * outward).sum(axis=1, keepdims=True) * outward)
