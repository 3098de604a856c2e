"""The rig: every action unit moves what it should, on the side that it should."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.errors import SchemaError
from cinefacs.facs.code_book import standard_code_book
from cinefacs.synth.body import Body, Pose, turn_matrix
from cinefacs.synth.drives import SHAPE_AUS, SHOWABLE_AUS, drives_of, shape_weights
from cinefacs.synth.face_points import (
    N_LANDMARKS,
    au_region,
    face_vertices,
    landmark_names,
    landmark_vertices,
)
from cinefacs.synth.people import draw_person, skin_colour
from tests.support.synth import need_assets


@pytest.fixture(scope="module")
def body() -> Body:
    need_assets()
    return Body(draw_person(3, age_years=30.0, is_male=True))


def landmark(vertices: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    return np.asarray(vertices[landmark_vertices()[landmark_names().index(name)]])


def test_the_rig_shows_the_42_of_the_code_book() -> None:
    assert standard_code_book().of_42 == SHOWABLE_AUS


def test_every_shape_of_the_drive_table_is_there() -> None:
    known = set(need_assets().target_names)
    assert {drive.unit for au in SHAPE_AUS for drive in drives_of(au)} <= known


@pytest.mark.parametrize("au", SHAPE_AUS)
def test_each_action_unit_moves_its_region_and_more_when_stronger(body: Body, au: int) -> None:
    region = au_region(au, 0)
    weak, strong = (body.moved(Pose(intensity={au: (x, x)})) for x in (0.3, 1.0))
    moves = [
        np.linalg.norm((pose - body.still)[region.vertices], axis=1).max()
        for pose in (weak, strong)
    ]
    assert 0 < moves[0] < moves[1]


@pytest.mark.parametrize("au", [1, 2, 4, 6, 7, 10, 12, 14, 15, 20, 46])
def test_one_side_stays_still_when_the_other_moves(body: Body, au: int) -> None:
    moved = np.linalg.norm(body.moved(Pose(intensity={au: (1.0, 0.0)})) - body.still, axis=1)
    x = need_assets().vertices[:, 0]
    assert moved[x > 0.15].max() > 0.01
    assert moved[x < -0.17].max() < 0.25 * moved[x > 0.15].max()


def test_a_smile_lifts_the_mouth_corners_and_a_frown_lowers_them(body: Body) -> None:
    smile = body.moved(Pose(intensity={12: (1.0, 1.0)}))
    frown = body.moved(Pose(intensity={15: (1.0, 1.0)}))
    for name in ("left_mouth_corner", "right_mouth_corner"):
        assert landmark(smile, name)[1] > landmark(body.still, name)[1] + 0.02
        assert landmark(frown, name)[1] < landmark(body.still, name)[1] - 0.02


def test_a_full_smile_widens_the_mouth_and_lifts_its_corners(body: Body) -> None:
    # bounds chosen by eye: of a quarter to a half wider, corners rising about as far as they part
    smile = body.moved(Pose(intensity={12: (1.0, 1.0)}))
    left, right = (
        [landmark(vertices, f"{side}_mouth_corner") for vertices in (body.still, smile)]
        for side in ("left", "right")
    )
    assert 1.25 < (left[1] - right[1])[0] / (left[0] - right[0])[0] < 1.6
    for corner in (left, right):
        move = corner[1] - corner[0]
        assert 35 < np.degrees(np.arctan2(move[1], abs(move[0]))) < 70


def test_a_smile_lifts_the_cheeks_beside_the_mouth(body: Body) -> None:
    shape = need_assets().target("cheek/l-cheek-volume-incr")
    cheek = shape.vertices[np.linalg.norm(shape.moves, axis=1).argmax()]
    smile = body.moved(Pose(intensity={12: (1.0, 1.0)}))
    assert (smile - body.still)[cheek, 2] > 0.02


def test_brows_go_up_and_down(body: Body) -> None:
    up = body.moved(Pose(intensity={1: (1.0, 1.0)}))
    down = body.moved(Pose(intensity={4: (1.0, 1.0)}))
    for name in ("left_brow_inner", "right_brow_inner"):
        assert landmark(up, name)[1] > landmark(body.still, name)[1] + 0.02
        assert landmark(down, name)[1] < landmark(body.still, name)[1] - 0.02


def test_au1_raises_the_inner_end_of_the_brow_and_au2_the_outer(body: Body) -> None:
    lifts = {
        (au, name): float(
            (
                landmark(body.moved(Pose(intensity={au: (1.0, 1.0)})), f"left_brow_{name}")
                - landmark(body.still, f"left_brow_{name}")
            )[1]
        )
        for au in (1, 2)
        for name in ("inner", "outer")
    }
    assert lifts[1, "inner"] > 0.06 * body.face_scale
    assert lifts[2, "outer"] > 0.04 * body.face_scale
    assert lifts[1, "inner"] > 3 * lifts[1, "outer"]
    assert lifts[2, "outer"] > 3 * lifts[2, "inner"]


def test_a_wrinkled_nose_raises_its_wings_and_the_upper_lip(body: Body) -> None:
    moved = body.moved(Pose(intensity={9: (1.0, 1.0)}))
    for name, least in (("nose_left_wing", 0.04), ("nose_right_wing", 0.04), ("upper_lip_top", 0)):
        assert landmark(moved, name)[1] > landmark(body.still, name)[1] + least * body.face_scale


def test_a_dimple_draws_the_corners_in_and_lifts_them_less_than_a_smile(body: Body) -> None:
    dimple, smile = (
        landmark(body.moved(Pose(intensity={au: (1.0, 1.0)})), "left_mouth_corner")
        - landmark(body.still, "left_mouth_corner")
        for au in (14, 12)
    )
    assert dimple[2] < -0.01 * body.face_scale
    assert abs(dimple[1]) < 0.2 * smile[1]


def test_a_blink_closes_the_lids(body: Body) -> None:
    gap = [
        landmark(vertices, "left_eye_top")[1] - landmark(vertices, "left_eye_bottom")[1]
        for vertices in (body.still, body.moved(Pose(intensity={45: (1.0, 1.0)})))
    ]
    assert gap[1] < 0.5 * gap[0]


def test_closed_lids_leave_nothing_to_widened_eyes() -> None:
    need_assets()
    weights = shape_weights({5: (1.0, 1.0), 43: (1.0, 1.0)})
    assert weights["unit/eyeWideLeft", ""] == 0
    assert weights["unit/eyeBlinkLeft", ""] == 1


def test_the_head_turns_to_the_persons_left_for_a_positive_yaw(body: Body) -> None:
    turned = body.posed(Pose(head_deg=(30.0, 0.0, 0.0)))
    assert landmark(turned, "nose_tip")[0] > landmark(body.still, "nose_tip")[0] + 0.3
    down = body.posed(Pose(head_deg=(0.0, 20.0, 0.0)))
    assert landmark(down, "nose_tip")[1] < landmark(body.still, "nose_tip")[1] - 0.1


def test_a_turn_is_a_rotation() -> None:
    turn = turn_matrix(20, -10, 5)
    assert turn @ turn.T == pytest.approx(np.eye(3))
    assert turn_matrix(0, 0) == pytest.approx(np.eye(3))


def test_a_child_has_a_smaller_face_than_its_parents() -> None:
    need_assets()
    child, parent = (Body(draw_person(8, age_years=age, is_male=False)) for age in (6.0, 35.0))
    assert 0.75 < child.face_scale < parent.face_scale
    assert child.joint("head")[1] < parent.joint("head")[1]


def test_the_same_seed_gives_the_same_person_and_another_seed_another() -> None:
    need_assets()
    assert draw_person(12) == draw_person(12)
    assert draw_person(12) != draw_person(13)


def test_people_cover_ages_and_tones() -> None:
    need_assets()
    people = [draw_person(seed) for seed in range(60)]
    ages = [person.age_years for person in people]
    tones = [person.skin.tone for person in people]
    assert min(ages) < 12
    assert max(ages) > 60
    assert min(tones) < 2.2
    assert max(tones) > 5
    assert 0.3 < np.mean([person.maleness > 0.5 for person in people]) < 0.7


def test_darker_types_reflect_less() -> None:
    reds = [skin_colour(tone)[0] for tone in np.linspace(1, 6, 11)]
    assert reds == sorted(reds, reverse=True)


def test_landmarks_lie_on_the_face_each_at_a_vertex_of_its_own() -> None:
    need_assets()
    assert len(landmark_names()) == N_LANDMARKS
    assert len(set(landmark_vertices().tolist())) == N_LANDMARKS
    assert set(landmark_vertices().tolist()) <= set(face_vertices().tolist())


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(SchemaError, match="shape target"):
        need_assets().target("head/no-such")
