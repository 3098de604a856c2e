"""Frames go in as they come; faces with scores come out at once."""

from pathlib import Path

import numpy as np
import pytest

from cinefacs.media.decode import decode_film
from cinefacs.media.frame import Frame
from cinefacs.pipeline.live_faces import LiveFaces, LiveFrame
from tests.support.reading_detector import make_reading_detector


@pytest.fixture(scope="module")
def frames(pyfeat_media: Path) -> list[Frame]:
    film = pyfeat_media / "single_face.mp4"
    return [frame for chunk in decode_film(film) for frame in chunk][:20]


def show(frames: list[Frame], n: int, detector: Path) -> list[LiveFrame]:
    live = LiveFaces(detector)
    shown = [each for k in range(0, len(frames), n) for each in live.push(frames[k : k + n])]
    live.close()
    return shown


def test_every_frame_comes_back_with_its_own_scores(frames: list[Frame], tmp_path: Path) -> None:
    detector = make_reading_detector(tmp_path)
    one_by_one, in_pieces = show(frames, 1, detector), show(frames, 7, detector)
    assert [each.frame.index for each in one_by_one] == list(range(20))
    for alone, together in zip(one_by_one, in_pieces, strict=True):
        (face,), (same,) = alone.faces, together.faces
        assert face.face == same.face == 0
        assert face.read_frame_index == alone.frame.index
        assert face.scores is not None
        assert same.scores is not None
        np.testing.assert_array_equal(face.scores, same.scores)
        np.testing.assert_array_equal(face.box_xyxy, same.box_xyxy)
    scores = np.array([each.faces[0].scores for each in one_by_one])
    assert np.ptp(scores, axis=0).max() > 0


def test_scores_that_wait_for_later_frames_come_late(frames: list[Frame], tmp_path: Path) -> None:
    detector = make_reading_detector(tmp_path, temporal="neighbours", step_ms=100)
    shown = show(frames, 1, detector)
    assert shown[0].faces[0].scores is None
    late = [each.frame.index - (each.faces[0].read_frame_index or 0) for each in shown[5:]]
    assert set(late) == {3}  # 100 ms at 30 frames a second
