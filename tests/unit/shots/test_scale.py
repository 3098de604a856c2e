"""Shot scale from face heights."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.shots.config import ScaleConfig
from cinefacs.shots.scale import Scale, ShotScale, scale_of_shot
from tests.support.records import FILM_ID
from tests.support.shots import make_shots

SHOT = make_shots([10, 24])[1]


def scale_at(*heights: float, config: ScaleConfig | None = None) -> Scale:
    return scale_of_shot(SHOT, heights, config or ScaleConfig()).scale


@pytest.mark.parametrize(
    ("height", "expected"),
    [
        (3.0, Scale.EXTREME_CLOSE_UP),
        (0.75, Scale.EXTREME_CLOSE_UP),
        (0.749, Scale.CLOSE_UP),
        (0.4, Scale.CLOSE_UP),
        (0.399, Scale.MEDIUM_CLOSE_UP),
        (0.25, Scale.MEDIUM_CLOSE_UP),
        (0.249, Scale.MEDIUM),
        (0.16, Scale.MEDIUM),
        (0.159, Scale.MEDIUM_LONG),
        (0.11, Scale.MEDIUM_LONG),
        (0.109, Scale.LONG),
        (0.05, Scale.LONG),
        (0.049, Scale.EXTREME_LONG),
        (1e-6, Scale.EXTREME_LONG),
    ],
)
def test_a_height_on_a_bound_is_of_the_closer_scale(height: float, expected: Scale) -> None:
    """The bounds are the documented defaults of `ScaleConfig`."""
    assert scale_at(height) is expected


def test_every_bound_can_be_moved() -> None:
    config = ScaleConfig(
        min_extreme_close_up=0.7, min_close_up=0.6, min_medium_close_up=0.5,
        min_medium=0.4, min_medium_long=0.3, min_long=0.2,
    )  # fmt: skip
    heights = (0.75, 0.65, 0.55, 0.45, 0.35, 0.25, 0.15)
    assert [scale_at(height, config=config) for height in heights] == list(Scale)


def test_the_median_over_frames_counts() -> None:
    found = scale_of_shot(SHOT, [0.06, 0.9, 0.3, 0.06, 0.3], ScaleConfig())
    assert found == ShotScale(
        film_id=FILM_ID,
        shot_index=1,
        scale=Scale.MEDIUM_CLOSE_UP,
        face_height=0.3,
        n_frames=5,
    )


def test_an_even_number_of_frames_takes_the_mean_of_the_middle_two() -> None:
    found = scale_of_shot(SHOT, np.array([0.5, 0.125, 0.25, 0.0625], np.float32), ScaleConfig())
    assert (found.face_height, found.n_frames) == (0.1875, 4)
    assert type(found.face_height) is float


@given(st.lists(st.floats(1e-6, 4), min_size=1, max_size=20), st.floats(1, 3))
def test_a_closer_camera_never_gives_a_farther_scale(heights: list[float], factor: float) -> None:
    order = list(Scale)
    far = order.index(scale_at(*heights))
    near = order.index(scale_at(*(height * factor for height in heights)))
    assert near <= far


@pytest.mark.parametrize("wrong", [0.0, -0.1, nan, inf])
def test_a_height_that_is_none_is_refused(wrong: float) -> None:
    with pytest.raises(SchemaError, match=r"face_heights: expected finite numbers above 0, got \["):
        scale_at(0.3, 0.2, wrong)


@pytest.mark.parametrize("wrong", [[], np.empty(0), np.ones((2, 3))])
def test_no_heights_and_a_table_of_them_are_refused(wrong: list[float]) -> None:
    with pytest.raises(SchemaError, match=r"face_heights: expected shape \(K,\), K at least 1"):
        scale_of_shot(SHOT, wrong, ScaleConfig())


@pytest.mark.parametrize(
    ("shot_index", "face_height", "n_frames", "field"),
    [
        (-1, 0.5, 1, "shot_index"),
        (0, 0.0, 1, "face_height"),
        (0, nan, 1, "face_height"),
        (0, inf, 1, "face_height"),
        (0, 0.5, 0, "n_frames"),
    ],
)
def test_a_record_of_nonsense_is_refused(
    shot_index: int, face_height: float, n_frames: int, field: str
) -> None:
    with pytest.raises(SchemaError, match=f"ShotScale.{field}: expected"):
        ShotScale(
            film_id=FILM_ID,
            shot_index=shot_index,
            scale=Scale.LONG,
            face_height=face_height,
            n_frames=n_frames,
        )
