"""Class of a duration that is known to within one frame."""

from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from cinefacs.records.event import DurationClass, EventKind

__all__ = ["classify_duration", "classify_kind"]

Verdict = TypeVar("Verdict", bound=StrEnum)


def classify_duration(
    duration_s: Fraction, *, uncertainty_s: Fraction, is_whole: bool, limit_ms: float
) -> DurationClass:
    """Return the paper's class of low or high duration.

    Parameters
    ----------
    duration_s : s, above 0
    uncertainty_s : s
        One frame: onset and offset lie anywhere between two frames.
    is_whole
        Whether onset and offset were seen; else the duration is a least one.
    limit_ms : ms
        200 in the paper.

    References
    ----------
    The paper, section 4.2: under 200 ms low, over 200 ms high. Differs from the paper: where the
    limit lies within the duration give or take one frame, it is `DurationClass.UNDETERMINED`.
    At 24 frames a second that is so from 4 to 5 frames (158 to 242 ms).
    """
    return _compare(
        duration_s,
        uncertainty_s,
        is_whole=is_whole,
        limit_ms=limit_ms,
        verdicts=(DurationClass.LOW, DurationClass.UNDETERMINED, DurationClass.HIGH),
    )


def classify_kind(
    duration_s: Fraction, *, uncertainty_s: Fraction, is_whole: bool, limit_ms: float
) -> EventKind:
    """Return whether a duration is that of a micro- or a macro-expression.

    Parameters
    ----------
    duration_s, uncertainty_s, is_whole
        As in `classify_duration`.
    limit_ms : ms
        500 by the usual definition.

    References
    ----------
    W.-J. Yan, Q. Wu, J. Liang, Y.-H. Chen, X. Fu, "How fast are the leaked facial expressions: the
    duration of micro-expressions", Journal of Nonverbal Behavior 37, 2013: 500 ms in all.
    """
    return _compare(
        duration_s,
        uncertainty_s,
        is_whole=is_whole,
        limit_ms=limit_ms,
        verdicts=(EventKind.MICRO, EventKind.UNDETERMINED, EventKind.MACRO),
    )


def _compare(
    duration_s: Fraction,
    uncertainty_s: Fraction,
    *,
    is_whole: bool,
    limit_ms: float,
    verdicts: tuple[Verdict, Verdict, Verdict],
) -> Verdict:
    """Return the verdict below, around or above the limit."""
    below, around, above = verdicts
    limit_s = Fraction(limit_ms) / 1000
    if duration_s - uncertainty_s > limit_s:
        return above
    return below if is_whole and duration_s + uncertainty_s < limit_s else around
