"""Which films a set has: presets from a handful of pictures to one as large as the paper's."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any

import numpy as np

from cinefacs.errors import ConfigError, did_you_mean
from cinefacs.synth.film_draw import FilmConfig, draw_film, draw_stills
from cinefacs.synth.film_plan import FilmPlan, HardCondition
from cinefacs.synth.people import draw_person
from cinefacs.synth.person import Person
from cinefacs.synth.sample_film import SAMPLE_SEED, sample_people, sample_plan
from cinefacs.synth.scripts import ScriptConfig

__all__ = [
    "FilmSpec",
    "Preset",
    "draw_people",
    "draw_plan",
    "heldout_document",
    "picture_frames",
    "preset_films",
]

_SEED_ROOM = 1_000_000_000
"""People of different presets never share a seed: each preset has this many of its own."""
_MAX_SEED = 9_999


class Preset(StrEnum):
    """A set of films."""

    SMOKE = "smoke"
    """Two sets of a few stills, for tests."""
    TRIAL = "trial"
    """Plain close-ups of six people, one a set, for short trials of experiments."""
    BENCH = "bench"
    """Stills with 3,200 labelled faces of 66 people to train on, and 320 of 12 others in other
    sets to validate on."""
    PAPER = "paper"
    """Ten films with about 972 clips and 2,944 pictures, as in the paper, section 4.1."""
    HELDOUT_V1 = "heldout-v1"
    """The exam that nothing is trained on (DECISIONS 7)."""
    LIMITS = "limits"
    """Films like the exam's, of other people: what the limits of events are chosen on."""
    SAMPLE = "sample"
    """The film that comes along, with its whole truth: what an analysis of it is measured on."""
    WEIGHTS = "weights"
    """Close faces of 540 people to train the shipped weights on, 48 others to validate."""


