"""One facial expression that a coder marked, of one or several action units."""

from dataclasses import dataclass
from enum import StrEnum

from cinefacs.records.checks import require
from cinefacs.records.label_checks import check_authorship
from cinefacs.records.time_span import TimeSpan

__all__ = ["ExpressionKind", "ExpressionLabel"]


class ExpressionKind(StrEnum):
    """Whether a coder called an expression a micro- or a macro-expression."""

    MICRO = "micro"
    MACRO = "macro"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpressionLabel:
    """An expression over one stretch of time, by one coder (DECISIONS 2 and 3).

    Its action units are the `AuLabel` rows with its `expression_id`, coder and label set.
    """

    film_id: str
    """SHA-256 of the film."""
    character_number: int
    """Character of the film, from 1."""
    expression_id: str
    """Name within coder and label set."""
    span: TimeSpan
    """From the onset frame's pts to the offset frame's end, half-open."""
    apex_pts: tuple[int, ...]
    """Time stamps of the apex frames, ascending, ticks of the span's time base; may be none,
    or two (CASME)."""
    kind: ExpressionKind | None
    """As the coder called it; None where not said. Not derived from the duration."""
    emotions: tuple[str, ...]
    """As the coder called them, none or several (4DME); words of the source."""
    au_text: str
    """The cell or remark that names the action units, verbatim."""
    coder: str
    """Who labelled it."""
    label_set: str
    """Version of the coder's work."""
    source: str
    """Where it came from."""
    changed_at: str
    """When it was last changed, ISO 8601 with its distance from UTC."""
    flags: tuple[str, ...] = ()
    """What could not be read or had to be assumed, as codes such as ``apex_unknown``."""

    def __post_init__(self) -> None:
        """Check authorship, name and times."""
        check_authorship(
            "ExpressionLabel",
            film_id=self.film_id,
            character_number=self.character_number,
            coder=self.coder,
            label_set=self.label_set,
            changed_at=self.changed_at,
        )
        identity = self.expression_id
        require(bool(identity), "ExpressionLabel.expression_id", "a name", identity)
        ascending = self.apex_pts == tuple(sorted(set(self.apex_pts)))
        is_inside = all(self.span.contains(pts) for pts in self.apex_pts)
        require(
            ascending and is_inside,
            "ExpressionLabel.apex_pts",
            f"ascending in {self.span.start_pts} to {self.span.end_pts - 1}",
            self.apex_pts,
        )
        has_names = all(emotion and emotion == emotion.strip() for emotion in self.emotions)
        require(has_names, "ExpressionLabel.emotions", "names without blanks", self.emotions)
