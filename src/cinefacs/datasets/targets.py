"""From what coders say of a face to the classes of a space, or to why it has none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cinefacs.datasets.emotion_words import emotion_of_word
from cinefacs.datasets.moments import Moment
from cinefacs.facs.codes import Side
from cinefacs.records.au_label import AuLabel
from cinefacs.records.class_space import EMOTIONS, FACE, NEUTRAL, OTHER, ClassSpace, au_class

__all__ = ["HEAD_AND_EYES", "EmotionReader", "Target", "aim", "au_codes", "combination_of"]

HEAD_AND_EYES = frozenset({45, *range(51, 59), *range(61, 65)})
"""Blink, head and eye positions: a face with nothing else is still neutral."""

_SIDE_LETTERS = {
    Side.LEFT: "L",
    Side.RIGHT: "R",
    Side.TOP: "T",
    Side.BOTTOM: "B",
    Side.UNILATERAL: "U",
    Side.ASYMMETRIC: "A",
}

EmotionReader = Callable[[Moment], tuple[str, ...] | None]
"""Tells the emotions of a moment in words of any source; None where nothing is known of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """The classes of a face, as in `cinefacs.records.sample.Sample`."""

    classes: tuple[str, ...] = ()
    """Classes that hold."""
    intensities: tuple[int, ...] = ()
    """Strength of each, 0 where it was not said."""
    unknown: tuple[str, ...] = ()
    """Classes of which nothing is known."""
    hidden: tuple[str, ...] = ()
    """Those of them that are there."""
    reason: str = ""
    """Why a face has no place in a single-label space; empty where it has."""


def aim(space: ClassSpace, moment: Moment, read_emotions: EmotionReader) -> Target:
    """Return the classes of a face.

    Parameters
    ----------
    space
        Where the classes come from.
    moment
        What coders say.
    read_emotions
        Finds the emotions.
    """
    if space.multi_label:
        return _aim_at_several(space, moment, read_emotions)
    if space.name == "combination":
        return _aim_at_combination(space, moment)
    found, reason = _one_emotion(moment, read_emotions)
    if found is not None and found not in space.names:
        reason = f"{found} has no class"
    if reason or found is None:
        return Target(unknown=space.names, reason=reason)
    return Target(classes=(found,), intensities=(0,))


def combination_of(moment: Moment) -> frozenset[int]:
    """Return the exact set of action units that were seen."""
    return frozenset(label.au for label in moment.aus)


def au_codes(aus: Iterable[AuLabel]) -> tuple[str, ...]:
    """Return action units as coders write them, such as ``L12B`` or ``4B/C``."""
    codes = []
    for label in aus:
        strength = label.intensity or ""
        if label.intensity_high is not None:
            strength = f"{strength}/{label.intensity_high}"
        codes.append(f"{_SIDE_LETTERS.get(label.side, '')}{label.au}{strength}")
    return tuple(codes)


def _one_emotion(moment: Moment, read_emotions: EmotionReader) -> tuple[str | None, str]:
    """Return the emotion, or why there is none."""
    words = read_emotions(moment)
    if words is None:
        return None, "emotion not known"
    emotions = {emotion_of_word(word) for word in words}
    if len(emotions) > 1:
        return None, "several emotions"
    if None in emotions:
        return None, f"{words[0].casefold()} has no class"
    if emotions:
        return emotions.pop(), ""
    if moment.expressions or set(_seen(moment)) - HEAD_AND_EYES:
        return None, "action units without an emotion"
    return NEUTRAL, ""


def _seen(moment: Moment) -> list[int]:
    return [label.au for label in moment.aus] + sorted(moment.hidden | moment.unclear)


def _aim_at_combination(space: ClassSpace, moment: Moment) -> Target:
    """Return the class of an exact set; one that is not wholly known has none."""
    aus = combination_of(moment)
    if not moment.looked_for and not aus:
        return Target(unknown=space.names, reason="no action units looked for")
    if moment.hidden or moment.unclear:
        return Target(unknown=space.names, reason="an action unit hidden or not codable")
    if not aus and NEUTRAL not in space.names:
        return Target(unknown=space.names, reason="neutral has no class")
    wanted = au_class(aus) if aus else NEUTRAL
    return Target(classes=(wanted if wanted in space.names else OTHER,), intensities=(0,))


def _aim_at_several(space: ClassSpace, moment: Moment, read_emotions: EmotionReader) -> Target:
    ranks = {FACE: 0}
    absent: set[str] = set()
    if NEUTRAL in space.names:
        held, absent = _emotions_of(moment, read_emotions)
        ranks |= dict.fromkeys(held, 0)
    for label in moment.aus:
        name = au_class(label.au)
        rank = label.intensity.rank if label.intensity else 0
        ranks[name] = max(ranks.get(name, 0), rank)
    doubtful = {au_class(au) for au in moment.hidden | moment.unclear}
    absent |= {au_class(au) for au in moment.looked_for} - doubtful
    classes = tuple(name for name in space.names if name in ranks)
    unknown = tuple(name for name in space.names if name not in ranks and name not in absent)
    hidden = {au_class(au) for au in moment.hidden}
    return Target(
        classes=classes,
        intensities=tuple(ranks[name] for name in classes),
        unknown=unknown,
        hidden=tuple(name for name in unknown if name in hidden),
    )


def _emotions_of(moment: Moment, read_emotions: EmotionReader) -> tuple[set[str], set[str]]:
    """Return the emotions that hold, and those that are known to be absent."""
    words = read_emotions(moment)
    if words is None:
        return set(), set()
    emotions = {emotion_of_word(word) for word in words}
    held = {emotion for emotion in emotions if emotion is not None}
    if not words and not moment.expressions and not set(_seen(moment)) - HEAD_AND_EYES:
        held = {NEUTRAL}
    return held, {*EMOTIONS, NEUTRAL} - held
