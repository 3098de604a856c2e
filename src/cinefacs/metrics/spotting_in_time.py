"""How well expressions are spotted in exact time: errors in ms, false alarms a minute, recall.

An expression counts as *spotted* if one found event overlaps it enough (`MatchRule.OVERLAP`, as in
the MEGC challenges), or if the apex of one lies within it, give or take a frame (`MatchRule.APEX`:
a viewer who jumps to the event's apex sees the expression). What nobody could see is neither missed
nor a false alarm when found.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.metrics.detection import MatchScores
from cinefacs.metrics.spotting import FrameInterval, interval_iou, largest_matching
from cinefacs.records.time_span import TimeSpan

__all__ = [
    "ErrorsMs",
    "MatchRule",
    "Spotted",
    "TimedExpression",
    "as_interval",
    "move_at_random",
    "spot",
    "timing_errors",
]


class MatchRule(StrEnum):
    """When a found event is a true expression."""

    OVERLAP = "overlap"
    """Shared time over covered time is at least the limit."""
    APEX = "apex"
    """The found apex lies within the true expression, give or take one frame."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimedExpression:
    """One expression, true or found, in exact time."""

    film_id: str
    """Film that it lies in."""
    subject: str
    """Whose it is, as the truth names people; empty for a found one on nobody's face."""
    span: TimeSpan
    """From the onset frame's pts to the offset frame's end."""
    apex_pts: int | None = None
    """Start of the apex frame, ticks of the span's time base; None where it was not seen."""
    frame_ticks: int = 1
    """Length of a frame, ticks: how exactly its times are known."""
    kind: str = ""
    """``micro`` or ``macro``; empty where that was not said."""
    emotion: str = ""
    """What it expresses; empty where that was not said."""
    scored_emotion: str = ""
    """Of a found one, the emotion that the detector scored highest; empty where it tells none."""
    intensity: float | None = None
    """Strongest visible action unit at the apex, 0 to 1; None where unknown."""
    is_visible: bool = True
    """Whether anybody could see it."""
    groups: tuple[tuple[str, str], ...] = ()
    """Facet and value of what it belongs to, such as ``("age", "5 to 12")``."""

    def __post_init__(self) -> None:
        """Check the frame's length."""
        if self.frame_ticks < 1:
            raise SchemaError(
                f"TimedExpression.frame_ticks: expected 1 or more, got {self.frame_ticks}"
            )

    @property
    def frame_ms(self) -> float:
        """Length of a frame, ms."""
        return float(self.frame_ticks * self.span.time_base * 1000)


