"""Names of action units in other programs: tiers, labels, classes and behaviours."""

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

from cinefacs.facs.codes import Intensity, Side

__all__ = ["AuName", "class_name", "fields_of_name", "read_au_name", "sided_name"]

LETTERS: dict[Side, str] = {
    Side.BOTH: "",
    Side.LEFT: "L",
    Side.RIGHT: "R",
    Side.TOP: "T",
    Side.BOTTOM: "B",
    Side.UNILATERAL: "U",
    Side.ASYMMETRIC: "A",
}
_TOKEN = re.compile(
    r"(?P<side>[LRTBUA]?)(?:AU|AD|M)? ?(?P<au>\d{1,3})(?P<low>[A-E]?)(?:/(?P<high>[A-E]))?"
    r"(?P<static>\(k\))?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AuName:
    """What a name such as ``L12B`` says."""

    au: int
    side: Side
    intensity: Intensity | None
    intensity_high: Intensity | None
    is_static: bool


def class_name(au: int) -> str:
    """Return the name of an action unit as a class: ``AU12``."""
    return f"AU{au}"


def sided_name(au: int, side: Side) -> str:
    """Return the name of an action unit on a side of the face: ``AU12``, ``L12``."""
    return f"{LETTERS[side]}{au}" if side is not Side.BOTH else class_name(au)


def fields_of_name(name: AuName) -> dict[str, Any]:
    """Return what a name says, by the fields of a label."""
    return dataclasses.asdict(name)


def read_au_name(name: str) -> AuName | None:
    """Return what a name says of an action unit, or None where it names nothing else but one.

    Parameters
    ----------
    name
        Such as ``AU12``, ``12``, ``L12B`` or ``R4B/C(k)``.
    """
    found = _TOKEN.fullmatch(name.strip())
    if found is None or (found["high"] and not found["low"]):
        return None
    side = next(side for side, letter in LETTERS.items() if letter == found["side"])
    ends = sorted(letter for letter in (found["low"], found["high"]) if letter)
    return AuName(
        au=int(found["au"]),
        side=side,
        intensity=Intensity(ends[0]) if ends else None,
        intensity_high=Intensity(ends[1]) if len(set(ends)) == 2 else None,
        is_static=bool(found["static"]),
    )
