"""All faces of one film, found by frame or by character."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.records.face_track import CODABILITY_ORDER, Codability, FaceTrack
from cinefacs.records.film import Film

__all__ = ["Face", "FilmFaces"]

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """One face in one frame."""

    track_id: int
    """Its track."""
    character_number: int | None
    """Whose it is; None where nobody knows."""
    shot_index: int
    """Shot of the film."""
    frame_index: int
    """Frame of the film."""
    pts: int
    """Ticks."""
    box_xyxy: tuple[float, ...]
    """Corners, px."""
    points_xy: tuple[float, ...] | None
    """The five points of `FaceTrack`, x and y in turn, px; None where nobody looked for them."""
    is_codable: bool
    """Whether a coder could read it."""


class FilmFaces:
    """Look-ups in the tracks of one film.

    Parameters
    ----------
    tracks
        All of the film.
    characters
        Number of the character by track; tracks that are not in it belong to nobody.
    are_whole_pictures
        Whether the boxes are those of the pictures, since nobody looked for faces.
    """

    def __init__(
        self,
        tracks: Iterable[FaceTrack],
        characters: Mapping[int, int],
        *,
        are_whole_pictures: bool = False,
    ) -> None:
        self._tracks = tuple(tracks)
        self._are_whole_pictures = are_whole_pictures
        sizes = [len(track) for track in self._tracks]
        numbers = [characters.get(track.track_id, 0) for track in self._tracks]
        frame = _joined([track.frame_index for track in self._tracks])
        order = np.argsort(frame, kind="stable")
        self._frame = frame[order]
        self._pts = _joined([track.pts for track in self._tracks])[order]
        self._track = np.repeat(np.arange(len(sizes)), sizes)[order]
        self._row = _joined([np.arange(size) for size in sizes])[order]
        self._character = np.repeat(np.array(numbers, np.int64), sizes)[order]
        codable = [track.is_codable for track in self._tracks]
        score = [track.score for track in self._tracks]
        self._is_codable = np.concatenate([np.zeros(0, np.bool_), *codable])[order]
        self._score = np.concatenate([np.zeros(0, np.float32), *score])[order]

    def __len__(self) -> int:
        """Return the number of faces, summed over frames."""
        return len(self._frame)

    @property
    def characters(self) -> tuple[int, ...]:
        """Numbers of the characters that have a face, ascending."""
        return tuple(int(number) for number in np.unique(self._character) if number)

    def in_frame(self, frame_index: int) -> list[Face]:
        """Return the faces of one frame, by track."""
        start, end = np.searchsorted(self._frame, [frame_index, frame_index + 1])
        return [self.face(position) for position in range(start, end)]

    @classmethod
    def of_whole_pictures(
        cls, film: Film, character: int, *, frame_index: Indices, pts: Indices
    ) -> "FilmFaces":
        """Return faces as large as the pictures of a film that shows one person.

        Parameters
        ----------
        film, character
            The film and the only character.
        frame_index, pts : (N,)
            Its pictures, ascending.
        """
        n = len(frame_index)
        track = FaceTrack(
            film_id=film.film_id,
            track_id=0,
            shot_index=0,
            time_base=film.span.time_base,
            frame_index=frame_index,
            pts=pts,
            end_pts=film.span.end_pts,
            box_xyxy=np.tile(np.array([0, 0, *film.size_wh], np.float32), (n, 1)),
            points_xy=np.zeros((n, 5, 2), np.float32),
            score=np.zeros(n, np.float32),
            is_measured=np.zeros(n, np.bool_),
            sharpness=np.zeros(n, np.float32),
            luma=np.zeros(n, np.float32),
            codability_code=np.full(n, CODABILITY_ORDER.index(Codability.CODABLE), np.uint8),
        )
        return cls([track], {0: character}, are_whole_pictures=True)

    def frames_with_faces(self) -> Indices:
        """Return the frames in which any face was found, ascending."""
        return np.unique(self._frame)

    def of_character(self, number: int) -> Indices:
        """Return the positions of a character's faces by time, one a frame.

        Where two tracks of a character lie in one frame, which a wrong grouping may cause, the
        face with the higher score is taken.
        """
        positions = np.flatnonzero(self._character == number)
        by_score = positions[np.lexsort((-self._score[positions], self._frame[positions]))]
        _, first = np.unique(self._frame[by_score], return_index=True)
        return np.asarray(by_score[first], np.int64)

    def pts_of(self, positions: Indices) -> Indices:
        """Return the ticks of faces."""
        return np.asarray(self._pts[positions], np.int64)

    def frames_of(self, positions: Indices) -> Indices:
        """Return the frames of faces."""
        return np.asarray(self._frame[positions], np.int64)

    def codable_of(self, positions: Indices) -> npt.NDArray[np.bool_]:
        """Return which faces a coder could read."""
        return np.asarray(self._is_codable[positions], np.bool_)

    def face(self, position: int) -> Face:
        """Return a face by its position."""
        track = self._tracks[self._track[position]]
        row = int(self._row[position])
        return Face(
            track_id=track.track_id,
            character_number=int(self._character[position]) or None,
            shot_index=track.shot_index,
            frame_index=int(track.frame_index[row]),
            pts=int(track.pts[row]),
            box_xyxy=tuple(float(value) for value in track.box_xyxy[row]),
            points_xy=None
            if self._are_whole_pictures
            else tuple(float(value) for value in track.points_xy[row].reshape(-1)),
            is_codable=bool(track.is_codable[row]),
        )


def _joined(parts: Sequence[npt.NDArray[np.int64]]) -> Indices:
    return np.concatenate([np.zeros(0, np.int64), *parts])
