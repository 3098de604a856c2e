"""Read and write the texts in which coders note action units, such as ``L12B+AU25+4(k)``.

One grammar for every data set. A part that it does not cover is kept verbatim with the reason and
never guessed at: half an alternative or a typing error read as a number would be a false label.

::

    text  = part { ("+" | "," | full-width comma) part }
    token = [L|R|T|B|A|U] [AU|AD|M] [L|R] number [A-E [/ A-E]] ["(k)"]
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from cinefacs.facs.codes import Intensity, Side

__all__ = [
    "AuPrefix",
    "AuText",
    "AuToken",
    "TokenFlag",
    "UnreadPart",
    "UnreadReason",
    "format_au_text",
    "parse_au_text",
]


class AuPrefix(StrEnum):
    """Letters that say what kind of code a number is (FACS manual, 2002)."""

    NONE = ""
    ACTION_UNIT = "AU"
    ACTION_DESCRIPTOR = "AD"
    MOVEMENT = "M"


class TokenFlag(StrEnum):
    """What is unusual about a token that was read all the same."""

    LETTER_CASE = "letter_case"
    """A small letter where FACS writes a capital one, or ``(K)``."""
    LEADING_ZERO = "leading_zero"
    """Such as ``04``."""
    DECIMAL = "decimal"
    """A whole number that a spreadsheet turned into text such as ``4.0``."""
    RANGE_UNORDERED = "intensity_range_unordered"
    """A range such as ``C/B`` or ``B/B``; its ends were put in order."""
    REPEATED = "repeated"
    """The same token stands before it in the text."""


class UnreadReason(StrEnum):
    """Why a part of the text was not read."""

    EMPTY = "au_part_empty"
    """Nothing between two separators, before the first or after the last."""
    SLASH = "au_slash"
    """A lone ``/``: the coder's mark for nothing to say."""
    UNCERTAIN = "au_uncertain"
    """It has a question mark."""
    REFERENCE = "au_reference"
    """``ref(...)`` points elsewhere."""
    ALTERNATIVE = "au_alternative"
    """One thing or the other, such as ``L14 or R14``."""
    BRACKETED = "au_bracketed"
    """Brackets that are not ``(k)``, such as ``4(B/C)``."""
    SPLIT_NUMBER = "au_split_number"
    """A blank between two digits: ``4 7`` may be 47 or 4 and 7."""
    SIDE_TWICE = "au_side_twice"
    """A side before and after the prefix, such as ``LAUR12``."""
    UNKNOWN_NUMBER = "au_unknown_number"
    """A number beyond 99: FACS has none."""
    UNKNOWN_NOTATION = "au_unknown_notation"
    """Anything else that the grammar does not cover."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuToken:
    """One code that was read."""

    au: int
    """Number of the action unit, action descriptor or movement; 0 to 99."""
    prefix: AuPrefix = AuPrefix.NONE
    """Letters before the number."""
    side: Side = Side.BOTH
    """Where on the face."""
    intensity: Intensity | None = None
    """Strength, or the lower end of a range; None where none was given."""
    intensity_high: Intensity | None = None
    """Upper end of a range such as B/C; None where there is none."""
    is_static: bool = False
    """Whether it is marked ``(k)``: held over the whole sequence."""
    verbatim: str = field(default="", compare=False)
    """As it was written, without blanks around it."""
    flags: tuple[str, ...] = ()
    """Values of `TokenFlag`."""

    @property
    def facs_code(self) -> str:
        """The code as a code book has it: ``M59`` is another one than ``59``."""
        return f"{'M' if self.prefix is AuPrefix.MOVEMENT else ''}{self.au}"


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadPart:
    """A part of the text that was not read."""

    verbatim: str
    """As it was written, without blanks around it."""
    reason: UnreadReason
    """Why it was not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuText:
    """A text in its parts, none of which is lost."""

    verbatim: str
    """The whole text; a number as a spreadsheet shows it."""
    parts: tuple[AuToken | UnreadPart, ...]
    """In the order of the text."""

    @property
    def tokens(self) -> tuple[AuToken, ...]:
        """What was read, in the order of the text."""
        return tuple(part for part in self.parts if isinstance(part, AuToken))

    @property
    def unread(self) -> tuple[UnreadPart, ...]:
        """What was not read, in the order of the text."""
        return tuple(part for part in self.parts if isinstance(part, UnreadPart))

    @property
    def flags(self) -> tuple[str, ...]:
        """Why parts were not read, each reason once, in the order of the text."""
        return tuple(dict.fromkeys(str(part.reason) for part in self.unread))


