"""A film, whatever it lies in: a file, or a folder of numbered pictures."""

from fractions import Fraction
from pathlib import Path

from cinefacs.media.picture_film import PICTURES, digest_pictures, read_picture_header
from cinefacs.media.probe import FilmHeader, digest_file, read_header

__all__ = ["DEFAULT_PICTURE_RATE_FPS", "digest_source", "read_source"]

DEFAULT_PICTURE_RATE_FPS = Fraction(24)
"""Rate of pictures whose rate nobody told."""


def read_source(path: Path, *, picture_rate_fps: Fraction | None = None) -> FilmHeader:
    """Return what a film says about itself.

    Parameters
    ----------
    path
        A file, or a folder of numbered pictures.
    picture_rate_fps
        Rate of such a folder, `DEFAULT_PICTURE_RATE_FPS` when None; of no use for a file.

    Raises
    ------
    FilmError
        It cannot be read, is no film, or holds no frame.
    """
    if not path.is_dir():
        return read_header(path)
    return read_picture_header(path, rate_fps=picture_rate_fps or DEFAULT_PICTURE_RATE_FPS)


def digest_source(path: Path, header: FilmHeader) -> str:
    """Return the identity of a film, 64 hexadecimal digits.

    Raises
    ------
    FilmError
        The file or a picture cannot be read.
    """
    return digest_pictures(header) if header.container == PICTURES else digest_file(path)
