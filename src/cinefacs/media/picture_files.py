"""Read pictures from files, as RGB."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.errors import FilmError

__all__ = ["read_picture_file"]


def read_picture_file(path: Path) -> npt.NDArray[np.uint8]:
    """Return a picture, upright as its EXIF data say.

    Parameters
    ----------
    path
        A file that OpenCV reads.

    Returns
    -------
    (H, W, 3) uint8
        Red, green, blue; grey pictures have three equal channels, transparency is left out.

    Raises
    ------
    FilmError
        The file cannot be read, or is no picture.
    """
    try:
        content = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise FilmError(
            f"{path}: expected a readable picture, got: {error.strerror or error}"
        ) from error
    rgb = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB) if content.size else None
    if rgb is None:
        raise FilmError(f"{path}: expected a picture, got something that is none")
    return np.asarray(rgb, dtype=np.uint8)
