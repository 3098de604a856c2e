"""What the paper's rule of 200 ms does: whether short movements are weak, and read worse.

The paper calls an action unit that lasts less than 200 ms low-intensity, one that lasts longer
high-intensity (section 4.3.1), and says that this improves the classification of weak ones. Both
parts can be measured where onset, offset and intensity are known: how often the rule agrees with
the intensity that was coded, and how well faces are read on each side of either line.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from cinefacs.events.config import EventConfig
from cinefacs.events.durations import classify_duration
from cinefacs.facs.codes import Intensity
from cinefacs.metrics.paired import bootstrap_share
from cinefacs.records.au_label import AuLabel
from cinefacs.records.event import DurationClass
from cinefacs.records.experiment import FaceAnswer
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.film import Film
from cinefacs.records.sample import Sample
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout
from cinefacs.synth.film_plan import FilmPlan, HardCondition
from cinefacs.synth.presets import draw_plan, preset_films
from cinefacs.synth.truth_labels import intensity_letter

__all__ = ["DurationEffect", "Movement", "duration_effect", "read_movements"]

_WEAK = (Intensity.A, Intensity.B)
_SEED = 20_260_102
_Key = tuple[str, str, str, str]
"""Film, coder, label set and name of an expression."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """How long and how strong the expression of a sample is."""

    duration: DurationClass
    """By the rule; undetermined within one frame of 200 ms."""
    is_weak: bool
    """Whether its strongest action unit has the intensity A or B."""

    @classmethod
    def of_act(cls, n_frames: int, rate_fps: int, peak: float) -> "Movement":
        """Return that of a synthetic expression: so many frames, the peak a share of the range."""
        frame_s = Fraction(1, rate_fps)
        return cls(
            duration=_classify(n_frames * frame_s, frame_s), is_weak=intensity_letter(peak) in _WEAK
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupAccuracy:
    """Faces of one kind, and how well they are read."""

    name: str
    """Kind."""
    n: int
    """Faces."""
    accuracy: float | None
    """Share that was found and called by its class; None without faces."""
    interval: tuple[float, float] | None
    """95 %, people resampled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DurationEffect:
    """What the rule does on the faces of a test part."""

    groups: tuple[GroupAccuracy, ...]
    """By duration, by intensity, and without those that the rule calls low."""
    n_low_weak: int
    """Short and weak."""
    n_low_strong: int
    """Short and strong: the rule is wrong."""
    n_high_weak: int
    """Long and weak: the rule is wrong."""
    n_high_strong: int
    """Long and strong."""
    n_undetermined: int
    """Within one frame of 200 ms."""

    @property
    def balanced_accuracy(self) -> float | None:
        """Mean of the rule's hit rates on weak and on strong movements; 0.5 is chance."""
        weak = self.n_low_weak + self.n_high_weak
        strong = self.n_low_strong + self.n_high_strong
        if not weak or not strong:
            return None
        return (self.n_low_weak / weak + self.n_high_strong / strong) / 2


def read_movements(study: Path, samples: Iterable[Sample]) -> dict[str, Movement]:
    """Return duration and intensity by the name of the sample, where both are known.

    Parameters
    ----------
    study
        Folder of the study that the samples are from.
    samples
        Faces; those of no expression have no movement.

    Raises
    ------
    StudyError, SchemaError
        The study's tables cannot be read.
    """
    layout = StudyLayout(study)
    marked = [sample for sample in samples if sample.event_id]
    films = read_records(layout.films_path, Film)
    stills = {film.film_id[:12]: film for film in films if film.is_of_stills}
    found = _of_labels(layout, films)
    if stills:
        plans = _plans(study, stills)
        for key in {_key(sample, sample.event_id) for sample in marked}:
            film, *place = key[-1].split("-")
            if film in plans and len(place) == 3:
                found[key] = _of_plan(plans[film], [int(part) for part in place])
    return {
        sample.sample_id: found[key]
        for sample in marked
        if (key := _key(sample, sample.event_id)) in found
    }


def _key(row: Sample | AuLabel | ExpressionLabel, expression_id: str) -> _Key:
    """Return what tells an expression apart: coders and films may have equal names for theirs."""
    return row.film_id, row.coder, row.label_set, expression_id


