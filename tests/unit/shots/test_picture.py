"""One small picture of each shot."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from cinefacs.errors import SchemaError
from cinefacs.media.frame import Frame
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.shots.picture import PictureTaker
from tests.support.records import FILM_ID


def frames(start: int, n: int, *, mixed: int = 0) -> ShotFrames:
    made = []
    for index in range(start, start + n):
        grey = np.full((90, 160, 3), min(255, index * 4), np.uint8)
        picture = av.VideoFrame.from_ndarray(grey, format="rgb24")
        made.append(
            Frame(
                picture,
                index=index,
                pts=index,
                duration=1,
                time_base=Fraction(1, 24),
                size_wh=(160, 90),
            )
        )
    flags = (True,) * mixed + (False,) * (n - mixed)
    return ShotFrames(
        shot_index=3, frames=tuple(made), in_transition=flags, starts_shot=False, shot=None
    )


def test_the_frame_half_a_second_in_is_shown() -> None:
    taker = PictureTaker(FILM_ID)
    taker.push(frames(10, 8))
    taker.push(frames(18, 30))
    picture = taker.finish_shot()
    assert (picture.frame_index, picture.shot_index) == (22, 3)
    shown = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (90, 160, 3)
    assert abs(float(shown.mean()) - 88) < 6


def test_a_transition_is_not_shown() -> None:
    taker = PictureTaker(FILM_ID)
    taker.push(frames(0, 40, mixed=20))
    assert taker.finish_shot().frame_index == 20


def test_a_short_shot_shows_its_first_frame_and_the_next_starts_afresh() -> None:
    taker = PictureTaker(FILM_ID)
    taker.push(frames(5, 4))
    assert taker.finish_shot().frame_index == 5
    taker.push(frames(9, 30))
    assert taker.finish_shot().frame_index == 21
    with pytest.raises(SchemaError, match="at least one frame"):
        taker.finish_shot()
