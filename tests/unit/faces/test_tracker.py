"""The tracker: who is who from frame to frame, when the finder looks, how tracks end."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.faces.box_matching import match_boxes
from cinefacs.faces.box_motion import BoxMotion
from cinefacs.faces.config import FaceConfig
from cinefacs.faces.tracker import Ending, FaceTracker, Sighting
from cinefacs.geometry.boxes import pairwise_iou
from tests.support.scripted_faces import (
    Script,
    ScriptedFinder,
    ScriptedMesher,
    box_at,
    make_frame,
)

CONFIG = FaceConfig()


def nobody(_index: int) -> list[np.ndarray]:
    return []


def follow(
    n_frames: int, *, found: Script, meshed: Script, config: FaceConfig = CONFIG
) -> tuple[list[list[Sighting]], list[Ending], ScriptedFinder]:
    finder = ScriptedFinder(found)
    tracker = FaceTracker(config, finder=finder, mesher=ScriptedMesher(meshed))
    seen: list[list[Sighting]] = []
    ended: list[Ending] = []
    for index in range(n_frames):
        sightings, endings = tracker.step(make_frame(index))
        seen.append(sightings)
        ended += endings
    return seen, ended + tracker.end(), finder


def test_the_finder_looks_six_times_a_second_and_the_mesh_follows_between() -> None:
    def script(index: int) -> list[np.ndarray]:
        return [box_at(60 + 4 * index, 90)]

    seen, ended, finder = follow(24, found=script, meshed=script)
    assert finder.asked == [0, 4, 8, 12, 16, 20]
    assert [len(each) for each in seen] == [1] * 24
    assert {each[0].face_key for each in seen} == {0}
    assert [i for i, each in enumerate(seen) if each[0].is_measured] == finder.asked
    for i, (sighting,) in enumerate(seen):
        assert pairwise_iou(sighting.box_xyxy[None], script(i)[0][None])[0, 0] > 0.95
    assert ended == [Ending(face_key=0, last_frame=23)]


def test_scores_come_from_whoever_saw_the_face() -> None:
    seen, _, _ = follow(8, found=lambda _: [box_at(90, 90)], meshed=lambda _: [box_at(90, 90)])
    assert seen[0][0].score == pytest.approx(0.9)  # the finder's
    assert seen[1][0].score == 1.0  # the landmark model's
    alone, _, _ = follow(3, found=lambda _: [box_at(90, 90)], meshed=nobody)
    assert [each[0].score for each in alone[:2]] == pytest.approx([0.9, 0.0])
    assert [each[0].is_seen for each in alone] == [True, False, True]


def test_without_a_mesh_the_finder_looks_twice_as_often() -> None:
    _, _, finder = follow(13, found=lambda _: [box_at(90, 90)], meshed=nobody)
    assert finder.asked == [0, 2, 4, 6, 8, 10, 12]


def test_the_finder_looks_at_once_when_the_mesh_is_lost() -> None:
    face = [box_at(90, 90)]
    seen, _, finder = follow(4, found=lambda _: face, meshed=lambda i: face if i < 2 else [])
    assert finder.asked == [0, 2]
    assert seen[2][0].is_measured
    assert seen[2][0].mesh is None


def test_a_moving_profile_is_guessed_between_finds() -> None:
    def script(index: int) -> list[np.ndarray]:
        return [box_at(60 + 3 * index, 90)]

    seen, _, finder = follow(24, found=script, meshed=nobody)
    guessed = [i for i in range(12, 24) if i not in finder.asked]
    for i in guessed:
        assert not seen[i][0].is_seen
        assert pairwise_iou(seen[i][0].box_xyxy[None], script(i)[0][None])[0, 0] > 0.85


def test_two_people_who_pass_each_other_keep_their_tracks() -> None:
    def script(index: int) -> list[np.ndarray]:
        return [box_at(40 + 8 * index, 50, 40), box_at(280 - 8 * index, 100, 40)]

    seen, ended, _ = follow(30, found=script, meshed=script)
    assert {sighting.face_key for each in seen for sighting in each} == {0, 1}
    for i, each in enumerate(seen):
        for sighting in each:
            truth = script(i)[sighting.face_key]
            assert pairwise_iou(sighting.box_xyxy[None], truth[None])[0, 0] > 0.9
    assert len(ended) == 2


def test_a_face_lost_from_sight_ends_with_its_last_sighting() -> None:
    face = [box_at(90, 90)]

    def script(index: int) -> list[np.ndarray]:
        return face if index < 10 else []

    seen, ended, _ = follow(40, found=script, meshed=script)
    assert ended == [Ending(face_key=0, last_frame=9)]
    assert len(seen[9 + 12]) == 1  # half a second later it is still looked for
    assert seen[9 + 13] == []


def test_a_face_that_comes_back_in_time_goes_on() -> None:
    face = [box_at(90, 90)]
    seen, ended, _ = follow(
        30, found=lambda i: [] if 9 < i < 16 else face, meshed=lambda i: [] if 9 < i < 16 else face
    )
    assert len(ended) == 1
    assert {sighting.face_key for each in seen for sighting in each} == {0}


def test_what_only_the_mesh_sees_does_not_last() -> None:
    face = [box_at(90, 90)]
    _, ended, finder = follow(60, found=lambda i: face if i < 4 else [], meshed=lambda _: face)
    assert finder.asked[0] == 0
    assert ended == [Ending(face_key=0, last_frame=0)]  # the last frame in which it was found


def test_a_guessed_face_that_leaves_the_frame_ends() -> None:
    def script(index: int) -> list[np.ndarray]:
        return [box_at(270 + 8 * index, 90)] if index < 5 else []

    seen, ended, _ = follow(12, found=script, meshed=nobody)
    assert ended == [Ending(face_key=0, last_frame=4)]
    assert seen[-1] == []


def test_two_tracks_on_one_face_become_one() -> None:
    def script(index: int) -> list[np.ndarray]:
        right = box_at(200, 90)
        return [box_at(60 + 12 * index, 90), right] if index < 10 else [right]

    config = replace(CONFIG, find_rate_hz=1.0, weak_find_rate_hz=1.0)
    seen, ended, _ = follow(24, found=script, meshed=script, config=config)
    assert len(seen[0]) == 2
    assert len(seen[-1]) == 1
    assert len(ended) == 2
    assert ended[0].last_frame == 0  # only then did the finder tell it apart


def test_a_mesh_that_jumps_away_is_not_believed() -> None:
    seen, _, finder = follow(
        3,
        found=lambda _: [box_at(90, 90, 20)],
        meshed=lambda i: [box_at(90 if i == 0 else 120, 90, 20)],
    )
    assert finder.asked == [0, 1]  # lost, so looked for at once
    assert seen[1][0].mesh is None


def test_a_mesh_of_little_presence_is_not_a_sighting() -> None:
    face = [box_at(90, 90)]
    tracker = FaceTracker(
        CONFIG,
        finder=ScriptedFinder(lambda _: face),
        mesher=ScriptedMesher(lambda _: face, presence=0.3),
    )
    (sighting,), _ = tracker.step(make_frame(0))
    assert sighting.mesh is None
    assert sighting.is_measured


def test_variable_frame_rates_are_told_by_time_and_not_by_frames() -> None:
    face = [box_at(90, 90)]
    finder = ScriptedFinder(lambda _: face)
    tracker = FaceTracker(CONFIG, finder=finder, mesher=ScriptedMesher(lambda _: face))
    for index, pts in enumerate([0, 1, 2, 4, 7, 8, 12]):
        tracker.step(make_frame(index, pts=pts))
    assert finder.asked == [0, 3, 5, 6]  # 1/6 s are 4 ticks


def test_motion_learns_a_speed_and_forgets_it() -> None:
    motion = BoxMotion(box_at(0, 0))
    for step in range(1, 11):
        motion.predict(0.1)
        motion.update(box_at(5 * step, 0))
    soon, late = motion.predict(0.1), motion.predict(10.0)
    assert (soon[0] + soon[2]) / 2 == pytest.approx(55, abs=2.5)
    assert 50 < (late[0] + late[2]) / 2 < 76  # half a second at its speed at most
    assert late[2] - late[0] == pytest.approx(60, abs=1)


def test_nothing_is_matched_with_nothing() -> None:
    box = box_at(50, 50)
    assert match_boxes([], [box], min_iou=0.2, max_distance=0.6) == []
    assert match_boxes([box], [], min_iou=0.2, max_distance=0.6) == []


def test_neighbours_match_only_if_they_are_about_equally_large() -> None:
    beside = box_at(50 + 55, 50)  # overlap 0.04, distance 0.92 sides
    assert match_boxes([box_at(50, 50)], [beside], min_iou=0.2, max_distance=0.6) == []
    assert match_boxes([box_at(50, 50)], [beside], min_iou=0.2, max_distance=1.0) == [(0, 0)]
    small = box_at(60, 50, 20)
    assert match_boxes([box_at(50, 50)], [small], min_iou=0.2, max_distance=0.6) == []


@given(st.permutations(range(6)))
def test_the_order_of_found_faces_does_not_matter(order: list[int]) -> None:
    tracked = [box_at(40 * i, 10 * i, 30) for i in range(6)]
    found = [box_at(40 * i + 3, 10 * i - 2, 32) for i in order]
    pairs = match_boxes(tracked, found, min_iou=0.2, max_distance=0.6)
    assert [order[j] for _, j in pairs] == [0, 1, 2, 3, 4, 5]
