"""Whatever coders write, agreement is measured and settled: no crash, no NaN, nothing above 1."""

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.agreement.agree import compare_raters
from cinefacs.labels.agreement.config import AgreementConfig, ConsensusConfig
from cinefacs.labels.agreement.heat_map import draw_heat_map
from cinefacs.labels.agreement.raters import Rater
from cinefacs.labels.agreement.stretches import read_stretches
from cinefacs.labels.consensus.consensus import settle
from cinefacs.labels.consensus.labels import consensus_labels
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.expression_label import ExpressionKind, ExpressionLabel
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.study import StudyLayout
from tests.support.labels import WHEN
from tests.support.noisy_coders import (
    TIME_BASE,
    make_clip,
    make_coded,
    make_expression,
    make_label,
    write_study,
)

CODERS = ("ann", "bob", "cem", "dee")
CLIPS = [make_clip(1, 0, 30), make_clip(2, 60, 75), make_clip(1, 10, 40, character=2)]
AUS = (4, 12)


@st.composite
def spans(draw: st.DrawFn) -> TimeSpan:
    """Draw a span about the clips, in the film's ticks or in another time base."""
    base = draw(st.sampled_from([TIME_BASE, TIME_BASE, Fraction(1, 1000), Fraction(1, 30)]))
    scale = TIME_BASE / base
    start = round(draw(st.integers(-5, 80)) * scale)
    return TimeSpan(
        start_pts=start, end_pts=start + draw(st.integers(1, max(1, round(40 * scale)))),
        time_base=base,
    )  # fmt: skip


@st.composite
def labels_of(draw: st.DrawFn, coders: tuple[str, ...]) -> Labels:
    coder, clip = st.sampled_from(coders), st.sampled_from(CLIPS)
    aus: list[AuLabel] = [
        make_label(
            draw(clip), draw(coder), draw(st.sampled_from((*AUS, 17))), 0, 1,
            span=draw(spans()), side=draw(st.sampled_from(Side)),
            intensity=draw(st.none() | st.sampled_from(Intensity)),
            visibility=draw(st.sampled_from([Visibility.VISIBLE, *Visibility])),
        )
        for _ in range(draw(st.integers(0, 12)))
    ]  # fmt: skip
    expressions: list[ExpressionLabel] = []
    for number in range(draw(st.integers(0, 5))):
        span = draw(spans())
        expressions.append(
            make_expression(
                draw(clip), draw(coder),
                draw(st.lists(st.sampled_from(["fear", "Fear", "joy"]), max_size=2)), 0, 1,
                span=span, apex_pts=(span.start_pts,), expression_id=str(number),
                kind=draw(st.none() | st.sampled_from(ExpressionKind)),
            )
        )  # fmt: skip
    coded = [
        make_coded(
            where, who, draw(st.sampled_from([AUS, AUS[:1], ()])),
            has_emotions=draw(st.booleans()),
            frames=draw(st.sampled_from([(0, where.n_frames), (0, 9), (5, 50)])),
        )
        for where in CLIPS
        for who in coders
        if draw(st.integers(0, 3))
    ]  # fmt: skip
    return Labels(aus=tuple(aus), expressions=tuple(expressions), coded=tuple(coded))


def numbers(document: Any) -> Iterator[float]:  # noqa: ANN401
    """Yield all fractions of a JSON document."""
    if isinstance(document, dict):
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from numbers(part)
    elif isinstance(document, float):
        yield document


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> StudyLayout:
    return write_study(tmp_path_factory.mktemp("study"), CLIPS, Labels())


@settings(max_examples=40)
@given(
    labels=labels_of(CODERS), strict=st.booleans(), n_resamples=st.sampled_from([0, 100]),
    tolerance_ms=st.sampled_from([0, 200, 5000]),
)  # fmt: skip
def test_agreement_of_anything(
    layout: StudyLayout, labels: Labels, strict: bool, n_resamples: int, tolerance_ms: int
) -> None:
    raters = [Rater(name=name, coder=name, label_set="round-1") for name in CODERS]
    config = AgreementConfig(
        must_match_side=strict, n_resamples=n_resamples, tolerance_ms=tolerance_ms
    )
    stretches = read_stretches(layout, labels.coded)
    report = compare_raters(labels, raters, stretches, config=config, seed=0)
    document = report.as_document()
    json.dumps(document, allow_nan=False)
    assert all(number <= 1 + 1e-9 for number in numbers(document))
    for row in report.per_au:
        assert 2 * row.n_events_matched <= row.n_events_scored
        for figure in (row.kappa, row.alpha, row.fleiss, row.wexler, row.intensity_kappa):
            if figure.low is not None and figure.high is not None:
                assert figure.value is not None
                assert figure.low <= figure.high
    assert draw_heat_map(report, title="t").startswith("<svg")


@settings(max_examples=40)
@given(
    labels=labels_of(CODERS), rulings=labels_of(("adjudicator",)),
    min_support=st.integers(1, 4), listing=st.booleans(),
)  # fmt: skip
def test_settlement_of_anything(
    layout: StudyLayout, labels: Labels, rulings: Labels, min_support: int, listing: bool
) -> None:
    raters = [Rater(name=name, coder=name, label_set="round-1") for name in CODERS]
    config = ConsensusConfig(min_support=min_support, list_overruled=listing)
    stretches = read_stretches(layout, (*labels.coded, *rulings.coded))
    found = settle(labels, rulings, raters, stretches, config=config)
    consensus = consensus_labels(found, label_set="consensus-1", changed_at=WHEN)
    assert len(consensus.aus) + len(consensus.expressions) == len(found.agreed)
    assert len({dispute.dispute_id for dispute in found.disputes}) == len(found.disputes)
    for agreed in found.agreed:
        span = agreed.stretch.span
        assert span.start_pts <= agreed.event.start < agreed.event.end <= span.end_pts
    for dispute in found.disputes:
        assert any(claim.says == "present" for claim in dispute.claims)
