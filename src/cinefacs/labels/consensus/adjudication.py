"""`labels adjudicate`: a filled-in list of disputes becomes labels of coder ``adjudicator``."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from cinefacs.errors import StudyError
from cinefacs.facs.codes import Side
from cinefacs.labels.agreement.label_runs import now, require_study
from cinefacs.labels.consensus.decisions import Decision, Verdict, read_decisions
from cinefacs.labels.consensus.disputes import Dispute, read_disputes
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.label_checks import ADJUDICATOR
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.label_tables import add_labels, read_authors
from cinefacs.storage.study import StudyLayout, lock_study

__all__ = ["AdjudicationOutcome", "adjudicate_study", "decided_labels"]

_SOURCE = "adjudication"


@dataclass(frozen=True, kw_only=True, slots=True)
class AdjudicationOutcome:
    """What `labels adjudicate` did."""

    label_set: str
    """Name of the new label set of coder ``adjudicator``."""
    decided: dict[str, int]
    """Number of decisions by verdict."""
    n_open: int
    """Lines without a decision."""

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "label_set": self.label_set,
            "n_decided": sum(self.decided.values()),
            "decided": self.decided,
            "n_open": self.n_open,
        }


def adjudicate_study(
    layout: StudyLayout, decisions_path: Path, *, new_set: str = ""
) -> AdjudicationOutcome:
    """Read an adjudicator's decisions into the study; `labels consensus` then honours them.

    Parameters
    ----------
    layout
        The study.
    decisions_path
        An ``adjudication.csv`` with the column ``decision`` filled in.
    new_set
        Name of the new label set; ``adjudication-1``... when empty.

    Raises
    ------
    StudyError
        There is no such study or list, nothing was decided, or the label set is there.
    SchemaError
        A line of the list is wrong; says which and how.
    StorageError
        The disk refused.
    """
    require_study(layout)
    known: dict[str, Dispute] = {}
    for path in sorted(layout.consensus_dir.glob("*/adjudication.json")):
        known |= {dispute.dispute_id: dispute for dispute in read_disputes(path)}
    if not known:
        raise StudyError(
            f"{layout.root}: expected a list of disputes, found none",
            hint="run `cinefacs labels consensus` first",
        )
    decisions, n_open = read_decisions(decisions_path, known)
    if not decisions:
        raise StudyError(
            f"{decisions_path}: expected at least one decision, got {n_open} empty ones",
            hint="fill in the column `decision` with present, absent or not_codable",
        )
    with lock_study(layout):
        used = {label_set for coder, label_set in read_authors(layout) if coder == ADJUDICATOR}
        names = (f"adjudication-{number}" for number in count(1))
        label_set = new_set or next(name for name in names if name not in used)
        add_labels(layout, decided_labels(decisions, label_set=label_set, changed_at=now()))
    verdicts = Counter(decision.verdict for decision in decisions)
    return AdjudicationOutcome(
        label_set=label_set,
        decided={str(verdict): verdicts[verdict] for verdict in Verdict},
        n_open=n_open,
    )


def decided_labels(decisions: Iterable[Decision], *, label_set: str, changed_at: str) -> Labels:
    """Return decisions as labels of coder ``adjudicator``.

    Each decision is a coded span over the disputed frames and what was put in their place, so
    that "absent" is known, too.

    Parameters
    ----------
    decisions
        What was decided.
    label_set
        Name of the set.
    changed_at
        Time of the decision, ISO 8601 with its distance from UTC.
    """
    aus, expressions, coded = [], [], []
    for number, decision in enumerate(decisions, start=1):
        dispute, disputed = decision.dispute, decision.dispute.span
        coded.append(
            CodedSpan(
                film_id=dispute.film_id,
                character_number=dispute.character_number,
                span=TimeSpan(
                    start_pts=min(disputed.start_pts, decision.span.start_pts),
                    end_pts=max(disputed.end_pts, decision.span.end_pts),
                    time_base=disputed.time_base,
                ),
                aus=() if dispute.au is None else (dispute.au,),
                has_emotions=dispute.au is None,
                coder=ADJUDICATOR,
                label_set=label_set,
                source=_SOURCE,
                changed_at=changed_at,
            )
        )
        if decision.verdict is Verdict.ABSENT:
            continue
        if dispute.au is not None:
            aus.append(_au_label(decision, dispute.au, label_set, changed_at))
        elif decision.verdict is Verdict.PRESENT:
            expressions.append(_expression(decision, f"d{number}", label_set, changed_at))
    return Labels(aus=tuple(aus), expressions=tuple(expressions), coded=tuple(coded))


def _au_label(decision: Decision, au: int, label_set: str, changed_at: str) -> AuLabel:
    is_present = decision.verdict is Verdict.PRESENT
    return AuLabel(
        film_id=decision.dispute.film_id,
        character_number=decision.dispute.character_number,
        au=au,
        side=decision.side if is_present else Side.BOTH,
        intensity=decision.intensity if is_present else None,
        span=decision.span,
        apex_pts=decision.apex_pts if is_present else None,
        visibility=Visibility.VISIBLE if is_present else Visibility.NOT_CODABLE,
        coder=ADJUDICATOR,
        label_set=label_set,
        source=_SOURCE,
        changed_at=changed_at,
        text=decision.note,
    )


def _expression(
    decision: Decision, expression_id: str, label_set: str, changed_at: str
) -> ExpressionLabel:
    return ExpressionLabel(
        film_id=decision.dispute.film_id,
        character_number=decision.dispute.character_number,
        expression_id=expression_id,
        span=decision.span,
        apex_pts=() if decision.apex_pts is None else (decision.apex_pts,),
        kind=None,
        emotions=decision.emotions,
        au_text=decision.note,
        coder=ADJUDICATOR,
        label_set=label_set,
        source=_SOURCE,
        changed_at=changed_at,
    )
