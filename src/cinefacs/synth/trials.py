"""The same pictures, harder and harder in one way: for measuring what a condition costs.

A trial changes a finished plan, so that people, expressions and places stay as they were: what
differs between two strengths is the condition alone. The presets' own hard conditions are drawn
at random with everything else and have no strength.
"""

import dataclasses
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from cinefacs.errors import ConfigError
from cinefacs.synth.film_draw import FilmConfig, draw_stills, person_measures
from cinefacs.synth.film_plan import FilmPlan, Part, ShotPlan
from cinefacs.synth.framing import FACE_HEIGHT, CameraPath, Point
from cinefacs.synth.people import draw_person
from cinefacs.synth.person import HairStyle, Hat
from cinefacs.synth.scripts import ScriptConfig
from cinefacs.synth.stage import HeldHand

__all__ = ["TrialCondition", "draw_trial", "harden"]

_SEED_ROOM = 4_000_000_000
"""People of trials have seeds that no preset's people have."""
_SMALLEST, _LARGEST = 0.03, 1.35
"""Height of the face over that of the picture at full strength."""
_STEEPEST_DEG = 45.0
_COARSEST = 4
_Array = npt.NDArray[np.float64]


class TrialCondition(StrEnum):
    """What makes a face hard to read: what the paper's limitations name, section 4.4."""

    BACK_LIGHT = "back_light"
    """Lamps behind the person, none before; a bright background."""
    OVER_EXPOSURE = "over_exposure"
    """Up to 3.4 times the light."""
    HAIR = "hair"
    """Hair over one eye, further and further."""
    GLASSES = "glasses"
    """Glasses that grow darker, up to sunglasses."""
    HANDS = "hands"
    """A hand that rises from the chin to the middle of the face."""
    VERY_LARGE = "very_large"
    """A face that grows beyond the picture."""
    VERY_SMALL = "very_small"
    """A face that shrinks to a thirtieth of the picture's height."""
    LOW_ANGLE = "low_angle"
    """A camera from below, by up to 45 degrees."""
    HIGH_ANGLE = "high_angle"
    """A camera from above, by up to 45 degrees."""
    COMPRESSION = "compression"
    """JPEG of a quality down to 4."""


def draw_trial(person_number: int, n_pictures: int, *, min_intensity: float = 0.5) -> FilmPlan:
    """Return plain stills of one person: middle distance, level camera, nothing in the way.

    Parameters
    ----------
    person_number
        From 0; people of trials are in no preset.
    n_pictures
        How many.
    min_intensity
        Least intensity of an expression's strongest action unit, 0 to 1.
    """
    seed = _SEED_ROOM + person_number
    rng = np.random.default_rng([seed, 17])
    person = draw_person(seed, age_years=float(rng.uniform(8, 60)), is_male=person_number % 2 == 0)
    person = dataclasses.replace(person, hat=Hat.NONE, glasses=0, fringe=0.0)
    config = FilmConfig(
        size_wh=(320, 240), n_shots=n_pictures, people_odds=(1.0,), face_share=(0.4, 0.5),
        condition_share=0.0,
        script=ScriptConfig(single_share=0.0, speech_share=0.0, min_intensity=min_intensity),
    )  # fmt: skip
    plan = draw_stills(f"trial-{person_number:03d}", seed, [person], config)
    plain = [
        dataclasses.replace(
            shot,
            camera=_levelled(shot.camera),
            grade=dataclasses.replace(shot.grade, jpeg_quality=0, smear_px=0.0),
        )
        for shot in plan.shots
    ]
    return dataclasses.replace(plan, shots=tuple(plain))


def harden(plan: FilmPlan, condition: TrialCondition, strength: float) -> FilmPlan:
    """Return the plan with a condition in every shot.

    Parameters
    ----------
    plan
        Such as `draw_trial` gives.
    condition
        Which.
    strength
        0 (nothing changes) to 1.

    Raises
    ------
    ConfigError
        The strength is not between 0 and 1.
    """
    if not 0 <= strength <= 1:
        raise ConfigError(f"strength: expected 0 to 1, got {strength}")
    if strength == 0:
        return plan
    shots = tuple(_harden_shot(shot, condition, strength) for shot in plan.shots)
    return dataclasses.replace(plan, shots=shots)


def _harden_shot(shot: ShotPlan, condition: TrialCondition, strength: float) -> ShotPlan:
    match condition:
        case TrialCondition.BACK_LIGHT:
            return _back_lit(shot, strength)
        case TrialCondition.OVER_EXPOSURE:
            exposure = shot.light.exposure * (1 + 2.4 * strength)
            return dataclasses.replace(
                shot, light=dataclasses.replace(shot.light, exposure=exposure)
            )
        case TrialCondition.COMPRESSION:
            quality = round(90 + (_COARSEST - 90) * strength)
            grade = dataclasses.replace(shot.grade, jpeg_quality=quality)
            return dataclasses.replace(shot, grade=grade)
        case TrialCondition.HAIR | TrialCondition.GLASSES | TrialCondition.HANDS:
            parts = tuple(_harden_part(part, condition, strength) for part in shot.parts)
            return dataclasses.replace(shot, parts=parts)
        case _:
            return dataclasses.replace(shot, camera=_moved(shot, condition, strength))


