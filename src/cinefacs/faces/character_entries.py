"""What a person decided about a film's characters, and what follows from it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cinefacs.errors import ConfigError

__all__ = ["CharacterEntry", "format_ranges", "parse_ranges", "settle_entries"]

_RANGE = re.compile(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?")
_HINT = "write numbers and ranges, such as '0-4, 9'"


@dataclass(frozen=True, kw_only=True, slots=True)
class CharacterEntry:
    """One character as it stands in ``characters.yaml``."""

    number: int
    """Number in the film, from 1."""
    track_ids: tuple[int, ...]
    """Face tracks that show the character, ascending."""
    name: str = ""
    """Name, or empty."""
    is_under_study: bool = False
    """Whether the study is about this character."""
    same_as: int | None = None
    """Number of the character that this one really is, or None."""
    split_off: tuple[int, ...] = ()
    """Tracks among `track_ids` that show somebody else: a new character."""


def settle_entries(entries: Sequence[CharacterEntry]) -> list[CharacterEntry]:
    """Split and merge as the entries ask for.

    First each entry's `split_off` becomes a character of its own, with the next number that no
    entry bears; then each entry with `same_as` goes into the character that it names. That one
    keeps its name, or takes the other's where it has none, and is under study if either is.

    Parameters
    ----------
    entries
        All entries of one film.

    Returns
    -------
    list of CharacterEntry
        Without `same_as` and `split_off`, by number; some may be left without any track.

    Raises
    ------
    ConfigError
        A number or a track stands twice, a `split_off` names tracks that the entry does not have,
        or `same_as` names no character or runs in a circle.
    """
    _check_once(entries)
    by_number = {each.number: each for each in entries}
    next_number = max(by_number, default=0) + 1
    settled: dict[int, CharacterEntry] = {}
    for entry in entries:
        off = set(entry.split_off)
        settled[entry.number] = replace(
            entry,
            track_ids=tuple(key for key in entry.track_ids if key not in off),
            same_as=None,
            split_off=(),
        )
        if off:
            settled[next_number] = CharacterEntry(
                number=next_number, track_ids=tuple(sorted(off))
            )  # fmt: skip
            next_number += 1
    for entry in entries:
        if entry.same_as is not None:
            home = settled[_find_home(entry, by_number)]
            guest = settled.pop(entry.number)
            settled[home.number] = replace(
                home,
                track_ids=tuple(sorted({*home.track_ids, *guest.track_ids})),
                name=home.name or guest.name,
                is_under_study=home.is_under_study or guest.is_under_study,
            )
    return [settled[number] for number in sorted(settled)]


def _check_once(entries: Sequence[CharacterEntry]) -> None:
    """Raise unless each number and each track stands once, and splits name own tracks."""
    owner: dict[int, int] = {}
    numbers: set[int] = set()
    for entry in entries:
        if entry.number in numbers:
            raise ConfigError(
                f"character {entry.number}: expected each number once, got it twice",
                hint="to merge two characters, give one of them `same_as`",
            )
        numbers.add(entry.number)
        for track_id in entry.track_ids:
            if track_id in owner:
                raise ConfigError(
                    f"character {entry.number}: expected each track once, got track {track_id} "
                    f"also in character {owner[track_id]}",
                    hint="leave the track with one of the two",
                )
            owner[track_id] = entry.number
        foreign = sorted(set(entry.split_off) - set(entry.track_ids))
        if foreign:
            raise ConfigError(
                f"character {entry.number}: split_off: expected tracks of this character, "
                f"got {format_ranges(foreign)}",
                hint="`split_off` names some of the entry's own `tracks`",
            )


def _find_home(entry: CharacterEntry, by_number: Mapping[int, CharacterEntry]) -> int:
    """Return the number of the character at the end of a chain of `same_as`."""
    passed = {entry.number}
    number = entry.same_as
    while number is not None:
        if number not in by_number:
            known = format_ranges(sorted(by_number))
            raise ConfigError(
                f"character {entry.number}: same_as: expected one of {known}, got {number}"
            )
        if number in passed:
            raise ConfigError(
                f"character {entry.number}: same_as: expected another character, "
                f"got a circle over {format_ranges(sorted(passed))}",
                hint="leave `same_as` out of the character that stays",
            )
        passed.add(number)
        last, number = number, by_number[number].same_as
    return last


def format_ranges(numbers: Iterable[int]) -> str:
    """Write numbers compactly, such as ``0-4, 9``.

    Parameters
    ----------
    numbers
        In any order, 0 or more each.
    """
    ordered = sorted(set(numbers))
    breaks = [i for i, (a, b) in enumerate(pairwise(ordered), 1) if b - a > 1]
    parts = []
    for start, end in pairwise([0, *breaks, len(ordered)]):
        if start < end:
            first, last = ordered[start], ordered[end - 1]
            parts.append(str(first) if first == last else f"{first}-{last}")
    return ", ".join(parts)


def parse_ranges(text: str) -> tuple[int, ...]:
    """Read numbers written like ``0-4, 9``.

    Parameters
    ----------
    text
        May be empty.

    Returns
    -------
    tuple of int, ascending

    Raises
    ------
    ConfigError
        Something else stands in the text, a range runs backwards, or a number stands twice.
    """
    numbers: list[int] = []
    for part in text.split(",") if text.strip() else []:
        match = _RANGE.fullmatch(part)
        if match is None:
            raise ConfigError(f"expected track numbers, got {part.strip()!r}", hint=_HINT)
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last - first > 10_000_000:
            raise ConfigError(f"expected an ascending range, got {part.strip()!r}", hint=_HINT)
        numbers += range(first, last + 1)
    if len(set(numbers)) < len(numbers):
        twice = min(number for number in numbers if numbers.count(number) > 1)
        raise ConfigError(f"expected each track once, got {twice} twice", hint=_HINT)
    return tuple(sorted(numbers))
