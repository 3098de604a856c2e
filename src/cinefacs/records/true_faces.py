"""What is true of every face of an exam's films, and what was said of it."""

from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.records.checks import freeze_array, require

__all__ = ["FaceReadings", "PersonFacts", "TrueFaces"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonFacts:
    """What an exam knows of a person who does not exist."""

    age_years: float
    """Age."""
    is_male: bool
    """Gender as it was drawn."""
    skin_tone: float
    """Fitzpatrick type on a continuous scale, 1 to 6."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrueFaces:
    """Faces of several films with their truth: a row per face and frame."""

    film_ids: tuple[str, ...]
    """SHA-256 of each film."""
    time_bases: tuple[Fraction, ...]
    """Seconds per tick of each film."""
    aus: tuple[int, ...]
    """Action units that the columns below are of."""
    emotion_names: tuple[str, ...]
    """Classes that the columns of `is_held` are of."""
    film_index: npt.NDArray[np.int64]
    """(N,) position in `film_ids`."""
    track_id: npt.NDArray[np.int64]
    """(N,) face track of the film, by the truth."""
    character_number: npt.NDArray[np.int64]
    """(N,) character of the film, from 1."""
    person: npt.NDArray[np.int64]
    """(N,) person, the same in all films."""
    frame_index: npt.NDArray[np.int64]
    """(N,) frame of the film."""
    pts: npt.NDArray[np.int64]
    """(N,) start of the frame, ticks."""
    end_pts: npt.NDArray[np.int64]
    """(N,) end of the frame, ticks."""
    box_xyxy: npt.NDArray[np.float32]
    """(N, 4) px; may reach beyond the border."""
    eyes_xy: npt.NDArray[np.float32]
    """(N, 2, 2) px: the eye on the picture's left, then the other."""
    face_px: npt.NDArray[np.float32]
    """(N,) height of the face, px."""
    is_visible: npt.NDArray[np.bool_]
    """(N,) whether the face counts as visible (DECISIONS 7)."""
    conditions: npt.NDArray[np.str_]
    """(N,) hard conditions of the shot, parted by blanks."""
    intensity: npt.NDArray[np.float32]
    """(N, K) of each action unit on the stronger side, 0 to 1."""
    is_shown: npt.NDArray[np.bool_]
    """(N, K) whether it acts and can be seen."""
    is_known: npt.NDArray[np.bool_]
    """(N, K) False where it acts unseen, or where its region is hidden."""
    is_held: npt.NDArray[np.bool_]
    """(N, E) emotions of the expressions that can be seen acting."""
    is_emotion_known: npt.NDArray[np.bool_]
    """(N,) whether the face has exactly one class of them."""

    def __post_init__(self) -> None:
        """Check shapes; freeze the arrays."""
        n, k, e = len(self.film_index), len(self.aus), len(self.emotion_names)
        shapes: dict[str, tuple[tuple[int, ...], Any]] = {
            "box_xyxy": ((n, 4), np.float32),
            "eyes_xy": ((n, 2, 2), np.float32),
            "face_px": ((n,), np.float32),
            "is_visible": ((n,), np.bool_),
            "intensity": ((n, k), np.float32),
            "is_shown": ((n, k), np.bool_),
            "is_known": ((n, k), np.bool_),
            "is_held": ((n, e), np.bool_),
            "is_emotion_known": ((n,), np.bool_),
        }
        for name in ("film_index", "track_id", "character_number", "person", "frame_index",
                     "pts", "end_pts"):  # fmt: skip
            shapes[name] = ((n,), np.int64)
        for name, (shape, dtype) in shapes.items():
            value = freeze_array(getattr(self, name), f"TrueFaces.{name}", shape=shape, dtype=dtype)
            object.__setattr__(self, name, value)
        require(len(self.conditions) == n, "TrueFaces.conditions", f"{n} texts",
                len(self.conditions))  # fmt: skip
        is_one = bool((self.is_held[self.is_emotion_known].sum(axis=1) == 1).all())
        require(is_one, "TrueFaces.is_held", "one class where it is known", "none or several")

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.film_index)

    def select(self, rows: npt.NDArray[Any]) -> "TrueFaces":
        """Return some of the faces; the films stay.

        Parameters
        ----------
        rows : (N,) bool, or positions
        """
        whole = {"film_ids", "time_bases", "aus", "emotion_names"}
        return TrueFaces(
            **{
                each.name: getattr(self, each.name)
                if each.name in whole
                else getattr(self, each.name)[rows]
                for each in fields(self)
            }
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FaceReadings:
    """What was said of each of `TrueFaces`, in their order."""

    class_names: tuple[str, ...]
    """What the columns of `scores` are, such as ``AU12`` or ``happiness``."""
    is_read: npt.NDArray[np.bool_]
    """(N,) whether a box was found that overlaps the face by at least half."""
    scores: npt.NDArray[np.float32]
    """(N, C) 0 to 1; all 0 where nothing was read."""

    def __post_init__(self) -> None:
        """Check shapes; freeze the arrays."""
        n, c = len(self.is_read), len(self.class_names)
        for name, shape, dtype in (("is_read", (n,), np.bool_), ("scores", (n, c), np.float32)):
            value = freeze_array(
                getattr(self, name), f"FaceReadings.{name}", shape=shape, dtype=dtype
            )
            object.__setattr__(self, name, value)