_SIDE_BY_LETTER = {
    "": Side.BOTH,
    "L": Side.LEFT,
    "R": Side.RIGHT,
    "T": Side.TOP,
    "B": Side.BOTTOM,
    "U": Side.UNILATERAL,
    "A": Side.ASYMMETRIC,
}
_LETTER_BY_SIDE = {side: letter for letter, side in _SIDE_BY_LETTER.items()}
_TOKEN = re.compile(
    r"(?P<side>[LRTBAU])?(?P<prefix>AU|AD|M)?(?P<late_side>[LR])?(?P<number>[0-9]+)"
    r"(?:(?P<low>[A-E])(?:/(?P<high>[A-E]))?)?(?P<static>\(K\))?"
)
_DECIMAL = re.compile(r"([0-9]+)\.0+")
_SPLIT_NUMBER = re.compile(r"[0-9]\s+[0-9]")
# Chinese keyboards type the ASCII characters from U+FF01 on, twice as wide.
_NARROW = {0xFF01 + offset: chr(0x21 + offset) for offset in range(0x5E)}
_SEPARATORS = "+,"
_MOST_DIGITS = 2


def parse_au_text(text: str | float | None) -> AuText:
    """Read a text, or the number that a spreadsheet made of it; never fails.

    An "or" outside brackets leaves the whole text unread, since nobody can tell how far it
    reaches: in ``4+L14 or R14`` the 4 may be part of the first choice.

    Parameters
    ----------
    text
        Content of a cell: text, a number such as ``4`` or ``4.0``, or None where it is empty.

    Returns
    -------
    AuText
        Every part of the text, read or not.
    """
    verbatim = _as_text(text)
    if not verbatim.strip():
        return AuText(verbatim=verbatim, parts=())
    if _has_open_choice(verbatim):
        whole = UnreadPart(verbatim=verbatim.strip(), reason=UnreadReason.ALTERNATIVE)
        return AuText(verbatim=verbatim, parts=(whole,))
    parts: list[AuToken | UnreadPart] = []
    for piece in _split(verbatim):
        part = _read_part(piece.strip())
        if isinstance(part, AuToken):
            before = {_canonical(other) for other in parts if isinstance(other, AuToken)}
            if _canonical(part) in before:
                part = replace(part, flags=(*part.flags, str(TokenFlag.REPEATED)))
        parts.append(part)
    return AuText(verbatim=verbatim, parts=tuple(parts))


def format_au_text(parts: Iterable[AuToken | UnreadPart]) -> str:
    """Write parts as a text; `parse_au_text` reads the same parts from it.

    Parameters
    ----------
    parts
        Tokens, which are written in the grammar's own form whatever they were read from, and
        unread parts, which are written verbatim.

    Returns
    -------
    str
        Such as ``L12B+AU25+4(k)``.
    """
    return "+".join(
        part.verbatim if isinstance(part, UnreadPart) else _canonical(part) for part in parts
    )


def _as_text(cell: str | float | None) -> str:
    """Return what a spreadsheet shows for a cell."""
    if cell is None:
        return ""
    if isinstance(cell, float) and math.isfinite(cell) and cell == int(cell):
        return str(int(cell))
    return str(cell)


def _narrow(text: str) -> str:
    """Return the text of equal length in ASCII width and capital letters."""
    return "".join(char.upper() if char.isascii() else char for char in text.translate(_NARROW))


