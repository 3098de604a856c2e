"""An event with whose it is and where it lies: what an analysis writes down."""

from dataclasses import dataclass

from cinefacs.records.checks import require
from cinefacs.records.event import Event

__all__ = ["FoundEvent"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundEvent:
    """One event of one character."""

    film_number: int
    """The tag's first field."""
    character_number: int
    """The tag's second field."""
    name: str
    """As the user called the character; may be empty."""
    shot_index: int
    """Shot that it lies in, from 0."""
    event: Event
    """When, what, how sure."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        numbers = (self.film_number, self.character_number)
        require(min(numbers) >= 1, "FoundEvent numbers", "1 or more", numbers)
        require(self.shot_index >= 0, "FoundEvent.shot_index", "0 or more", self.shot_index)
