"""The gradual transitions of a film, told from its shots."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cinefacs.records.shot import Shot, ShotStart

__all__ = ["Transition", "find_transitions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """A change of shots that takes several frames."""

    kind: ShotStart
    """Fade or dissolve."""
    start_frame: int
    """First frame that shows a mixture, or that darkens."""
    end_frame: int
    """First frame of the new shot alone."""


def find_transitions(shots: Sequence[Shot]) -> list[Transition]:
    """Return the gradual transitions: what lies between the cores of two neighbouring shots.

    Parameters
    ----------
    shots
        All shots of one film, in order.
    """
    return [
        Transition(
            kind=after.starts_with,
            start_frame=before.core_end_frame,
            end_frame=after.core_start_frame,
        )
        for before, after in pairwise(shots)
        if after.starts_with in {ShotStart.FADE, ShotStart.DISSOLVE}
    ]
