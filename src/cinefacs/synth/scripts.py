"""Write parts at random: which expressions, when, how strong, on which side, and what distracts."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cinefacs.errors import ConfigError
from cinefacs.facs.emotion_rules import standard_rule_tables
from cinefacs.synth.act import MICRO_LIMIT_S, Act, ActKind
from cinefacs.synth.drives import GAZE_AUS, HEAD_AUS, SHOWABLE_AUS
from cinefacs.synth.performance import Performance

__all__ = ["EMOTIONS", "ClassMix", "ScriptConfig", "draw_expression", "write_part"]

EMOTIONS = ("disgust", "anger", "fear", "sadness", "happiness", "contempt", "surprise")
"""The paper's seven, by their numbers."""
_NATURAL = (0.07, 0.12, 0.06, 0.15, 0.35, 0.10, 0.15)
"""Shares of a natural mix: our guess at a film's, smiles being the most common."""
_LIDS = (43, 45, 46)
_ONE_SIDED = (2, 4, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 20)
"""Action units that people can show on one side."""


class ClassMix(StrEnum):
    """How often each emotion comes."""

    BALANCED = "balanced"
    NATURAL = "natural"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptConfig:
    """What people do."""

    mix: ClassMix = ClassMix.BALANCED
    """How often each emotion comes."""
    micro_share: float = 0.5
    """Share of the expressions that are micro-expressions."""
    single_share: float = 0.25
    """Share of the expressions that are single action units or free combinations, no emotion."""
    one_sided_share: float = 0.2
    """Share of the expressions that show on one side, or more on one side."""
    min_intensity: float = 0.2
    """Weakest apex."""
    max_intensity: float = 1.0
    """Strongest apex."""
    expressions_per_minute: float = 14.0
    """How often a face moves."""
    neutral_share: float = 0.2
    """Share of the parts without any expression."""
    speech_share: float = 0.35
    """Share of the parts with speech."""
    chewing_share: float = 0.04
    """Share of the parts with chewing."""
    blinks_per_minute: float = 15.0
    """How often eyes blink."""

    def __post_init__(self) -> None:
        """Check the strengths."""
        if not 0 < self.min_intensity <= self.max_intensity <= 1:
            raise ConfigError(
                "script: expected 0 < min_intensity <= max_intensity <= 1, got "
                f"{self.min_intensity} and {self.max_intensity}"
            )


def draw_expression(
    rng: np.random.Generator, config: ScriptConfig
) -> tuple[tuple[tuple[int, float, float], ...], str]:
    """Return the peaks of a random expression, and its emotion or an empty word.

    Parameters
    ----------
    rng
        Source of randomness.
    config
        What people do.

    Returns
    -------
    peaks
        Action unit, left and right intensity.
    emotion
        Empty for single action units and free combinations.
    """
    strength = float(rng.uniform(config.min_intensity, config.max_intensity))
    if rng.random() < config.single_share:
        return _free_peaks(rng, strength, config), ""
    odds = _NATURAL if config.mix is ClassMix.NATURAL else (1 / 7,) * 7
    emotion = EMOTIONS[int(rng.choice(7, p=odds))]
    table = standard_rule_tables()["paper" if rng.random() < 0.5 else "emfacs"]
    rules = [rule for rule in table.rules if rule.emotion == emotion]
    aus = [requirement.number for requirement in rules[int(rng.integers(len(rules)))].requirements]
    if emotion == "happiness" and rng.random() < 0.4:
        aus.append(25)
    if emotion in {"surprise", "fear"} and 26 in aus:
        aus.append(25)
    if emotion == "contempt":
        side = (1.0, 0.0) if rng.random() < 0.5 else (0.0, 1.0)
        tied = [(14, strength), (12, strength * 0.5)]
        return tuple((au, value * side[0], value * side[1]) for au, value in tied), emotion
    return _with_sides(rng, aus, strength, config), emotion


def _free_peaks(
    rng: np.random.Generator, strength: float, config: ScriptConfig
) -> tuple[tuple[int, float, float], ...]:
    """Return one action unit, or two or three that do not exclude each other."""
    choices = [au for au in SHOWABLE_AUS if au != 45]
    n = int(rng.choice([1, 2, 3], p=[0.65, 0.25, 0.10]))
    aus: list[int] = []
    for au in rng.permutation(choices).tolist():
        if len(aus) == n:
            break
        if not any(_clash(au, other) for other in aus):
            aus.append(int(au))
    return _with_sides(rng, aus, strength, config)


def _clash(one: int, other: int) -> bool:
    """Return whether two action units cannot be shown together."""
    mouth = {8, 18, 19, 20, 22, 23, 24, 25, 26, 27, 28, 16, 10}
    groups = (
        set(HEAD_AUS),
        set(GAZE_AUS),
        {5, 7, *_LIDS},
        mouth - {10, 16, 25, 26},
        {24, 25, 26, 27},
    )
    return any(one in group and other in group for group in groups)


def _with_sides(
    rng: np.random.Generator, aus: list[int], strength: float, config: ScriptConfig
) -> tuple[tuple[int, float, float], ...]:
    """Return peaks around a strength; now and then one side shows less, or nothing."""
    is_one_sided = rng.random() < config.one_sided_share
    weak = 0 if rng.random() < 0.5 else 1
    share = float(rng.choice([0.0, 0.4, 0.65]))
    peaks = []
    for au in aus:
        value = float(np.clip(strength * rng.uniform(0.8, 1.15), config.min_intensity, 1.0))
        sides = [value, value]
        if au == 46:
            sides[weak] = 0.0
        elif is_one_sided and au in _ONE_SIDED:
            sides[weak] *= share
        if au in {43, 46}:
            sides = [1.0 if side else 0.0 for side in sides]
        peaks.append((au, sides[0], sides[1]))
    return tuple(peaks)


