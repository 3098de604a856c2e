"""Found moments are matched with true ones, each once, as many as possible."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.metrics.detection import match_frames


def test_counts_and_scores() -> None:
    scores = match_frames([10, 20, 31, 99], [10, 21, 30], tolerance_frames=0)
    assert (scores.n_matched, scores.n_found, scores.n_true) == (1, 4, 3)
    scores = match_frames([99, 31, 20, 10], [30, 21, 10], tolerance_frames=1)
    assert (scores.precision, scores.recall) == (0.75, 1.0)
    assert scores.f1 == pytest.approx(6 / 7)


def test_nothing_to_find() -> None:
    nothing = match_frames([], [], tolerance_frames=0)
    assert (nothing.precision, nothing.recall, nothing.f1) == (1.0, 1.0, 1.0)
    assert match_frames([], [5], tolerance_frames=0).f1 == 0.0
    assert match_frames([5], [], tolerance_frames=0).precision == 0.0


def test_a_negative_tolerance_is_refused() -> None:
    with pytest.raises(SchemaError, match="tolerance_frames"):
        match_frames([1], [1], tolerance_frames=-1)


frames = st.lists(st.integers(0, 12), max_size=5, unique=True)


@given(found=frames, truth=frames, tolerance=st.integers(0, 3))
def test_no_other_matching_has_more_pairs(
    found: list[int], truth: list[int], tolerance: int
) -> None:
    pairs = [(a, b) for a in found for b in truth if abs(a - b) <= tolerance]
    best = max(
        n
        for n in range(min(len(found), len(truth)) + 1)
        if any(
            len({a for a, _ in chosen}) == len({b for _, b in chosen}) == n
            for chosen in combinations(pairs, n)
        )
    )
    assert match_frames(found, truth, tolerance_frames=tolerance).n_matched == best
