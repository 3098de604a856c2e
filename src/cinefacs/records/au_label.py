"""One action unit that a coder saw, or could not judge."""

from dataclasses import dataclass
from enum import StrEnum

from cinefacs.facs.codes import Intensity, Side
from cinefacs.records.checks import require
from cinefacs.records.label_checks import LARGEST_CODE, check_authorship
from cinefacs.records.time_span import TimeSpan

__all__ = ["AuLabel", "Visibility"]


class Visibility(StrEnum):
    """What the picture lets one say of an action unit.

    Absence is no label at all: see `cinefacs.records.coded_span.CodedSpan`.
    """

    VISIBLE = "visible"
    """The coder saw it."""
    HIDDEN = "hidden"
    """It is known to be there, but the picture does not show it (synthetic films)."""
    NOT_CODABLE = "not_codable"
    """The coder could not tell whether it was there; not the same as absent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuLabel:
    """One action unit over one stretch of time, by one coder (DECISIONS 2 and 3)."""

    film_id: str
    """SHA-256 of the film."""
    character_number: int
    """Character of the film, from 1."""
    au: int
    """Number of the action unit or action descriptor; any FACS code, in the 42 or not."""
    side: Side
    """Where on the face."""
    intensity: Intensity | None
    """Strength; None where the coder gave none. The lower end where a range was given."""
    intensity_high: Intensity | None = None
    """Upper end of a range such as B/C; None where there is none."""
    span: TimeSpan
    """From the onset frame's pts to the offset frame's end, half-open."""
    apex_pts: int | None
    """Time stamp of the apex frame, ticks of the span's time base; None where none was given."""
    is_static: bool = False
    """Whether the coder marked it as held over the whole sequence, such as ``4(k)``."""
    visibility: Visibility = Visibility.VISIBLE
    """Whether it was seen, is hidden, or could not be judged."""
    coder: str
    """Who labelled it; see `cinefacs.records.label_checks` for those that are no people."""
    label_set: str
    """Version of the coder's work, such as ``round-2``."""
    source: str
    """Where it came from, such as ``cvat``, ``casme2`` or ``synthetic``."""
    changed_at: str
    """When it was last changed, ISO 8601 with its distance from UTC."""
    expression_id: str = ""
    """`ExpressionLabel` that it is part of, of the same coder and label set; empty: of none."""
    score: float | None = None
    """0 to 1 where a model gave it; None for people."""
    text: str = ""
    """As the coder or the file wrote it, verbatim; empty where that says nothing more."""
    flags: tuple[str, ...] = ()
    """What could not be read or had to be assumed, as codes such as ``side_unclear``."""

    def __post_init__(self) -> None:
        """Check authorship, strength and times."""
        check_authorship(
            "AuLabel",
            film_id=self.film_id,
            character_number=self.character_number,
            coder=self.coder,
            label_set=self.label_set,
            changed_at=self.changed_at,
        )
        require(0 <= self.au <= LARGEST_CODE, "AuLabel.au", f"0 to {LARGEST_CODE}", self.au)
        if self.intensity_high is not None:
            is_range = self.intensity is not None and self.intensity.rank < self.intensity_high.rank
            expected = f"above {self.intensity}, the lower end"
            require(is_range, "AuLabel.intensity_high", expected, self.intensity_high)
        if self.apex_pts is not None:
            expected = f"in {self.span.start_pts} to {self.span.end_pts - 1}"
            require(self.span.contains(self.apex_pts), "AuLabel.apex_pts", expected, self.apex_pts)
        if self.score is not None:
            require(0 <= self.score <= 1, "AuLabel.score", "0 to 1", self.score)
