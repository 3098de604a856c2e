"""The sample film of the package: three people, six shots, known expressions.

It was made by ``python -m benchmarks.synth_sample``, is read by ``make demo`` and the tests, and
its people are in no training set (DECISIONS 7).
"""

import dataclasses
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from cinefacs.records.shot import ShotStart
from cinefacs.synth.act import Act, ActKind
from cinefacs.synth.backdrop import BackdropKind
from cinefacs.synth.film_draw import person_measures
from cinefacs.synth.film_plan import Backing, FilmPlan, Part, ShotPlan
from cinefacs.synth.framing import Angle, Move, ShotScale, draw_path
from cinefacs.synth.grade import Grade
from cinefacs.synth.light import LightKind, draw_light
from cinefacs.synth.people import draw_person
from cinefacs.synth.performance import Performance
from cinefacs.synth.person import HairStyle, Hat, Person

__all__ = [
    "SAMPLE_FILM",
    "SAMPLE_SEED",
    "sample_document",
    "sample_path",
    "sample_people",
    "sample_plan",
    "sample_truth",
]

SAMPLE_FILM = "sample.mp4"
SAMPLE_SEED = 8_000_000_000
"""Of the film; its people's seeds follow. No preset draws from there."""
_RATE_FPS = 24
_SIZE_WH = (480, 270)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scene:
    """One shot as it is written below."""

    seconds: float
    who: tuple[int, ...]
    share: float
    scale: ShotScale
    angle: Angle
    move: Move
    light: LightKind
    backing: BackdropKind
    starts_with: ShotStart
    acts: tuple[tuple[int, Act], ...]
    """Position in `who`, and what that person does."""


def _act(
    emotion: str,
    kind: ActKind,
    times: tuple[int, int, int, int],
    peaks: tuple[tuple[int, float, float], ...],
) -> Act:
    onset, apex, apex_end, offset = times
    return Act(
        kind=kind, peaks=peaks, onset=onset, apex=apex, apex_end=apex_end, offset=offset,
        emotion=emotion,
    )  # fmt: skip


def _both(value: float, *aus: int) -> tuple[tuple[int, float, float], ...]:
    return tuple((au, value, value) for au in aus)


_BLINK = _both(1.0, 45)
_SCENES = (
    _Scene(
        seconds=3.5, who=(0, 1), share=0.24, scale=ShotScale.MEDIUM, angle=Angle.LEVEL,
        move=Move.STILL, light=LightKind.SOFT, backing=BackdropKind.ROOM,
        starts_with=ShotStart.FILM,
        acts=(
            (0, _act("", ActKind.SPEECH, (10, 12, 50, 52), _both(0.6, 25))),
            (1, _act("", ActKind.BLINK, (30, 32, 33, 35), _BLINK)),
            (1, _act("happiness", ActKind.MACRO, (44, 54, 66, 80), _both(0.8, 6, 12))),
        ),
    ),
    _Scene(
        seconds=3.0, who=(1,), share=0.50, scale=ShotScale.CLOSE_UP, angle=Angle.LEVEL,
        move=Move.PUSH, light=LightKind.KEY, backing=BackdropKind.ROOM, starts_with=ShotStart.CUT,
        acts=(
            (0, _act("", ActKind.BLINK, (12, 14, 15, 17), _BLINK)),
            (0, _act("sadness", ActKind.MICRO, (34, 37, 39, 43), _both(0.7, 1, 4, 15))),
        ),
    ),
    _Scene(
        seconds=3.0, who=(0,), share=0.48, scale=ShotScale.CLOSE_UP, angle=Angle.HIGH,
        move=Move.HAND_HELD, light=LightKind.SOFT, backing=BackdropKind.LEAVES,
        starts_with=ShotStart.CUT,
        acts=(
            (0, _act("surprise", ActKind.MACRO, (18, 26, 40, 52), (*_both(0.9, 1, 2, 5, 26),
                                                                 *_both(0.6, 25)))),
            (0, _act("", ActKind.BLINK, (60, 62, 63, 65), _BLINK)),
        ),
    ),
    _Scene(
        seconds=3.5, who=(2,), share=0.44, scale=ShotScale.CLOSE_UP, angle=Angle.LEVEL,
        move=Move.STILL, light=LightKind.SIDE, backing=BackdropKind.LIGHTS,
        starts_with=ShotStart.DISSOLVE,
        acts=(
            (0, _act("anger", ActKind.MICRO, (20, 23, 26, 30), _both(0.8, 4, 5, 7, 23))),
            (0, _act("contempt", ActKind.MACRO, (44, 50, 58, 68), ((12, 0.4, 0.0),
                                                                   (14, 0.9, 0.0)))),
        ),
    ),
    _Scene(
        seconds=4.0, who=(0, 2, 1), share=0.17, scale=ShotScale.MEDIUM, angle=Angle.LEVEL,
        move=Move.PAN, light=LightKind.KEY, backing=BackdropKind.STREET, starts_with=ShotStart.CUT,
        acts=(
            (1, _act("", ActKind.SPEECH, (6, 8, 60, 62), _both(0.6, 25))),
            (0, _act("happiness", ActKind.MACRO, (30, 38, 60, 72), _both(1.0, 6, 12, 25))),
            (2, _act("disgust", ActKind.MACRO, (40, 48, 58, 70), _both(0.9, 9, 15, 16))),
        ),
    ),
    _Scene(
        seconds=3.0, who=(2,), share=0.30, scale=ShotScale.MEDIUM_CLOSE_UP, angle=Angle.LOW,
        move=Move.STILL, light=LightKind.TOP, backing=BackdropKind.WALL,
        starts_with=ShotStart.FADE,
        acts=(
            (0, _act("fear", ActKind.MICRO, (24, 28, 30, 34), _both(0.9, 1, 2, 4, 5, 7, 20, 26))),
            (0, _act("", ActKind.BLINK, (44, 46, 47, 49), _BLINK)),
        ),
    ),
)  # fmt: skip


