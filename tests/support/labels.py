"""Hypothesis strategies for labels, and a plain label of each kind to alter."""

from fractions import Fraction

from hypothesis import strategies as st

from cinefacs.facs.codes import Intensity, Side
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionKind, ExpressionLabel
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan
from tests.support.records import FILM_ID, time_spans

WHEN = "2026-11-25T10:00:00+00:00"
SPAN = TimeSpan(start_pts=10, end_pts=22, time_base=Fraction(1, 24))
AU_LABEL = AuLabel(
    film_id=FILM_ID,
    character_number=1,
    au=12,
    side=Side.LEFT,
    intensity=Intensity.B,
    span=SPAN,
    apex_pts=15,
    coder="ann",
    label_set="round-1",
    source="csv",
    changed_at=WHEN,
)
EXPRESSION = ExpressionLabel(
    film_id=FILM_ID,
    character_number=1,
    expression_id="e1",
    span=SPAN,
    apex_pts=(15,),
    kind=ExpressionKind.MICRO,
    emotions=("happiness",),
    au_text="L12B",
    coder="ann",
    label_set="round-1",
    source="csv",
    changed_at=WHEN,
)
CODED = CodedSpan(
    film_id=FILM_ID,
    character_number=1,
    span=TimeSpan(start_pts=0, end_pts=240, time_base=Fraction(1, 24)),
    aus=(4, 12),
    has_emotions=True,
    coder="ann",
    label_set="round-1",
    source="csv",
    changed_at=WHEN,
)

names = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
moments = st.datetimes(timezones=st.timezones()).map(lambda when: when.isoformat())
flags = st.lists(st.sampled_from(["side_unclear", "apex_unknown"]), max_size=2, unique=True)


@st.composite
def au_labels(draw: st.DrawFn, *, author: tuple[str, str] | None = None) -> AuLabel:
    span = draw(time_spans())
    coder, label_set = author or (draw(names), draw(names))
    ranks = sorted(draw(st.lists(st.sampled_from(Intensity), max_size=2, unique=True)))
    return AuLabel(
        film_id=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        character_number=draw(st.integers(1, 200)),
        au=draw(st.integers(0, 98)),
        side=draw(st.sampled_from(Side)),
        intensity=ranks[0] if ranks else None,
        intensity_high=ranks[1] if len(ranks) > 1 else None,
        span=span,
        apex_pts=draw(st.none() | st.integers(span.start_pts, span.end_pts - 1)),
        is_static=draw(st.booleans()),
        visibility=draw(st.sampled_from(Visibility)),
        coder=coder,
        label_set=label_set,
        source=draw(names),
        changed_at=draw(moments),
        score=draw(st.none() | st.floats(0, 1)),
        text=draw(st.text(max_size=10)),
        flags=tuple(draw(flags)),
    )


@st.composite
def expression_labels(
    draw: st.DrawFn, *, author: tuple[str, str] | None = None
) -> ExpressionLabel:  # fmt: skip
    span = draw(time_spans())
    coder, label_set = author or (draw(names), draw(names))
    apexes = draw(st.sets(st.integers(span.start_pts, span.end_pts - 1), max_size=2))
    return ExpressionLabel(
        film_id=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        character_number=draw(st.integers(1, 200)),
        expression_id=draw(names),
        span=span,
        apex_pts=tuple(sorted(apexes)),
        kind=draw(st.none() | st.sampled_from(ExpressionKind)),
        emotions=tuple(draw(st.lists(names, max_size=2))),
        au_text=draw(st.text(max_size=10)),
        coder=coder,
        label_set=label_set,
        source=draw(names),
        changed_at=draw(moments),
        flags=tuple(draw(flags)),
    )


@st.composite
def coded_spans(draw: st.DrawFn, *, author: tuple[str, str] | None = None) -> CodedSpan:
    coder, label_set = author or (draw(names), draw(names))
    return CodedSpan(
        film_id=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        character_number=draw(st.integers(1, 200)),
        span=draw(time_spans()),
        aus=tuple(sorted(draw(st.sets(st.integers(0, 98), max_size=5)))),
        has_emotions=draw(st.booleans()),
        coder=coder,
        label_set=label_set,
        source=draw(names),
        changed_at=draw(moments),
    )


@st.composite
def label_sets(draw: st.DrawFn, *, author: tuple[str, str] = ("ann", "round-1")) -> Labels:
    """Draw the work of one coder under one name."""
    expressions = draw(
        st.lists(
            expression_labels(author=author), max_size=3, unique_by=lambda each: each.expression_id
        )
    )
    return Labels(
        aus=tuple(draw(st.lists(au_labels(author=author), max_size=4))),
        expressions=tuple(expressions),
        coded=tuple(draw(st.lists(coded_spans(author=author), min_size=1, max_size=3))),
    )
