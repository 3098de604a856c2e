"""The pictures of chosen frames of a film: those that lie in the study, or decoded anew."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cinefacs.errors import FilmError, StudyError
from cinefacs.media.decode import ResumePoint, read_frames
from cinefacs.media.frame import Frame
from cinefacs.media.probe import digest_file, read_header
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot

__all__ = ["decode_frames", "find_anchor"]

_SEEK_FRAMES = 100  # below this, reading on is cheaper than a seek


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


def decode_frames(film: Film, wanted: Mapping[int, ResumePoint]) -> Iterator[Frame]:
    """Yield chosen frames of a film in one forward pass that leaps over what nobody wants.

    Parameters
    ----------
    film
        As in the study.
    wanted
        By frame, where decoding may begin: the frame itself or one before it.

    Yields
    ------
    Frame
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
                yield frame
            if frame.index >= stretch[-1]:
                break
        if missing:
            raise FilmError(f"{path}: expected frame {min(missing)}, got an end before it")


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
