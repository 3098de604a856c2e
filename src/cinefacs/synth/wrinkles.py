"""Which wrinkles an expression shows on which face."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.body import Pose
from cinefacs.synth.person import Person

__all__ = ["wrinkle_strengths"]

_WRINKLE_AUS: tuple[tuple[tuple[int, float], ...], ...] = (
    ((1, 1.0),),
    ((2, 1.0),),
    ((4, 1.0), (9, 0.35)),
    ((6, 1.0), (12, 0.25), (7, 0.3)),
    ((12, 0.9), (10, 0.9), (11, 0.9), (9, 0.7), (6, 0.3), (13, 0.6)),
    ((9, 1.0),),
    ((17, 1.0), (15, 0.25)),
    ((14, 1.0), (15, 0.8), (20, 0.5)),
)
"""Action units that deepen each of the eight wrinkle patterns."""
_REST_LINES = (0.35, 0.35, 0.30, 0.35, 0.55, 0.05, 0.1, 0.3)
"""Depth of each pattern at rest in an old face."""


def wrinkle_strengths(person: Person, pose: Pose) -> npt.NDArray[Any]:
    """Return the strength of each pattern on the left and on the right side, (2, 8).

    Parameters
    ----------
    person
        Some people hardly have wrinkles; old ones have some at rest.
    pose
        What the face does.
    """
    strengths = np.zeros((2, 8))
    for k, causes in enumerate(_WRINKLE_AUS):
        rest = _REST_LINES[k] * person.skin.lines
        for side in (0, 1):
            active = sum(pose.intensity.get(au, (0.0, 0.0))[side] * share for au, share in causes)
            strengths[side, k] = rest + min(1.0, active) * person.wrinkle_gain[k]
    return strengths
