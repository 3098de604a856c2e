"""Names of frames as pictures, and labels that are given frame by frame.

A picture is called as in the study's folder of frames, such as ``003-06-0007-0008``; a frame of
which the study has no picture is called by film and frame, such as ``003-f0001234``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from cinefacs.facs.au_text import AuToken, format_au_text
from cinefacs.labels.formats.au_names import fields_of_name
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.labelled_films import LabelledFilm, LabelledFilms

__all__ = ["FrameMark", "frame_of_name", "join_frames", "names_of_frame", "take_in_marks"]

_BY_FRAME = re.compile(r"(\d{1,9})-f(\d{1,9})")
_BY_PICTURE = re.compile(r"(\d{1,9})-(\d{1,9})-\d+-\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameMark:
    """An action unit of a character in one frame."""

    film_number: int
    character_number: int | None
    unit: AuToken
    """As the class is named, such as ``AU12`` or ``L12B``."""
    frame: int

    @property
    def name(self) -> str:
        """Name of the class, in one way of writing."""
        return format_au_text([self.unit])

    @property
    def whose(self) -> tuple[int, int, str]:
        """What must be the same in all frames of a label."""
        return self.film_number, self.character_number or 0, self.name


def names_of_frame(film: LabelledFilm, frame: int) -> tuple[str, ...]:
    """Return the names, without ending, of the pictures that show a frame."""
    return film.pictures.get(frame) or (f"{film.number:03d}-f{frame:07d}",)


def frame_of_name(name: str, films: LabelledFilms) -> tuple[LabelledFilm, int, int | None] | None:
    """Return film, frame and character by the name of a picture; None where it is another's.

    Parameters
    ----------
    name
        File name or path, with or without ending. The character is that of the clip, if any.
    films
        The study's films.
    """
    stem = PureWindowsPath(PurePosixPath(name).name).stem
    by_number = {film.number: film for film in films.films}
    if found := _BY_FRAME.fullmatch(stem):
        film = by_number.get(int(found[1]))
        return (film, int(found[2]), None) if film else None
    if found := _BY_PICTURE.fullmatch(stem):
        film = by_number.get(int(found[1]))
        frame = film.frame_of_picture.get(stem) if film else None
        return (film, frame, int(found[2])) if film and frame is not None else None
    return None


def join_frames(marks: Iterable[FrameMark]) -> Iterator[tuple[FrameMark, int]]:
    """Yield each unbroken run of frames with the same unit, as first mark and last frame."""
    first: FrameMark | None = None
    last = -1
    for mark in sorted(set(marks), key=lambda each: (*each.whose, each.frame)):
        if first is not None and mark.whose == first.whose and mark.frame == last + 1:
            last = mark.frame
            continue
        if first is not None:
            yield first, last
        first, last = mark, mark.frame
    if first is not None:
        yield first, last


def take_in_marks(marks: Iterable[FrameMark], intake: Intake, *, where: str) -> None:
    """Take in labels that are given frame by frame: frames one after the other are one label.

    Raises
    ------
    StudyError
        It is not said of which character a label is.
    """
    for first, last in join_frames(marks):
        here = f"{where}, {first.name} in frames {first.frame} to {last}"
        intake.tally.assume("frames one after the other with one unit: one label", here)
        intake.add_frames(
            "au",
            fields_of_name(first.unit),
            film=intake.films.by_number(first.film_number),
            character_number=first.character_number,
            frames=(first.frame, last),
            where=here,
        )
