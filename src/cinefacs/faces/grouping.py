"""Group vectors that are alike, without a table of all distances."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["group_alike"]

_BLOCK_ROWS = 256
"""Rows of distances that are computed at once: 10 MB for 5,000 vectors."""


def group_alike(
    vectors: npt.NDArray[np.float32],
    *,
    max_distance: float,
    doubt: npt.NDArray[np.float64] | None = None,
    apart: Iterable[tuple[int, int]] = (),
    together: Sequence[Sequence[int]] = (),
) -> list[list[int]]:
    """Merge the two nearest groups again and again, as long as they are near enough.

    The distance of two groups is the root of the mean squared distance over all pairs of their
    members: average linkage of squared distances. For groups with means m, mean squared distances
    s from their own mean, ``d^2 = |m1 - m2|^2 + s1 + s2``, so that no table of N x N distances is
    needed, and as average linkage is reducible, only groups whose nearest neighbour was merged
    have to look for a new one. Memory grows with N.

    Parameters
    ----------
    vectors : (N, D) float32
    max_distance : largest distance at which two groups become one
    doubt : (N,) mean squared error of each vector, added to its squared distances; None: no error
    apart : pairs of positions that may never stand in one group
    together : groups to begin with; no two of them are ever merged. They may go against `apart`.

    Returns
    -------
    list of groups
        Ascending positions each, in order of their first; every position stands in one group.

    References
    ----------
    Sokal and Michener, "A statistical method for evaluating systematic relationships", 1958
    (average linkage); Bruynooghe, "Methodes nouvelles en classification automatique", 1977
    (reducibility). Differs in the constraints: pairs that may not merge are infinitely far.
    """
    groups = _Groups(np.asarray(vectors, np.float64), doubt, apart)
    beginnings = [members for members in together if members]
    for members in beginnings:
        groups.join(members)
    roots = [min(members) for members in beginnings]
    for i, root in enumerate(roots):
        for other in roots[i + 1 :]:
            groups.keep_apart(root, other)
    groups.find_all_nearest()
    while groups.merge_nearest(max_distance**2):
        pass
    return groups.members()


class _Groups:
    """Groups by their lowest position, with mean, scatter and nearest neighbour."""

    def __init__(
        self,
        vectors: npt.NDArray[np.float64],
        doubt: npt.NDArray[np.float64] | None,
        apart: Iterable[tuple[int, int]],
    ) -> None:
        n = len(vectors)
        self._mean = vectors.copy()  # (N, D)
        self._norm = (vectors**2).sum(axis=1)  # (N,) of the means
        # (N,) mean squared distance from the mean, of single vectors from what they should be
        self._scatter = np.zeros(n) if doubt is None else np.array(doubt, np.float64)
        self._members = {i: [i] for i in range(n)}
        self._apart: dict[int, set[int]] = {i: set() for i in range(n)}
        self._nearest = np.full(n, -1)
        self._nearest_squared = np.full(n, np.inf)
        self._is_stale = np.zeros(n, np.bool_)
        self._is_gone = np.zeros(n, np.bool_)
        for a, b in apart:
            self.keep_apart(a, b)

    def keep_apart(self, a: int, b: int) -> None:
        """Never merge two groups."""
        if a != b:
            self._apart[a].add(b)
            self._apart[b].add(a)

    def join(self, positions: Sequence[int]) -> None:
        """Merge single positions, whatever their distance."""
        root, *others = sorted(set(positions))
        for other in others:
            self._merge(root, other)

    def members(self) -> list[list[int]]:
        """Return all groups."""
        return [sorted(self._members[root]) for root in sorted(self._members)]

    def find_all_nearest(self) -> None:
        """Find the nearest neighbour of every group."""
        roots = np.array(sorted(self._members), dtype=np.int64)
        for start in range(0, len(roots), _BLOCK_ROWS):
            self._find_nearest(roots[start : start + _BLOCK_ROWS])

    def merge_nearest(self, max_squared: float) -> bool:
        """Merge the two nearest groups; return whether there were two near enough.

        Merging never brings a group nearer to others, so what was its distance stays a lower
        limit, and its neighbour is looked for anew only when no other pair is nearer.
        """
        while len(self._nearest):
            a = int(self._nearest_squared.argmin())
            if self._nearest_squared[a] > max_squared:
                return False
            if not self._is_stale[a]:
                root, other = sorted((a, int(self._nearest[a])))
                self._merge(root, other)
                self._is_stale |= (self._nearest == root) | (self._nearest == other)
                self._is_stale[root] = True
                return True
            self._find_nearest(np.array([a]))
        return False

    def _merge(self, root: int, other: int) -> None:
        """Put the second group into the first."""
        n_root, n_other = len(self._members[root]), len(self._members[other])
        share = n_other / (n_root + n_other)
        gap = self._mean[other] - self._mean[root]
        self._scatter[root] = (
            (1 - share) * self._scatter[root]
            + share * self._scatter[other]
            + share * (1 - share) * (gap @ gap)
        )
        self._mean[root] += share * gap
        self._norm[root] = self._mean[root] @ self._mean[root]
        self._members[root] += self._members.pop(other)
        for enemy in self._apart.pop(other):
            self._apart[enemy].discard(other)
            self.keep_apart(root, enemy)
        self._is_gone[other] = True
        self._nearest_squared[other] = np.inf

    def _find_nearest(self, rows: npt.NDArray[np.int64]) -> None:
        """Find the nearest neighbour of some groups."""
        squared = (
            (self._norm + self._scatter)[None]
            + (self._norm + self._scatter)[rows, None]
            - 2 * self._mean[rows] @ self._mean.T
        )  # (R, N)
        squared[:, self._is_gone] = np.inf
        for i, row in enumerate(rows):
            squared[i, [row, *self._apart[int(row)]]] = np.inf
        self._nearest[rows] = squared.argmin(axis=1)
        self._nearest_squared[rows] = squared.min(axis=1)
        self._is_stale[rows] = False
