"""Studies whose coders make known mistakes, so that the true agreement is known.

Each clip has moments of equal length. In each an action unit is there with a known probability,
independently of all others; a coder sees it with one probability where it is there and with
another where it is not, independently of all other coders. So the kappa of two coders follows
from these numbers alone, and clips are independent of each other, as the bootstrap supposes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, groupby
from pathlib import Path

import numpy as np

from cinefacs.facs.codes import Intensity, Side
from cinefacs.records.au_label import AuLabel
from cinefacs.records.clip import Clip
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.film import Film
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.label_tables import add_labels
from cinefacs.storage.record_tables import write_records
from cinefacs.storage.study import StudyLayout
from tests.support.labels import WHEN

FILM_ID = "cd" * 32
TIME_BASE = Fraction(1001, 24000)
"""One tick a frame, at 23.976 a second."""
CLIPS_A_CHARACTER = 50
GAP_FRAMES = 24


@dataclass(frozen=True, kw_only=True)
class NoisyCoder:
    """How well somebody sees."""

    name: str
    sensitivity: float
    """Probability of saying present where it is."""
    false_alarm: float
    """Probability of saying present where it is not."""


def true_kappa(first: NoisyCoder, second: NoisyCoder, prevalence: float) -> float:
    """Return Cohen's kappa of two coders who err independently of each other.

    With p_i = pi s_i + (1 - pi) f_i and p_11 = pi s_1 s_2 + (1 - pi) f_1 f_2, kappa is
    2 (p_11 - p_1 p_2) / (p_1 (1 - p_2) + p_2 (1 - p_1)): Cohen's formula for a 2 x 2 table.
    """
    one, two = (
        prevalence * coder.sensitivity + (1 - prevalence) * coder.false_alarm
        for coder in (first, second)
    )
    both = prevalence * first.sensitivity * second.sensitivity
    both += (1 - prevalence) * first.false_alarm * second.false_alarm
    return 2 * (both - one * two) / (one * (1 - two) + two * (1 - one))


def true_light_kappa(coders: Sequence[NoisyCoder], prevalence: float) -> float:
    """Return the mean of `true_kappa` over all pairs."""
    kappas = [true_kappa(a, b, prevalence) for a, b in combinations(coders, 2)]
    return sum(kappas) / len(kappas)


def true_fleiss_kappa(coders: Sequence[NoisyCoder], prevalence: float) -> float:
    """Return Fleiss' kappa of the coders, which in large samples is also Krippendorff's alpha.

    (P - P_e) / (1 - P_e), with P the mean over pairs of p_11 + p_00 and P_e from the coders' mean
    share of present.
    """
    shares = [prevalence * c.sensitivity + (1 - prevalence) * c.false_alarm for c in coders]
    agreed = []
    for a, b in combinations(range(len(coders)), 2):
        one, two = coders[a], coders[b]
        both = prevalence * one.sensitivity * two.sensitivity
        both += (1 - prevalence) * one.false_alarm * two.false_alarm
        agreed.append(1 - shares[a] - shares[b] + 2 * both)
    mean_share = sum(shares) / len(shares)
    by_chance = mean_share**2 + (1 - mean_share) ** 2
    return (sum(agreed) / len(agreed) - by_chance) / (1 - by_chance)


FIVE_CODERS = (
    NoisyCoder(name="ann", sensitivity=0.95, false_alarm=0.02),
    NoisyCoder(name="bob", sensitivity=0.9, false_alarm=0.05),
    NoisyCoder(name="cem", sensitivity=0.85, false_alarm=0.03),
    NoisyCoder(name="dee", sensitivity=0.8, false_alarm=0.08),
    NoisyCoder(name="eva", sensitivity=0.7, false_alarm=0.1),
)


@dataclass(frozen=True, kw_only=True)
class NoisyStudy:
    """A study to be generated."""

    n_clips: int
    prevalences: dict[int, float]
    """Probability of each action unit in each moment."""
    coders: tuple[NoisyCoder, ...] = FIVE_CODERS
    n_moments: int = 6
    frames_a_moment: int = 10
    seed: int = 0
    label_set: str = "round-1"
    other_coders: tuple[str, ...] = field(default=())
    """Coders such as ``suggested`` who say that everything is always there."""

    @property
    def n_frames(self) -> int:
        return self.n_moments * self.frames_a_moment


def make_film(n_frames: int, *, film_id: str = FILM_ID) -> Film:
    return Film(
        film_id=film_id,
        film_number=1,
        path="film.mp4",
        width_px=640,
        height_px=480,
        rotation_deg=0,
        sample_aspect_ratio=Fraction(1),
        n_frames=n_frames,
        span=TimeSpan(start_pts=0, end_pts=n_frames, time_base=TIME_BASE),
        is_constant_rate=True,
        rate_fps=1 / TIME_BASE,
        is_interlaced=False,
        has_audio=False,
        codec="h264",
    )


def make_clip(number: int, start: int, end: int, *, character: int = 1) -> Clip:
    return Clip(
        film_id=FILM_ID,
        film_number=1,
        character_number=character,
        clip_number=number,
        shot_index=number,
        start_frame=start,
        end_frame=end,
        span=TimeSpan(start_pts=start, end_pts=end, time_base=TIME_BASE),
        n_codable_frames=end - start,
        is_short=False,
    )


def make_clips(study: NoisyStudy) -> list[Clip]:
    """Return the clips, some fifty for each character, with gaps between them."""
    clips = []
    for index in range(study.n_clips):
        start = index * (study.n_frames + GAP_FRAMES)
        character, number = divmod(index, CLIPS_A_CHARACTER)
        clips.append(make_clip(number + 1, start, start + study.n_frames, character=character + 1))
    return clips


def make_label(clip: Clip, coder: str, au: int, start: int, end: int, **others: object) -> AuLabel:
    """Return a label on frames of a clip, counted from its first."""
    first = clip.span.start_pts
    fields: dict[str, object] = {
        "film_id": clip.film_id,
        "character_number": clip.character_number,
        "au": au,
        "side": Side.BOTH,
        "intensity": None,
        "span": TimeSpan(start_pts=first + start, end_pts=first + end, time_base=TIME_BASE),
        "apex_pts": None,
        "coder": coder,
        "label_set": "round-1",
        "source": "test",
        "changed_at": WHEN,
    }
    return AuLabel(**(fields | others))  # type: ignore[arg-type]


def make_expression(
    clip: Clip, coder: str, emotions: Sequence[str], start: int, end: int, **others: object
) -> ExpressionLabel:
    """Return an expression on frames of a clip, counted from its first."""
    first = clip.span.start_pts
    fields: dict[str, object] = {
        "film_id": clip.film_id,
        "character_number": clip.character_number,
        "expression_id": f"{clip.tag}-{start}",
        "span": TimeSpan(start_pts=first + start, end_pts=first + end, time_base=TIME_BASE),
        "apex_pts": (first + start,),
        "kind": None,
        "emotions": tuple(emotions),
        "au_text": "",
        "coder": coder,
        "label_set": "round-1",
        "source": "test",
        "changed_at": WHEN,
    }
    return ExpressionLabel(**(fields | others))  # type: ignore[arg-type]


def make_coded(
    clip: Clip,
    coder: str,
    aus: Iterable[int],
    *,
    label_set: str = "round-1",
    has_emotions: bool = False,
    frames: tuple[int, int] | None = None,
) -> CodedSpan:
    """Return that a coder went through a clip, or through frames of it."""
    start, end = frames or (0, clip.n_frames)
    first = clip.span.start_pts
    return CodedSpan(
        film_id=clip.film_id,
        character_number=clip.character_number,
        span=TimeSpan(start_pts=first + start, end_pts=first + end, time_base=TIME_BASE),
        aus=tuple(sorted(aus)),
        has_emotions=has_emotions,
        coder=coder,
        label_set=label_set,
        source="test",
        changed_at=WHEN,
    )


def make_labels(study: NoisyStudy, clips: Sequence[Clip]) -> Labels:
    """Return what the coders say; moments in a row that a coder calls present are one label."""
    rng = np.random.default_rng(study.seed)
    aus = []
    coded = [
        make_coded(clip, coder.name, study.prevalences, label_set=study.label_set)
        for coder in study.coders
        for clip in clips
    ]
    for au, prevalence in study.prevalences.items():
        is_there = rng.random((len(clips), study.n_moments)) < prevalence
        for coder in study.coders:
            chance = np.where(is_there, coder.sensitivity, coder.false_alarm)
            says = rng.random(chance.shape) < chance
            for clip, moments in zip(clips, says, strict=True):
                for start, end in _runs(moments.tolist()):
                    aus.append(
                        make_label(
                            clip,
                            coder.name,
                            au,
                            start * study.frames_a_moment,
                            end * study.frames_a_moment,
                            label_set=study.label_set,
                            intensity=list(Intensity)[int(rng.integers(5))],
                        )
                    )
    for name in study.other_coders:
        for clip in clips:
            coded.append(make_coded(clip, name, study.prevalences, label_set=study.label_set))
            aus += [
                make_label(clip, name, au, 0, clip.n_frames, label_set=study.label_set)
                for au in study.prevalences
            ]
    return Labels(aus=tuple(aus), coded=tuple(coded))


def _runs(flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of true flags."""
    position = 0
    for flag, group in groupby(flags):
        length = len(list(group))
        if flag:
            yield position, position + length
        position += length


def write_study(root: Path, clips: Sequence[Clip], labels: Labels) -> StudyLayout:
    """Write a study of one film with these clips and labels, and return its layout."""
    layout = StudyLayout(root)
    n_frames = max((clip.end_frame for clip in clips), default=1000)
    write_records(layout.films_path, Film, [make_film(n_frames)])
    write_records(layout.clips_path, Clip, clips)
    if len(labels) or labels.coded:
        add_labels(layout, labels)
    return layout


def generate_study(root: Path, study: NoisyStudy) -> StudyLayout:
    """Write a study of noisy coders."""
    clips = make_clips(study)
    return write_study(root, clips, make_labels(study, clips))
