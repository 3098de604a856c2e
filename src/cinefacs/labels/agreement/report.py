"""How well coders agree: the figures, as they are printed and stored."""

from dataclasses import asdict, dataclass
from typing import Any

__all__ = [
    "AgreementReport",
    "AuAgreement",
    "EmotionAgreement",
    "Estimate",
    "OverallAgreement",
    "PairAgreement",
    "flat_row",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A figure with its interval; None where it is undefined."""

    value: float | None
    """The figure for the whole study."""
    low: float | None
    """Lower end of the interval."""
    high: float | None
    """Upper end of the interval."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuAgreement:
    """Agreement of all coders on one action unit; docs/agreement.md defines each figure."""

    au: int
    """Number of the action unit."""
    n_clips: int
    """Clips with frames that at least two coders judged."""
    n_frames: int
    """Those frames."""
    prevalence: float | None
    """Share of the ratings of those frames that say present."""
    kappa: Estimate
    """Cohen's kappa, the mean over pairs of coders (Light)."""
    n_pairs: int
    """Pairs for which Cohen's kappa is defined."""
    alpha: Estimate
    """Krippendorff's nominal alpha."""
    fleiss: Estimate
    """Fleiss' kappa over frames that all coders judged; None with fewer than three coders."""
    wexler: Estimate
    """Wexler's 2 * agreed / scored over events."""
    event_f1: float | None
    """F1 of one coder's events against another's, the mean over pairs."""
    n_events_matched: int
    """Pairs of events that are the same, over all pairs of coders."""
    n_events_scored: int
    """Events of both, over all pairs of coders."""
    wexler_clips: float | None
    """Wexler's ratio over clips: scored anywhere in it, whenever."""
    wexler_frames: float | None
    """Wexler's ratio over frames: both say present."""
    side_agreement: float | None
    """Share of the matched events of which both named the same side."""
    intensity_kappa: Estimate
    """Weighted kappa of A to E on frames that both say show it, the mean over pairs."""
    intensity_alpha: Estimate
    """Krippendorff's ordinal alpha of A to E on such frames."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PairAgreement:
    """Agreement of two coders on one action unit."""

    au: int
    """Number of the action unit."""
    first: str
    """One coder."""
    second: str
    """The other."""
    n_frames: int
    """Frames that both judged."""
    prevalence_first: float | None
    """Share of those frames in which the one says present."""
    prevalence_second: float | None
    """The same of the other."""
    kappa: Estimate
    """Cohen's kappa."""
    wexler: float | None
    """Wexler's ratio over events; also the F1 of one's events against the other's."""
    n_events_matched: int
    """Pairs of events that are the same."""
    n_events_scored: int
    """Events of both."""
    intensity_kappa: float | None
    """Weighted kappa of A to E."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmotionAgreement:
    """Agreement of all coders on the emotion that a frame shows."""

    values: tuple[str, ...]
    """What was said; ``none`` where a coder named no emotion."""
    n_frames: int
    """Frames of which at least two coders judged the emotion."""
    prevalence: float | None
    """Share of the ratings that name any emotion."""
    kappa: Estimate
    """Cohen's kappa, the mean over pairs."""
    alpha: Estimate
    """Krippendorff's nominal alpha, ``none`` being one of the values."""
    alpha_where_named: Estimate
    """The same among those ratings only that name an emotion: whether the coders call alike
    what they agree to be an expression."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OverallAgreement:
    """All action units together."""

    kappa: Estimate
    """Mean of the kappas of all action units for which it is defined."""
    alpha: Estimate
    """Mean of their alphas."""
    wexler: Estimate
    """Wexler's ratio over all events of all action units."""
    wexler_by_clip: Estimate
    """Wexler's ratio of each clip by the action units that were scored in it, the mean over
    clips and pairs of coders: the figure of the FACS final test."""
    n_aus: int
    """Action units for which kappa is defined."""


Figures = AuAgreement | PairAgreement | EmotionAgreement | OverallAgreement


@dataclass(frozen=True, kw_only=True, slots=True)
class AgreementReport:
    """Everything that `labels agree` finds."""

    coders: tuple[str, ...]
    """Who was compared."""
    label_sets: tuple[str, ...]
    """The label set of each."""
    n_clips: int
    """Clips that at least two of them judged, in whole or in part."""
    tolerance_ms: int
    """Largest distance of onsets, and of offsets, of events that are the same."""
    interval_level: float
    """Share of the resamples inside an interval."""
    n_resamples: int
    """How often the clips were drawn anew; 0: there are no intervals."""
    per_au: tuple[AuAgreement, ...]
    """By action unit."""
    pairs: tuple[PairAgreement, ...]
    """By action unit and pair of coders."""
    overall: OverallAgreement
    """All together."""
    emotion: EmotionAgreement | None
    """Agreement on emotions; None where nobody named any."""
    notes: tuple[str, ...]
    """What a reader must know: labels that did not count, and why."""

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints: the figures flat, an interval as ``x_low``, ``x_high``.

        The interval of kappa is also ``low`` and ``high`` (DESIGN).
        """
        return {
            "coders": list(self.coders),
            "label_sets": list(self.label_sets),
            "n_clips": self.n_clips,
            "tolerance_ms": self.tolerance_ms,
            "interval_level": self.interval_level,
            "n_resamples": self.n_resamples,
            "per_au": {str(row["au"]): row for row in map(flat_row, self.per_au)},
            "pairs": [flat_row(pair) for pair in self.pairs],
            "overall": flat_row(self.overall),
            "emotion": flat_row(self.emotion) if self.emotion else None,
            "notes": list(self.notes),
        }


def flat_row(figures: Figures) -> dict[str, Any]:
    """Return the figures as one row of plain values.

    Parameters
    ----------
    figures
        One of the records of this module.

    Returns
    -------
    dict
        An estimate ``x`` gives ``x``, ``x_low`` and ``x_high``, but kappa ``kappa``, ``low`` and
        ``high``, as DESIGN names them.
    """
    row: dict[str, Any] = {}
    for name, value in asdict(figures).items():
        if isinstance(value, dict):
            prefix = "" if name == "kappa" else f"{name}_"
            row |= {
                name: value["value"],
                f"{prefix}low": value["low"],
                f"{prefix}high": value["high"],
            }
        else:
            row[name] = list(value) if isinstance(value, tuple) else value
    return row