def write_part(
    rng: np.random.Generator,
    config: ScriptConfig,
    *,
    n_frames: int,
    rate_fps: float,
    facing_deg: float = 0.0,
) -> Performance:
    """Return a random part for a shot.

    Expressions do not overlap; blinks and speech go on beside them.

    Parameters
    ----------
    rng
        Source of randomness.
    config
        What people do.
    n_frames, rate_fps
        Length of the shot and its rate.
    facing_deg
        Yaw of the head at rest.
    """
    acts: list[Act] = []
    is_neutral = rng.random() < config.neutral_share
    if not is_neutral:
        acts += _expressions(rng, config, n_frames, rate_fps)
    if rng.random() < config.speech_share:
        acts += _phrases(rng, ActKind.SPEECH, n_frames, rate_fps)
    elif rng.random() < config.chewing_share:
        acts += _phrases(rng, ActKind.CHEWING, n_frames, rate_fps)
    acts += _blinks(rng, config, n_frames, rate_fps)
    return Performance(
        n_frames=n_frames,
        rate_fps=rate_fps,
        acts=tuple(acts),
        head_deg=(
            facing_deg + float(rng.normal(0, 9)),
            float(rng.normal(0, 6)),
            float(rng.normal(0, 3.5)),
        ),
        unrest=float(rng.uniform(0.15, 1.0)),
        gaze_deg=(float(np.clip(rng.normal(0, 7), -18, 18)), float(rng.normal(1, 3))),
        seed=int(rng.integers(1 << 30)),
    )


def _expressions(
    rng: np.random.Generator, config: ScriptConfig, n_frames: int, rate_fps: float
) -> list[Act]:
    acts: list[Act] = []
    gap_s = 60 / config.expressions_per_minute
    frame = int(rng.uniform(0.05, 0.6) * gap_s * rate_fps)
    while True:
        peaks, emotion = draw_expression(rng, config)
        is_micro = rng.random() < config.micro_share
        longest_micro = int(MICRO_LIMIT_S * rate_fps)
        if is_micro:
            length = int(rng.integers(max(2, round(0.08 * rate_fps)), longest_micro + 1))
        else:
            length = int(rng.uniform(0.6, 3.0) * rate_fps)
        length = max(length, 1) if is_micro else max(length, longest_micro + 1)
        if frame + length > n_frames:
            return acts
        acts.append(_act(rng, peaks, emotion, onset=frame, length=length, rate_fps=rate_fps))
        frame += length + max(2, int(rng.exponential(gap_s * 0.6) * rate_fps))


def _act(
    rng: np.random.Generator,
    peaks: tuple[tuple[int, float, float], ...],
    emotion: str,
    *,
    onset: int,
    length: int,
    rate_fps: float,
) -> Act:
    rise = max(0, round(length * float(rng.uniform(0.2, 0.45))))
    hold = max(0, round(length * float(rng.uniform(0.05, 0.35))) - 1)
    apex = min(onset + rise, onset + length - 1)
    apex_end = min(apex + hold, onset + length - 1)
    is_micro = length / rate_fps <= MICRO_LIMIT_S
    return Act(
        kind=ActKind.MICRO if is_micro else ActKind.MACRO,
        peaks=peaks,
        onset=onset,
        apex=apex,
        apex_end=apex_end,
        offset=onset + length - 1,
        emotion=emotion,
        tremble=float(rng.uniform(0, 0.12)),
        seed=int(rng.integers(1 << 30)),
    )


def _phrases(rng: np.random.Generator, kind: ActKind, n_frames: int, rate_fps: float) -> list[Act]:
    """Return stretches of speech or chewing with pauses."""
    acts: list[Act] = []
    frame = int(rng.uniform(0, 0.8) * rate_fps)
    while True:
        length = int(rng.uniform(0.8, 3.5) * rate_fps)
        if frame + 4 > n_frames:
            return acts
        offset = min(frame + length, n_frames) - 1
        soft = min(3, (offset - frame) // 3)
        main = (25, 0.6, 0.6) if kind is ActKind.SPEECH else (26, 0.3, 0.3)
        acts.append(
            Act(
                kind=kind,
                peaks=(main,),
                onset=frame,
                apex=frame + soft,
                apex_end=offset - soft,
                offset=offset,
                seed=int(rng.integers(1 << 30)),
            )
        )
        frame = offset + int(rng.uniform(0.4, 2.0) * rate_fps) + 1


def _blinks(
    rng: np.random.Generator, config: ScriptConfig, n_frames: int, rate_fps: float
) -> list[Act]:
    """Return blinks of 120 to 320 ms at random times."""
    acts: list[Act] = []
    if config.blinks_per_minute <= 0:
        return acts
    frame = int(rng.exponential(60 / config.blinks_per_minute) * rate_fps)
    while True:
        length = max(2, round(float(rng.uniform(0.12, 0.32)) * rate_fps))
        if frame + length > n_frames:
            return acts
        apex = frame + max(1, length // 3)
        acts.append(
            Act(
                kind=ActKind.BLINK,
                peaks=((45, 1.0, 1.0),),
                onset=frame,
                apex=min(apex, frame + length - 1),
                apex_end=min(apex + length // 5, frame + length - 1),
                offset=frame + length - 1,
            )
        )
        frame += length + max(3, int(rng.exponential(60 / config.blinks_per_minute) * rate_fps))
