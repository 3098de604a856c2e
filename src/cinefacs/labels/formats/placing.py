"""Where labels lie on the frames of their films: the first step of every export but CSV's."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from math import floor
from pathlib import Path

from cinefacs.errors import SchemaError, StudyError
from cinefacs.labels.formats.au_names import LARGEST_AU
from cinefacs.labels.formats.contract import Tally
from cinefacs.labels.formats.fields import AnyLabel, describe, every_label
from cinefacs.labels.labelled_films import LabelledFilm, LabelledFilms
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.frame_times import FrameTimes
from cinefacs.records.labels import Labels

__all__ = ["PlacedLabel", "apexes_of", "by_film", "film_path", "frames_of_label", "place_labels"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedLabel:
    """A label on the frames of its film; both ends included."""

    label: AnyLabel
    """Any of the three kinds."""
    film: LabelledFilm
    """Its film."""
    first_frame: int
    """Onset, from 0."""
    last_frame: int
    """Offset, from 0: the last frame that belongs to it."""
    apex_frames: tuple[int, ...]
    """Apexes, from 0, ascending."""

    @property
    def author(self) -> tuple[str, str]:
        """Coder and label set."""
        return self.label.coder, self.label.label_set


def apexes_of(label: AnyLabel) -> tuple[int, ...]:
    """Return the time stamps of a label's apexes, ticks."""
    if isinstance(label, CodedSpan):
        return ()
    if isinstance(label, AuLabel):
        return () if label.apex_pts is None else (label.apex_pts,)
    return label.apex_pts


def place_labels(labels: Labels, films: LabelledFilms, tally: Tally) -> list[PlacedLabel]:
    """Return each label with its frames, film by film.

    Parameters
    ----------
    labels
        What is exported.
    films
        The study's films.
    tally
        Counts what lies outside the films, and times that lie within a frame.

    Raises
    ------
    FilmError
        A labelled film is not there.
    """
    placed: list[PlacedLabel] = []
    for label in every_label(labels):
        film = films.by_id(label.film_id)
        if isinstance(label, AuLabel) and label.au > LARGEST_AU:
            tally.lose(f"action unit above {LARGEST_AU}: left out", describe(label))
            continue
        if film is None:
            tally.lose("label of a film that is not in the study", describe(label))
            continue
        try:
            placed.append(_place(label, film, tally))
        except SchemaError as error:
            tally.lose(f"label outside its film: {error.message}", describe(label))
    return sorted(placed, key=lambda item: item.film.number)


def _place(label: AnyLabel, film: LabelledFilm, tally: Tally) -> PlacedLabel:
    first, last, apexes, is_exact = frames_of_label(label, film.times)
    if not is_exact:
        tally.lose("time within a frame: moved to the whole frame", describe(label))
    return PlacedLabel(
        label=label, film=film, first_frame=first, last_frame=last, apex_frames=apexes
    )


def frames_of_label(label: AnyLabel, times: FrameTimes) -> tuple[int, int, tuple[int, ...], bool]:
    """Return first, last and apex frames of a label, and whether they say its times exactly.

    Raises
    ------
    SchemaError
        The label lies outside the film.
    """
    first, last = times.frames_of(label.span)
    scale = label.span.time_base / times.time_base
    apexes = [pts * scale for pts in apexes_of(label)]
    frames = [times.frame_at(floor(pts)) for pts in apexes]
    whole = times.span_of(first, last)
    is_exact = (whole.start_s, whole.end_s) == (label.span.start_s, label.span.end_s) and all(
        int(times.pts[frame]) == pts for frame, pts in zip(frames, apexes, strict=True)
    )
    inside = sorted({min(max(frame, first), last) for frame in frames})
    return first, last, tuple(inside), is_exact


def by_film(placed: Iterable[PlacedLabel]) -> list[tuple[LabelledFilm, list[PlacedLabel]]]:
    """Return the labels of each film, in the order of the films' numbers."""
    groups = groupby(placed, key=lambda item: item.film.number)
    listed = [list(items) for _, items in groups]
    return [(items[0].film, items) for items in listed]


def film_path(out: Path, film: LabelledFilm, *, suffix: str, n_films: int) -> Path:
    """Return where the file of one film goes.

    Parameters
    ----------
    out
        A file if it ends as the format's files do, else a folder.
    film
        The film; its number becomes the file's name.
    suffix
        How the format's files end.
    n_films
        Films that are exported.

    Raises
    ------
    StudyError
        `out` is one file and there are several films.
    """
    if out.suffix.lower() != suffix:
        return out / f"{film.number:03d}{suffix}"
    if n_films > 1:
        raise StudyError(
            f"{out}: expected a folder for the files of {n_films} films, got a file's name",
            hint="give a folder as --out, or one film with --film",
        )
    return out
