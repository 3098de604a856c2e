"""Deal groups out to parts so that sizes and classes come near to what is wanted."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cinefacs.errors import StudyError

__all__ = ["deal"]

_MAX_ROUNDS = 20
_LEAST_GAIN = 1e-12

Counts = npt.NDArray[np.float64]


def deal(
    counts: npt.NDArray[np.int64],
    shares: Sequence[float],
    *,
    seed: Sequence[int],
    fill_all: bool = True,
) -> list[int]:
    """Return the part of each group.

    What is made small is the sum over classes and parts of the squared distance between the
    share of the class that the part has and the share that it should have; the number of samples
    counts as much as all classes together. Groups are dealt out one by one, those with most
    samples first, each to the part where it does least harm; then single moves and exchanges are
    made as long as they help. Equal choices are settled by the seed.

    Parameters
    ----------
    counts : (G, K) integers
        Samples in each group: in all (column 0) and of each class.
    shares
        Wanted share of each part, adding up to 1; a part with share 0 gets nothing.
    seed
        Of the order in which groups of the same size are tried.
    fill_all
        Whether each part with a share must get at least one group.

    Returns
    -------
    list of int
        Position in `shares` for each group.

    Raises
    ------
    StudyError
        There are fewer groups than parts.
    """
    n_groups = len(counts)
    open_parts = [part for part, share in enumerate(shares) if share > 0]
    if fill_all and n_groups < len(open_parts):
        raise StudyError(
            f"split: expected at least {len(open_parts)} groups for as many parts, got {n_groups}",
            hint="add films, split by character, or ask for fewer parts",
        )
    dealer = _Dealer(counts, shares)
    order = np.random.default_rng(list(seed)).permutation(n_groups)
    order = order[np.argsort(-counts[order, 0], kind="stable")]
    for n_dealt, group in enumerate(order):
        empty = [part for part in open_parts if not (dealer.parts == part).any()]
        must_fill = fill_all and n_groups - n_dealt <= len(empty)
        dealer.place(int(group), empty if must_fill else open_parts)
    for _ in range(_MAX_ROUNDS):
        if not sum(dealer.improve(int(group), open_parts) for group in order):
            break
    return [int(part) for part in dealer.parts]


class _Dealer:
    """Groups on their way to parts, and how far the parts are from what is wanted."""

    def __init__(self, counts: npt.NDArray[np.int64], shares: Sequence[float]) -> None:
        weights = np.ones(counts.shape[1])
        weights[0] = max(1, counts.shape[1] - 1)
        totals = counts.sum(axis=0).astype(np.float64)
        self._scaled: Counts = counts / np.where(totals > 0, totals, 1) * np.sqrt(weights)  # (G, K)
        self._gap: Counts = -np.outer(shares, (totals > 0) * np.sqrt(weights))  # (P, K)
        self.parts = np.full(len(counts), -1)
        """(G,) part of each group, -1 before it is dealt out."""

    def place(self, group: int, choices: Sequence[int]) -> None:
        """Deal a group to the part where it does least harm."""
        after = self._gap[list(choices)] + self._scaled[group]
        harm = _loss(after) - _loss(self._gap[list(choices)])
        part = choices[int(np.argmin(harm))]
        self.parts[group] = part
        self._gap[part] += self._scaled[group]

    def improve(self, group: int, open_parts: Sequence[int]) -> bool:
        """Move a group, or exchange it for another, if that helps; return whether it did."""
        source = int(self.parts[group])
        others = np.flatnonzero(self.parts != source)
        targets = self.parts[others]
        moved = self._scaled[group] - self._scaled[others]
        if (self.parts == source).sum() > 1:  # no part is left empty
            free = np.array([part for part in open_parts if part != source], np.int64)
            others = np.concatenate([others, np.full(len(free), -1)])
            targets = np.concatenate([targets, free])
            moved = np.concatenate([moved, np.repeat(self._scaled[group][None], len(free), 0)])
        if not len(others):
            return False
        gain = _loss(self._gap[source]) + _loss(self._gap[targets])
        gain = gain - _loss(self._gap[source] - moved) - _loss(self._gap[targets] + moved)
        best = int(np.argmax(gain))
        if gain[best] <= _LEAST_GAIN:
            return False
        self._gap[source] -= moved[best]
        self._gap[targets[best]] += moved[best]
        self.parts[group] = targets[best]
        if others[best] >= 0:
            self.parts[others[best]] = source
        return True


def _loss(gap: Counts) -> Counts:
    return np.asarray((gap**2).sum(axis=-1), np.float64)
