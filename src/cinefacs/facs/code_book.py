"""The code book: every FACS code with its name, muscles, sides, and what cannot be beside it.

References
----------
P. Ekman, W. V. Friesen, *Facial Action Coding System*, Consulting Psychologists Press, 1978.
P. Ekman, W. V. Friesen, J. C. Hager, *Facial Action Coding System: The Manual*, A Human Face,
2002: numbers, names, muscles, and table 9-1 for head and eye positions that exclude each other.
`action_units.csv` holds facts only; its notes on weak signs are our own words.
"""

import csv
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from cinefacs.errors import ConfigError, SchemaError
from cinefacs.facs.codes import Side
from cinefacs.facs.documents import as_mapping, check_words, read_flag, read_text, read_texts

__all__ = ["CodeBook", "CodeKind", "FacsCode", "Region", "standard_code_book"]

_FREE_SIDES = frozenset({Side.BOTH, Side.UNILATERAL, Side.ASYMMETRIC})


class Region(StrEnum):
    """Where a code is seen."""

    UPPER_FACE = "upper_face"
    LOWER_FACE = "lower_face"
    NECK = "neck"
    HEAD = "head"
    EYES = "eyes"
    WHOLE_FACE = "whole_face"
    VISIBILITY = "visibility"
    GROSS_BEHAVIOUR = "gross_behaviour"


class CodeKind(StrEnum):
    """What sort of thing a code names."""

    STATE = "state"
    ACTION_UNIT = "action_unit"
    ACTION_DESCRIPTOR = "action_descriptor"
    HEAD_POSITION = "head_position"
    EYE_POSITION = "eye_position"
    HEAD_MOVEMENT = "head_movement"
    EYE_MOVEMENT = "eye_movement"
    VISIBILITY = "visibility"
    BEHAVIOUR = "behaviour"
    LEGACY = "legacy"


@dataclass(frozen=True, kw_only=True, slots=True)
class FacsCode:
    """One code of FACS."""

    code: str
    """The number, or ``M`` and the number for movements that go with another action unit."""
    kind: CodeKind
    """What it names."""
    is_of_42: bool
    """Whether it is one of the action units that cinefacs codes and detects."""
    name: str
    """Name in the manual of 2002."""
    region: Region
    """Where it is seen."""
    muscles: tuple[str, ...] = ()
    """Muscles that do it; none for positions, descriptors and behaviour."""
    sides: frozenset[Side] = frozenset()
    """Those of left, right, top and bottom that can be scored alone; none for what has no side,
    or has it in its number, such as 51 and 52."""
    excludes: frozenset[str] = frozenset()
    """Codes that cannot be true at the same moment on the same side."""
    weak: str = ""
    """What to beware of where it is weak; empty where nothing is special."""

    def __post_init__(self) -> None:
        """Check code, name and sides."""
        digits = self.code.removeprefix("M")
        if not digits.isascii() or not digits.isdigit() or digits != str(int(digits)):
            raise SchemaError(f"FACS code: expected a number or M and a number, got {self.code!r}")
        if not self.name.strip():
            raise SchemaError(f"FACS code {self.code}: expected a name, got none")
        if self.sides & _FREE_SIDES:
            raise SchemaError(
                f"FACS code {self.code}: expected sides of left, right, top and bottom, "
                f"got {', '.join(sorted(self.sides))}"
            )

    @property
    def number(self) -> int:
        """The number without its ``M``."""
        return int(self.code.removeprefix("M"))

    @property
    def is_movement(self) -> bool:
        """Whether it is an ``M`` code, whose number another code may have too."""
        return self.code.startswith("M")

    def allows(self, side: Side) -> bool:
        """Return whether the code can act there.

        Parameters
        ----------
        side
            Both sides at once are always allowed; one unsaid side and unlike sides where left
            and right are.
        """
        if side in {Side.UNILATERAL, Side.ASYMMETRIC}:
            return {Side.LEFT, Side.RIGHT} <= self.sides
        return side is Side.BOTH or side in self.sides


