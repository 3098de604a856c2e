"""What `labels suggest` tells."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinefacs.labels.suggest.blendshape_mapping import MappingMark, standard_mappings
from cinefacs.pipeline.suggest_spans import CharacterSuggestions
from cinefacs.records.character import Character
from cinefacs.records.film import Film
from cinefacs.records.label_checks import SUGGESTED

__all__ = ["SUGGESTED_NOTE", "CharacterSummary", "SuggestSummary", "summarise_characters"]

SUGGESTED_NOTE = "suggested labels are guesses of a model: never truth, not counted in agreement"


@dataclass(frozen=True, kw_only=True, slots=True)
class CharacterSummary:
    """What was suggested for one character."""

    film_number: int
    """The tag's first field."""
    character_number: int
    """The tag's second field."""
    name: str
    """As the user called the character; may be empty."""
    seen_s: float
    """Time in which the face could be read, s."""
    has_neutral: bool
    """Whether that was long enough for a neutral."""
    n_by_au: Mapping[int, int]
    """Suggestions by action unit, ascending; those without any are left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SuggestSummary:
    """What a run suggested."""

    out: Path
    """The study."""
    label_set: str
    """Name of the label set."""
    is_new: bool
    """Whether labels were written; False where they were there already."""
    characters: tuple[CharacterSummary, ...]
    """One for each character that could be read, by film and number."""
    figure_paths: tuple[Path, ...]
    """The figures, if they were asked for."""

    @property
    def n_labels(self) -> int:
        """Suggestions in all."""
        return sum(sum(each.n_by_au.values()) for each in self.characters)

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "out": str(self.out),
            "coder": SUGGESTED,
            "label_set": self.label_set,
            "is_new": self.is_new,
            "n_labels": self.n_labels,
            "characters": [
                {
                    "film_number": each.film_number,
                    "character": each.character_number,
                    "name": each.name,
                    "seen_s": each.seen_s,
                    "has_neutral": each.has_neutral,
                    "n_by_au": {str(au): n for au, n in each.n_by_au.items()},
                }
                for each in self.characters
            ],
            "mapping": {
                str(mark): [each.au for each in standard_mappings() if each.mark is mark]
                for mark in MappingMark
            },
            "figure_paths": [str(path) for path in self.figure_paths],
            "note": SUGGESTED_NOTE,
        }


def summarise_characters(
    films: Sequence[Film],
    characters: Iterable[Character],
    suggestions: Mapping[tuple[int, int], CharacterSuggestions],
) -> Iterator[CharacterSummary]:
    """Yield what was suggested for each character, by film and number."""
    numbers = {film.film_id: film.film_number for film in films}
    names = {(numbers[each.film_id], each.character_number): each.name for each in characters}
    for key, each in suggestions.items():
        seen = int((each.scores.end_pts - each.scores.pts).sum()) * each.scores.time_base
        counts = Counter(label.au for label in each.labels)
        yield CharacterSummary(
            film_number=key[0],
            character_number=key[1],
            name=names[key],
            seen_s=float(seen),
            has_neutral=each.has_neutral,
            n_by_au=dict(sorted(counts.items())),
        )