def _classify(duration_s: Fraction, frame_s: Fraction) -> DurationClass:
    limit_ms = EventConfig().low_limit_ms
    return classify_duration(duration_s, uncertainty_s=frame_s, is_whole=True, limit_ms=limit_ms)


def _of_labels(layout: StudyLayout, films: Sequence[Film]) -> dict[_Key, Movement]:
    """Return the movements of films, as their coders marked them."""
    frame_s = {film.film_id: Fraction(1) / Fraction(film.rate_fps) for film in films}
    moving = {film.film_id for film in films if not film.is_of_stills}
    letters: dict[_Key, list[Intensity]] = {}
    for label in read_records(layout.labels_path, AuLabel):
        if label.expression_id and label.intensity is not None:
            letters.setdefault(_key(label, label.expression_id), []).append(label.intensity)
    return {
        key: Movement(
            duration=_classify(Fraction(label.span.duration_s), frame_s[label.film_id]),
            is_weak=max(letters[key]) in _WEAK,
        )
        for label in read_records(layout.expression_labels_path, ExpressionLabel)
        if label.film_id in moving and (key := _key(label, label.expression_id)) in letters
    }


def _plans(study: Path, stills: Mapping[str, Film]) -> dict[str, FilmPlan]:
    """Return the plans of a synthetic set of stills: a still shows one moment of each."""
    record = json.loads((study / "run.json").read_text(encoding="utf-8"))
    config, options = record["config"], record["config"]["options"]
    specs = preset_films(
        options["preset"],
        seed=config["seed"],
        scale=options["scale"],
        conditions=tuple(HardCondition(name) for name in options["conditions"]),
    )
    by_number = {film.film_number: short for short, film in stills.items()}
    return {
        by_number[number]: draw_plan(spec)
        for number, spec in enumerate(specs, start=1)
        if number in by_number
    }


def _of_plan(plan: FilmPlan, place: Sequence[int]) -> Movement:
    shot, position, number = place
    act = plan.shots[shot].parts[position].performance.acts[number]
    return Movement.of_act(act.n_frames, plan.rate_fps, act.strongest)


def duration_effect(
    answers: Sequence[FaceAnswer], movements: Mapping[str, Movement], *, n_resamples: int
) -> DurationEffect:
    """Return how the rule agrees with intensity, and how well each kind of face is read.

    Parameters
    ----------
    answers
        Of all repeats.
    movements
        By the name of the sample.
    n_resamples
        Draws of each interval.
    """
    known = [(face, movements[face.sample_id]) for face in answers if face.sample_id in movements]
    low, high, around = DurationClass.LOW, DurationClass.HIGH, DurationClass.UNDETERMINED

    def group(name: str, faces: list[FaceAnswer]) -> GroupAccuracy:
        right = [face.is_right for face in faces]
        return GroupAccuracy(
            name=name,
            n=len(faces),
            accuracy=sum(right) / len(right) if right else None,
            interval=bootstrap_share(
                right, [face.subject for face in faces], seed=_SEED, n_resamples=n_resamples
            )
            if right
            else None,
        )

    def count(duration: DurationClass, *, is_weak: bool) -> int:
        return sum(1 for _, m in known if m.duration is duration and m.is_weak == is_weak)

    kept = [face for face, movement in known if movement.duration is not low]
    return DurationEffect(
        groups=(
            group("all with a known movement", [face for face, _ in known]),
            group("under 200 ms", [face for face, m in known if m.duration is low]),
            group("within one frame of 200 ms", [f for f, m in known if m.duration is around]),
            group("over 200 ms", [face for face, m in known if m.duration is high]),
            group("intensity A or B", [face for face, m in known if m.is_weak]),
            group("intensity C to E", [face for face, m in known if not m.is_weak]),
            group(
                "weak and under 200 ms", [f for f, m in known if m.is_weak and m.duration is low]
            ),
            group(
                "weak and over 200 ms", [f for f, m in known if m.is_weak and m.duration is high]
            ),
            group("without those under 200 ms", kept),
        ),
        n_low_weak=count(low, is_weak=True),
        n_low_strong=count(low, is_weak=False),
        n_high_weak=count(high, is_weak=True),
        n_high_strong=count(high, is_weak=False),
        n_undetermined=sum(1 for _, m in known if m.duration is around),
    )
