"""No face that was found is ever uncovered, nor its place shortly before and after."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.reports.face_cover import CoveredFrame, FaceCover

FPS = 24
Boxes = npt.NDArray[np.float32]


def box(x: float, y: float = 50, side: float = 40) -> list[float]:
    return [x, y, x + side, y + side]


def cover(
    frames: list[list[list[float]]], *, hold_s: float = 0.25, cuts: tuple[int, ...] = ()
) -> list[CoveredFrame[int]]:
    covering: FaceCover[int] = FaceCover(hold_s)
    released = []
    for k, boxes in enumerate(frames):
        released += covering.push(
            k,
            np.array(boxes, np.float32).reshape(-1, 4),
            time_s=Fraction(k, FPS),
            is_after_cut=k in cuts,
        )
    return [*released, *covering.finish()]


def middles(boxes: Boxes) -> list[float]:
    return sorted(float((each[0] + each[2]) / 2) for each in boxes)


coordinates = st.floats(0, 300, width=32)
some_boxes = st.lists(
    st.tuples(coordinates, coordinates, st.floats(4, 120, width=32)).map(lambda t: box(*t)),
    max_size=3,
)


@given(frames=st.lists(some_boxes, max_size=25), cuts=st.sets(st.integers(0, 24)))
def test_each_frame_comes_back_once_with_all_that_was_found_in_it(
    frames: list[list[list[float]]], cuts: set[int]
) -> None:
    released = cover(frames, cuts=tuple(cuts))
    assert [each.item for each in released] == list(range(len(frames)))
    for each, found in zip(released, frames, strict=True):
        there = {tuple(row) for row in each.box_xyxy.tolist()}
        assert {tuple(np.array(row, np.float32).tolist()) for row in found} <= there


def test_a_lost_face_stays_covered_and_one_to_come_is_covered_before() -> None:
    frames: list[list[list[float]]] = [[] for _ in range(40)]
    for k in range(15, 20):
        frames[k] = [box(100)]
    n = [len(each.box_xyxy) > 0 for each in cover(frames)]
    assert [k for k in range(40) if n[k]] == list(range(15 - 6, 20 + 6))


def test_a_gap_is_bridged_on_the_straight_line() -> None:
    frames = [[box(10.0 * k)] for k in range(5)] + [[], [], []] + [[box(10.0 * k)] for k in (8, 9)]
    covered = cover(frames)
    for k in (5, 6, 7):
        assert any(abs(middle - (10 * k + 20)) < 1e-3 for middle in middles(covered[k].box_xyxy))


def test_nothing_is_held_across_a_cut() -> None:
    frames = [[box(100)]] * 10 + [[]] * 5 + [[box(250)]] * 5
    covered = cover(frames, cuts=(10, 15))
    assert all(len(covered[k].box_xyxy) == 0 for k in range(10, 15))
    assert middles(covered[15].box_xyxy) == [270]


def test_a_face_that_is_seen_in_every_frame_leaves_no_trail() -> None:
    covered = cover([[box(8.0 * k)] for k in range(30)])
    assert all(len(each.box_xyxy) == 1 for each in covered[6:])


def test_two_faces_do_not_steal_each_others_place() -> None:
    frames = [[box(20), box(150)]] * 5 + [[box(20)]] * 3 + [[box(20), box(150)]] * 5
    for each in cover(frames):
        assert {40, 170} <= {round(middle) for middle in middles(each.box_xyxy)}


def test_variable_rates_are_held_by_time_not_by_frames() -> None:
    covering: FaceCover[int] = FaceCover(0.25)
    released = []
    times = [Fraction(0), Fraction(1, 10), Fraction(1, 5), Fraction(1), Fraction(2)]
    for k, time_s in enumerate(times):
        boxes = np.array([box(50)] if k == 0 else [], np.float32).reshape(-1, 4)
        released += covering.push(k, boxes, time_s=time_s, is_after_cut=False)
    released += covering.finish()
    assert [len(each.box_xyxy) for each in released] == [1, 1, 1, 0, 0]
