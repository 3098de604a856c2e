"""Read the numbers in people's tables: exactly, and within bounds before anything is computed.

A few characters such as ``1e99999999`` name a number that takes minutes and gigabytes to write
out, and some hundred digits one that no float and no table holds.
"""

import re
from fractions import Fraction

__all__ = ["LARGEST_NUMBER", "LARGEST_WHOLE", "read_number", "read_ratio", "read_whole"]

LARGEST_NUMBER = 10**9
"""A time of more seconds, 31 years, is in no film."""
LARGEST_WHOLE = 2**63 - 1
"""The largest number that a column of ticks holds."""

_NUMBER = re.compile(r"[+-]?(?:\d{1,10}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,2})?")
_RATIO = re.compile(r"\d{1,19}/\d{1,19}")
_WHOLE = re.compile(r"[+-]?\d{1,19}")


def read_number(text: str) -> Fraction | None:
    """Return the decimal number that a text is, or None where it is none.

    Parameters
    ----------
    text
        Such as ``7.208``, ``-.5`` or ``4.1e-05``; white space around it is passed over.

    Returns
    -------
    Fraction or None
        At most `LARGEST_NUMBER`, above or below 0.
    """
    word = text.strip()
    if not _NUMBER.fullmatch(word):
        return None
    number = Fraction(word)
    return number if abs(number) <= LARGEST_NUMBER else None


def read_ratio(text: str) -> Fraction | None:
    """Return the number that a text is, as `read_number`, or one over the other as in ``1/24``."""
    word = text.strip()
    if not _RATIO.fullmatch(word):
        return read_number(word)
    above, below = (int(part) for part in word.split("/"))
    return Fraction(above, below) if below else None


def read_whole(text: str) -> int | None:
    """Return the whole number that a text is, or None where it is none that a table holds.

    Returns
    -------
    int or None
        At most `LARGEST_WHOLE`, above or below 0.
    """
    word = text.strip()
    number = int(word) if _WHOLE.fullmatch(word) else None
    return number if number is not None and abs(number) <= LARGEST_WHOLE else None
