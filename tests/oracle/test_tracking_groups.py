"""Grouping of identity vectors, against scipy's average linkage and against brute force.

Reference: `scipy.cluster.hierarchy.linkage(method="average")` on squared Euclidean distances, cut
at the squared limit. Without constraints both must give the same groups. With constraints, the
reference is a direct transcription of the definition: a table of all distances, the nearest two
permitted groups merged, again and again.
"""

import warnings
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinefacs.faces.grouping import group_alike

Vectors = npt.NDArray[np.float32]


def random_vectors(seed: int, n: int, n_people: int) -> Vectors:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(n_people, 8))
    spread = centres[rng.integers(0, n_people, n)] + rng.normal(0, 0.4, (n, 8))
    return spread.astype(np.float32)


@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(1, 6), st.floats(0.3, 5))
@settings(deadline=None, max_examples=80)
def test_equal_to_scipy(seed: int, n: int, n_people: int, limit: float) -> None:
    hierarchy = pytest.importorskip("scipy.cluster.hierarchy")
    distance = pytest.importorskip("scipy.spatial.distance")
    vectors = random_vectors(seed, n, n_people)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy thinks that squared distances look uncondensed
        tree = hierarchy.linkage(
            distance.pdist(vectors.astype(float), "sqeuclidean"), method="average"
        )
    labels = hierarchy.fcluster(tree, limit**2, criterion="distance")
    expected = {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels)}
    assert {frozenset(each) for each in group_alike(vectors, max_distance=limit)} == expected


def by_definition(
    vectors: Vectors, limit: float, apart: set[tuple[int, int]]
) -> set[frozenset[int]]:
    squared = ((vectors[:, None].astype(float) - vectors[None]) ** 2).sum(axis=-1)
    groups = [frozenset([i]) for i in range(len(vectors))]
    while True:
        near = [
            (float(np.mean([squared[i, j] for i in a for j in b])), a, b)
            for a, b in combinations(groups, 2)
            if not any((i, j) in apart or (j, i) in apart for i in a for j in b)
        ]
        near = [each for each in near if each[0] <= limit**2]
        if not near:
            return set(groups)
        _, a, b = min(near, key=lambda each: each[0])
        groups = [each for each in groups if each not in {a, b}] + [a | b]


@given(st.integers(0, 10**6), st.integers(2, 14), st.floats(0.5, 5), st.floats(0, 0.5))
@settings(deadline=None, max_examples=60)
def test_equal_to_the_definition(seed: int, n: int, limit: float, share_apart: float) -> None:
    vectors = random_vectors(seed, n, 3)
    rng = np.random.default_rng(seed)
    apart = {pair for pair in combinations(range(n), 2) if rng.random() < share_apart}
    found = group_alike(vectors, max_distance=limit, apart=apart)
    assert {frozenset(each) for each in found} == by_definition(vectors, limit, apart)
    assert found == sorted(found, key=min)


def test_nothing_is_grouped_into_nothing() -> None:
    assert group_alike(np.zeros((0, 128), np.float32), max_distance=0.5) == []
