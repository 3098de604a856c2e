"""Which emotion, if any, the rules find in the action units that are active at one moment."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from cinefacs.errors import ConfigError, SchemaError
from cinefacs.facs.code_book import CodeBook, standard_code_book
from cinefacs.facs.codes import Intensity, Side
from cinefacs.facs.emotion_rules import AuRequirement, EmotionRule, RuleTable, standard_rule_tables

__all__ = [
    "DEFAULT_MARGIN",
    "DEFAULT_MIN_SCORE",
    "ActiveAu",
    "EmotionMatch",
    "EmotionOutcome",
    "EmotionReading",
    "infer_emotion",
]

DEFAULT_MIN_SCORE = 0.6
"""Least score that names an emotion: a rule of two action units must be whole, one of three or
four may lack one, one of seven two."""
DEFAULT_MARGIN = 0.1
"""Least lead over every other emotion. One action unit more or less moves a score by at least
1/10 as long as no more than nine count, so a smaller lead is less than one action unit's word."""

_ROUNDING = 1e-9  # scores are quotients of small whole numbers
_ON_ONE_SIDE = frozenset({Side.LEFT, Side.RIGHT, Side.UNILATERAL})


class EmotionOutcome(StrEnum):
    """What the rules say."""

    NAMED = "named"
    """One emotion fits, and clearly better than all others."""
    NONE = "none"
    """No emotion fits."""
    AMBIGUOUS = "ambiguous"
    """Several fit about as well, or several are there as a whole."""
    UNDETERMINED = "undetermined"
    """What could not be seen decides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ActiveAu:
    """One action unit that is there."""

    number: int
    """The action unit."""
    side: Side | None = None
    """Where; None where it is not known, which is not the same as on both sides."""
    intensity: Intensity | None = None
    """How strong; None where it is not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmotionMatch:
    """How far an emotion's rule and the face agree."""

    emotion: str
    """The emotion."""
    rule: EmotionRule
    """Of its rules, the one that fits best."""
    score: float | None
    """0 to 1, see `infer_emotion`; None where nothing of the rule could be judged."""
    low: float
    """Least score, 0 to 1, that what was not seen could lead to."""
    high: float
    """Largest such score."""
    matched: tuple[int, ...]
    """Action units of the rule that are there as it asks, ascending."""
    missing: tuple[int, ...]
    """Action units of the rule that are absent."""
    against: tuple[int, ...]
    """Action units that are there and speak against it: those of other rules, those that exclude
    one of the rule's, and the rule's own on another side or weaker than it asks."""
    unseen: tuple[int, ...]
    """Action units of the rule that could not be judged, or whose side or strength is unknown and
    decides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmotionReading:
    """What the rules of one table say of one face."""

    table: str
    """Name of the table."""
    outcome: EmotionOutcome
    """Whether an emotion is named."""
    emotion: str | None
    """The emotion where one is named, else None: never the best of a bad lot."""
    candidates: tuple[str, ...]
    """Emotions between which it is open, best first; the named one alone; none for ``none``."""
    ranked: tuple[EmotionMatch, ...]
    """Every emotion of the table, best first."""


def infer_emotion(
    active: Iterable[ActiveAu],
    table: RuleTable | None = None,
    *,
    unseen: Collection[int] = (),
    min_score: float = DEFAULT_MIN_SCORE,
    margin: float = DEFAULT_MARGIN,
    code_book: CodeBook | None = None,
) -> EmotionReading:
    """Compare the active action units with every rule of a table.

    The score of a rule is ``matched / (matched + missing + against)``: the Jaccard index of what
    the rule asks for and what is there, counted in action units. It was chosen because it is 1
    only where both are the same; an action unit that is missing and one that speaks against the
    rule weigh alike; and of two rules of which one contains the other, the larger wins where its
    further action units are there, and the smaller where they are not (surprise 2+5+26 within
    fear 1+2+4+5+7+20+26). What no rule of the table asks for, such as blinks, speech or the head,
    counts neither way, unless it excludes an action unit of the rule.

    Action units that could not be judged are in none of the three counts. An emotion is *named*
    if its score is at least `min_score` and at least `margin` above that of every other emotion,
    and no other emotion is there as a whole, unless its rule is part of the named one. If several
    fit, it is *ambiguous*; if none reaches `min_score`, there is *none*. Where something was not
    seen, this must hold for every way in which it could have been (each rule's least and largest
    score are compared, which errs to the side of caution), or the outcome is *undetermined*.

    Parameters
    ----------
    active
        What is there, in any order. An action unit may come twice, once for each side. AU 0 says
        nothing.
    table
        The rules; the paper's when None.
    unseen
        Action units that could not be judged; absent ones are not among them.
    min_score, margin : 0 to 1
        See above.
    code_book
        Says what excludes what; the standard one when None.

    Raises
    ------
    SchemaError
        An action unit is both there and unseen.
    ConfigError
        `min_score` is not above 0 and at most 1, or `margin` not from 0 to 1.

    References
    ----------
    P. Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 11(2), 1912.
    """
    if not 0 < min_score <= 1 or not 0 <= margin <= 1:
        raise ConfigError(
            "emotion rules: expected 0 < min_score <= 1 and 0 <= margin <= 1, "
            f"got {min_score} and {margin}"
        )
    rules = table or standard_rule_tables()["paper"]
    there = _merge(active)
    hidden = frozenset(unseen)
    both = hidden & there.keys()
    if both:
        raise SchemaError(f"action units: expected seen or unseen, got both for {sorted(both)}")
    book = code_book or standard_code_book()
    by_emotion: dict[str, list[EmotionMatch]] = {emotion: [] for emotion in rules.emotions}
    for rule in rules.rules:
        match = _judge(rule, rules.vocabulary, there, hidden, book)
        by_emotion[rule.emotion].append(match)
    ranked = sorted((_best_of(matches) for matches in by_emotion.values()), key=_order)
    whole = {emotion: _could_be_whole(matches) for emotion, matches in by_emotion.items()}
    outcome, candidates = _decide(rules, ranked, whole, min_score=min_score, margin=margin)
    return EmotionReading(
        table=rules.name,
        outcome=outcome,
        emotion=candidates[0] if outcome is EmotionOutcome.NAMED else None,
        candidates=candidates,
        ranked=tuple(ranked),
    )


def _merge(active: Iterable[ActiveAu]) -> dict[int, ActiveAu]:
    """Return each action unit once: left and right seen apart are both sides."""
    by_number: dict[int, list[ActiveAu]] = {}
    for each in active:
        if each.number != 0:
            by_number.setdefault(each.number, []).append(each)
    return {number: _join(number, parts) for number, parts in by_number.items()}


def _join(number: int, parts: list[ActiveAu]) -> ActiveAu:
    sides = {part.side for part in parts}
    strengths = {part.intensity for part in parts}
    known = [strength for strength in strengths if strength is not None]
    side: Side | None
    if len(sides) == 1:
        (side,) = sides
    elif None in sides or Side.UNILATERAL in sides:
        side = None
    else:
        is_unlike = sides == {Side.LEFT, Side.RIGHT} and len(known) > 1
        side = Side.ASYMMETRIC if is_unlike or Side.ASYMMETRIC in sides else Side.BOTH
    return ActiveAu(number=number, side=side, intensity=max(known, default=None))


def _judge(
    rule: EmotionRule,
    vocabulary: frozenset[int],
    there: dict[int, ActiveAu],
    hidden: frozenset[int],
    book: CodeBook,
) -> EmotionMatch:
    """Return how one rule and the face agree."""
    excluders = {
        int(code)
        for au in rule.aus
        if au in book
        for code in book.excludes(au)
        if not code.startswith("M")
    }
    opposed = (vocabulary | excluders) - rule.aus
    fits = _fit(rule, there)
    matched = {au for au, fit in fits.items() if fit}
    misfit = {au for au, fit in fits.items() if fit is False}
    unseen = {au for au, fit in fits.items() if fit is None} | (rule.aus & hidden)
    missing = rule.aus - matched - misfit - unseen
    against = misfit | (opposed & there.keys())
    n_judged = len(matched) + len(missing) + len(against)
    n_low = n_judged + len(unseen) + len(opposed & hidden)
    is_judged = bool(rule.aus - unseen)
    return EmotionMatch(
        emotion=rule.emotion,
        rule=rule,
        score=len(matched) / n_judged if is_judged else None,
        low=len(matched) / n_low,
        high=(len(matched) + len(unseen)) / (n_judged + len(unseen)),
        matched=tuple(sorted(matched)),
        missing=tuple(sorted(missing)),
        against=tuple(sorted(against)),
        unseen=tuple(sorted(unseen)),
    )


def _fit(rule: EmotionRule, there: dict[int, ActiveAu]) -> dict[int, bool | None]:
    """Return of each of the rule's action units that is there whether it is as the rule asks.

    None where side or strength is not known and decides.
    """
    asked = [each for each in rule.requirements if each.number in there]
    on_one_side = [each for each in asked if each.side is Side.UNILATERAL]
    sides = {there[each.number].side for each in on_one_side} & {Side.LEFT, Side.RIGHT}
    fits = {each.number: _fits(each, there[each.number]) for each in asked}
    if len(sides) > 1:  # one on the left and one on the right is not one side
        fits |= dict.fromkeys((each.number for each in on_one_side), False)
    return fits


def _fits(asked: AuRequirement, found: ActiveAu) -> bool | None:
    answers = (_side_fits(asked.side, found.side), _strength_fits(asked.weakest, found.intensity))
    if False in answers:
        return False
    return None if None in answers else True


def _side_fits(asked: Side | None, found: Side | None) -> bool | None:
    if asked is None:
        return True
    if found is None:
        return None
    if asked is Side.UNILATERAL:
        return found in _ON_ONE_SIDE
    if found is Side.UNILATERAL and asked in _ON_ONE_SIDE:
        return None
    return found is asked


def _strength_fits(weakest: Intensity | None, found: Intensity | None) -> bool | None:
    if weakest is None or weakest is Intensity.A:  # what is there is there at least as a trace
        return True
    return None if found is None else found.rank >= weakest.rank


def _order(match: EmotionMatch) -> tuple[bool, float, int, str, str]:
    """Return what sorts matches: best first, and the same whatever the order of the input."""
    score = match.score or 0.0
    return (match.score is None, -score, -len(match.matched), match.emotion, str(match.rule))


def _best_of(matches: list[EmotionMatch]) -> EmotionMatch:
    """Return the emotion's best rule, with the bounds of all its rules."""
    return replace(
        min(matches, key=_order),
        low=max(match.low for match in matches),
        high=max(match.high for match in matches),
    )


