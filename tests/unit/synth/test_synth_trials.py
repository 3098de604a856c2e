"""A trial changes one thing, the more the stronger, and leaves all else as it was."""

import dataclasses
from functools import cache

import numpy as np
import pytest

from cinefacs.errors import ConfigError
from cinefacs.synth.film_draw import person_measures
from cinefacs.synth.film_plan import FilmPlan, ShotPlan
from cinefacs.synth.framing import FACE_HEIGHT
from cinefacs.synth.presets import preset_films
from cinefacs.synth.trials import TrialCondition, draw_trial, harden
from tests.support.synth import need_assets

CHANGED = {
    TrialCondition.BACK_LIGHT: {"light", "backing"},
    TrialCondition.OVER_EXPOSURE: {"light"},
    TrialCondition.HAIR: {"parts"},
    TrialCondition.GLASSES: {"parts"},
    TrialCondition.HANDS: {"parts"},
    TrialCondition.VERY_LARGE: {"camera"},
    TrialCondition.VERY_SMALL: {"camera"},
    TrialCondition.LOW_ANGLE: {"camera"},
    TrialCondition.HIGH_ANGLE: {"camera"},
    TrialCondition.COMPRESSION: {"grade"},
}


@cache
def plain() -> FilmPlan:
    need_assets()
    return draw_trial(0, 4)


def shots(condition: TrialCondition, strength: float) -> tuple[ShotPlan, ...]:
    return harden(plain(), condition, strength).shots


def share(shot: ShotPlan) -> float:
    """Return the face's height over the picture's, at the shot's start."""
    _, face_scale, _ = person_measures(shot.parts[0].person)
    distance = np.linalg.norm(np.subtract(shot.camera.eye[0], shot.camera.target[0]))
    height = 2 * distance * np.tan(np.radians(shot.camera.height_deg) / 2)
    return float(FACE_HEIGHT * face_scale / height)


def pitch(shot: ShotPlan) -> float:
    x, y, z = np.subtract(shot.camera.eye[0], shot.camera.target[0])
    return float(np.degrees(np.arctan2(y, np.hypot(x, z))))


@pytest.mark.parametrize("condition", TrialCondition)
def test_only_what_the_condition_means_changes(condition: TrialCondition) -> None:
    assert harden(plain(), condition, 0) == plain()
    names = [field.name for field in dataclasses.fields(ShotPlan)]
    for before, after in zip(plain().shots, shots(condition, 0.7), strict=True):
        found = {name for name in names if getattr(before, name) != getattr(after, name)}
        assert found == CHANGED[condition]
        acts = [[part.performance for part in shot.parts] for shot in (before, after)]
        assert acts[0] == acts[1]


def test_plain_pictures_show_one_person_near_and_bare() -> None:
    for shot in plain().shots:
        (part,) = shot.parts
        assert (part.person.glasses, part.person.fringe, part.hand) == (0, 0.0, None)
        assert shot.conditions == ()
        assert shot.grade.jpeg_quality == 0
        assert 0.35 < share(shot) < 0.55
        assert pitch(shot) == pytest.approx(0, abs=1e-6)


def test_the_same_trial_is_drawn_again() -> None:
    assert draw_trial(0, 4) == plain()
    assert draw_trial(1, 4).people != plain().people


def test_people_of_trials_are_in_no_preset() -> None:
    need_assets()
    seeds = {draw_trial(k, 1).people[0].seed for k in range(3)}
    for preset in ("smoke", "trial", "bench", "paper", "heldout-v1"):
        assert seeds.isdisjoint(seed for film in preset_films(preset) for seed in film.people)


def test_faces_shrink_and_grow_to_the_ends() -> None:
    assert [round(share(s), 3) for s in shots(TrialCondition.VERY_SMALL, 1.0)] == [0.03] * 4
    assert [round(share(s), 2) for s in shots(TrialCondition.VERY_LARGE, 1.0)] == [1.35] * 4
    halves = [share(s) for s in shots(TrialCondition.VERY_SMALL, 0.5)]
    assert all(0.03 < half < share(s) for half, s in zip(halves, plain().shots, strict=True))


@pytest.mark.parametrize(
    ("condition", "turn"), [(TrialCondition.LOW_ANGLE, -45), (TrialCondition.HIGH_ANGLE, 45)]
)
def test_the_camera_tilts_by_the_angle_at_the_same_distance(
    condition: TrialCondition, turn: float
) -> None:
    for before, half, whole in zip(
        plain().shots, shots(condition, 0.5), shots(condition, 1.0), strict=True
    ):
        assert pitch(half) - pitch(before) == pytest.approx(turn / 2, abs=1e-6)
        assert pitch(whole) - pitch(before) == pytest.approx(turn, abs=1e-6)
        assert share(whole) == pytest.approx(share(before))


def test_strength_means_more() -> None:
    weak, strong = (shots(TrialCondition.BACK_LIGHT, s)[0] for s in (0.3, 0.9))
    assert sum(weak.light.key) > sum(strong.light.key)
    assert sum(weak.light.rim) < sum(strong.light.rim)
    quality = [shots(TrialCondition.COMPRESSION, s)[0].grade.jpeg_quality for s in (0.5, 1.0)]
    assert quality == [47, 4]
    tints = [shots(TrialCondition.GLASSES, s)[0].parts[0].person.glasses_tint for s in (0.5, 1)]
    assert tints == pytest.approx([0.45, 0.9])
    hands = [shots(TrialCondition.HANDS, s)[0].parts[0].hand for s in (0.5, 1.0)]
    assert [hand.at[1] for hand in hands if hand] == pytest.approx([-0.85, -0.25])


def test_a_strength_beyond_the_ends_is_refused() -> None:
    with pytest.raises(ConfigError, match="strength"):
        harden(plain(), TrialCondition.HAIR, 1.1)
