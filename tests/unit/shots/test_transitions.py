"""Gradual transitions told from shots."""

import pytest

from cinefacs.errors import SchemaError
from cinefacs.records.shot import ShotStart
from cinefacs.shots.transitions import Transition, find_transitions
from tests.support.shots import make_shots

FADE, DISSOLVE = ShotStart.FADE, ShotStart.DISSOLVE


def test_a_transition_lies_between_the_cores_of_two_shots() -> None:
    """Boundaries at frames 10, 30 and 60; 3 frames before and 4 after the second are mixed."""
    shots = make_shots([10, 20, 30, 40], starts={2: DISSOLVE}, mixed={2: (3, 4)})
    assert find_transitions(shots) == [Transition(kind=DISSOLVE, start_frame=27, end_frame=34)]


def test_cuts_gaps_and_the_start_of_the_film_are_none() -> None:
    shots = make_shots([10, 20, 30], starts={2: ShotStart.GAP}, mixed={0: (0, 5), 1: (0, 1)})
    assert find_transitions(shots) == []


@pytest.mark.parametrize("n", [0, 1])
def test_without_a_boundary_there_is_none(n: int) -> None:
    assert find_transitions(make_shots([10] * n)) == []


def test_several_come_in_order_each_with_its_kind() -> None:
    shots = make_shots([10, 20, 30], starts={1: FADE, 2: DISSOLVE}, mixed={1: (6, 6), 2: (0, 2)})
    assert find_transitions(shots) == [
        Transition(kind=FADE, start_frame=4, end_frame=16),
        Transition(kind=DISSOLVE, start_frame=30, end_frame=32),
    ]


def test_two_that_leave_nothing_of_the_shot_between_do_not_overlap() -> None:
    """Shot 1 is frames 10 to 20, all in transition: its core is empty and stands at its end."""
    shots = make_shots(
        [10, 10, 10], starts={1: DISSOLVE, 2: DISSOLVE}, mixed={1: (2, 10), 2: (0, 3)}
    )
    assert find_transitions(shots) == [
        Transition(kind=DISSOLVE, start_frame=8, end_frame=20),
        Transition(kind=DISSOLVE, start_frame=20, end_frame=23),
    ]


def test_shots_that_do_not_follow_each_other_are_refused() -> None:
    shots = make_shots([10, 10, 10])
    with pytest.raises(SchemaError, match="got 'frame 10, then frame 20'"):
        find_transitions([shots[0], shots[2]])
    other = make_shots([10, 10], film_id="cd" * 32)
    with pytest.raises(
        SchemaError, match="each to begin where the one before it ends, in one film"
    ):
        find_transitions([shots[0], other[1]])


def test_a_gradual_start_without_a_frame_in_transition_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"Transition frames: expected 0 <= start < end"):
        find_transitions(make_shots([10, 10], starts={1: FADE}))


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (6, 5)])
def test_frames_out_of_order_are_refused(start: int, end: int) -> None:
    with pytest.raises(SchemaError, match="Transition frames: expected 0 <= start < end"):
        Transition(kind=FADE, start_frame=start, end_frame=end)


@pytest.mark.parametrize("kind", [ShotStart.CUT, ShotStart.FILM, ShotStart.GAP])
def test_what_takes_no_frames_is_no_kind_of_transition(kind: ShotStart) -> None:
    with pytest.raises(SchemaError, match=f"expected fade or dissolve, got '{kind}'"):
        Transition(kind=kind, start_frame=1, end_frame=5)
