"""Pictures of data sets on disk: read, write, digest."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.storage.atomic import atomic_path

__all__ = ["digest_bytes", "read_bytes", "read_rgb", "write_png"]

Rgb = npt.NDArray[np.uint8]


def digest_bytes(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Return a picture's file.

    Raises
    ------
    SchemaError
        It is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise SchemaError(
            f"{path}: expected a picture, got: {error.strerror}",
            hint="the data set lost a picture: make it anew with --force",
        ) from error


def read_rgb(path: Path, data: bytes | None = None) -> Rgb:
    """Return a picture.

    Parameters
    ----------
    path
        The file.
    data
        What is in it, where that is known already.

    Returns
    -------
    (H, W, 3) uint8, red, green, blue

    Raises
    ------
    SchemaError
        It is missing, or no picture.
    """
    raw = np.frombuffer(read_bytes(path) if data is None else data, np.uint8)
    bgr = cv2.imdecode(raw, cv2.IMREAD_COLOR) if raw.size else None
    if bgr is None:
        raise SchemaError(f"{path}: expected a picture, got a file that cannot be decoded")
    return np.asarray(bgr[:, :, ::-1], dtype=np.uint8)


def write_png(path: Path, rgb: Rgb, *, level: int = 3) -> str:
    """Write a picture atomically and return the SHA-256 of its file.

    Parameters
    ----------
    path
        Where it goes.
    rgb : (H, W, 3) uint8
    level
        Compression, 0 to 9.

    Raises
    ------
    StorageError
        The disk refused.
    """
    options = [cv2.IMWRITE_PNG_COMPRESSION, level]
    _, png = cv2.imencode(".png", np.ascontiguousarray(rgb[:, :, ::-1]), options)
    data = png.tobytes()
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)
    return digest_bytes(data)
