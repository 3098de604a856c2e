"""Pictures and faces as network input: geometry there and back, grey, rubbish."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.engines.crops import map_points
from cinefacs.engines.network_input import (
    as_network_input,
    face_affine,
    letterbox_affine,
    letterbox_centred,
    map_boxes,
    map_boxes_back,
    prepare_face,
    prepare_picture,
    rect_size,
)
from cinefacs.errors import SchemaError
from cinefacs.records.input_spec import InputSpec

sizes = st.tuples(st.integers(1, 2000), st.integers(1, 2000))


@given(picture_wh=sizes, side=st.sampled_from([32, 320, 640]))
def test_a_letterboxed_picture_lies_inside_and_touches_two_sides(
    picture_wh: tuple[int, int], side: int
) -> None:
    matrix = letterbox_affine(picture_wh, (side, side))
    (x1, y1), (x2, y2) = map_points(matrix, np.array([[0, 0], picture_wh]))
    assert min(x1, y1) >= 0
    assert max(x2, y2) <= side + 1e-9
    assert max(x2 - x1, y2 - y1) == pytest.approx(side)


@given(picture_wh=sizes, side=st.sampled_from([320, 640]))
def test_the_smallest_input_holds_the_picture_and_32_divides_it(
    picture_wh: tuple[int, int], side: int
) -> None:
    width, height = rect_size(picture_wh, side)
    assert width % 32 == height % 32 == 0
    assert max(width, height) == side
    assert rect_size((1280, 720), 640) == (640, 384)


def test_pixels_go_where_the_map_says() -> None:
    rgb = np.zeros((40, 80, 3), dtype=np.uint8)
    rgb[10:20, 40:60] = 255
    boxed = letterbox_centred(rgb, (160, 160))
    matrix = letterbox_affine((80, 40), (160, 160))
    x1, y1, x2, y2 = map_boxes(matrix, np.array([[40, 10, 60, 20]]))[0].round().astype(int)
    assert (x1, y1, x2, y2) == (80, 60, 120, 80)
    assert boxed[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2].min() == 255
    assert boxed[: y1 - 2].max() == 0


@given(
    box=st.tuples(st.floats(0, 900), st.floats(0, 900), st.floats(8, 300), st.floats(8, 300)),
    turn=st.floats(-0.7, 0.7),
)
def test_boxes_come_back_from_a_turned_crop(
    box: tuple[float, float, float, float], turn: float
) -> None:
    x, y, w, h = box
    xyxy = np.array([x, y, x + w, y + h])
    middle = np.array([x + w / 2, y + h / 2])
    eyes = np.stack([middle, middle + 20 * np.array([np.cos(turn), np.sin(turn)])])
    spec = InputSpec(side_px=128, mode="crop")
    matrix = face_affine(xyxy, spec, eyes_xy=eyes)
    (inside,) = map_boxes(matrix, xyxy)
    assert (inside[:2] + inside[2:]) / 2 == pytest.approx([64, 64])
    assert max(inside[2:] - inside[:2]) == pytest.approx(128 / 1.3)
    assert map_boxes_back(matrix, inside)[0] == pytest.approx(xyxy, abs=1e-6)
    left, right = map_points(matrix, eyes)
    assert left[1] == pytest.approx(right[1])
    assert left[0] < right[0]


def test_grey_forgets_brightness_contrast_and_colour() -> None:
    rng = np.random.default_rng(0)
    face = rng.integers(60, 120, (32, 32, 1)).astype(np.uint8).repeat(3, axis=2)
    spec = InputSpec(side_px=32, colour="grey")
    plain, bright = as_network_input(face, spec), as_network_input(2 * face, spec)
    assert plain.shape == (3, 32, 32)
    np.testing.assert_allclose(plain, bright, atol=0.01)
    assert plain.mean() == pytest.approx(0.5, abs=0.01)
    assert plain.std() == pytest.approx(1 / 6, abs=0.01)
    np.testing.assert_array_equal(plain[0], plain[2])
    flat = as_network_input(np.full((32, 32, 3), 7, dtype=np.uint8), spec)
    assert (flat == 0.5).all()


def test_a_face_fills_its_square_and_the_picture_its_box() -> None:
    rgb = np.zeros((200, 300, 3), dtype=np.uint8)
    rgb[50:150, 100:180] = 200
    spec = InputSpec(side_px=128, mode="crop")
    tensor, matrix = prepare_face(rgb, np.array([100, 50, 180, 150]), spec)
    assert tensor.shape == (3, 128, 128)
    assert tensor.dtype == np.float32
    assert (tensor > 0.5).mean() == pytest.approx(80 * 100 / 130**2, abs=0.03)
    assert matrix.shape == (2, 3)
    square, _ = prepare_picture(rgb, InputSpec(side_px=320))
    assert square.shape == (3, 320, 320)
    rect, _ = prepare_picture(rgb, InputSpec(side_px=320), is_rect=True)
    assert rect.shape == (3, 224, 320)


@pytest.mark.parametrize(
    "rgb",
    [np.zeros((4, 4)), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8),
     np.zeros((4, 4, 4), np.uint8)],
)  # fmt: skip
def test_what_is_no_picture_is_refused(rgb: np.ndarray) -> None:
    with pytest.raises(SchemaError, match="picture: expected"):
        prepare_picture(rgb, InputSpec())


def test_a_face_without_area_or_with_one_eye_twice_is_refused() -> None:
    spec = InputSpec(side_px=128)
    with pytest.raises(SchemaError, match="a box with an area"):
        face_affine(np.array([5, 5, 5, 9]), spec)
    with pytest.raises(SchemaError, match="two eyes apart"):
        face_affine(np.array([5, 5, 9, 9]), spec, eyes_xy=np.ones((2, 2)))
