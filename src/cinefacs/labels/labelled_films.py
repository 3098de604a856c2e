"""What formats need to know of a study's films: frames' times, faces' boxes, pictures' names."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from cinefacs.errors import FilmError, StudyError
from cinefacs.geometry.boxes import pairwise_iou
from cinefacs.media.frame_times import read_frame_times
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.film import Film
from cinefacs.records.frame_times import FrameTimes
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout

__all__ = ["FaceBoxes", "LabelledFilm", "LabelledFilms", "read_labelled_films"]

T = TypeVar("T")

LARGEST_PX = 1e6
"""No picture is that large: a box beyond it is none."""
SAME_FACE_IOU = 0.5
"""Overlap from which on a box drawn in another program shows a face that was tracked here."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FaceBoxes:
    """Where a character's face is, frame by frame."""

    frame_index: npt.NDArray[np.int64]
    """(N,) frames in which it was found, ascending."""
    pts: npt.NDArray[np.int64]
    """(N,) their time stamps, ticks."""
    box_xyxy: npt.NDArray[np.float32]
    """(N, 4) px of the shown frame."""

    def at(self, frame: int) -> tuple[float, float, float, float] | None:
        """Return the box in a frame, px, or None where the face was not found."""
        row = int(np.searchsorted(self.frame_index, frame))
        if row == len(self.frame_index) or self.frame_index[row] != frame:
            return None
        return self._row(row)

    def nearest(self, frame: int) -> tuple[float, float, float, float] | None:
        """Return the box of the frame nearest to a frame, px; None where there is none at all."""
        if not len(self.frame_index):
            return None
        return self._row(int(np.abs(self.frame_index - frame).argmin()))

    def _row(self, row: int) -> tuple[float, float, float, float]:
        x1, y1, x2, y2 = (float(value) for value in self.box_xyxy[row])
        return x1, y1, x2, y2


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledFilm:
    """One film; what is costly to know is read when it is first asked for."""

    film: Film
    """As it stands in the study."""
    characters: tuple[Character, ...]
    """Of this film."""
    clips: tuple[Clip, ...]
    """Of this film."""
    read_times: Callable[[], FrameTimes]
    """Reads the frames' times."""
    read_boxes: Callable[[], Mapping[int, FaceBoxes]]
    """Reads the boxes by the character's number."""
    read_pictures: Callable[[], Mapping[int, tuple[str, ...]]]
    """Reads which pictures of the study show a frame, by tag, such as ``003-06-0007-0008``."""

    @property
    def number(self) -> int:
        """Position in the study, from 1."""
        return self.film.film_number

    @property
    def file_name(self) -> str:
        """Name of the film's file, without its folder."""
        return Path(self.film.path).name

    @cached_property
    def times(self) -> FrameTimes:
        """When each frame is shown.

        Raises
        ------
        FilmError
            The film is not there, or is another one.
        """
        return self.read_times()

    @cached_property
    def boxes(self) -> Mapping[int, FaceBoxes]:
        """Boxes by the character's number; none for one who was never found.

        Raises
        ------
        FilmError
            The boxes' times are not those of the film's frames.
        """
        boxes = self.read_boxes()
        for faces in boxes.values():
            fits = faces.frame_index.max(initial=-1) < len(self.times) and np.array_equal(
                self.times.pts[faces.frame_index], faces.pts
            )
            if not fits:
                raise FilmError(
                    f"{self.film.path}: expected frames at the times of the faces that were "
                    "tracked, got other ones",
                    hint="put the film that was collected back in its place",
                )
        return boxes

    @cached_property
    def pictures(self) -> Mapping[int, tuple[str, ...]]:
        """Tags of the pictures that show a frame, by frame."""
        return self.read_pictures()

    @cached_property
    def frame_of_picture(self) -> Mapping[str, int]:
        """The frame that each picture shows, by the picture's tag."""
        return {tag: frame for frame, tags in self.pictures.items() for tag in tags}

    def face_at(self, frame: int, box_xyxy: tuple[float, float, float, float]) -> int | None:
        """Return the character whose face a box shows, or None where none overlaps enough."""
        if not all(abs(edge) < LARGEST_PX for edge in box_xyxy):
            return None
        best: tuple[float, int] | None = None
        for number, faces in self.boxes.items():
            there = faces.at(frame)
            if there is None:
                continue
            overlap = float(pairwise_iou(np.array([box_xyxy]), np.array([there]))[0, 0])
            if overlap >= SAME_FACE_IOU and (best is None or overlap > best[0]):
                best = overlap, number
        return None if best is None else best[1]


