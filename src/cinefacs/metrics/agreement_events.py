"""Which events of two coders are the same: a one-to-one matching within a tolerance."""

from collections.abc import Sequence

from cinefacs.errors import SchemaError

__all__ = ["match_spans"]

Span = tuple[int, int]


def match_spans(
    first: Sequence[Span], second: Sequence[Span], *, tolerance: int
) -> list[tuple[int, int]]:
    """Match spans whose starts and whose ends lie close together: each once, as many as possible.

    Parameters
    ----------
    first, second
        Start and end of each span, in one unit of time.
    tolerance
        Largest distance of two starts and of two ends, in that unit, 0 or more.

    Returns
    -------
    list of (index in `first`, index in `second`), ascending
        No other matching has more pairs. Which spans are matched does not hang on their order
        in the lists but for spans that are equal.

    Raises
    ------
    SchemaError
        The tolerance is below 0.

    References
    ----------
    H. W. Kuhn, "The Hungarian method for the assignment problem", 1955: augmenting paths, here
    with nearest spans tried first.
    """
    if tolerance < 0:
        raise SchemaError(f"tolerance: expected 0 or more, got {tolerance}")
    if len(first) == len(second) == 1:  # by far the most frequent case
        return [(0, 0)] if _distance(first[0], second[0]) <= tolerance else []
    order = sorted(range(len(second)), key=lambda j: second[j])
    candidates = {
        i: sorted(
            (j for j in order if _distance(span, second[j]) <= tolerance),
            key=lambda j, span=span: _distance(span, second[j]),  # type: ignore[misc]
        )
        for i, span in enumerate(first)
    }
    partner: dict[int, int] = {}  # of each span of `second`
    for i in sorted(candidates, key=lambda i: first[i]):
        _augment(i, candidates, partner, tried=set())
    return sorted((i, j) for j, i in partner.items())


def _distance(a: Span, b: Span) -> int:
    """Return the larger of the distances of starts and of ends."""
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]))


def _augment(
    i: int, candidates: dict[int, list[int]], partner: dict[int, int], tried: set[int]
) -> bool:
    """Find a partner for span `i`, moving others on to their next best where that helps."""
    for j in candidates[i]:
        if j in tried:
            continue
        tried.add(j)
        if j not in partner or _augment(partner[j], candidates, partner, tried):
            partner[j] = i
            return True
    return False
