"""Whose label sets count: people, one set each, and others only when they are named."""

import pytest

from cinefacs.errors import ConfigError, StudyError
from cinefacs.labels.agreement.config import AgreementConfig, ConsensusConfig
from cinefacs.labels.agreement.raters import Rater, choose_raters

AUTHORS = (
    ("adjudicator", "adjudication-1"),
    ("ann", "round-1"),
    ("bob", "round-1"),
    ("consensus", "consensus-1"),
    ("suggested", "blendshapes"),
    ("truth", "synthetic"),
)


def choose(
    *coders: str,
    authors: tuple[tuple[str, str], ...] = AUTHORS,
    label_set: str = "",
    at_least: int = 2,
) -> tuple[Rater, ...]:
    return choose_raters(authors, coders=coders, label_set=label_set, at_least=at_least)


def test_only_people_count_unless_others_are_named() -> None:
    assert [rater.name for rater in choose()] == ["ann", "bob"]
    assert [rater.name for rater in choose("ann", "truth")] == ["ann", "truth"]


def test_a_coder_with_two_sets_must_be_pinned_down() -> None:
    authors = (*AUTHORS, ("ann", "round-2"))
    with pytest.raises(StudyError, match="coder ann: expected one label set, got 2") as caught:
        choose(authors=authors)
    assert "ann/round-2" in caught.value.hint
    with pytest.raises(StudyError, match="coder ann"):
        choose("ann", "bob", authors=authors)
    assert [rater.author for rater in choose(authors=authors, label_set="round-1")] == [
        ("ann", "round-1"), ("bob", "round-1"),
    ]  # fmt: skip
    chosen = choose("bob", "ann/round-2", authors=authors)
    assert [rater.author for rater in chosen] == [("ann", "round-2"), ("bob", "round-1")]
    assert [rater.name for rater in chosen] == ["ann", "bob"]


def test_a_coder_can_be_held_against_the_same_coder() -> None:
    chosen = choose("ann/round-1", "ann/round-2", authors=(*AUTHORS, ("ann", "round-2")))
    assert [rater.name for rater in chosen] == ["ann/round-1", "ann/round-2"]


def test_somebody_who_is_not_there_and_too_few() -> None:
    with pytest.raises(StudyError, match="expected a coder who has labels, got 'zoe'") as caught:
        choose("ann", "zoe")
    assert "ann/round-1" in caught.value.hint
    with pytest.raises(StudyError, match="expected at least 3 coders, got 2"):
        choose(at_least=3)
    with pytest.raises(StudyError, match="expected at least 2 coders, got 1"):
        choose("ann", "ann")
    with pytest.raises(StudyError, match="got 0") as caught:
        choose(authors=())
    assert "no labels at all" in caught.value.hint


@pytest.mark.parametrize(
    "options",
    [
        {"tolerance_ms": -1},
        {"intensity_weighting": "cubic"},
        {"n_resamples": 5},
        {"n_resamples": 10**7},
        {"interval_level": 1.0},
        {"interval_level": float("nan")},
    ],
    ids=str,
)
def test_agreement_options_out_of_range(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        AgreementConfig(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options", [{"min_support": 0}, {"edge_tolerance_ms": -1}, {"max_intensity_spread": 5}], ids=str
)
def test_consensus_options_out_of_range(options: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        ConsensusConfig(**options)  # type: ignore[arg-type]
