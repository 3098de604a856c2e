"""The mixture test of gradual transitions, on vectors."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.shots.config import CutConfig
from cinefacs.shots.ramps import fit_line, mixture_share

CONFIG = CutConfig()
rng = np.random.default_rng(0)
BEFORE, AFTER, OTHER = (rng.uniform(0, 255, 864).round() for _ in range(3))


def mix(shares: npt.ArrayLike) -> npt.NDArray[np.float64]:
    column = np.asarray(shares, dtype=np.float64)[:, None]
    return np.asarray((1 - column) * BEFORE + column * AFTER)


@given(shares=st.lists(st.floats(0, 1), max_size=20))
def test_the_share_of_a_mixture_is_recovered(shares: list[float]) -> None:
    share, residual = mixture_share(mix([0, *shares, 1]))
    np.testing.assert_allclose(share, [0, *shares, 1], atol=1e-9)
    np.testing.assert_allclose(residual, 0, atol=1e-6)


def test_a_picture_that_has_not_changed_holds_no_share_of_another() -> None:
    share, residual = mixture_share(np.stack([BEFORE] * 3))
    assert not share.any()
    assert not residual.any()


def test_another_picture_is_left_over() -> None:
    _, residual = mixture_share(np.stack([BEFORE, OTHER, AFTER]))
    assert residual[1] > 0.8


@given(n_before=st.integers(0, 5), n_steps=st.integers(5, 40), n_after=st.integers(0, 10))
def test_a_straight_ramp_is_fitted_where_it_lies(n_before: int, n_steps: int, n_after: int) -> None:
    ramp = np.arange(n_steps + 1) / n_steps
    share, residual = mixture_share(mix([*[0.0] * n_before, *ramp, *[1.0] * n_after]))
    line = fit_line(share, residual, CONFIG)
    assert line is not None
    assert line == pytest.approx((n_before, n_before + n_steps), abs=1e-6)


@pytest.mark.parametrize(
    "shares",
    [
        [0, 0, 0, 1, 1, 1],  # a cut
        [0, 0.5, 1, 1, 1],  # one mixed frame
        [0, 0.9, 0.1, 0.9, 0.1, 1],  # flicker
        [0, 0.6, 0.5, 0.4, 0.3, 1],  # the wrong way
        [0, 0.2, 0.3, 0.4, 0.95, 0.5, 0.6, 1],  # broken
        [0, 0.15, 0.16, 0.17, 0.18, 0.19, 0.2, 0.5, 0.85, 1],  # slow, then sudden
    ],
)
def test_what_does_not_rise_straight_is_no_ramp(shares: list[float]) -> None:
    share = np.array(shares)
    assert fit_line(share, np.zeros(len(share)), CONFIG) is None


def test_a_wipe_is_no_ramp() -> None:
    """Half the picture new and half old has the share of a mixture, but none of its pixels."""
    n = 12
    frames = np.stack([BEFORE] * (n + 1))
    for k in range(n + 1):
        frames[k, : 864 * k // n] = AFTER[: 864 * k // n]
    share, residual = mixture_share(frames)
    assert share[n // 2] == pytest.approx(0.5, abs=0.1)
    assert fit_line(share, residual, CONFIG) is None


@pytest.mark.parametrize(("n_steps", "is_ramp"), [(5, False), (24, True)])
def test_motion_is_forgiven_in_long_ramps_only(n_steps: int, is_ramp: bool) -> None:
    share = np.arange(n_steps + 1) / n_steps
    residual = 0.35 * np.sin(np.pi * share)
    assert (fit_line(share, residual, CONFIG) is not None) == is_ramp
