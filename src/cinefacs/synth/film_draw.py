"""Draw the plan of a film at random."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from cinefacs.records.shot import ShotStart
from cinefacs.synth.backdrop import BackdropKind
from cinefacs.synth.body import Body
from cinefacs.synth.film_plan import Backing, FilmPlan, HardCondition, Part, ShotPlan
from cinefacs.synth.framing import FACE_SHARES, Angle, Move, ShotScale, draw_path
from cinefacs.synth.grade import draw_grade
from cinefacs.synth.light import Light, LightKind, draw_light
from cinefacs.synth.person import HairStyle, Person
from cinefacs.synth.scripts import ScriptConfig, write_part
from cinefacs.synth.stage import HeldHand

__all__ = ["FilmConfig", "draw_film", "draw_stills", "person_measures"]

_SCALE_ODDS = {
    ShotScale.EXTREME_CLOSE_UP: 0.06,
    ShotScale.CLOSE_UP: 0.28,
    ShotScale.MEDIUM_CLOSE_UP: 0.30,
    ShotScale.MEDIUM: 0.20,
    ShotScale.MEDIUM_LONG: 0.10,
    ShotScale.LONG: 0.06,
}
_LIGHT_ODDS = {
    LightKind.SOFT: 0.34,
    LightKind.KEY: 0.28,
    LightKind.SIDE: 0.12,
    LightKind.TOP: 0.10,
    LightKind.LOW_KEY: 0.10,
    LightKind.BACK: 0.06,
}
_SMALL_SHARE = (0.030, 0.055)
_LARGE_SHARE = (1.0, 1.35)


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmConfig:
    """How films are made."""

    size_wh: tuple[int, int] = (640, 360)
    """Size of the pictures, px."""
    rate_fps: int = 24
    """Frames per second; the paper has 24."""
    n_shots: int = 8
    """Shots of a film; pictures of a set of stills."""
    shot_s: tuple[float, float] = (2.0, 6.0)
    """Shortest and longest shot, s."""
    gradual_share: float = 0.15
    """Share of the shots that begin with a fade or a dissolve."""
    people_odds: tuple[float, ...] = (0.55, 0.33, 0.08, 0.04)
    """How often a shot shows one, two, three, four characters."""
    face_share: tuple[float, float] | None = None
    """Height of the face over that of the picture; None draws it by shot scale."""
    condition_share: float = 0.05
    """How often each of the seven hard conditions comes."""
    conditions: tuple[HardCondition, ...] = ()
    """Hard conditions that every shot has; their own rate does not count then."""
    crf: tuple[int, int] = (18, 30)
    """Lowest and highest constant rate factor of the film's coding."""
    script: ScriptConfig = field(default_factory=ScriptConfig)
    """What people do."""


def _pick(rng: np.random.Generator, odds: dict[str, float]) -> str:
    names = list(odds)
    chances = np.array(list(odds.values()))
    return names[int(rng.choice(len(names), p=chances / chances.sum()))]


@lru_cache(maxsize=128)
def person_measures(person: Person) -> tuple[tuple[float, float, float], float, float]:
    """Return the face's middle, its size and the ground's height, in the person's space."""
    body = Body(person)
    eyes = (body.eye_centres[0] + body.eye_centres[1]) / 2
    face = eyes + np.array([0.0, -0.26, 0.0]) * body.face_scale
    ground = float(body.still[:13380, 1].min())
    return (float(face[0]), float(face[1]), float(face[2])), float(body.face_scale), ground