class CodeBook:
    """All codes that are known, each once.

    Parameters
    ----------
    codes
        In any order. Where one excludes another, the other excludes it too.
    source
        Where they come from, for people.

    Raises
    ------
    SchemaError
        A code or a name stands twice, or excludes itself or one that is not in the book.
    """

    def __init__(self, codes: Iterable[FacsCode], *, source: str) -> None:
        ordered = sorted(codes, key=lambda each: (each.is_movement, each.number))
        self.source = source
        self._by_code = {each.code: each for each in ordered}
        self._by_name = {each.name.casefold(): each for each in ordered}
        if len(self._by_name) < len(ordered) or len(self._by_code) < len(ordered):
            doubles = _doubles([each.code for each in ordered]) or _doubles(
                [each.name.casefold() for each in ordered]
            )
            raise SchemaError(
                f"code book: expected each code and name once, got {doubles[0]} twice"
            )
        self._excludes: dict[str, set[str]] = {code: set() for code in self._by_code}
        for each in ordered:
            for other in sorted(each.excludes):
                if other == each.code or other not in self._by_code:
                    raise SchemaError(
                        f"code book: {each.code}: expected to exclude other known codes, "
                        f"got {other!r}"
                    )
                self._excludes[each.code].add(other)
                self._excludes[other].add(each.code)

    def __len__(self) -> int:
        """Return the number of codes."""
        return len(self._by_code)

    @property
    def codes(self) -> tuple[FacsCode, ...]:
        """Every code by ascending number, the ``M`` codes after the others."""
        return tuple(self._by_code.values())

    @property
    def of_42(self) -> tuple[int, ...]:
        """Numbers of the action units that cinefacs codes and detects, ascending.

        They are 42 unless a user's own file says otherwise.
        """
        return tuple(each.number for each in self.codes if each.is_of_42)

    def __contains__(self, code: object) -> bool:
        """Return whether a number or code such as ``12`` or ``"M59"`` is known."""
        return _bare(code) in self._by_code if isinstance(code, int | str) else False

    def lookup(self, code: int | str) -> FacsCode:
        """Return what is known of a code.

        Parameters
        ----------
        code
            A number, ``"12"``, ``"AU12"``, ``"AD29"``, ``"M59"``, or the name, such as
            ``"cheek raiser"``.

        Raises
        ------
        SchemaError
            There is no such code; the hint names the nearest.
        """
        found = self._by_code.get(_bare(code)) or self._by_name.get(str(code).strip().casefold())
        if found is None:
            raise SchemaError(
                f"FACS code: expected one of the code book, got {code!r}",
                hint=self._nearest(code),
            )
        return found

    def excludes(self, code: int | str) -> frozenset[str]:
        """Return the codes that cannot be true together with this one on the same side.

        Raises
        ------
        SchemaError
            As `lookup`.
        """
        return frozenset(self._excludes[self.lookup(code).code])

    def merge(self, document: Mapping[Any, Any], *, where: str) -> "CodeBook":
        """Return the book with a user's own changes and codes.

        Parameters
        ----------
        document
            ``{"action_units": {12: {"name": ..., "weak": ...}, ...}}`` with any of the keys
            ``kind``, ``of_42``, ``name``, ``region``, ``muscles``, ``sides``, ``excludes`` and
            ``weak``. What a known code leaves out stays; a new code needs name and region.
        where
            Name of the file, for errors.

        Raises
        ------
        ConfigError
            An unknown key or word, a wrong type, or a code that the book cannot hold.
        """
        check_words(document, {"action_units"}, where)
        entries = as_mapping(document.get("action_units", {}), f"{where}: action_units")
        codes = dict(self._by_code)
        for key, entry in entries.items():
            code = _bare(key) if isinstance(key, int | str) else str(key)
            place = f"{where}: action_units: {key}"
            codes[code] = _read_entry(as_mapping(entry, place), code, codes.get(code), place)
        try:
            return CodeBook(codes.values(), source=f"{self.source}, with {where}")
        except SchemaError as error:
            raise ConfigError(f"{where}: {error.message}") from error

    def _nearest(self, code: int | str) -> str:
        near = difflib.get_close_matches(_bare(code), self._by_code, n=3)
        near += difflib.get_close_matches(str(code).strip().casefold(), self._by_name, n=1)
        found = [self._by_code.get(word) or self._by_name[word] for word in near]
        if not found:
            return "docs/facs.md lists the codes; one of your own goes into a file of your own"
        return f"did you mean {' or '.join(f'{each.code} ({each.name})' for each in found)}?"


