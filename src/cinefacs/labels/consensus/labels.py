"""What was settled, as labels of coder ``consensus``."""

from cinefacs.labels.consensus.settlement import Agreed, Known, Settlement, span_of
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.label_checks import CONSENSUS
from cinefacs.records.labels import Labels

__all__ = ["consensus_labels"]

_SOURCE = "majority"


def consensus_labels(settlement: Settlement, *, label_set: str, changed_at: str) -> Labels:
    """Return a label set of what was settled.

    Disputed frames lie in no coded span: of them nothing is known.

    Parameters
    ----------
    settlement
        What came of the study.
    label_set
        Name of the set.
    changed_at
        Time of the decision, ISO 8601 with its distance from UTC.
    """
    aus: list[AuLabel] = []
    expressions: list[ExpressionLabel] = []
    for agreed in settlement.agreed:
        if agreed.au is None:
            name = f"{agreed.stretch.name}-e{len(expressions) + 1}"
            expressions.append(_expression(agreed, name, label_set, changed_at))
        else:
            aus.append(_au(agreed, agreed.au, label_set, changed_at))
    coded = tuple(_coded(known, label_set, changed_at) for known in settlement.known)
    return Labels(aus=tuple(aus), expressions=tuple(expressions), coded=coded)


def _au(agreed: Agreed, au: int, label_set: str, changed_at: str) -> AuLabel:
    event, stretch = agreed.event, agreed.stretch
    return AuLabel(
        film_id=stretch.film_id,
        character_number=stretch.character_number,
        au=au,
        side=event.side,
        intensity=event.intensity,
        span=span_of(stretch, event.start, event.end),
        apex_pts=event.apex,
        coder=CONSENSUS,
        label_set=label_set,
        source=_SOURCE,
        changed_at=changed_at,
        flags=event.flags,
    )


def _expression(
    agreed: Agreed, expression_id: str, label_set: str, changed_at: str
) -> ExpressionLabel:
    event, stretch = agreed.event, agreed.stretch
    return ExpressionLabel(
        film_id=stretch.film_id,
        character_number=stretch.character_number,
        expression_id=expression_id,
        span=span_of(stretch, event.start, event.end),
        apex_pts=() if event.apex is None else (event.apex,),
        kind=event.kind,
        emotions=agreed.emotions,
        au_text="",
        coder=CONSENSUS,
        label_set=label_set,
        source=_SOURCE,
        changed_at=changed_at,
        flags=event.flags,
    )


def _coded(known: Known, label_set: str, changed_at: str) -> CodedSpan:
    stretch = known.stretch
    edges = stretch.frame_edges
    span = span_of(stretch, int(edges[known.first_frame]), int(edges[known.end_frame]))
    return CodedSpan(
        film_id=stretch.film_id,
        character_number=stretch.character_number,
        span=span,
        aus=known.aus,
        has_emotions=known.has_emotions,
        coder=CONSENSUS,
        label_set=label_set,
        source=_SOURCE,
        changed_at=changed_at,
    )
