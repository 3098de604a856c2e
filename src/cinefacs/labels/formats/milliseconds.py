"""Labels in whole milliseconds from the film's first frame, as ELAN and BORIS count."""

from fractions import Fraction

from cinefacs.labels.formats.contract import Tally
from cinefacs.labels.formats.fields import describe
from cinefacs.labels.formats.placing import PlacedLabel

__all__ = ["span_ms", "whole_ms"]


def whole_ms(seconds: Fraction) -> int:
    """Return milliseconds, rounded half up."""
    return (2000 * seconds.numerator + seconds.denominator) // (2 * seconds.denominator)


def span_ms(item: PlacedLabel, tally: Tally) -> tuple[int, int] | None:
    """Return start and end of a label, ms, or None where it is too short for a millisecond.

    Parameters
    ----------
    item
        The label on its frames.
    tally
        Counts what is left out, and times that do not lead back to the same frames.
    """
    times = item.film.times
    start = whole_ms(times.start_s(item.first_frame))
    end = whole_ms(times.end_s(item.last_frame))
    if start >= end:
        tally.lose("label shorter than a millisecond: left out", describe(item.label))
        return None
    is_exact = (
        times.starting_at(Fraction(start, 1000)) == item.first_frame
        and times.ending_at(Fraction(end, 1000)) == item.last_frame
    )
    if not is_exact:
        tally.lose("time that milliseconds cannot tell from the next frame's",
                   describe(item.label))  # fmt: skip
    return start, end
