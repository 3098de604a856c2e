"""Pictures and their truth: boxes hold the face, hidden is hidden, the same bytes twice."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.synth.body import Body, Pose
from cinefacs.synth.camera import Camera
from cinefacs.synth.drives import SHOWABLE_AUS
from cinefacs.synth.face_points import au_region, landmark_names
from cinefacs.synth.light import LightKind, draw_light
from cinefacs.synth.people import draw_person
from cinefacs.synth.person import HairStyle, Person
from cinefacs.synth.renderer import DrawnMoment, Renderer
from cinefacs.synth.stage import Actor, HeldHand, Moment
from cinefacs.synth.truth import FaceTruth, measure_face
from tests.support.synth import need_egl

SIZE = (160, 160)
GREEN = np.zeros((64, 64, 3), np.uint8) + np.array([0, 255, 0], np.uint8)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    need_egl()
    with Renderer(SIZE, levels=0, texture_px=256, supersample=2) as made:
        yield made


@pytest.fixture(scope="module")
def person(renderer: Renderer) -> Person:
    return draw_person(4, age_years=28.0, is_male=True, glasses_share=0, hat_share=0)


def moment(
    person: Person,
    pose: Pose,
    *,
    distance: float = 11.0,
    hand: HeldHand | None = None,
    facing_deg: float = 0.0,
    aside: float = 0.0,
) -> Moment:
    body = Body(person)
    eyes = (body.eye_centres[0] + body.eye_centres[1]) / 2
    target = eyes - np.array([aside, 0.25, 0.3])
    camera = Camera(
        eye=tuple((target + np.array([0, 0, distance])).tolist()),
        target=tuple(target.tolist()),
        height_deg=20.0,
        size_wh=SIZE,
    )
    return Moment(
        camera=camera,
        light=draw_light(np.random.default_rng(1), LightKind.SOFT),
        actors=(Actor(person=person, pose=pose, hand=hand, facing_deg=facing_deg),),
        backdrop=GREEN,
        window=(0.0, 0.0, 1.0, 1.0),
    )


def shown(
    renderer: Renderer, scene: Moment, intensities: dict[int, tuple[float, float]] | None = None
) -> tuple[DrawnMoment, FaceTruth]:
    drawn = renderer.draw(scene)
    truth = measure_face(drawn.actors[0], scene.camera, drawn.depth, intensities or {})
    return drawn, truth


def is_backdrop(rgb: npt.NDArray[Any]) -> npt.NDArray[Any]:
    pixels = rgb.astype(int)
    return np.asarray((pixels[..., 1] > 200) & (pixels[..., 0] < 60) & (pixels[..., 2] < 60))


def test_the_box_holds_skin_and_no_backdrop(renderer: Renderer, person: Person) -> None:
    drawn, truth = shown(renderer, moment(person, Pose()))
    x1, y1, x2, y2 = truth.box_xyxy.round().astype(int)
    # A face is round: besides its chin the corners of its box show what is behind.
    assert is_backdrop(drawn.rgb[y1:y2, x1:x2]).mean() < 0.08
    assert is_backdrop(drawn.rgb).mean() > 0.2
    assert truth.is_visible
    assert truth.face_px == pytest.approx(y2 - y1, abs=2)


def test_landmarks_are_in_order_and_inside_the_box(renderer: Renderer, person: Person) -> None:
    _, truth = shown(renderer, moment(person, Pose()))
    named = dict(zip(landmark_names(), truth.landmarks_xy, strict=True))
    assert named["left_eye_outer"][0] > named["left_eye_inner"][0]  # the person's left: our right
    assert named["right_eye_outer"][0] < named["right_eye_inner"][0]
    heights = ["left_brow_middle", "left_eye_top", "nose_tip", "upper_lip_top", "chin"]
    rows = [float(named[name][1]) for name in heights]
    assert rows == sorted(rows)
    assert (truth.landmarks_xy >= truth.box_xyxy[:2] - 2).all()
    assert (truth.landmarks_xy <= truth.box_xyxy[2:] + 2).all()
    left, right, nose = truth.points_xy[:3]
    assert left[0] < nose[0] < right[0]


def test_dark_pupils_lie_where_the_truth_puts_the_eyes(renderer: Renderer, person: Person) -> None:
    drawn, truth = shown(renderer, moment(person, Pose(), distance=5.0))
    grey = drawn.rgb.mean(axis=2)
    for x, y in truth.points_xy[:2].round().astype(int):
        eye = grey[y - 4 : y + 5, x - 4 : x + 5].min()
        cheek = grey[y + 22 : y + 30, x - 4 : x + 5].mean()
        assert eye < 0.6 * cheek


def test_the_pose_is_what_the_camera_sees(renderer: Renderer, person: Person) -> None:
    _, truth = shown(renderer, moment(person, Pose(head_deg=(20.0, -12.0, 6.0))))
    assert truth.pose_deg == pytest.approx((20.0, 12.0, -6.0), abs=1.0)
    _, turned = shown(renderer, moment(person, Pose(), facing_deg=30.0))
    assert turned.pose_deg[0] == pytest.approx(30.0, abs=1.0)
    assert turned.points_xy[2, 0] > turned.box_xyxy[[0, 2]].mean()  # the nose points right


def test_the_back_of_a_head_is_no_visible_face(renderer: Renderer, person: Person) -> None:
    _, front = shown(renderer, moment(person, Pose()))
    _, back = shown(renderer, moment(person, Pose(), facing_deg=180.0))
    assert back.visible_share < 0.05
    assert front.visible_share > 0.6
    assert not back.is_visible


def test_a_hand_hides_what_lies_behind_it(renderer: Renderer, person: Person) -> None:
    hand = HeldHand(at=(0.0, -0.6), distance=0.05, turn_deg=10.0, is_left=True)
    smile = {12: (0.9, 0.9), 1: (0.9, 0.9)}
    _, free = shown(renderer, moment(person, Pose(intensity=smile)), smile)
    _, hidden = shown(renderer, moment(person, Pose(intensity=smile), hand=hand), smile)
    assert hidden.visible_share < free.visible_share - 0.1
    assert free.shows(12)
    assert not hidden.shows(12)
    assert free.shows(1)


def test_hair_over_the_face_hides_the_skin_close_behind_it(
    renderer: Renderer, person: Person
) -> None:
    frown = {4: (0.9, 0.9)}
    style: dict[str, Any] = {"hair_style": HairStyle.MEDIUM, "part": 0.4}
    truths = [
        shown(
            renderer,
            moment(dataclasses.replace(person, **style, fringe=fringe), Pose(intensity=frown)),
            frown,
        )[1]
        for fringe in (0.0, 1.0)
    ]
    k = SHOWABLE_AUS.index(4)
    free, covered = (truth.au_share[k] for truth in truths)
    assert truths[1].visible_share < truths[0].visible_share - 0.1
    assert covered[0] < 0.5 * free[0]  # the hair falls over the person's left
    assert covered[1] > 0.7 * free[1]


def test_small_faces_show_no_action_units(renderer: Renderer, person: Person) -> None:
    brows = {4: (0.3, 0.3)}
    _, near = shown(renderer, moment(person, Pose(intensity=brows)), brows)
    _, far = shown(renderer, moment(person, Pose(intensity=brows), distance=75.0), brows)
    assert near.shows(4)
    assert far.face_px < 24
    assert not far.shows(4)
    assert not far.is_visible


def test_what_is_cut_off_by_the_border_is_not_seen(renderer: Renderer, person: Person) -> None:
    _, whole = shown(renderer, moment(person, Pose()))
    _, cut = shown(renderer, moment(person, Pose(), aside=1.95))
    assert cut.inside_share < 0.7 < whole.inside_share
    assert cut.visible_share < whole.visible_share


@pytest.mark.parametrize(("au", "rows"), [(12, (0.55, 1.0)), (4, (0.0, 0.5)), (26, (0.5, 1.0))])
def test_an_action_unit_changes_the_picture_where_it_acts(
    renderer: Renderer, person: Person, au: int, rows: tuple[float, float]
) -> None:
    rest, truth = shown(renderer, moment(person, Pose()))
    acted, _ = shown(renderer, moment(person, Pose(intensity={au: (1.0, 1.0)})))
    change = np.abs(acted.rgb.astype(int) - rest.rgb).sum(axis=2)
    x1, y1, x2, y2 = truth.box_xyxy.round().astype(int)
    face = change[y1:y2, x1:x2]
    low, high = (int(share * len(face)) for share in rows)
    assert face[low:high].sum() > 0.6 * face.sum()
    assert face.sum() > 2000


def test_the_intensity_is_passed_on_by_side(renderer: Renderer, person: Person) -> None:
    wink = {46: (0.0, 1.0)}
    _, truth = shown(renderer, moment(person, Pose(intensity=wink)), wink)
    row = SHOWABLE_AUS.index(46)
    assert truth.intensity[row].tolist() == [0.0, 1.0]
    assert truth.intensity.sum() == 1.0


def test_the_same_moment_gives_the_same_bytes_in_a_new_context(person: Person) -> None:
    need_egl()
    pictures = []
    for _ in range(2):
        with Renderer(SIZE, levels=0, texture_px=128) as renderer:
            pictures.append(renderer.draw(moment(person, Pose(intensity={6: (0.5, 0.5)}))))
    assert pictures[0].rgb.tobytes() == pictures[1].rgb.tobytes()
    assert pictures[0].depth.tobytes() == pictures[1].depth.tobytes()


def test_people_that_were_not_drawn_for_long_are_forgotten(person: Person) -> None:
    need_egl()
    with Renderer(SIZE, levels=0, texture_px=64, n_kept=1) as renderer:
        first = renderer.figure(person)
        other = renderer.figure(draw_person(5))
        assert renderer.figure(draw_person(5)) is other
        assert renderer.figure(person) is not first


def test_a_person_with_other_glasses_has_the_same_skin(renderer: Renderer, person: Person) -> None:
    worn = dataclasses.replace(person, glasses=2, fringe=0.6)
    assert renderer.figure(worn).likeness is renderer.figure(person).likeness
    assert len(renderer.figure(worn).things) > len(renderer.figure(person).things)


def test_what_was_drawn_before_leaves_no_trace(person: Person) -> None:
    need_egl()
    worn = dataclasses.replace(person, glasses=1, fringe=-0.8)
    scene, other = moment(worn, Pose()), moment(person, Pose(head_deg=(25.0, 5.0, 0.0)))
    with Renderer(SIZE, levels=0, texture_px=128) as renderer:
        fresh = renderer.draw(scene).rgb.tobytes()
    with Renderer(SIZE, levels=0, texture_px=128) as renderer:
        renderer.draw(other)
        assert renderer.draw(scene).rgb.tobytes() == fresh


def test_the_visible_share_of_an_action_unit_is_that_of_its_region(
    renderer: Renderer, person: Person
) -> None:
    scene = moment(person, Pose(), aside=1.75, distance=9.0)
    actor = renderer.draw(scene).actors[0]
    nothing_before = np.ones((SIZE[1], SIZE[0]), np.float32)
    truth = measure_face(actor, scene.camera, nothing_before, {})
    xy, _ = scene.camera.project(actor.vertices)
    is_inside = np.asarray(((xy >= 0) & (xy < SIZE)).all(axis=1))
    shares = []
    for row, au in enumerate(SHOWABLE_AUS):
        for side in (0, 1):
            shares.append(is_inside[au_region(au, side).vertices].mean())
            assert truth.au_share[row, side] == pytest.approx(shares[-1])
    assert min(shares) < 0.1
    assert max(shares) > 0.9
