"""Several crops of one face as one input."""

import numpy as np
import pytest

from cinefacs.engines.face_input import crops_as_input, stack_as_input, stack_crops
from cinefacs.engines.network_input import as_network_input
from cinefacs.errors import SchemaError
from cinefacs.records.input_spec import InputSpec

NEUTRAL = InputSpec(side_px=32, mode="crop", colour="grey", temporal="neutral")
AROUND = InputSpec(side_px=32, mode="crop", colour="grey", temporal="neighbours", step_ms=100)
ALONE = InputSpec(side_px=32, mode="crop", colour="grey")


@pytest.fixture
def crops() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.integers(20, 120, (32, 32, 3)).astype(np.uint8) for _ in range(3)]


def test_a_face_alone_is_what_it_was_before(crops: list[np.ndarray]) -> None:
    got = crops_as_input(crops[:1], ALONE)
    expected = as_network_input(crops[0], ALONE)
    np.testing.assert_allclose(got, expected, atol=0.01)  # brightness is rounded to 8 bits


def test_colour_stays_colour(crops: list[np.ndarray]) -> None:
    spec = InputSpec(side_px=32, mode="crop")
    np.testing.assert_array_equal(crops_as_input(crops[:1], spec), as_network_input(crops[0], spec))


def test_neighbours_stand_in_the_order_of_time(crops: list[np.ndarray]) -> None:
    got = crops_as_input(crops, AROUND)
    for channel, crop in zip(got, crops, strict=True):
        np.testing.assert_allclose(channel, as_network_input(crop, ALONE)[0], atol=0.01)


def test_the_difference_to_rest_is_one_half_where_nothing_moved(crops: list[np.ndarray]) -> None:
    got = crops_as_input([crops[0], crops[0]], NEUTRAL)
    np.testing.assert_array_equal(got[0], got[1])
    np.testing.assert_array_equal(got[2], 0.5)


def test_a_change_of_light_from_rest_disappears(crops: list[np.ndarray]) -> None:
    brighter = (crops[0].astype(np.float32) * 1.8 + 12).round().astype(np.uint8)
    got = crops_as_input([brighter, crops[0]], NEUTRAL)
    assert np.abs(got[2] - 0.5).max() < 0.02


def test_what_moved_shows_in_the_difference(crops: list[np.ndarray]) -> None:
    moved = crops[0].copy()
    moved[4:8, 4:8] = 255
    got = crops_as_input([moved, crops[0]], NEUTRAL)
    assert got[2, 4:8, 4:8].min() > 0.6
    assert got[2, 20:, 20:].max() < 0.58


@pytest.mark.parametrize("n", [1, 3])
def test_another_number_of_crops_is_refused(crops: list[np.ndarray], n: int) -> None:
    with pytest.raises(SchemaError, match=f"expected 2 for 'neutral', got {n}"):
        stack_crops(crops[:n], NEUTRAL)


def test_crops_of_two_sizes_are_refused(crops: list[np.ndarray]) -> None:
    with pytest.raises(SchemaError, match="one size"):
        stack_crops([crops[0], crops[1][:16, :16]], NEUTRAL)


def test_a_stack_has_a_layer_a_crop(crops: list[np.ndarray]) -> None:
    stack = stack_crops(crops, AROUND)
    assert stack.shape == (32, 32, 3)
    assert stack.dtype == np.uint8
    assert stack_as_input(stack, AROUND).dtype == np.float32


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temporal": "film"}, "temporal"),
        ({"temporal": "neutral", "mode": "frame"}, "single, unless crops"),
        ({"temporal": "neutral", "colour": "rgb"}, "single, unless crops"),
        ({"temporal": "neighbours"}, "above 0 with neighbours"),
        ({"step_ms": 80}, "above 0 with neighbours"),
    ],
)
def test_a_wrong_spec_is_refused(changes: dict[str, object], message: str) -> None:
    options = {"side_px": 32, "mode": "crop", "colour": "grey", **changes}
    with pytest.raises(SchemaError, match=message):
        InputSpec(**options)  # type: ignore[arg-type]
