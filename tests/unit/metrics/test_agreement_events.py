"""Events are matched one to one, as many as possible, within the tolerance."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.metrics.agreement_events import match_spans

spans = st.lists(
    st.tuples(st.integers(0, 15), st.integers(1, 6)).map(lambda pair: (pair[0], sum(pair))),
    max_size=5,
)


def test_both_ends_must_lie_within_the_tolerance() -> None:
    assert match_spans([(10, 20)], [(12, 18)], tolerance=2) == [(0, 0)]
    assert match_spans([(10, 20)], [(13, 20)], tolerance=2) == []
    assert match_spans([(10, 20)], [(10, 23)], tolerance=2) == []


def test_each_span_is_matched_once() -> None:
    assert match_spans([(10, 20), (11, 20)], [(10, 20)], tolerance=5) == [(0, 0)]


def test_a_span_gives_way_where_that_makes_another_pair() -> None:
    """The first is nearest to the middle one, but only there can the second find a partner."""
    assert match_spans([(10, 20), (14, 24)], [(11, 21), (7, 17)], tolerance=3) == [(0, 1), (1, 0)]


def test_the_nearest_is_taken_where_all_find_a_partner() -> None:
    assert match_spans([(10, 20)], [(13, 23), (9, 19)], tolerance=5) == [(0, 1)]


def test_no_span_and_a_negative_tolerance() -> None:
    assert match_spans([], [(1, 2)], tolerance=0) == []
    with pytest.raises(SchemaError, match="tolerance"):
        match_spans([], [], tolerance=-1)


@given(first=spans, second=spans, tolerance=st.integers(0, 5))
def test_no_other_matching_has_more_pairs(
    first: list[tuple[int, int]], second: list[tuple[int, int]], tolerance: int
) -> None:
    found = match_spans(first, second, tolerance=tolerance)

    def fits(i: int, j: int) -> bool:
        return all(abs(a - b) <= tolerance for a, b in zip(first[i], second[j], strict=True))

    assert all(fits(i, j) for i, j in found)
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    longer, n = max(len(first), len(second)), min(len(first), len(second))
    best = max(
        sum(
            fits(*(pair if len(first) <= len(second) else pair[::-1]))
            for pair in enumerate(order[:n])
        )
        for order in permutations(range(longer))
    )
    assert len(found) == best
    assert len(match_spans(second, first, tolerance=tolerance)) == best
