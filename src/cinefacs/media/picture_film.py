"""Read a folder of numbered pictures as a film: one picture a frame, at a rate that is given."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError

from cinefacs.errors import FilmError
from cinefacs.media.picture_folder import PictureFolder, open_picture_folder
from cinefacs.media.pictures import TimedPicture
from cinefacs.media.probe import FilmHeader

__all__ = ["PICTURES", "digest_pictures", "read_picture_header", "read_still_pictures"]

PICTURES = "pictures"
"""What stands for the container of such a film."""


def read_picture_header(path: Path, *, rate_fps: Fraction) -> FilmHeader:
    """Return what a folder of pictures says as a film.

    Parameters
    ----------
    path
        The folder.
    rate_fps
        Pictures a second; a tick of the film is one picture.

    Raises
    ------
    FilmError
        There are no numbered pictures, the first cannot be read, or the rate is none.
    """
    if not rate_fps > 0:
        raise FilmError(f"{path}: expected a frame rate above 0, got {rate_fps}")
    folder = open_picture_folder(path)
    size_wh = folder.size_wh()
    return FilmHeader(
        path=path,
        container=PICTURES,
        codec=folder.codec,
        stored_size_wh=size_wh,
        size_wh=size_wh,
        rotation_deg=0,
        sample_aspect_ratio=Fraction(1),
        time_base=1 / rate_fps,
        rate_fps=rate_fps,
        n_frames=len(folder),
        duration_s=len(folder) / rate_fps,
        end_pts=len(folder),
        has_audio=False,
    )


def digest_pictures(header: FilmHeader) -> str:
    """Return what tells these pictures at this rate from others.

    Raises
    ------
    FilmError
        A picture cannot be read.
    """
    return open_picture_folder(header.path).digest(f"{header.rate_fps} pictures a second")


def read_still_pictures(header: FilmHeader, first: int) -> Iterator[TimedPicture]:
    """Yield the pictures from one on, and then the end, as `read_pictures` does of a container.

    Parameters
    ----------
    header
        Of a folder of pictures.
    first
        Position of the first that is wanted, from 0.

    Raises
    ------
    FilmError
        There are fewer pictures.
    """
    folder = open_picture_folder(header.path)
    if first > len(folder):
        raise FilmError(f"{header.path}: expected at least {first} pictures, got {len(folder)}")
    n_lost = 0
    for index in range(first, len(folder)):
        picture = _read(folder, index)
        if picture is None:
            n_lost += 1
            continue
        yield TimedPicture(picture, index, n_lost, 0)
        n_lost = 0
    yield TimedPicture(None, 0, n_lost, 0)


def _read(folder: PictureFolder, index: int) -> av.VideoFrame | None:
    """Return a picture, or None where the file holds none."""
    try:
        with av.open(f"file:{folder.picture_path(index)}") as container:
            picture = next(iter(container.decode(video=0)))
    except (FFmpegError, StopIteration, IndexError):
        return None
    picture.duration = 1
    return None if picture.is_corrupt else picture