@cache
def standard_code_book() -> CodeBook:
    """Return the code book that ships with cinefacs."""
    file = resources.files("cinefacs.facs").joinpath("action_units.csv")
    codes = [
        FacsCode(
            code=row["code"],
            kind=CodeKind(row["kind"]),
            is_of_42=row["of_42"] == "yes",
            name=row["name"],
            region=Region(row["region"]),
            muscles=tuple(part.strip() for part in row["muscles"].split(";") if part),
            sides=frozenset(Side(side) for side in row["sides"].split()),
            excludes=frozenset(row["excludes"].split()),
            weak=row["weak"],
        )
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    ]
    return CodeBook(codes, source="FACS manual, 2002")


def _bare(code: int | str) -> str:
    """Return a code without its ``AU`` or ``AD`` and without leading zeros."""
    text = str(code).strip().upper()
    text = text.removeprefix("AU") if text.startswith("AU") else text.removeprefix("AD")
    is_movement, digits = text.startswith("M"), text.removeprefix("M")
    if digits.isascii() and digits.isdigit():
        return f"{'M' if is_movement else ''}{int(digits)}"
    return text


def _doubles(words: list[str]) -> list[str]:
    return sorted({word for word in words if words.count(word) > 1})


def _read_entry(
    entry: Mapping[Any, Any], code: str, known: FacsCode | None, where: str
) -> FacsCode:
    """Return a code as a user's file has it, the rest as it was."""
    check_words(entry, _READERS, where)
    changes = {_FIELDS.get(key, key): _READERS[key](entry[key], where, key) for key in entry}
    try:
        if known is not None:
            return replace(known, **changes)
        missing = {"name", "region"} - set(entry)
        if missing:
            raise ConfigError(
                f"{where}: expected {' and '.join(sorted(missing))} for a new code, got none"
            )
        defaults = {"kind": CodeKind.ACTION_UNIT, "is_of_42": False}
        return FacsCode(code=code, **(defaults | changes))
    except SchemaError as error:
        raise ConfigError(f"{where}: {error.message}") from error


def _read_kind(value: object, where: str, key: str) -> CodeKind:
    check_words([value], [str(each) for each in CodeKind], f"{where}: {key}")
    return CodeKind(str(value))


def _read_region(value: object, where: str, key: str) -> Region:
    check_words([value], [str(each) for each in Region], f"{where}: {key}")
    return Region(str(value))


def _read_sides(value: object, where: str, key: str) -> frozenset[Side]:
    sides = read_texts(value, where, key)
    check_words(sides, ["left", "right", "top", "bottom"], f"{where}: {key}")
    return frozenset(Side(side) for side in sides)


def _read_codes(value: object, where: str, key: str) -> frozenset[str]:
    return frozenset(_bare(each) for each in read_texts(value, where, key))


_FIELDS = {"of_42": "is_of_42"}
_READERS: dict[str, Any] = {
    "kind": _read_kind,
    "of_42": read_flag,
    "name": read_text,
    "region": _read_region,
    "muscles": read_texts,
    "sides": _read_sides,
    "excludes": _read_codes,
    "weak": read_text,
}
