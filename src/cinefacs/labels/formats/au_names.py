"""Names of action units in other programs: tiers, labels, classes and behaviours."""

from typing import Any

from cinefacs.facs.au_text import AuPrefix, AuToken, format_au_text, parse_au_text
from cinefacs.facs.codes import Side

__all__ = ["LARGEST_AU", "class_name", "fields_of_name", "read_au_name", "sided_name"]

LARGEST_AU = 99
"""FACS has no larger number, and names with one are not read."""


def class_name(au: int) -> str:
    """Return the name of an action unit as a class: ``AU12``."""
    return format_au_text([AuToken(au=au, prefix=AuPrefix.ACTION_UNIT)])


def sided_name(au: int, side: Side) -> str:
    """Return the name of an action unit on a side of the face: ``AU12``, ``L12``."""
    return class_name(au) if side is Side.BOTH else format_au_text([AuToken(au=au, side=side)])


def fields_of_name(name: AuToken) -> dict[str, Any]:
    """Return what a name says, by the fields of a label."""
    return {
        "au": name.au,
        "side": name.side,
        "intensity": name.intensity,
        "intensity_high": name.intensity_high,
        "is_static": name.is_static,
    }


def read_au_name(name: str) -> AuToken | None:
    """Return what a name says of an action unit, or None where it names nothing else but one.

    Parameters
    ----------
    name
        Such as ``AU12``, ``12``, ``L12B`` or ``R4B/C(k)``.
    """
    text = parse_au_text(name)
    is_one = len(text.parts) == 1 and len(text.tokens) == 1
    return text.tokens[0] if is_one else None