class LabelledFilms:
    """All films of a study.

    Parameters
    ----------
    films
        In any order.
    """

    def __init__(self, films: Iterable[LabelledFilm]) -> None:
        self.films = tuple(sorted(films, key=lambda film: film.number))

    def by_id(self, film_id: str) -> LabelledFilm | None:
        """Return the film of a SHA-256, or None."""
        return next((film for film in self.films if film.film.film_id == film_id), None)

    def by_number(self, number: int) -> LabelledFilm:
        """Return the film of a number.

        Raises
        ------
        StudyError
            The study has no such film.
        """
        for film in self.films:
            if film.number == number:
                return film
        known = ", ".join(f"{film.number} ({film.file_name})" for film in self.films) or "none"
        raise StudyError(
            f"film: expected one of the study, got {number}", hint=f"the study has: {known}"
        )

    def by_file_name(self, name: str) -> LabelledFilm | None:
        """Return the only film whose file has a name, or None where none or several do.

        Parameters
        ----------
        name
            Name, path or address, of whatever system.
        """
        base = PureWindowsPath(PurePosixPath(name).name).name
        found = [film for film in self.films if film.file_name == base]
        return found[0] if len(found) == 1 else None


def read_labelled_films(layout: StudyLayout) -> LabelledFilms:
    """Return the films of a study.

    Raises
    ------
    StudyError
        It is no study, or nothing was collected into it.
    SchemaError
        A table is damaged, of another version, or of other columns.
    """
    films = read_records(layout.films_path, Film)
    characters = _of_study(layout.characters_path, Character)
    clips = _of_study(layout.clips_path, Clip)
    return LabelledFilms(
        LabelledFilm(
            film=film,
            characters=tuple(each for each in characters if each.film_id == film.film_id),
            clips=tuple(each for each in clips if each.film_id == film.film_id),
            read_times=partial(read_frame_times, film),
            read_boxes=partial(_read_boxes, layout, film.film_id, characters),
            read_pictures=partial(_read_pictures, layout, film.film_id),
        )
        for film in films
    )


def _of_study(path: Path, record_type: type[T]) -> list[T]:
    return read_records(path, record_type) if path.exists() else []


def _read_boxes(
    layout: StudyLayout, film_id: str, characters: Iterable[Character]
) -> dict[int, FaceBoxes]:
    """Return the boxes of a film's characters; a study without faces has none."""
    owner = {
        track_id: character.character_number
        for character in characters
        if character.film_id == film_id
        for track_id in character.track_ids
    }
    parts: dict[int, list[FaceBoxes]] = {}
    for track in read_tracks(layout.tracks_path) if layout.tracks_path.exists() else ():
        if track.film_id == film_id and track.track_id in owner:
            part = FaceBoxes(frame_index=track.frame_index, pts=track.pts, box_xyxy=track.box_xyxy)
            parts.setdefault(owner[track.track_id], []).append(part)
    return {number: _join(faces) for number, faces in sorted(parts.items())}


def _join(parts: list[FaceBoxes]) -> FaceBoxes:
    """Return all boxes in the order of frames; of two in one frame the first."""
    frames, rows = np.unique(
        np.concatenate([part.frame_index for part in parts]), return_index=True
    )
    pts = np.concatenate([part.pts for part in parts])[rows]
    boxes = np.concatenate([part.box_xyxy for part in parts])[rows]
    return FaceBoxes(frame_index=frames, pts=pts, box_xyxy=boxes)


def _read_pictures(layout: StudyLayout, film_id: str) -> dict[int, tuple[str, ...]]:
    tags: dict[int, list[str]] = {}
    for picture in _of_study(layout.frames_path, ClipFrame):
        if picture.film_id == film_id:
            tags.setdefault(picture.frame_index, []).append(picture.tag)
    return {frame: tuple(sorted(names)) for frame, names in tags.items()}
