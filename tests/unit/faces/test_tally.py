"""Coverage and reasons are counted as DECISIONS 6 defines them."""

from fractions import Fraction

import numpy as np
import pytest

from cinefacs.faces.tally import FaceTally
from cinefacs.records.face_track import CODABILITY_ORDER, Codability, FaceTrack
from tests.support.records import FILM_ID


def track(
    start: int, reasons: list[Codability], height_px: float, shot_index: int = 0
) -> FaceTrack:
    n = len(reasons)
    frames = np.arange(start, start + n)
    box = np.tile(np.array([10, 20, 60, 20 + height_px], np.float32), (n, 1))
    zeros = np.zeros(n, np.float32)
    return FaceTrack(
        film_id=FILM_ID,
        track_id=start,
        shot_index=shot_index,
        time_base=Fraction(1, 24),
        frame_index=frames,
        pts=frames,
        end_pts=start + n,
        box_xyxy=box,
        points_xy=np.zeros((n, 5, 2), np.float32),
        score=zeros,
        is_measured=np.ones(n, np.bool_),
        sharpness=zeros,
        luma=zeros,
        codability_code=np.array([CODABILITY_ORDER.index(each) for each in reasons], np.uint8),
    )


def test_counts_and_coverages() -> None:
    tally = FaceTally(n_frames=20, height_px=200)
    ok, dark, small = Codability.CODABLE, Codability.TOO_DARK, Codability.TOO_SMALL
    tally.push(track(0, [ok, ok, dark, dark], height_px=50))
    tally.push(track(1, [ok, small], height_px=100))
    assert tally.n_face_frames == 6
    assert tally.n_codable_frames == 3
    assert tally.coverage == 0.5
    assert tally.film_coverage == 2 / 20  # frames 0 and 1
    assert tally.not_codable() == {dark: 2, small: 1}
    assert [each.n_codable for each in tally.summaries] == [2, 1]


def test_the_tallest_codable_face_of_a_frame_counts_for_the_scale() -> None:
    tally = FaceTally(n_frames=10, height_px=200)
    tally.push(track(0, [Codability.CODABLE] * 3, height_px=50))
    tally.push(track(1, [Codability.CODABLE, Codability.TOO_DARK], height_px=100))
    assert tally.face_heights(0, 10).tolist() == [0.25, 0.5, 0.25]
    assert tally.face_heights(2, 3).tolist() == [0.25]
    assert tally.face_heights(5, 10).tolist() == []


def test_a_film_without_faces_has_no_coverage() -> None:
    tally = FaceTally(n_frames=3, height_px=200)
    assert (tally.coverage, tally.film_coverage, tally.not_codable()) == (0.0, 0.0, {})
    with pytest.raises(IndexError):
        tally.push(track(0, [Codability.CODABLE] * 4, height_px=50))
