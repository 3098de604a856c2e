"""What a coder looked at: without it nobody can tell absent from not looked for."""

from dataclasses import dataclass

from cinefacs.records.checks import require
from cinefacs.records.label_checks import LARGEST_CODE, check_authorship
from cinefacs.records.time_span import TimeSpan

__all__ = ["CodedSpan"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CodedSpan:
    """A stretch of a character's film that a coder went through.

    An action unit of `aus` that has no `AuLabel` here was absent; outside every `CodedSpan`, and
    for any other action unit, nothing is known.
    """

    film_id: str
    """SHA-256 of the film."""
    character_number: int
    """Character of the film, from 1."""
    span: TimeSpan
    """From the first frame's pts to the last frame's end, half-open."""
    aus: tuple[int, ...]
    """Action units that the coder looked for, ascending; none where only emotions were asked."""
    has_emotions: bool
    """Whether the coder looked for emotions too."""
    coder: str
    """Who looked."""
    label_set: str
    """Version of the coder's work."""
    source: str
    """Where it came from; ends in ``(assumed)`` where an importer had to suppose it."""
    changed_at: str
    """When it was last changed, ISO 8601 with its distance from UTC."""

    def __post_init__(self) -> None:
        """Check authorship, and numbers and order of the action units."""
        check_authorship(
            "CodedSpan",
            film_id=self.film_id,
            character_number=self.character_number,
            coder=self.coder,
            label_set=self.label_set,
            changed_at=self.changed_at,
        )
        ascending = self.aus == tuple(sorted(set(self.aus)))
        require(ascending, "CodedSpan.aus", "different numbers, ascending", self.aus)
        are_codes = all(0 <= au <= LARGEST_CODE for au in self.aus)
        require(are_codes, "CodedSpan.aus", f"numbers from 0 to {LARGEST_CODE}", self.aus)
