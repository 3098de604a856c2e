"""The networks of cinefacs, and frames to show them."""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from cinefacs.engines.catalog import model_path
from cinefacs.engines.session import Session
from cinefacs.errors import ModelError
from cinefacs.media.frame import Frame
from tests.support.media import skip_or_fail

__all__ = ["film_frames", "open_network", "read_still", "still_frame"]


@cache
def open_network(name: str) -> Session:
    """Return an installed network, or skip the test where it is not installed."""
    try:
        path = model_path(name)
    except ModelError as error:
        skip_or_fail(f"{error.message}: {error.hint}")
        raise
    return Session(path, n_threads=1)


def still_frame(rgb: npt.NDArray[np.uint8]) -> Frame:
    """Return a picture as the only frame of a film.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    """
    return Frame(
        av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24"),
        index=0,
        pts=0,
        duration=1,
        time_base=Fraction(1, 25),
        size_wh=(rgb.shape[1], rgb.shape[0]),
    )


def read_still(path: Path) -> npt.NDArray[np.uint8]:
    """Return a picture file as (H, W, 3) uint8 RGB."""
    with av.open(str(path)) as container:
        picture = next(container.decode(video=0))
        return np.asarray(picture.to_ndarray(format="rgb24"), dtype=np.uint8)


def film_frames(path: Path, *, step: int = 1) -> Iterator[Frame]:
    """Decode every `step`-th frame of an upright film with square pixels."""
    with av.open(str(path)) as container:
        for index, picture in enumerate(container.decode(video=0)):
            if index % step == 0:
                yield Frame(
                    picture,
                    index=index,
                    pts=picture.pts or 0,
                    duration=picture.duration or 1,
                    time_base=picture.time_base or Fraction(1, 25),
                    size_wh=(picture.width, picture.height),
                )