_BASES = {
    Preset.SMOKE: 0,
    Preset.BENCH: 1 * _SEED_ROOM,
    Preset.PAPER: 2 * _SEED_ROOM,
    Preset.WEIGHTS: 3 * _SEED_ROOM,
    Preset.TRIAL: 5 * _SEED_ROOM,
    Preset.LIMITS: 7 * _SEED_ROOM,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmSpec:
    """What one film is drawn from."""

    name: str
    """Such as ``train-003``."""
    split: str
    """``train``, ``val`` or ``test``: people of one split are in no other."""
    seed: int
    """Of the film."""
    people: tuple[int, ...]
    """Seeds of the characters."""
    ages: tuple[float, float]
    """Youngest and oldest character, years; ages and genders alternate evenly over the people."""
    is_stills: bool
    """Single pictures rather than a film."""
    pictures_per_shot: int
    """Frames of each shot of a film that are kept as pictures."""
    is_sample: bool = False
    """Whether it is the film that comes along, written by hand rather than drawn."""
    config: FilmConfig
    """How it is made."""


def preset_films(
    preset: str,
    *,
    seed: int = 0,
    scale: float = 1.0,
    conditions: Sequence[HardCondition] = (),
) -> tuple[FilmSpec, ...]:
    """Return the films of a preset.

    Parameters
    ----------
    preset
        Its name.
    seed
        0 to 9999; another seed gives other people and films. ``heldout-v1`` and ``sample`` have
        none.
    scale
        Factor on the number of shots or pictures, above 0; those two cannot be scaled.
    conditions
        Hard conditions that every shot shall have, so that robustness can be measured one by one.

    Raises
    ------
    ConfigError
        Unknown name, or a seed or scale that cannot be used.
    """
    known = [str(each) for each in Preset]
    if preset not in known:
        raise ConfigError(
            f"preset: expected one of {', '.join(known)}, got {preset!r}",
            hint=did_you_mean(preset, known),
        )
    if not 0 <= seed <= _MAX_SEED:
        raise ConfigError(f"seed: expected 0 to {_MAX_SEED}, got {seed}")
    if not 0 < scale <= 100:
        raise ConfigError(f"scale: expected a number above 0 and at most 100, got {scale}")
    if preset in {Preset.HELDOUT_V1, Preset.SAMPLE}:
        if seed or scale != 1.0 or conditions:
            raise ConfigError(
                f"{preset}: expected no seed, scale or conditions, got some",
                hint="its films are the same for everybody",
            )
        return _heldout() if preset == Preset.HELDOUT_V1 else (_sample(),)
    makers = {
        Preset.SMOKE: _smoke,
        Preset.TRIAL: _trial,
        Preset.BENCH: _bench,
        Preset.PAPER: _paper,
        Preset.WEIGHTS: _weights,
        Preset.LIMITS: _limits,
    }
    films = makers[Preset(preset)](_BASES[Preset(preset)] + seed * 100_000, scale)
    forced = tuple(conditions)
    return tuple(
        dataclasses.replace(film, config=dataclasses.replace(film.config, conditions=forced))
        if forced
        else film
        for film in films
    )


def draw_plan(spec: FilmSpec) -> FilmPlan:
    """Return the plan of a film; the same spec gives the same plan."""
    if spec.is_sample:
        return sample_plan()
    people = draw_people(spec)
    draw = draw_stills if spec.is_stills else draw_film
    return draw(spec.name, spec.seed, people, spec.config)


def draw_people(spec: FilmSpec) -> list[Person]:
    """Return the characters: ages spread evenly in random order, every second one male."""
    if spec.is_sample:
        return list(sample_people())
    n = len(spec.people)
    rng = np.random.default_rng([spec.seed, 13])
    low, high = spec.ages
    ages = low + (high - low) * (np.arange(n) + rng.random(n)) / n
    ages = rng.permutation(ages)
    return [
        draw_person(person, age_years=float(age), is_male=k % 2 == spec.seed % 2)
        for k, (person, age) in enumerate(zip(spec.people, ages, strict=True))
    ]


def picture_frames(plan: FilmPlan, per_shot: int) -> tuple[int, ...]:
    """Return the frames of a film that are kept as pictures.

    Of each shot the apexes of its expressions come first, then frames half-way to them, then
    frames spread evenly over the core.
    """
    chosen: set[int] = set()
    for shot in plan.shots:
        n_core = shot.core_end_frame - shot.core_start_frame
        acts = [
            act for part in shot.parts for act in part.performance.acts
            if act.kind.value in {"micro", "macro"}
        ]  # fmt: skip
        wishes = [act.apex for act in acts]
        wishes += [(act.onset + act.apex) // 2 for act in acts]
        wishes += [(act.apex_end + act.offset) // 2 for act in acts]
        wishes += np.linspace(0, n_core - 1, per_shot + 2).round().astype(int).tolist()[1:-1]
        own = list(dict.fromkeys(wish for wish in wishes if 0 <= wish < n_core))[:per_shot]
        chosen |= {shot.core_start_frame + frame for frame in own}
    return tuple(sorted(chosen))


def _smoke(base: int, scale: float) -> list[FilmSpec]:
    config = FilmConfig(size_wh=(320, 240), n_shots=max(1, round(6 * scale)))
    return [
        _spec(f"{split}-{k:03d}", split, base, k=k, n_people=3, ages=(5, 60), config=config)
        for k, split in enumerate(("train", "val"))
    ]


def _trial(base: int, scale: float) -> list[FilmSpec]:
    config = FilmConfig(
        size_wh=(160, 120),
        n_shots=max(1, round(10 * scale)),
        people_odds=(1.0,),
        face_share=(0.4, 0.6),
        condition_share=0.0,
        script=ScriptConfig(single_share=0.0, speech_share=0.0, min_intensity=0.6),
    )
    splits = ["train"] * 4 + ["val", "test"]
    return [
        _spec(f"{split}-{k:03d}", split, base, k=k, n_people=1, ages=(15, 50), config=config)
        for k, split in enumerate(splits)
    ]


def _bench(base: int, scale: float) -> list[FilmSpec]:
    """Return stills of clear expressions: emotions, whose apex is at least half of the range.

    An equal budget of some 30,000 views has to teach the good detectors something, or their
    comparison says nothing. Of weak and single action units no detector learns in so few; those
    are in the films of `Preset.WEIGHTS`.
    """
    films = []
    script = ScriptConfig(single_share=0.0, min_intensity=0.5, speech_share=0.2)
    # eight of ten stills show a face that can be coded
    for split, numbers, n_shots in (("train", range(11), 297), ("val", range(11, 13), 163)):
        config = FilmConfig(
            size_wh=(320, 240),
            n_shots=max(1, round(n_shots * scale)),
            people_odds=(0.7, 0.3),
            script=script,
        )
        films += [
            _spec(f"{split}-{k:03d}", split, base, k=k, n_people=6, ages=(5, 65), config=config)
            for k in numbers
        ]
    return films


def _paper(base: int, scale: float) -> list[FilmSpec]:
    config = FilmConfig(
        size_wh=(640, 360),
        rate_fps=24,
        n_shots=max(1, round(107 * scale)),  # 86 in 100 show a face that can be coded
        shot_s=(2.2, 8.0),
        people_odds=(0.92, 0.08),
        script=ScriptConfig(expressions_per_minute=20.0, neutral_share=0.1),
    )
    films = []
    for k in range(10):
        split = "train" if k < 8 else "val" if k < 9 else "test"
        spec = _spec(f"film-{k:03d}", split, base, k=k, n_people=6, ages=(5, 40), config=config)
        films.append(dataclasses.replace(spec, is_stills=False, pictures_per_shot=3))
    return films


def _weights(base: int, scale: float) -> list[FilmSpec]:
    """Return films of one close face a shot, full of weak and strong expressions.

    The scale changes the number of films, and so of people: other people teach more than other
    moments of the same ones.
    """
    config = FilmConfig(
        size_wh=(224, 224),
        n_shots=60,
        shot_s=(2.0, 3.0),
        gradual_share=0.0,
        people_odds=(1.0,),
        face_share=(0.46, 0.60),
        condition_share=0.06,
        script=ScriptConfig(
            single_share=0.45,
            min_intensity=0.1,
            max_intensity=1.0,
            expressions_per_minute=70.0,
            neutral_share=0.12,
            speech_share=0.3,
        ),
    )
    films = []
    for split, most, first in (("train", 90, 0), ("val", 8, 900)):
        for k in range(max(1, round(most * scale))):
            spec = _spec(f"{split}-{k:03d}", split, base, k=first + k, n_people=6, ages=(5, 70),
                         config=config)  # fmt: skip
            films.append(dataclasses.replace(spec, is_stills=False))
    return films


def _spec(
    name: str,
    split: str,
    base: int,
    *,
    k: int,
    n_people: int,
    ages: tuple[float, float],
    config: FilmConfig,
) -> FilmSpec:
    return FilmSpec(
        name=name,
        split=split,
        seed=base + k * 100,
        people=tuple(base + k * 100 + person for person in range(n_people)),
        ages=ages,
        is_stills=True,
        pictures_per_shot=0,
        config=config,
    )


def _sample() -> FilmSpec:
    people = sample_people()
    ages = [person.age_years for person in people]
    return FilmSpec(
        name="sample",
        split="test",
        seed=SAMPLE_SEED,
        people=tuple(person.seed for person in people),
        ages=(min(ages), max(ages)),
        is_stills=False,
        pictures_per_shot=0,
        config=FilmConfig(),
        is_sample=True,
    )


def _limits(base: int, scale: float) -> list[FilmSpec]:
    """Return twelve films that are made as the exam's are; the scale changes their number."""
    document = heldout_document()
    config = _exam_config(document)
    return [
        dataclasses.replace(
            _spec(f"val-{k:03d}", "val", base, k=k, n_people=len(document["films"][0]["people"]),
                  ages=(document["ages"][0], document["ages"][1]), config=config),
            is_stills=False,
            pictures_per_shot=document["pictures_per_shot"],
        )
        for k in range(max(1, round(12 * scale)))
    ]  # fmt: skip


def _exam_config(document: dict[str, Any]) -> FilmConfig:
    """Return how the films of ``heldout-v1.json`` are made."""
    script = ScriptConfig(
        min_intensity=document["min_intensity"], max_intensity=document["max_intensity"]
    )
    return FilmConfig(
        size_wh=(document["size_wh"][0], document["size_wh"][1]),
        rate_fps=document["rate_fps"],
        n_shots=document["n_shots"],
        shot_s=(document["shot_s"][0], document["shot_s"][1]),
        condition_share=document["condition_share"],
        script=script,
    )


def _heldout() -> tuple[FilmSpec, ...]:
    """Return the films of ``heldout-v1.json``."""
    document = heldout_document()
    config = _exam_config(document)
    return tuple(
        FilmSpec(
            name=f"heldout-{k:03d}",
            split="test",
            seed=film["seed"],
            people=tuple(film["people"]),
            ages=(document["ages"][0], document["ages"][1]),
            is_stills=False,
            pictures_per_shot=document["pictures_per_shot"],
            config=config,
        )
        for k, film in enumerate(document["films"])
    )


def heldout_document() -> dict[str, Any]:
    """Return what ``heldout-v1.json`` says."""
    file = resources.files("cinefacs.synth").joinpath("heldout-v1.json")
    return dict(json.loads(file.read_text(encoding="utf-8")))
