"""How well found moments agree with true ones: cuts against cuts, one to one."""

from collections.abc import Iterable
from dataclasses import dataclass

from cinefacs.errors import SchemaError

__all__ = ["MatchScores", "match_frames"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchScores:
    """Counts of a one-to-one matching, and what follows from them."""

    n_matched: int
    """Found moments that are true ones."""
    n_found: int
    """Moments found."""
    n_true: int
    """True moments."""

    @property
    def precision(self) -> float:
        """Matched over found; 1 where nothing was found."""
        return self.n_matched / self.n_found if self.n_found else 1.0

    @property
    def recall(self) -> float:
        """Matched over true; 1 where there is nothing to find."""
        return self.n_matched / self.n_true if self.n_true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there is nothing and nothing was found."""
        n_both = self.n_found + self.n_true
        return 2 * self.n_matched / n_both if n_both else 1.0


def match_frames(
    found: Iterable[int], truth: Iterable[int], *, tolerance_frames: int
) -> MatchScores:
    """Match found frames with true ones, each once, as many as possible.

    On a line, going through both in order and matching the first pair that fits gives the most
    pairs.

    Parameters
    ----------
    found, truth
        Frames of the film, in any order.
    tolerance_frames
        Largest distance of a pair, frames, 0 or more.

    Raises
    ------
    SchemaError
        The tolerance is below 0.
    """
    if tolerance_frames < 0:
        raise SchemaError(f"tolerance_frames: expected 0 or more, got {tolerance_frames}")
    left, right = sorted(found), sorted(truth)
    i = j = n_matched = 0
    while i < len(left) and j < len(right):
        if abs(left[i] - right[j]) <= tolerance_frames:
            n_matched, i, j = n_matched + 1, i + 1, j + 1
        elif left[i] < right[j]:
            i += 1
        else:
            j += 1
    return MatchScores(n_matched=n_matched, n_found=len(left), n_true=len(right))