def draw_film(name: str, seed: int, people: Sequence[Person], config: FilmConfig) -> FilmPlan:
    """Return the plan of a film: shots of some seconds, joined by cuts, fades and dissolves.

    Parameters
    ----------
    name
        What it is called.
    seed
        The same seed, people and configuration give the same plan.
    people
        The characters.
    config
        How films are made.
    """
    rng = np.random.default_rng([seed, 11])
    rate = config.rate_fps
    lengths = [max(8, int(rng.uniform(*config.shot_s) * rate)) for _ in range(config.n_shots)]
    starts = [ShotStart.FILM]
    for _ in lengths[1:]:
        gradual = rng.random() < config.gradual_share
        kind = ShotStart.DISSOLVE if rng.random() < 0.5 else ShotStart.FADE
        starts.append(kind if gradual else ShotStart.CUT)
    halves = [
        0 if kind in {ShotStart.FILM, ShotStart.CUT} else min(rate // 4, lengths[k] // 4)
        for k, kind in enumerate(starts)
    ]
    halves = [0, *(min(half, lengths[k - 1] // 4) for k, half in enumerate(halves) if k > 0), 0]
    shots = []
    frame = 0
    for k, length in enumerate(lengths):
        shot = _draw_shot(
            rng, people, config, start=frame, length=length, halves=(halves[k], halves[k + 1]),
            starts_with=starts[k],
        )  # fmt: skip
        shots.append(shot)
        frame += length
    return FilmPlan(
        name=name,
        seed=seed,
        size_wh=config.size_wh,
        rate_fps=rate,
        people=tuple(people),
        shots=tuple(shots),
        is_stills=False,
        crf=int(rng.integers(config.crf[0], config.crf[1] + 1)),
    )


def draw_stills(name: str, seed: int, people: Sequence[Person], config: FilmConfig) -> FilmPlan:
    """Return the plan of a set of single pictures, each a shot of one frame.

    Each picture is taken at a random moment of a part of four seconds; where the part has
    expressions, most often during one of them.

    Parameters
    ----------
    name, seed, people, config
        As in `draw_film`; `FilmConfig.n_shots` is the number of pictures.
    """
    rng = np.random.default_rng([seed, 12])
    shots = []
    for frame in range(config.n_shots):
        shot = _draw_shot(
            rng, people, config, start=frame, length=4 * config.rate_fps, halves=(0, 0),
            starts_with=ShotStart.FILM if frame == 0 else ShotStart.CUT, is_still=True,
        )  # fmt: skip
        parts = tuple(_frozen(rng, part) for part in shot.parts)
        shots.append(dataclasses.replace(shot, end_frame=frame + 1, parts=parts))
    return FilmPlan(
        name=name,
        seed=seed,
        size_wh=config.size_wh,
        rate_fps=config.rate_fps,
        people=tuple(people),
        shots=tuple(shots),
        is_stills=True,
        crf=config.crf[0],
    )


def _frozen(rng: np.random.Generator, part: Part) -> Part:
    """Return a part of one frame: a random moment of the whole, mostly inside an expression."""
    performance = part.performance
    expressions = [act for act in performance.acts if act.kind.value in {"micro", "macro"}]
    if expressions and rng.random() < 0.85:
        act = expressions[int(rng.integers(len(expressions)))]
        strong = [k for k in range(act.onset, act.offset + 1) if act.strength(k) >= 0.5]
        frame = act.apex if rng.random() < 0.6 else strong[int(rng.integers(len(strong)))]
    else:
        frame = int(rng.integers(performance.n_frames))
    moment = dataclasses.replace(performance, n_frames=1, first_frame=frame)
    return dataclasses.replace(part, performance=moment)


def _draw_shot(
    rng: np.random.Generator,
    people: Sequence[Person],
    config: FilmConfig,
    *,
    start: int,
    length: int,
    halves: tuple[int, int],
    starts_with: ShotStart,
    is_still: bool = False,
) -> ShotPlan:
    conditions = _draw_conditions(rng, config)
    odds = np.array(config.people_odds[: len(people)])
    n_people = int(rng.choice(len(odds), p=odds / odds.sum())) + 1
    chosen = rng.permutation(len(people))[:n_people].tolist()
    scale = ShotScale(_pick(rng, {str(key): value for key, value in _SCALE_ODDS.items()}))
    share = float(rng.uniform(*(config.face_share or FACE_SHARES[scale])))
    if config.face_share is not None:
        scale = _scale_of(share)
    if HardCondition.VERY_LARGE in conditions:
        share, scale = float(rng.uniform(*_LARGE_SHARE)), ShotScale.EXTREME_CLOSE_UP
    elif HardCondition.VERY_SMALL in conditions:
        share, scale = float(rng.uniform(*_SMALL_SHARE)), ShotScale.LONG
    elif n_people > 1:
        share = min(share, 0.42 / (n_people - 0.6))
        scale = _scale_of(share)
    places = _draw_places(rng, [people[k] for k in chosen])
    n_core = length - halves[0] - halves[1]
    parts = []
    for k, (place, facing) in zip(chosen, places, strict=True):
        is_first = k == chosen[0]
        person = _changed(rng, people[k], conditions) if is_first else people[k]
        performance = write_part(rng, config.script, n_frames=n_core, rate_fps=config.rate_fps)
        hand = None
        if HardCondition.HANDS in conditions and is_first:
            hand = _draw_hand(rng)
        parts.append(
            Part(
                character=k, person=person, place=place, facing_deg=facing,
                performance=performance, hand=hand,
            )
        )  # fmt: skip
    focus, face_scale, facing = _focus(parts)
    angle = Angle(_pick(rng, {"level": 0.62, "high": 0.12, "low": 0.10, "side": 0.16}))
    move = Move(_pick(rng, {"still": 0.45, "push": 0.18, "pan": 0.12, "hand_held": 0.25}))
    camera = draw_path(
        rng, face=focus, face_scale=face_scale, share=share, angle=angle, move=move,
        facing_deg=facing,
    )  # fmt: skip
    light = _draw_light(rng, conditions, facing)
    bright = 1.5 if HardCondition.BACK_LIGHT in conditions else float(rng.uniform(0.6, 1.1))
    return ShotPlan(
        start_frame=start,
        end_frame=start + length,
        lead_in=halves[0],
        lead_out=halves[1],
        starts_with=starts_with,
        scale=scale,
        camera=camera,
        light=light,
        backing=Backing(
            kind=list(BackdropKind)[int(rng.integers(len(BackdropKind)))],
            seed=int(rng.integers(1 << 30)),
            blur_px=float(rng.uniform(0.6, 1.6) if rng.random() < 0.3 else rng.uniform(3, 11)),
            brightness=bright * min(1.0, 0.35 + sum(light.sky_side)),
        ),
        grade=draw_grade(rng, is_still=is_still),
        parts=tuple(parts),
        conditions=conditions,
    )


def _draw_conditions(rng: np.random.Generator, config: FilmConfig) -> tuple[HardCondition, ...]:
    drawn = [kind for kind in HardCondition if rng.random() < config.condition_share]
    if config.conditions:
        return config.conditions
    if HardCondition.VERY_LARGE in drawn and HardCondition.VERY_SMALL in drawn:
        drawn.remove(HardCondition.VERY_SMALL)
    return tuple(drawn)


def _scale_of(share: float) -> ShotScale:
    for scale, (low, _) in FACE_SHARES.items():
        if share >= low:
            return scale
    return ShotScale.LONG


def _draw_places(
    rng: np.random.Generator, people: Sequence[Person]
) -> list[tuple[tuple[float, float, float], float]]:
    """Return place and yaw of people who stand side by side, turned a little to the middle."""
    n = len(people)
    gap = float(rng.uniform(3.6, 5.4))
    found = []
    for k, person in enumerate(people):
        x = (k - (n - 1) / 2) * gap + float(rng.normal(0, 0.25))
        z = float(rng.uniform(-1.4, 1.0)) if n > 1 else 0.0
        inward = -np.sign(x) * float(rng.uniform(5, 38)) if n > 1 else 0.0
        _, _, ground = person_measures(person)
        found.append(((x, -ground, z), float(inward + rng.normal(0, 4))))
    return found


def _changed(
    rng: np.random.Generator, person: Person, conditions: tuple[HardCondition, ...]
) -> Person:
    """Return the person with hair over the face or glasses where the shot asks for them."""
    side = -1.0 if rng.random() < 0.5 else 1.0
    fringe = side * float(rng.uniform(0.5, 1.0))
    glasses = int(rng.integers(1, 4))
    if HardCondition.HAIR in conditions:
        short = {HairStyle.BALD, HairStyle.BUZZ, HairStyle.SHORT, HairStyle.AFRO, HairStyle.TIED}
        style = HairStyle.MEDIUM if person.hair_style in short else person.hair_style
        person = dataclasses.replace(person, fringe=fringe, hair_style=style)
    if HardCondition.GLASSES in conditions and person.glasses == 0:
        person = dataclasses.replace(person, glasses=glasses)
    return person


def _draw_hand(rng: np.random.Generator) -> HeldHand:
    is_left = rng.random() < 0.5
    return HeldHand(
        at=(float(rng.uniform(-0.25, 0.5)), float(rng.uniform(-1.05, 0.15))),
        distance=float(rng.uniform(0.02, 0.25)),
        turn_deg=float(rng.uniform(-55, 40)),
        is_left=is_left,
    )


def _focus(parts: Sequence[Part]) -> tuple[tuple[float, float, float], float, float]:
    """Return the middle of the faces, the first one's size, and where they look on the whole."""
    middles, facings = [], []
    scale = 1.0
    for k, part in enumerate(parts):
        face, face_scale, _ = person_measures(part.person)
        yaw = np.radians(part.facing_deg)
        x = face[0] * np.cos(yaw) + face[2] * np.sin(yaw) + part.place[0]
        z = -face[0] * np.sin(yaw) + face[2] * np.cos(yaw) + part.place[2]
        middles.append([x, face[1] + part.place[1], z])
        facings.append(part.facing_deg)
        if k == 0:
            scale = face_scale
    middle = np.mean(middles, axis=0)
    return (float(middle[0]), float(middle[1]), float(middle[2])), scale, float(np.mean(facings))


def _draw_light(
    rng: np.random.Generator, conditions: tuple[HardCondition, ...], facing: float
) -> Light:
    kind = LightKind(_pick(rng, {str(key): value for key, value in _LIGHT_ODDS.items()}))
    if HardCondition.BACK_LIGHT in conditions:
        kind = LightKind.BACK
    light = draw_light(rng, kind, facing_deg=facing)
    over, exposure = float(rng.uniform(2.2, 3.4)), float(np.clip(rng.normal(1, 0.14), 0.6, 1.4))
    if HardCondition.OVER_EXPOSURE in conditions:
        exposure = over
    return dataclasses.replace(light, exposure=light.exposure * exposure)
