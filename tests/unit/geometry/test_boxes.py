"""Boxes are continuous: no pixel is added, no area is negative, nothing is lost on the way."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cinefacs.geometry.boxes import (
    Boxes,
    area,
    clip_boxes,
    expand_to_square,
    pairwise_iou,
    points_to_box,
    xywh_to_xyxy,
    xyxy_to_xywh,
)

coordinates = st.integers(-4000, 4000).map(float)


@st.composite
def boxes(draw: st.DrawFn, min_size: int = 0) -> Boxes:
    """Draw boxes with whole corners, so that float32 keeps every sum exactly."""
    n = draw(st.integers(min_size, 6))
    corners: npt.NDArray[np.float32] = draw(hnp.arrays(np.float32, (n, 2, 2), elements=coordinates))
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def as_boxes(*rows: tuple[float, float, float, float]) -> Boxes:
    return np.array(rows, dtype=np.float32).reshape(-1, 4)


def test_area_adds_no_pixel_and_is_never_negative() -> None:
    sizes = area(as_boxes((0, 0, 10, 20), (5, 5, 5, 9), (10, 10, 0, 0)))
    np.testing.assert_array_equal(sizes, np.array([200, 0, 0], dtype=np.float32))
    assert sizes.dtype == np.float32


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 10, 10), 1.0),
        ((5, 0, 15, 10), 1 / 3),
        ((10, 0, 20, 10), 0.0),  # they touch, but share nothing
        ((0, 0, 10, 5), 0.5),
        ((20, 20, 30, 30), 0.0),
        ((3, 3, 3, 3), 0.0),
    ],
)
def test_iou_of_worked_examples(other: tuple[float, float, float, float], expected: float) -> None:
    iou = pairwise_iou(as_boxes((0, 0, 10, 10)), as_boxes(other))
    assert iou.shape == (1, 1)
    assert iou[0, 0] == pytest.approx(expected)


def test_iou_of_two_points_is_zero_and_not_undefined() -> None:
    assert pairwise_iou(as_boxes((1, 1, 1, 1)), as_boxes((1, 1, 1, 1)))[0, 0] == 0


@given(boxes(), boxes())
def test_iou_is_symmetric_and_between_0_and_1(a: Boxes, b: Boxes) -> None:
    iou = pairwise_iou(a, b)
    assert iou.shape == (len(a), len(b))
    assert iou.dtype == np.float32
    np.testing.assert_array_equal(iou, pairwise_iou(b, a).T)
    assert ((iou >= 0) & (iou <= 1)).all()


@given(boxes(min_size=1), coordinates, coordinates)
def test_iou_does_not_see_where_both_boxes_are_moved(a: Boxes, x: float, y: float) -> None:
    shift = np.array([x, y, x, y], dtype=np.float32)
    np.testing.assert_array_equal(pairwise_iou(a, a[:1]), pairwise_iou(a + shift, a[:1] + shift))


@given(boxes())
def test_corners_and_sizes_turn_into_each_other(a: Boxes) -> None:
    sizes = xyxy_to_xywh(a)
    np.testing.assert_array_equal(xywh_to_xyxy(sizes), a)
    np.testing.assert_allclose(sizes[:, 2] * sizes[:, 3], area(a), rtol=1e-6)
    assert sizes.dtype == np.float32


@given(boxes(), st.integers(1, 4000), st.integers(1, 4000))
def test_clipped_boxes_lie_in_the_frame_and_stay_where_they_did(
    a: Boxes, width_px: int, height_px: int
) -> None:
    cut = clip_boxes(a, resolution_wh=(width_px, height_px))
    assert cut.dtype == np.float32
    assert (cut >= 0).all()
    assert (cut[:, 0::2] <= width_px).all()
    assert (cut[:, 1::2] <= height_px).all()
    inside = (a >= 0).all(axis=1) & (a[:, 2] <= width_px) & (a[:, 3] <= height_px)
    np.testing.assert_array_equal(cut[inside], a[inside])
    np.testing.assert_array_equal(clip_boxes(cut, resolution_wh=(width_px, height_px)), cut)


@given(boxes(), st.sampled_from([0.5, 1.0, 1.5, 3.0]))
def test_squares_keep_the_centre_and_the_longer_side(a: Boxes, scale: float) -> None:
    squares = expand_to_square(a, scale=scale)
    sides = squares[:, 2:] - squares[:, :2]
    longer = np.maximum(a[:, 2] - a[:, 0], a[:, 3] - a[:, 1])
    assert squares.dtype == np.float32
    np.testing.assert_allclose(sides, np.stack([longer, longer], axis=1) * scale, atol=0.01)
    np.testing.assert_allclose(squares[:, :2] + squares[:, 2:], a[:, :2] + a[:, 2:], atol=0.01)


@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 20), st.just(2)), elements=coordinates))
def test_the_box_around_points_is_the_smallest(points: npt.NDArray[np.float32]) -> None:
    box = points_to_box(points)
    assert box.shape == (4,)
    assert box.dtype == np.float32
    assert (points >= box[:2]).all()
    assert (points <= box[2:]).all()
    for edge, axis in enumerate((0, 1, 0, 1)):
        assert (points[:, axis] == box[edge]).any()
