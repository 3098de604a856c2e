"""The gradual transitions of a film, told from its shots."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cinefacs.records.checks import require
from cinefacs.records.shot import Shot, ShotStart

__all__ = ["Transition", "find_transitions"]

_GRADUAL = frozenset({ShotStart.FADE, ShotStart.DISSOLVE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """A change of shots that takes several frames."""

    kind: ShotStart
    """Fade or dissolve."""
    start_frame: int
    """First frame that shows a mixture, or that darkens."""
    end_frame: int
    """First frame of the new shot alone; the next boundary where nothing is left of it."""

    def __post_init__(self) -> None:
        """Check the kind, and that there is a frame."""
        require(self.kind in _GRADUAL, "Transition.kind", "fade or dissolve", str(self.kind))
        require(
            0 <= self.start_frame < self.end_frame,
            "Transition frames",
            "0 <= start < end",
            (self.start_frame, self.end_frame),
        )


def find_transitions(shots: Sequence[Shot]) -> list[Transition]:
    """Return the gradual transitions: what lies between the cores of two neighbouring shots.

    They never overlap. Where two transitions meet and leave nothing of the shot between them,
    the first takes all frames of that shot: where within it one ended and the other began is
    not known from the shots.

    Parameters
    ----------
    shots
        All shots of one film, in order; there may be none.

    Raises
    ------
    SchemaError
        A shot does not begin where the one before it ends, or is said to begin gradually though
        no frame is in transition.
    """
    for before, after in pairwise(shots):
        require(
            (before.film_id, before.end_frame) == (after.film_id, after.start_frame),
            "shots",
            "each to begin where the one before it ends, in one film",
            f"frame {before.end_frame}, then frame {after.start_frame}",
        )
    return [
        Transition(
            kind=after.starts_with,
            start_frame=before.core_end_frame,
            end_frame=after.core_start_frame,
        )
        for before, after in pairwise(shots)
        if after.starts_with in _GRADUAL
    ]
