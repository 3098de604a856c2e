"""The pictures of chosen frames of a film: those that lie in the study, or decoded anew."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cinefacs.datasets.image_files import digest_bytes, read_bytes, read_rgb, write_png
from cinefacs.datasets.perceptual_hash import Looks, is_flat, look_at, near_pairs
from cinefacs.errors import FilmError, StudyError
from cinefacs.media.decode import ResumePoint, read_frames
from cinefacs.media.picture_folder import open_picture_folder
from cinefacs.media.probe import digest_file, read_header
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot

__all__ = ["Picture", "PictureMaker", "decode_frames", "find_anchor"]

_NEAR_BITS, _NEAR_CORRELATION = 6, 0.97  # as `CheckConfig` has it
Rgb = npt.NDArray[np.uint8]

_SEEK_FRAMES = 100  # below this, reading on is cheaper than a seek


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture on the disk."""

    path: str
    """Relative to the study."""
    sha256: str
    """Of the file."""
    pts: int
    """Ticks."""
    size_wh: tuple[int, int]
    """Width and height, px."""


class ShownFrame(NamedTuple):
    """A frame of a film, or a picture of a folder that stands for one."""

    frame_index: int
    """Frame of the film."""
    pts: int
    """Ticks."""
    rgb: Rgb
    """(H, W, 3) uint8."""


class PictureMaker:
    """Make the pictures of a study's chosen frames, film by film.

    Parameters
    ----------
    root
        The study.
    image_dir
        Where new pictures go, below `root`.
    counts
        Told which pictures without faces are of no use.
    there
        SHA-256 of the films, by number, of which an earlier run made pictures.
    """

    def __init__(
        self, *, root: Path, image_dir: Path, counts: Counter[str], there: Mapping[str, str]
    ) -> None:
        self._root = root
        self._image_dir = image_dir
        self._there = there
        self._counts = counts
        self._empty_looks: list[Looks] = []

    def make(
        self,
        film: Film,
        times: Mapping[int, int],
        empty: Mapping[int, ResumePoint],
        *,
        known: Mapping[int, str],
        on_frame: Callable[[int, int], None],
    ) -> dict[int, Picture]:
        """Return the picture of each frame; of those without a face only the useful ones.

        Parameters
        ----------
        film
            The film.
        times
            Ticks of the frames with a face, by frame.
        empty
            Where to begin to read for each frame without a face.
        known
            Pictures that `collect` wrote, relative to the study, by frame.
        on_frame
            Told how many pictures are done, and of how many.

        Raises
        ------
        StudyError, FilmError, StorageError
            As `decode_frames`, a still with a face is not there, or the disk refused.
        """
        has_own = self._there.get(str(film.film_number)) == film.film_id
        done: dict[int, Picture] = {}
        for frame, pts in times.items():
            places = [known[frame]] if frame in known else []
            places += [self._place(film, frame)] if has_own else []
            for place in places:
                if (self._root / place).is_file():
                    done[frame] = _read_picture(self._root / place, place, pts)
                    break
        wanted = {
            frame: ResumePoint(frame_index=frame, pts=pts)
            for frame, pts in times.items()
            if frame not in done
        }
        if film.is_of_stills:
            _refuse_missing(film, len(wanted))
            self._counts["picture without a face: not kept in a study of stills"] += len(empty)
            return done
        n_done, n_total = len(done), len(done) + len(wanted) + len(empty)
        for shown in decode_frames(film, wanted | dict(empty)):
            n_done += 1
            on_frame(n_done, n_total)
            if shown.frame_index in times or self._is_useful(shown.rgb):
                done[shown.frame_index] = self._write(film, shown)
        return done

    def _place(self, film: Film, frame: int) -> str:
        """Return where a picture of our own lies, relative to the study."""
        path = self._image_dir / f"{film.film_number:03d}-{frame:06d}.png"
        return path.relative_to(self._root).as_posix()

    def _write(self, film: Film, shown: ShownFrame) -> Picture:
        place = self._place(film, shown.frame_index)
        digest = write_png(self._root / place, shown.rgb)
        height, width = shown.rgb.shape[:2]
        return Picture(path=place, sha256=digest, pts=shown.pts, size_wh=(width, height))

    def _is_useful(self, rgb: Rgb) -> bool:
        """Return whether a picture without a face has content, and content of its own."""
        if is_flat(rgb):
            self._counts["picture without a face: of one colour"] += 1
            return False
        looks = look_at([rgb])
        for before in self._empty_looks:  # such as a studio's sign before each of its films
            if near_pairs(before, looks, max_bits=_NEAR_BITS, min_correlation=_NEAR_CORRELATION):
                self._counts["picture without a face: like another"] += 1
                return False
        self._empty_looks.append(looks)
        return True


