"""Emotion rules as data: which action units, how strong and on which side, stand for an emotion.

Rules are conventions of coders, not laws of feeling: a face that shows happiness by rule need
not belong to somebody happy.

References
----------
The paper, section 4.1 and figure 6, for the table ``paper``.
W. V. Friesen, P. Ekman, *EMFACS-7: Emotional Facial Action Coding System*, unpublished manual,
University of California at San Francisco, 1983, as commonly tabulated, for ``emfacs``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from cinefacs.errors import ConfigError, SchemaError, did_you_mean
from cinefacs.facs.codes import Intensity, Side
from cinefacs.facs.documents import as_mapping, check_words, read_text, read_texts

__all__ = ["AuRequirement", "EmotionRule", "RuleTable", "standard_rule_tables"]

_SIDE_LETTERS = {
    "L": Side.LEFT,
    "R": Side.RIGHT,
    "T": Side.TOP,
    "B": Side.BOTTOM,
    "U": Side.UNILATERAL,
    "A": Side.ASYMMETRIC,
}
_REQUIREMENT = re.compile(r"(?P<side>[LRTBUA])?(?P<number>[1-9][0-9]*)(?P<weakest>[A-E])?")
_WIDEST_NUMBER = 99  # the tag has two digits for it


@dataclass(frozen=True, kw_only=True, slots=True)
class AuRequirement:
    """One action unit that a rule asks for."""

    number: int
    """The action unit."""
    side: Side | None = None
    """Where it must act; None accepts any. `UNILATERAL` accepts left, right and an unsaid one,
    the same for all action units of the rule that ask for it."""
    weakest: Intensity | None = None
    """Least strength; None accepts any."""

    @classmethod
    def parse(cls, text: str) -> "AuRequirement":
        """Return what ``12``, ``5B`` (at least B) or ``U14A`` (on one side) asks for.

        Raises
        ------
        SchemaError
            The text is written otherwise.
        """
        match = _REQUIREMENT.fullmatch(text)
        if match is None:
            raise SchemaError(
                f"rule: expected an action unit such as 12, 5B or U14A, got {text!r}",
                hint="a letter before it is the side (L R T B U A), one after it the least "
                "strength (A to E)",
            )
        side, weakest = match["side"], match["weakest"]
        return cls(
            number=int(match["number"]),
            side=_SIDE_LETTERS[side] if side else None,
            weakest=Intensity(weakest) if weakest else None,
        )

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        letters = {side: letter for letter, side in _SIDE_LETTERS.items()}
        side = letters[self.side] if self.side else ""
        return f"{side}{self.number}{self.weakest or ''}"


@dataclass(frozen=True, kw_only=True, slots=True)
class EmotionRule:
    """One way in which an emotion shows; an emotion may have several."""

    emotion: str
    """Name of the emotion."""
    number: int | None = None
    """Its number in tags, 0 to 99; None where it has none."""
    requirements: tuple[AuRequirement, ...]
    """The action units, each once."""

    def __post_init__(self) -> None:
        """Check names and numbers."""
        is_name = bool(self.emotion) and self.emotion == self.emotion.strip()
        if not is_name:
            raise SchemaError(f"rule: expected an emotion's name, got {self.emotion!r}")
        numbers = [each.number for each in self.requirements]
        if not numbers or len(set(numbers)) < len(numbers):
            raise SchemaError(
                f"rule of {self.emotion}: expected action units, each once, got {numbers}"
            )
        if any(each.side is Side.BOTH for each in self.requirements):
            raise SchemaError(f"rule of {self.emotion}: expected a side or none, got both")
        if self.number is not None and not 0 <= self.number <= _WIDEST_NUMBER:
            raise SchemaError(
                f"rule of {self.emotion}: expected a number of 0 to {_WIDEST_NUMBER}, "
                f"got {self.number}"
            )

    @property
    def aus(self) -> frozenset[int]:
        """Numbers of the action units."""
        return frozenset(each.number for each in self.requirements)

    def __str__(self) -> str:
        """Write the action units with plus signs."""
        return "+".join(str(each) for each in self.requirements)


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleTable:
    """Rules that are meant to be used together."""

    name: str
    """Name of the table."""
    source: str
    """Where the rules come from."""
    rules: tuple[EmotionRule, ...]
    """The rules."""

    def __post_init__(self) -> None:
        """Check that each emotion keeps its number and no two emotions share one, or a rule."""
        if not self.rules:
            raise SchemaError(f"rule table {self.name}: expected at least one rule, got none")
        by_emotion: dict[str, int | None] = {}
        by_number: dict[int, str] = {}
        by_requirements: dict[frozenset[AuRequirement], str] = {}
        for rule in self.rules:
            same_number = by_emotion.setdefault(rule.emotion, rule.number) == rule.number
            if not same_number:
                raise SchemaError(
                    f"rule table {self.name}: {rule.emotion}: expected one number, got "
                    f"{by_emotion[rule.emotion]} and {rule.number}"
                )
            if rule.number is not None:
                owner = by_number.setdefault(rule.number, rule.emotion)
                self._check_owner(rule, owner, f"number {rule.number}")
            twin = by_requirements.setdefault(frozenset(rule.requirements), rule.emotion)
            self._check_owner(rule, twin, str(rule))

    def _check_owner(self, rule: EmotionRule, owner: str, what: str) -> None:
        if owner != rule.emotion:
            raise SchemaError(
                f"rule table {self.name}: expected {what} for one emotion, got it for "
                f"{owner} and {rule.emotion}"
            )

    @property
    def emotions(self) -> tuple[str, ...]:
        """The emotions, each once, in the table's order."""
        return tuple(dict.fromkeys(rule.emotion for rule in self.rules))

    @property
    def vocabulary(self) -> frozenset[int]:
        """Every action unit that some rule asks for."""
        return frozenset().union(*(rule.aus for rule in self.rules))

    def number_of(self, emotion: str) -> int | None:
        """Return an emotion's number in tags, or None where it has none.

        Raises
        ------
        SchemaError
            The table has no such emotion.
        """
        for rule in self.rules:
            if rule.emotion == emotion:
                return rule.number
        raise SchemaError(
            f"rule table {self.name}: expected one of its emotions, got {emotion!r}",
            hint=did_you_mean(emotion, self.emotions),
        )

    def emotion_of(self, number: int) -> str | None:
        """Return the emotion with this number in tags, or None."""
        return next((rule.emotion for rule in self.rules if rule.number == number), None)

    @classmethod
    def read(cls, document: Mapping[Any, Any], *, name: str, where: str) -> "RuleTable":
        """Return the table that a mapping describes.

        Parameters
        ----------
        document
            ``{"source": ..., "rules": [{"emotion": ..., "number": ..., "aus": [12, "U14A"]}]}``;
            ``source`` and ``number`` may be left out.
        name
            Name of the table.
        where
            Name of the file, for errors.

        Raises
        ------
        ConfigError
            An unknown key, a wrong type, or rules that contradict each other.
        """
        check_words(document, {"rules", "source"}, where)
        source = read_text(document.get("source", where), where, "source")
        entries = document.get("rules")
        if not isinstance(entries, list):
            raise ConfigError(f"{where}: rules: expected a list, got {entries!r}")
        try:
            rules = [
                _read_rule(as_mapping(entry, f"{where}: rules"), f"{where}: rule {k}")
                for k, entry in enumerate(entries, start=1)
            ]
            return cls(name=name, source=source, rules=tuple(rules))
        except SchemaError as error:
            raise ConfigError(f"{where}: {error.message}", hint=error.hint) from error


def _read_rule(entry: Mapping[Any, Any], where: str) -> EmotionRule:
    check_words(entry, {"emotion", "number", "aus"}, where)
    number = entry.get("number")
    if isinstance(number, bool) or not isinstance(number, int | None):
        raise ConfigError(f"{where}: number: expected a whole number, got {number!r}")
    return EmotionRule(
        emotion=read_text(entry.get("emotion"), where, "emotion"),
        number=number,
        requirements=tuple(
            AuRequirement.parse(text) for text in read_texts(entry.get("aus"), where, "aus")
        ),
    )


@cache
def standard_rule_tables() -> Mapping[str, RuleTable]:
    """Return the tables that ship with cinefacs: ``paper``, the default, and ``emfacs``."""
    file = resources.files("cinefacs.facs").joinpath("emotion_rules.json")
    documents = json.loads(file.read_text(encoding="utf-8"))
    return {
        name: RuleTable.read(document, name=name, where="emotion_rules.json")
        for name, document in documents.items()
    }
