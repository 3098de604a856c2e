"""Measures between small pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.shots.signatures import (
    MIXTURE_SIZE,
    N_BINS,
    SIGNATURE_SIZE,
    Signature,
    best_correlation,
    count_levels,
    flat_contrast,
    levels_distance,
    mean_change,
    mixture_distance,
    sign_frame,
    to_mixture,
)
from tests.support.pictures import flat, lit, pan, to_frames


def signature(seed: int, **options: float) -> Signature:
    (frame,) = to_frames(pan(seed, 1, **options))  # type: ignore[arg-type]
    return sign_frame(frame)


@pytest.mark.parametrize("level", [16, 90, 235])
def test_the_signature_of_one_colour_is_that_colour(level: int) -> None:
    (frame,) = to_frames(flat(level, 1))
    signed = sign_frame(frame)
    assert signed.shape == (SIGNATURE_SIZE,)
    luma, colours = signed[: 64 * 36], signed[64 * 36 :]
    assert np.ptp(luma) == 0
    assert set(colours.tolist()) <= {127, 128, 129}
    assert flat_contrast(signed) == 0


def test_the_middle_alone_tells_flatness() -> None:
    picture = flat(200, 1)[0].copy()
    picture[:9] = picture[-9:] = 0
    (frame,) = to_frames([picture])
    assert flat_contrast(sign_frame(frame)) == 0


def test_a_change_is_luma_plus_twice_the_colours() -> None:
    before = np.full(SIGNATURE_SIZE, 100, np.uint8)
    after = before.copy()
    after[: 64 * 36] += 5
    assert mean_change(before, after) == 5
    after[64 * 36 :] += 3
    assert mean_change(before, after) == 5 + 2 * 3
    assert mean_change(after, before) == mean_change(before, after)


def test_correlation_withstands_shift_and_light_and_not_another_picture() -> None:
    moved = pan(3, 25, px_per_frame=1.0)
    still, shifted, dimmed = (
        sign_frame(to_frames([picture])[0]) for picture in (moved[0], moved[-1], lit(moved, 0.5)[0])
    )
    assert best_correlation(still, still) == pytest.approx(1, abs=1e-3)
    assert best_correlation(still, shifted) > 0.9
    assert best_correlation(still, dimmed) > 0.95
    assert best_correlation(still, signature(8)) < 0.8


def test_black_correlates_with_nothing() -> None:
    black = np.full(SIGNATURE_SIZE, 16, np.uint8)
    assert abs(best_correlation(black, black)) < 0.1
    assert abs(best_correlation(black, signature(3))) < 0.5


def test_levels_count_every_pixel_once() -> None:
    counts = count_levels(signature(4))
    assert counts.shape == (N_BINS,)
    assert counts[:16].sum() == 64 * 36
    assert counts[16:32].sum() == counts[32:].sum() == 16 * 16 * 9


def test_levels_are_apart_by_the_share_that_differs() -> None:
    dark, bright = (np.full(SIGNATURE_SIZE, level, np.uint8) for level in (20, 220))
    half = dark.copy()
    half[: 64 * 18] = 220
    n_counted = 64 * 36 + 2 * 16 * 16 * 9
    assert levels_distance(count_levels(dark), count_levels(dark)) == 0
    expected = 64 * 18 / n_counted
    assert levels_distance(count_levels(dark), count_levels(half)) == pytest.approx(expected)
    assert levels_distance(count_levels(dark), count_levels(bright)) == 1


@given(share=st.floats(0, 1))
def test_mixtures_mix_as_light_does(share: float) -> None:
    before, after = to_mixture(signature(1)), to_mixture(signature(2))
    mixed = (1 - share) * signature(1).astype(float) + share * signature(2)
    got = to_mixture(mixed.round().astype(np.uint8))
    assert got.shape == (MIXTURE_SIZE,)
    np.testing.assert_allclose(got, (1 - share) * before + share * after, atol=1.6)


def test_mixtures_are_whole_numbers_so_that_sums_are_exact() -> None:
    mixture = to_mixture(signature(5))
    assert np.array_equal(mixture, np.rint(mixture))


def test_the_distance_of_mixtures_is_the_root_mean_square_of_luma() -> None:
    before = np.full(SIGNATURE_SIZE, 100, np.uint8)
    after = before.copy()
    after[: 64 * 36] += 7
    squared = float(((to_mixture(after) - to_mixture(before)) ** 2).sum())
    assert mixture_distance(squared) == pytest.approx(7)
