"""The stretches of film on which coders are compared: clips, with the times of their frames."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import StudyError
from cinefacs.records.clip import Clip
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.film import Film
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.face_tables import TRACK_SCHEMA
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import iterate_table
from cinefacs.timing.clock import rescale_pts

__all__ = ["Stretch", "read_stretches", "ticks_in"]

Ticks = npt.NDArray[np.int64]
Owner = tuple[str, int]
"""Film and character."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stretch:
    """One character's clip, or a coded stretch of a film that has no clips."""

    name: str
    """The clip's tag, such as ``003-06-0007``; of a coded stretch ``003-06+12.345s``."""
    film_number: int
    """Number of the film in the study."""
    film_id: str
    """SHA-256 of the film."""
    character_number: int
    """Character of the film."""
    span: TimeSpan
    """From the first frame's pts to the last frame's end."""
    frame_edges: Ticks
    """(F + 1,) ticks, ascending: where each frame begins, and where the last one ends."""
    is_clip: bool
    """Whether it is a clip of the study."""

    @property
    def owner(self) -> Owner:
        """Film and character."""
        return self.film_id, self.character_number

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.frame_edges.size - 1

    @property
    def frame_middles(self) -> Ticks:
        """(F,) ticks: the middle of each frame.

        A frame belongs to a label that covers its middle; so a rounded tick moves no frame.
        """
        return (self.frame_edges[:-1] + self.frame_edges[1:]) // 2


def ticks_in(span: TimeSpan, clock: TimeSpan) -> tuple[int, int]:
    """Return a span's start and end in the time base of another, rounded to its ticks."""
    one, other = span.time_base, clock.time_base
    # Fractions are equal when both parts are; `==` takes ten times as long.
    if one.denominator == other.denominator and one.numerator == other.numerator:
        return span.start_pts, span.end_pts
    start, end = (
        rescale_pts(pts, span.time_base, clock.time_base) for pts in (span.start_pts, span.end_pts)
    )
    return start, max(end, start + 1)


def read_stretches(layout: StudyLayout, coded: Iterable[CodedSpan]) -> list[Stretch]:
    """Return the clips of a study; of films without clips, what any coder went through.

    Parameters
    ----------
    layout
        The study.
    coded
        What the coders who are compared went through.

    Returns
    -------
    list
        By film, character and time. Those of one character do not overlap.

    Raises
    ------
    StudyError
        A film that was coded is not in the study.
    SchemaError
        A table is damaged, or of another version.
    """
    films = {film.film_id: film for film in read_records(layout.films_path, Film)}
    clips = read_records(layout.clips_path, Clip) if layout.clips_path.exists() else []
    spans = list(coded)
    for span in spans:
        if span.film_id not in films:
            raise StudyError(
                f"labels by {span.coder}: expected films of the study, "
                f"got one with SHA-256 {span.film_id[:12]}...",
                hint=f"{layout.films_path} lists the films that the study has",
            )
    has_clips = {clip.film_id for clip in clips}
    times = _frame_times(layout, [film for film in films.values() if not film.is_constant_rate])
    stretches = [_from_clip(clip, times) for clip in clips]
    rest = [span for span in spans if span.film_id not in has_clips]
    stretches += _from_coded(rest, films, times)
    return sorted(
        stretches, key=lambda each: (each.film_number, each.character_number, each.span.start_pts)
    )


def _from_clip(clip: Clip, times: Mapping[str, Ticks]) -> Stretch:
    return Stretch(
        name=clip.tag,
        film_number=clip.film_number,
        film_id=clip.film_id,
        character_number=clip.character_number,
        span=clip.span,
        frame_edges=_edges(clip.span, clip.n_frames, times.get(clip.film_id)),
        is_clip=True,
    )


def _from_coded(
    coded: Sequence[CodedSpan], films: Mapping[str, Film], times: Mapping[str, Ticks]
) -> Iterable[Stretch]:
    """Yield what any coder went through, joined where it touches or overlaps."""
    ordered = sorted(coded, key=lambda span: (span.film_id, span.character_number))
    for (film_id, number), group in groupby(
        ordered, key=lambda span: (span.film_id, span.character_number)
    ):
        film = films[film_id]
        for start, end in _union(ticks_in(each.span, film.span) for each in group):
            span = TimeSpan(start_pts=start, end_pts=end, time_base=film.span.time_base)
            n_frames = max(1, round(span.duration_s * film.rate_fps))
            yield Stretch(
                name=f"{film.film_number:03d}-{number:02d}+{float(span.start_s):.3f}s",
                film_number=film.film_number,
                film_id=film_id,
                character_number=number,
                span=span,
                frame_edges=_edges(span, n_frames, times.get(film_id)),
                is_clip=False,
            )


def _union(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that touch or overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _edges(span: TimeSpan, n_frames: int, times: Ticks | None) -> Ticks:
    """Return where the frames of a span begin and the last one ends.

    With a constant rate they are spaced evenly. With a variable one they are the known times,
    where there are any: frames in which nobody's face was found then belong to the one before.
    """
    if times is not None:
        inside = times[(times > span.start_pts) & (times < span.end_pts)]
        if inside.size:
            return np.concatenate([[span.start_pts], inside, [span.end_pts]])
    n_frames = min(n_frames, span.end_pts - span.start_pts)  # a frame lasts a tick at least
    steps = np.arange(n_frames + 1, dtype=np.int64) * (span.end_pts - span.start_pts)
    return span.start_pts + (steps + n_frames // 2) // n_frames


def _frame_times(layout: StudyLayout, films: Sequence[Film]) -> dict[str, Ticks]:
    """Return the times at which faces were found in films of variable rate, ascending."""
    if not films or not layout.tracks_path.exists():
        return {}
    found: dict[str, list[npt.NDArray[Any]]] = {film.film_id: [] for film in films}
    for piece in iterate_table(layout.tracks_path, TRACK_SCHEMA, columns=["film_id", "pts"]):
        film_ids = np.asarray(piece.column("film_id").to_pylist())
        pts = piece.column("pts").to_numpy()
        for film_id, pieces in found.items():
            pieces.append(np.unique(pts[film_ids == film_id]))
    return {
        film_id: np.unique(np.concatenate(pieces)).astype(np.int64)
        for film_id, pieces in found.items()
        if pieces
    }