def as_interval(expression: TimedExpression) -> FrameInterval:
    """Return the expression in ticks: with these as frames, overlaps are exact in time."""
    return FrameInterval(
        subject=expression.subject,
        film=expression.film_id,
        onset=expression.span.start_pts,
        offset=expression.span.end_pts - 1,
        emotion=expression.emotion,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Spotted:
    """Which true expressions were spotted by which found events."""

    truth: tuple[TimedExpression, ...]
    """Those that could be seen."""
    found: tuple[TimedExpression, ...]
    """Those that count: on what nobody could see, events are left out."""
    pairs: tuple[tuple[int, int], ...]
    """Position in `truth` and in `found`, each at most once."""

    @property
    def scores(self) -> MatchScores:
        """Precision, recall and F1."""
        return MatchScores(
            n_matched=len(self.pairs), n_found=len(self.found), n_true=len(self.truth)
        )

    @property
    def false_alarms(self) -> tuple[TimedExpression, ...]:
        """Found events that are no true expression."""
        right = {k for _, k in self.pairs}
        return tuple(each for k, each in enumerate(self.found) if k not in right)

    def recall(self, keep: Callable[[TimedExpression], bool]) -> MatchScores:
        """Return how many true expressions of a kind were spotted; false alarms are not counted."""
        spotted = {row for row, _ in self.pairs}
        rows = [row for row, each in enumerate(self.truth) if keep(each)]
        n = sum(row in spotted for row in rows)
        return MatchScores(n_matched=n, n_found=n, n_true=len(rows))


def spot(
    truth: Sequence[TimedExpression],
    found: Sequence[TimedExpression],
    *,
    rule: MatchRule = MatchRule.OVERLAP,
    min_iou: float = 0.5,
) -> Spotted:
    """Return the largest one-to-one matching of true expressions and found events.

    Parameters
    ----------
    truth, found
        Of any films, those of one film in one time base.
    rule
        When a found event is a true expression.
    min_iou
        Least overlap, above 0 to 1; for `MatchRule.OVERLAP`.

    Raises
    ------
    SchemaError
        `min_iou` is out of range, or the time bases of a film differ.
    """
    if not 0 < min_iou <= 1:
        raise SchemaError(f"min_iou: expected above 0 and at most 1, got {min_iou}")
    _check_time_bases([*truth, *found])
    seen = [each for each in truth if each.is_visible]
    hidden = [each for each in truth if not each.is_visible]
    pairs = largest_matching(_options(seen, found, rule=rule, min_iou=min_iou))
    right = {k for _, k in pairs}
    free = [k for k in range(len(found)) if k not in right]
    on_hidden = largest_matching(
        _options(hidden, [found[k] for k in free], rule=rule, min_iou=min_iou)
    )
    left_out = {free[k] for _, k in on_hidden}
    kept = [k for k in range(len(found)) if k not in left_out]
    place = {k: position for position, k in enumerate(kept)}
    return Spotted(
        truth=tuple(seen),
        found=tuple(found[k] for k in kept),
        pairs=tuple((row, place[k]) for row, k in pairs),
    )


def _check_time_bases(expressions: Sequence[TimedExpression]) -> None:
    bases = {each.film_id: each.span.time_base for each in reversed(expressions)}
    for each in expressions:
        base = bases[each.film_id]
        if base != each.span.time_base:
            raise SchemaError(
                f"film {each.film_id[:12]}: expected one time base, got {base} and "
                f"{each.span.time_base}"
            )


def _options(
    truth: Sequence[TimedExpression],
    found: Sequence[TimedExpression],
    *,
    rule: MatchRule,
    min_iou: float,
) -> list[list[int]]:
    """Return for each true expression the found events that could be it, best overlap first."""
    by_subject: dict[tuple[str, str], list[int]] = defaultdict(list)
    for k, each in enumerate(found):
        by_subject[each.film_id, each.subject].append(k)
    options = []
    for each in truth:
        near = [
            (interval_iou(as_interval(each), as_interval(found[k])), k)
            for k in by_subject[each.film_id, each.subject]
        ]
        fits = [
            (iou, k) for iou, k in near
            if (iou >= min_iou if rule is MatchRule.OVERLAP else _meets(each, found[k]))
        ]  # fmt: skip
        options.append([k for _, k in sorted(fits, key=lambda item: (-item[0], item[1]))])
    return options


def _meets(true: TimedExpression, found: TimedExpression) -> bool:
    """Return whether the found apex lies within the true expression, give or take one frame.

    The other way round would not do: an event from the first frame to the last holds every apex.
    """
    return (
        found.apex_pts is not None
        and true.span.start_pts - true.frame_ticks
        <= found.apex_pts
        < true.span.end_pts + true.frame_ticks
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorsMs:
    """How far found moments lie from true ones, ms; positive: found too late."""

    values_ms: tuple[float, ...]
    """(N,) found minus true, of each pair."""
    films: tuple[str, ...]
    """(N,) film of each pair."""
    frame_ms: float | None
    """Longest frame of the films: each error is known to within one frame; None where no
    expression could be seen."""

    def median_ms(self, weights: npt.NDArray[np.float64] | None = None) -> float | None:
        """Return the signed median: the bias."""
        return self._quantile(0.5, weights, is_absolute=False)

    def absolute_median_ms(self, weights: npt.NDArray[np.float64] | None = None) -> float | None:
        """Return the median distance."""
        return self._quantile(0.5, weights, is_absolute=True)

    def absolute_90th_ms(self, weights: npt.NDArray[np.float64] | None = None) -> float | None:
        """Return the distance that nine of ten do not exceed."""
        return self._quantile(0.9, weights, is_absolute=True)

    def _quantile(
        self, share: float, weights: npt.NDArray[np.float64] | None, *, is_absolute: bool
    ) -> float | None:
        values = np.array(self.values_ms, np.float64)
        if weights is not None:
            values = np.repeat(values, weights.astype(np.int64))
        if not len(values):
            return None
        return float(np.quantile(np.abs(values) if is_absolute else values, share))


def timing_errors(spotted: Spotted) -> dict[str, ErrorsMs]:
    """Return the errors of onset, apex and offset over the matched pairs.

    Times are subtracted as exact fractions of a second. Pairs of which one apex was not seen have
    no error of the apex.
    """
    values: dict[str, list[tuple[float, str]]] = {"onset": [], "apex": [], "offset": []}
    frames = [each.frame_ms for each in spotted.truth]
    for row, k in spotted.pairs:
        true, found = spotted.truth[row], spotted.found[k]
        base_ms = true.span.time_base * 1000
        moments = {
            "onset": (true.span.start_pts, found.span.start_pts),
            "apex": (true.apex_pts, found.apex_pts),
            "offset": (true.span.end_pts, found.span.end_pts),
        }
        for name, (was, said) in moments.items():
            if was is not None and said is not None:
                values[name].append((float((said - was) * base_ms), true.film_id))
    return {
        name: ErrorsMs(
            values_ms=tuple(value for value, _ in own),
            films=tuple(film for _, film in own),
            frame_ms=max(frames) if frames else None,
        )
        for name, own in values.items()
    }


def move_at_random(
    found: Sequence[TimedExpression],
    seen: Mapping[tuple[str, str], Sequence[TimeSpan]],
    rng: np.random.Generator,
) -> list[TimedExpression]:
    """Return the same events at random moments in which the same person is seen: chance.

    Number, length and person of the events stay, so that whatever they still spot was not looked
    at.

    Parameters
    ----------
    found
        Events; one that fits into no span, or is nobody's, stays where it is.
    seen
        When each person, by film and subject, is seen.
    rng
        Where moments come from.
    """
    moved = []
    for each in found:
        length = each.span.end_pts - each.span.start_pts
        spans = [
            span
            for span in seen.get((each.film_id, each.subject), ())
            if span.end_pts - span.start_pts >= length
        ]
        if not spans:
            moved.append(each)
            continue
        room = np.array([span.end_pts - span.start_pts - length + 1 for span in spans], np.float64)
        span = spans[int(rng.choice(len(spans), p=room / room.sum()))]
        start = int(rng.integers(span.start_pts, span.end_pts - length + 1))
        shift = start - each.span.start_pts
        moved.append(
            replace(
                each,
                span=TimeSpan(
                    start_pts=start, end_pts=start + length, time_base=each.span.time_base
                ),
                apex_pts=None if each.apex_pts is None else each.apex_pts + shift,
            )
        )
    return moved