def _could_be_whole(matches: list[EmotionMatch]) -> list[frozenset[int]]:
    """Return the rules of an emotion of which nothing is known to be missing or amiss."""
    return [
        match.rule.aus
        for match in matches
        if not match.missing and not match.rule.aus & set(match.against)
    ]


def _decide(
    table: RuleTable,
    ranked: list[EmotionMatch],
    whole: dict[str, list[frozenset[int]]],
    *,
    min_score: float,
    margin: float,
) -> tuple[EmotionOutcome, tuple[str, ...]]:
    """Return the outcome and the emotions between which it is open."""
    for match in ranked:
        others = [other for other in ranked if other.emotion != match.emotion]
        own = [rule.aus for rule in table.rules if rule.emotion == match.emotion]
        leads = all(match.low - other.high >= margin - _ROUNDING for other in others)
        alone = all(
            any(rival <= rule for rule in own) for other in others for rival in whole[other.emotion]
        )
        if match.low >= min_score - _ROUNDING and leads and alone:
            return EmotionOutcome.NAMED, (match.emotion,)
    is_certain = all(match.low == match.high for match in ranked)
    apart = _apart(whole, within=whole if is_certain else {})
    possible = [match for match in ranked if match.high >= min_score - _ROUNDING]
    if not possible and not apart:
        return EmotionOutcome.NONE, ()
    if not is_certain:
        names = {match.emotion for match in possible} | apart
        return EmotionOutcome.UNDETERMINED, tuple(m.emotion for m in ranked if m.emotion in names)
    near = {match.emotion for match in possible if ranked[0].high - match.high < margin}
    return EmotionOutcome.AMBIGUOUS, tuple(m.emotion for m in ranked if m.emotion in near | apart)


def _apart(
    whole: dict[str, list[frozenset[int]]], *, within: dict[str, list[frozenset[int]]]
) -> set[str]:
    """Return the emotions with a whole rule beside that of another emotion, neither in the other.

    Rules that are part of a rule in `within` do not count: that one explains them.
    """
    larger = [rule for rules in within.values() for rule in rules]
    kept = [
        (emotion, rule)
        for emotion, rules in whole.items()
        for rule in rules
        if not any(rule < other for other in larger)
    ]
    return {
        emotion
        for emotion, rule in kept
        for other_emotion, other in kept
        if emotion != other_emotion and not rule <= other and not other <= rule
    }