def _with_depth(text: str) -> Iterator[tuple[str, int]]:
    """Yield each character in ASCII width, and how many brackets are open around it."""
    depth = 0
    for char in _narrow(text):
        depth = max(0, depth - (char == ")"))
        yield char, depth
        depth += char == "("


def _has_open_choice(text: str) -> bool:
    """Return whether there is an "or" outside brackets."""
    return "OR" in "".join(char if depth == 0 else " " for char, depth in _with_depth(text))


def _split(text: str) -> Iterator[str]:
    """Yield what stands between the separators that lie outside brackets, verbatim."""
    start = 0
    for position, (char, depth) in enumerate(_with_depth(text)):
        if depth == 0 and char in _SEPARATORS:
            yield text[start:position]
            start = position + 1
    yield text[start:]


def _read_part(part: str) -> AuToken | UnreadPart:
    """Return the token of a part, or why there is none."""
    shown = part.translate(_NARROW)
    compact = "".join(shown.split())
    whole = _DECIMAL.fullmatch(compact)
    match = _TOKEN.fullmatch(_narrow(whole.group(1) if whole else compact))
    reason = _why_unread(_narrow(shown), match)
    if match is None or reason is not None:
        return UnreadPart(verbatim=part, reason=reason or UnreadReason.UNKNOWN_NOTATION)
    low, high, is_unordered = _strengths(match["low"], match["high"])
    found = {
        TokenFlag.LETTER_CASE: _has_odd_case(compact),
        TokenFlag.LEADING_ZERO: len(match["number"]) > 1 and match["number"].startswith("0"),
        TokenFlag.DECIMAL: whole is not None,
        TokenFlag.RANGE_UNORDERED: is_unordered,
    }
    return AuToken(
        au=int(match["number"]),
        prefix=AuPrefix(match["prefix"] or ""),
        side=_SIDE_BY_LETTER[match["side"] or match["late_side"] or ""],
        intensity=low,
        intensity_high=high,
        is_static=match["static"] is not None,
        verbatim=part,
        flags=tuple(str(flag) for flag, is_found in found.items() if is_found),
    )


def _why_unread(part: str, match: re.Match[str] | None) -> UnreadReason | None:
    """Return what keeps a part from being read, if that can be said; `part` in capitals."""
    if match is not None:
        if _SPLIT_NUMBER.search(part):
            return UnreadReason.SPLIT_NUMBER
        if match["side"] and match["late_side"]:
            return UnreadReason.SIDE_TWICE
        has_number = len(match["number"].lstrip("0")) <= _MOST_DIGITS
        return None if has_number else UnreadReason.UNKNOWN_NUMBER
    signs = {
        UnreadReason.EMPTY: not part,
        UnreadReason.SLASH: part == "/",
        UnreadReason.UNCERTAIN: "?" in part,
        UnreadReason.REFERENCE: part.startswith("REF"),
        UnreadReason.ALTERNATIVE: "OR" in part,
        UnreadReason.BRACKETED: "(" in part,
    }
    return next((reason for reason, is_found in signs.items() if is_found), None)


def _strengths(
    low: str | None, high: str | None
) -> tuple[Intensity | None, Intensity | None, bool]:
    """Return the ends of a range in order, and whether they had to be put so."""
    ends = [Intensity(letter) for letter in (low, high) if letter]
    ordered = sorted(set(ends), key=lambda end: end.rank)
    first, second = (*ordered, None, None)[:2]
    return first, second, ends != ordered


def _has_odd_case(compact: str) -> bool:
    """Return whether a token is not in the grammar's own case: capitals, but a small ``(k)``."""
    return compact.removesuffix("(k)") != compact.upper().removesuffix("(K)")


def _canonical(token: AuToken) -> str:
    """Return a token in the grammar's own form."""
    strength = "/".join(end for end in (token.intensity, token.intensity_high) if end)
    static = "(k)" if token.is_static else ""
    return f"{_LETTER_BY_SIDE[token.side]}{token.prefix}{token.au}{strength}{static}"
