"""What a cutter needs to go on at the first frame of a shot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.records.shot import ShotStart

__all__ = ["CutterState"]

_STARTS = tuple(ShotStart)
_NUMBERS = ("shot_index", "start_frame", "starts_with", "certain_until", "last_cut", "rest_from")


@dataclass(frozen=True, kw_only=True, slots=True)
class CutterState:
    """What a new cutter needs to go on at the first frame of a shot."""

    shot_index: int = 0
    """Position of the shot."""
    start_frame: int = 0
    """Its first frame."""
    starts_with: ShotStart = ShotStart.FILM
    """How it begins."""
    certain_until: int = 0
    """End of the transition that the shot begins in; `start_frame` where it begins in none."""
    last_cut: int | None = None
    """Last cut up to the shot's start."""
    rest_from: int | None = None
    """End of the last dissolve."""
    window: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    """The frames before the shot that decisions look back at, see
    `cinefacs.shots.window.SignatureWindow.to_arrays`; empty at the start of the film."""

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state as plain arrays, for ``numpy.savez(allow_pickle=False)``."""
        numbers = [
            self.shot_index,
            self.start_frame,
            _STARTS.index(self.starts_with),
            self.certain_until,
            -1 if self.last_cut is None else self.last_cut,
            -1 if self.rest_from is None else self.rest_from,
        ]
        return {"numbers": np.array(numbers, np.int64), **self.window}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> "CutterState":
        """Return the state that `to_arrays` wrote.

        Raises
        ------
        SchemaError
            The arrays are others.
        """
        numbers = arrays.get("numbers", np.zeros(0, np.int64))
        if numbers.shape != (len(_NUMBERS),):
            raise SchemaError(
                f"CutterState.numbers: expected {len(_NUMBERS)} numbers, got {numbers.shape}"
            )
        shot_index, start_frame, starts_with, certain_until, last_cut, rest_from = (
            int(number) for number in numbers
        )
        return cls(
            shot_index=shot_index,
            start_frame=start_frame,
            starts_with=_STARTS[starts_with],
            certain_until=certain_until,
            last_cut=None if last_cut < 0 else last_cut,
            rest_from=None if rest_from < 0 else rest_from,
            window={name: array for name, array in arrays.items() if name != "numbers"},
        )
