"""The assignment of found faces to tracks, against trying out every assignment there is.

Expected: Jonker and Volgenant's algorithm (`lap`) minimises the sum of the costs of the pairs and
of a fixed price for each face that stays alone; all assignments of up to five boxes can be tried.
"""

from itertools import permutations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from cinefacs.faces.box_matching import match_boxes

MIN_IOU, MAX_DISTANCE = 0.2, 0.6
ALONE = 2.0 + MAX_DISTANCE  # what leaving one track and one found face unpaired costs together


def pair_cost(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """Cost of a pair by the sentence in the docstring, written out for two boxes."""
    shared_w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    shared_h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area_a, area_b = ((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    iou = shared_w * shared_h / (area_a + area_b - shared_w * shared_h)
    side_a, side_b = np.sqrt(area_a), np.sqrt(area_b)
    gap = np.hypot(a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3]) / 2
    distance = gap / ((side_a + side_b) / 2)
    is_near = distance <= MAX_DISTANCE and max(side_a / side_b, side_b / side_a) <= 1.6
    return float(1 - iou + distance) if iou >= MIN_IOU or is_near else float("inf")


def total_cost(costs: npt.NDArray[np.float64], pairs: list[tuple[int, int]]) -> float:
    n_alone = costs.shape[0] + costs.shape[1] - 2 * len(pairs)
    return float(sum(costs[i, j] for i, j in pairs) + n_alone * ALONE / 2)


def least_cost(costs: npt.NDArray[np.float64]) -> float:
    n_tracked, n_found = costs.shape
    columns = [*range(n_found), *([-1] * n_tracked)]
    totals = [
        total_cost(costs, [(i, j) for i, j in enumerate(chosen) if j >= 0])
        for chosen in set(permutations(columns, n_tracked))
    ]
    return min(totals)


boxes = st.builds(
    lambda x, y, w, h: np.array([x, y, x + w, y + h], float),
    st.integers(0, 80),
    st.integers(0, 80),
    st.integers(10, 60),
    st.integers(10, 60),
)


@given(st.lists(boxes, min_size=1, max_size=4), st.lists(boxes, min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_no_other_assignment_is_cheaper(
    tracked: list[npt.NDArray[np.float64]], found: list[npt.NDArray[np.float64]]
) -> None:
    pairs = match_boxes(
        [box.astype(np.float32) for box in tracked],
        [box.astype(np.float32) for box in found],
        min_iou=MIN_IOU,
        max_distance=MAX_DISTANCE,
    )
    costs = np.array([[pair_cost(a, b) for b in found] for a in tracked])
    assert all(np.isfinite(costs[i, j]) for i, j in pairs)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert abs(total_cost(costs, pairs) - least_cost(costs)) < 1e-4


def test_the_best_for_one_gives_way_to_the_best_for_all() -> None:
    """Greedy choice would pair (1, 0) first, at IoU 0.9, and leave the first track alone."""
    tracked = [np.array([0, 0, 100, 100], np.float32), np.array([60, 0, 160, 100], np.float32)]
    found = [np.array([55, 0, 155, 100], np.float32), np.array([115, 0, 215, 100], np.float32)]
    pairs = match_boxes(tracked, found, min_iou=MIN_IOU, max_distance=MAX_DISTANCE)
    assert pairs == [(0, 0), (1, 1)]
