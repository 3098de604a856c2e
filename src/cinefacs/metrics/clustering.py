"""How well a grouping agrees with the truth, counted over pairs."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from cinefacs.errors import SchemaError

__all__ = ["PairScores", "pair_scores"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PairScores:
    """Agreement of a grouping with the truth, counted over all pairs of things.

    References
    ----------
    Manning, Raghavan and Schuetze, "Introduction to Information Retrieval", 2008, section 16.3.
    """

    n_together: int
    """Pairs that belong together and stand together."""
    n_grouped: int
    """Pairs that stand together."""
    n_true: int
    """Pairs that belong together."""

    @property
    def precision(self) -> float:
        """Share of the pairs standing together that belong together; 1 where none stands."""
        return self.n_together / self.n_grouped if self.n_grouped else 1.0

    @property
    def recall(self) -> float:
        """Share of the pairs belonging together that stand together; 1 where none belongs."""
        return self.n_together / self.n_true if self.n_true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where both are 0."""
        total = self.n_grouped + self.n_true
        return 2 * self.n_together / total if total else 1.0


def pair_scores(groups: Sequence[Hashable], truth: Sequence[Hashable]) -> PairScores:
    """Compare a grouping with the truth.

    Parameters
    ----------
    groups : (N,)
        Group that each thing was put in.
    truth : (N,)
        Group that it belongs to.

    Raises
    ------
    SchemaError
        The two differ in length.
    """
    if len(groups) != len(truth):
        raise SchemaError(f"truth: expected {len(groups)} labels, got {len(truth)}")
    return PairScores(
        n_together=_n_pairs(zip(groups, truth, strict=True)),
        n_grouped=_n_pairs(groups),
        n_true=_n_pairs(truth),
    )


def _n_pairs(labels: Iterable[Hashable]) -> int:
    """Return the number of pairs that bear the same label."""
    return sum(n * (n - 1) // 2 for n in Counter(labels).values())