def _back_lit(shot: ShotPlan, strength: float) -> ShotPlan:
    """Take the light before the person away, and put as much behind."""
    light = shot.light

    def times(colour: tuple[float, float, float], factor: float) -> tuple[float, float, float]:
        return colour[0] * factor, colour[1] * factor, colour[2] * factor

    behind = tuple(
        rim + strength * 1.6 * key for rim, key in zip(light.rim, light.key, strict=True)
    )
    changed = dataclasses.replace(
        light,
        key=times(light.key, 1 - 0.92 * strength),
        fill=times(light.fill, 1 - 0.8 * strength),
        rim=(behind[0], behind[1], behind[2]),
        sky_side=times(light.sky_side, 1 - 0.75 * strength),
        sky_up=times(light.sky_up, 1 - 0.6 * strength),
        sky_down=times(light.sky_down, 1 - 0.75 * strength),
    )
    brightness = shot.backing.brightness * (1 - strength) + 1.9 * strength
    backing = dataclasses.replace(shot.backing, brightness=brightness)
    return dataclasses.replace(shot, light=changed, backing=backing)


def _harden_part(part: Part, condition: TrialCondition, strength: float) -> Part:
    person = part.person
    if condition is TrialCondition.HANDS:
        hand = HeldHand(
            at=(0.1, -1.45 + 1.2 * strength), distance=0.08, turn_deg=-15.0, is_left=True
        )
        return dataclasses.replace(part, hand=hand)
    if condition is TrialCondition.GLASSES:
        worn = dataclasses.replace(person, glasses=2, glasses_tint=0.9 * strength)
        return dataclasses.replace(part, person=worn)
    short = {HairStyle.BALD, HairStyle.BUZZ, HairStyle.SHORT, HairStyle.AFRO, HairStyle.TIED}
    style = HairStyle.MEDIUM if person.hair_style in short else person.hair_style
    return dataclasses.replace(
        part, person=dataclasses.replace(person, hair_style=style, fringe=strength)
    )


def _moved(shot: ShotPlan, condition: TrialCondition, strength: float) -> CameraPath:
    """Return the camera nearer, further away, higher or lower, looking at the face."""
    part, camera = shot.parts[0], shot.camera
    (x, y, z), face_scale, _ = person_measures(part.person)
    yaw = np.radians(part.facing_deg)
    turned = [x * np.cos(yaw) + z * np.sin(yaw), y, z * np.cos(yaw) - x * np.sin(yaw)]
    face = np.array(part.place) + np.array(turned)
    height = 2 * np.tan(np.radians(camera.height_deg) / 2)
    ends = []
    for eye, target in zip(camera.eye, camera.target, strict=True):
        way = np.array(eye) - np.array(target)
        share = FACE_HEIGHT * face_scale / (np.linalg.norm(way) * height)
        aim = np.array(target)
        if condition is TrialCondition.VERY_SMALL:
            way *= (share / _SMALLEST) ** strength
        elif condition is TrialCondition.VERY_LARGE:
            way *= (share / _LARGEST) ** strength
            aim = aim + (face - aim) * strength
        else:
            turn = _STEEPEST_DEG * (
                -strength if condition is TrialCondition.LOW_ANGLE else strength
            )
            way = _tilted(way, turn)
        ends.append((_point(aim + way), _point(aim)))
    return dataclasses.replace(
        camera, eye=(ends[0][0], ends[1][0]), target=(ends[0][1], ends[1][1])
    )


def _levelled(camera: CameraPath) -> CameraPath:
    """Return the camera at the height of what it looks at, at the same distance and side."""
    ways = [np.subtract(eye, target) for eye, target in zip(camera.eye, camera.target, strict=True)]
    turns = [-np.degrees(np.arctan2(way[1], np.hypot(way[0], way[2]))) for way in ways]
    eyes = [
        _point(np.array(target) + _tilted(way, float(turn)))
        for target, way, turn in zip(camera.target, ways, turns, strict=True)
    ]
    return dataclasses.replace(camera, eye=(eyes[0], eyes[1]))


def _tilted(way: _Array, turn_deg: float) -> _Array:
    """Return a direction that is steeper by an angle, at the same distance."""
    distance = float(np.linalg.norm(way))
    flat = float(np.hypot(way[0], way[2]))
    pitch = np.arctan2(way[1], flat) + np.radians(turn_deg)
    level = np.array([way[0], 0.0, way[2]]) / max(flat, 1e-9)
    return np.asarray(distance * (level * np.cos(pitch) + [0.0, np.sin(pitch), 0.0]))


def _point(vector: _Array) -> Point:
    return float(vector[0]), float(vector[1]), float(vector[2])