def sample_people() -> tuple[Person, ...]:
    """Return the people of the sample film."""
    girl = draw_person(SAMPLE_SEED + 1, age_years=10.0, is_male=False)
    woman = draw_person(SAMPLE_SEED + 2, age_years=34.0, is_male=False)
    man = draw_person(SAMPLE_SEED + 3, age_years=45.0, is_male=True)
    plain = {"hat": Hat.NONE, "glasses": 0}
    return (
        dataclasses.replace(girl, hair_style=HairStyle.MEDIUM, **plain),  # type: ignore[arg-type]
        dataclasses.replace(woman, hair_style=HairStyle.TIED, **plain),  # type: ignore[arg-type]
        dataclasses.replace(man, hair_style=HairStyle.SHORT, **plain),  # type: ignore[arg-type]
    )


def sample_plan() -> FilmPlan:
    """Return the plan of the sample film."""
    people = sample_people()
    rng = np.random.default_rng(SAMPLE_SEED)
    lengths = [round(scene.seconds * _RATE_FPS) for scene in _SCENES]
    gradual = {ShotStart.DISSOLVE, ShotStart.FADE}
    halves = [6 if scene.starts_with in gradual else 0 for scene in _SCENES] + [0]
    shots = []
    start = 0
    for k, (scene, length) in enumerate(zip(_SCENES, lengths, strict=True)):
        shots.append(
            _shot(scene, people, rng, start=start, length=length, halves=(halves[k], halves[k + 1]))
        )
        start += length
    return FilmPlan(
        name="sample", seed=SAMPLE_SEED, size_wh=_SIZE_WH, rate_fps=_RATE_FPS, people=people,
        shots=tuple(shots), is_stills=False, crf=23,
    )  # fmt: skip


def _shot(
    scene: _Scene,
    people: tuple[Person, ...],
    rng: np.random.Generator,
    *,
    start: int,
    length: int,
    halves: tuple[int, int],
) -> ShotPlan:
    n_core = length - halves[0] - halves[1]
    n = len(scene.who)
    parts = []
    middles = []
    for k, character in enumerate(scene.who):
        person = people[character]
        face, _, ground = person_measures(person)
        x = (k - (n - 1) / 2) * 4.6
        acts = tuple(act for position, act in scene.acts if position == k)
        parts.append(
            Part(
                character=character,
                person=person,
                place=(x, -ground, 0.0),
                facing_deg=float(-np.sign(x) * 18),
                performance=Performance(
                    n_frames=n_core, rate_fps=_RATE_FPS, acts=acts,
                    head_deg=(float(rng.normal(0, 5)), float(rng.normal(0, 3)), 0.0),
                    unrest=0.5, seed=int(rng.integers(1 << 30)),
                ),
            )
        )  # fmt: skip
        middles.append([face[0] + x, face[1] - ground, face[2]])
    middle = np.mean(middles, axis=0)
    _, scale, _ = person_measures(people[scene.who[0]])
    camera = draw_path(
        rng, face=(float(middle[0]), float(middle[1]), float(middle[2])), face_scale=scale,
        share=scene.share, angle=scene.angle, move=scene.move, facing_deg=0.0,
    )  # fmt: skip
    return ShotPlan(
        start_frame=start, end_frame=start + length, lead_in=halves[0], lead_out=halves[1],
        starts_with=scene.starts_with, scale=scene.scale, camera=camera,
        light=draw_light(rng, scene.light),
        backing=Backing(
            kind=scene.backing, seed=int(rng.integers(1 << 30)), blur_px=5.0, brightness=0.8
        ),
        grade=Grade(grain=1.5, vignette=0.12), parts=tuple(parts), conditions=(),
    )  # fmt: skip


def sample_truth(plan: FilmPlan) -> dict[str, Any]:
    """Return what ``sample.json`` says: cuts, transitions and expressions of the sample film.

    Parameters
    ----------
    plan
        Of the film.
    """
    transitions = [
        {
            "kind": str(shot.starts_with),
            "start_frame": shot.start_frame - shot.lead_in,
            "end_frame": shot.start_frame + shot.lead_in,
        }
        for shot in plan.shots
        if shot.lead_in
    ]
    expressions = [
        {
            "character": part.character + 1,
            "kind": str(act.kind),
            "emotion": act.emotion,
            "aus": [au for au, _, _ in act.peaks],
            "onset_frame": shot.core_start_frame + act.onset,
            "apex_frame": shot.core_start_frame + act.apex,
            "offset_frame": shot.core_start_frame + act.offset,
        }
        for shot in plan.shots
        for part in shot.parts
        for act in part.performance.acts
        if act.kind in {ActKind.MICRO, ActKind.MACRO}
    ]
    return {
        "n_frames": plan.n_frames,
        "rate_fps": plan.rate_fps,
        "cut_frames": [shot.start_frame for shot in plan.shots[1:]],
        "transitions": transitions,
        "n_characters": len(plan.people),
        "expressions": expressions,
    }


def sample_path() -> Path:
    """Return where the sample film lies in the package."""
    return Path(str(resources.files("cinefacs.synth").joinpath("sample", SAMPLE_FILM)))


def sample_document() -> dict[str, Any]:
    """Return what is known of the sample film, as `sample_truth` wrote it."""
    file = resources.files("cinefacs.synth").joinpath("sample", "sample.json")
    return dict(json.loads(file.read_text(encoding="utf-8")))