def _read_picture(path: Path, place: str, pts: int) -> Picture:
    """Return a picture that lies there already; pictures are written whole or not at all."""
    data = read_bytes(path)
    height, width = read_rgb(path, data).shape[:2]
    return Picture(path=place, sha256=digest_bytes(data), pts=pts, size_wh=(width, height))


def _refuse_missing(film: Film, n_missing: int) -> None:
    """Raise for faces on stills that were not kept."""
    if n_missing:
        raise StudyError(
            f"film {film.film_number:03d}: expected the pictures of all faces that are asked for, "
            f"found {n_missing} of them missing",
            hint="a study of stills keeps pictures with a face that can be coded: "
            "leave codable_only on, or draw the study anew where its pictures were deleted",
        )


def find_anchor(shots: Sequence[Shot], frame_index: int) -> ResumePoint:
    """Return the last first frame of a shot that is not after a frame: its time is known.

    Parameters
    ----------
    shots
        All of the film, in order.
    frame_index
        A frame of the film.

    Raises
    ------
    StudyError
        No shot begins before it.
    """
    before = [shot for shot in shots if shot.start_frame <= frame_index]
    if not before:
        raise StudyError(f"frame {frame_index}: expected a shot that holds it, found none")
    return ResumePoint(frame_index=before[-1].start_frame, pts=before[-1].span.start_pts)


def decode_frames(film: Film, wanted: Mapping[int, ResumePoint]) -> Iterator[ShownFrame]:
    """Yield chosen frames of a film in one forward pass that leaps over what nobody wants.

    Parameters
    ----------
    film
        As in the study.
    wanted
        By frame, where decoding may begin: the frame itself or one before it.

    Yields
    ------
    ShownFrame
        By frame index.

    Raises
    ------
    StudyError
        The film is no longer where it was, or another file is.
    FilmError, DamagedFilmError
        It can no longer be read as it was.
    """
    if not wanted:
        return
    path = Path(film.path)
    if path.is_dir():  # a licensed data set's sequence
        yield from _read_folder(film, wanted)
        return
    if not path.is_file():
        raise StudyError(
            f"{path}: expected film {film.film_number:03d} of the study, found no such file",
            hint="run `cinefacs collect` with the film's new place, which notes it",
        )
    if digest_file(path) != film.film_id:
        raise StudyError(
            f"{path}: expected the file that was collected, got another of the same name",
            hint="put the film back: labels belong to its exact frames",
        )
    header = read_header(path)
    for stretch in _stretches(sorted(wanted), wanted):
        missing = set(stretch)
        for frame in read_frames(
            header,
            start=wanted[stretch[0]],
            end_pts=film.span.end_pts,
            allow_damaged=film.n_damaged_frames > 0,
        ):
            if frame.index in missing:
                missing.discard(frame.index)
                yield ShownFrame(frame.index, frame.pts, frame.rgb())
            if frame.index >= stretch[-1]:
                break
        if missing:
            raise FilmError(f"{path}: expected frame {min(missing)}, got an end before it")


def _read_folder(film: Film, wanted: Mapping[int, ResumePoint]) -> Iterator[ShownFrame]:
    """Yield chosen pictures of a folder; each is its own anchor."""
    folder = open_picture_folder(Path(film.path))
    if len(folder) != film.n_frames:
        raise StudyError(
            f"{film.path}: expected the {film.n_frames} pictures that were imported, "
            f"got {len(folder)}",
            hint="put the folder back as it was: labels belong to its exact frames",
        )
    for frame in sorted(wanted):
        yield ShownFrame(frame, wanted[frame].pts, read_rgb(folder.picture_path(frame)))


def _stretches(frames: Sequence[int], wanted: Mapping[int, ResumePoint]) -> Iterator[list[int]]:
    """Yield runs of frames that are read without a seek."""
    run: list[int] = []
    for frame in frames:
        if run and wanted[frame].frame_index - run[-1] > _SEEK_FRAMES:
            yield run
            run = []
        run.append(frame)
    if run:
        yield run
