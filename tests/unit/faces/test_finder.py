"""From CenterFace's output maps to faces in pixels of the frame."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.engines.session import Session
from cinefacs.errors import ConfigError, SchemaError
from cinefacs.faces.finder import FaceFinder, FoundFaces, decode_maps, suppress_overlaps
from cinefacs.geometry.boxes import pairwise_iou
from tests.support.networks import still_frame

Maps = tuple[
    npt.NDArray[np.float32],
    npt.NDArray[np.float32],
    npt.NDArray[np.float32],
    npt.NDArray[np.float32],
]

POINTS_OF_BOX = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
"""Where the points of a drawn face lie in its box."""


def draw_maps(
    size_wh: tuple[int, int], boxes_xyxy: npt.NDArray[np.float64], scores: list[float]
) -> Maps:
    """Return the output maps that say exactly these boxes: the decoding the other way round."""
    columns, rows = size_wh[0] // 4, size_wh[1] // 4
    heat = np.zeros((1, 1, rows, columns), dtype=np.float32)
    log_size, offset = np.zeros((2, 1, 2, rows, columns), dtype=np.float32)
    landmark = np.zeros((1, 10, rows, columns), dtype=np.float32)
    for (x1, y1, x2, y2), score in zip(boxes_xyxy, scores, strict=True):
        cx, cy = (x1 + x2) / 8, (y1 + y2) / 8
        row, column = int(cy), int(cx)
        heat[0, 0, row, column] = score
        log_size[0, :, row, column] = np.log((y2 - y1) / 4), np.log((x2 - x1) / 4)
        offset[0, :, row, column] = cy - row - 0.5, cx - column - 0.5
        landmark[0, :, row, column] = POINTS_OF_BOX[:, ::-1].ravel()
    return heat, log_size, offset, landmark


class DrawnSession(Session):
    """A network that always says the same, and remembers what it was shown."""

    def __init__(self, boxes_xyxy: npt.NDArray[np.float64], scores: list[float]) -> None:
        self.boxes_xyxy = boxes_xyxy
        self.scores = scores
        self.shown: list[npt.NDArray[np.float32]] = []

    def infer(self, array: npt.NDArray[np.float32]) -> Maps:
        """Return the drawn faces for an input of any size."""
        self.shown.append(array)
        return draw_maps((array.shape[3], array.shape[2]), self.boxes_xyxy, self.scores)


def test_decoding_gives_box_and_points_back() -> None:
    boxes = np.array([[10.0, 20, 50, 70], [81.5, 30.25, 99.5, 60.75]])
    box, points, score = decode_maps(*draw_maps((128, 96), boxes, [0.9, 0.6]), min_score=0.5)
    order = np.argsort(box[:, 0])
    np.testing.assert_allclose(box[order], boxes, atol=1e-4)
    expected = boxes[:, None, :2] + POINTS_OF_BOX * (boxes[:, None, 2:] - boxes[:, None, :2])
    np.testing.assert_allclose(points[order], expected, atol=1e-4)
    np.testing.assert_allclose(score[order], [0.9, 0.6])


def test_faces_come_in_pixels_of_the_frame() -> None:
    """A 1000x450 frame is shown at 320x144, padded to 320x160."""
    boxes = np.array([[10.0, 20, 50, 70], [200, 30, 240, 90]])
    session = DrawnSession(boxes, [0.6, 0.9])
    rgb = np.zeros((450, 1000, 3), dtype=np.uint8)
    rgb[..., 0] = 250  # red comes first
    found = FaceFinder(session).find(still_frame(rgb))
    (planes,) = session.shown
    assert planes.shape == (1, 3, 160, 320)
    assert planes.dtype == np.float32
    assert planes[0, 0, :144].min() >= 248
    assert planes[0, 1:].max() <= 2
    assert planes[0, :, 144:].max() == 0
    scale = np.array([1000 / 320, 450 / 144, 1000 / 320, 450 / 144])
    np.testing.assert_allclose(found.box_xyxy, boxes[::-1] * scale, rtol=1e-5)
    np.testing.assert_allclose(found.score, [0.9, 0.6])
    inside = (found.points_xy - found.box_xyxy[:, None, :2]) / np.diff(
        found.box_xyxy.reshape(-1, 1, 2, 2), axis=2
    )[:, :, 0]
    np.testing.assert_allclose(inside, np.tile(POINTS_OF_BOX, (2, 1, 1)), atol=1e-4)


def test_low_scores_are_left_out_and_nothing_is_nothing() -> None:
    session = DrawnSession(np.array([[10.0, 20, 50, 70]]), [0.49])
    frame = still_frame(np.zeros((90, 160, 3), dtype=np.uint8))
    none = FaceFinder(session).find(frame)
    assert len(none) == 0
    assert none.points_xy.shape == (0, 5, 2)
    assert len(FaceFinder(session, min_score=0.4).find(frame)) == 1


@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.floats(0.05, 0.95))
def test_suppression_leaves_no_overlap_and_drops_nothing_free(
    seed: int, n: int, iou: float
) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 60, (n, 2))
    box = np.concatenate([corner, corner + rng.uniform(5, 40, (n, 2))], axis=1).astype(np.float32)
    score = rng.choice(np.linspace(0.5, 1, 6), n).astype(np.float32)
    kept = suppress_overlaps(box, score, iou=iou)
    overlap = pairwise_iou(box, box)
    assert (np.diff(score[kept]) <= 0).all()
    for first in kept:
        assert all(first == second or overlap[first, second] <= iou for second in kept)
    for gone in set(range(n)) - set(kept.tolist()):
        assert any(overlap[gone, k] > iou and score[k] >= score[gone] for k in kept)


@pytest.mark.parametrize(
    "options", [{"min_score": 0.0}, {"min_score": 1.5}, {"nms_iou": 0.0}, {"width_px": 31}]
)
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    session = DrawnSession(np.zeros((0, 4)), [])
    with pytest.raises(ConfigError, match="FaceFinder: expected"):
        FaceFinder(session, **options)  # type: ignore[arg-type]


def test_found_faces_are_checked_and_frozen() -> None:
    box, points = np.zeros((2, 4), np.float32), np.zeros((2, 5, 2), np.float32)
    worst_first = np.array([0.5, 0.6], np.float32)
    with pytest.raises(SchemaError, match=r"FoundFaces\.score: expected best first"):
        FoundFaces(box_xyxy=box, points_xy=points, score=worst_first)
    with pytest.raises(SchemaError, match=r"FoundFaces\.points_xy: expected shape \(2, 5, 2\)"):
        FoundFaces(box_xyxy=box, points_xy=points[:1], score=worst_first[::-1])
    faces = FoundFaces(box_xyxy=box, points_xy=points, score=worst_first[::-1])
    assert not faces.box_xyxy.flags.writeable
