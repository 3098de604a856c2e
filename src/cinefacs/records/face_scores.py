"""What a detector said of every face in every frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.records.checks import freeze_array, require, require_within
from cinefacs.records.time_span import TimeSpan

__all__ = ["FaceScores"]

_ROW_FIELDS = ("track_id", "frame_index", "pts", "end_pts", "box_xyxy", "face_score", "scores")


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceScores:
    """Scores of faces, flat over a film or a part of it: a row per face and frame.

    Rows ascend by track and, within a track, by time. Arrays are read-only. A frame in which a
    face was not found, or in which nobody could code it, has no row: unseen is not the same as 0.
    """

    film_id: str
    """SHA-256 of the film."""
    time_base: Fraction
    """Seconds per tick."""
    class_names: tuple[str, ...]
    """What the columns of `scores` are, such as ``AU12`` or ``happiness``; each once."""
    track_id: npt.NDArray[np.int64]
    """(N,) face track of the film."""
    frame_index: npt.NDArray[np.int64]
    """(N,) frame of the film, from 0."""
    pts: npt.NDArray[np.int64]
    """(N,) start of the frame, ticks."""
    end_pts: npt.NDArray[np.int64]
    """(N,) end of the frame, ticks."""
    box_xyxy: npt.NDArray[np.float32]
    """(N, 4) px of the shown frame."""
    face_score: npt.NDArray[np.float32]
    """(N,) 0 to 1: that there is a face."""
    scores: npt.NDArray[np.float32]
    """(N, K) 0 to 1: of each class."""

    def __post_init__(self) -> None:
        """Check shapes, order and ranges; freeze the arrays."""
        n, k = len(self.track_id), len(self.class_names)
        require(len(set(self.class_names)) == k, "FaceScores.class_names", "each once", k)
        require(self.time_base > 0, "FaceScores.time_base", "a fraction above 0", self.time_base)
        layout: dict[str, tuple[tuple[int, ...], npt.DTypeLike]] = {
            "track_id": ((n,), np.int64),
            "frame_index": ((n,), np.int64),
            "pts": ((n,), np.int64),
            "end_pts": ((n,), np.int64),
            "box_xyxy": ((n, 4), np.float32),
            "face_score": ((n,), np.float32),
            "scores": ((n, k), np.float32),
        }
        for name, (shape, dtype) in layout.items():
            array = freeze_array(
                getattr(self, name), f"FaceScores.{name}", shape=shape, dtype=dtype
            )
            object.__setattr__(self, name, array)
        for name in ("face_score", "scores"):
            require_within(getattr(self, name), f"FaceScores.{name}", low=0, high=1)
        is_shown = bool((self.end_pts > self.pts).all())
        require(is_shown, "FaceScores.end_pts", "ticks after pts", "others")
        same_track = np.diff(self.track_id) == 0
        is_later = (np.diff(self.frame_index) > 0) & (self.pts[1:] >= self.end_pts[:-1])
        is_ordered = np.where(same_track, is_later, np.diff(self.track_id) > 0)
        require(
            bool(is_ordered.all()),
            "FaceScores",
            "rows ascending by track and time, no two frames overlapping",
            "others",
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.track_id)

    def select(self, rows: npt.NDArray[np.bool_] | slice) -> "FaceScores":
        """Return some of the rows."""
        whole = {"film_id", "time_base", "class_names"}
        return FaceScores(
            **{
                each.name: getattr(self, each.name)
                if each.name in whole
                else getattr(self, each.name)[rows]
                for each in fields(self)
            }
        )

    @classmethod
    def joined(cls, tracks: Sequence["FaceScores"]) -> "FaceScores":
        """Return the rows of several tracks of a film as one, at least one, by ascending track."""
        first = tracks[0]
        return cls(
            film_id=first.film_id,
            time_base=first.time_base,
            class_names=first.class_names,
            **{
                name: np.concatenate([getattr(each, name) for each in tracks])
                for name in _ROW_FIELDS
            },
        )

    def tracks(self) -> Iterator["FaceScores"]:
        """Yield the rows of each track."""
        starts = np.flatnonzero(np.diff(self.track_id, prepend=-1, append=-1))
        for start, end in pairwise(starts.tolist()):
            yield self.select(slice(start, end))

    def span(self, first: int, end: int) -> TimeSpan:
        """Return when the rows ``first <= k < end`` of one track are shown."""
        return TimeSpan(
            start_pts=int(self.pts[first]),
            end_pts=int(self.end_pts[end - 1]),
            time_base=self.time_base,
        )

    def column(self, name: str) -> npt.NDArray[np.float32]:
        """Return the scores of one class.

        Raises
        ------
        SchemaError
            The detector does not know the class.
        """
        if name not in self.class_names:
            known = ", ".join(self.class_names)
            raise SchemaError(f"class: expected one of {known}, got {name!r}")
        column: npt.NDArray[np.float32] = self.scores[:, self.class_names.index(name)]
        return column
