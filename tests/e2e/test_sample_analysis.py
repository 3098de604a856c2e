"""The weights that come along, on the film that comes along: what a new user sees first."""

from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from cinefacs.engines.catalog import sha256_of
from cinefacs.pipeline.analyze import analyze
from cinefacs.records.event import Event
from cinefacs.synth.sample_film import sample_document, sample_path
from cinefacs.weights.shipped import shipped_detector, shipped_weights


@pytest.fixture(scope="module")
def expressions(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    summary = analyze(sample_path(), out=tmp_path_factory.mktemp("sample") / "study")
    (film,) = summary.films
    return [found.event for found in film.events if found.event.kind.is_expression]


def shows(event: Event, expression: dict[str, int]) -> bool:
    """Return whether the apex lies within an expression of the truth, give or take a frame."""
    frame = event.apex_s * Fraction(sample_document()["rate_fps"])
    return expression["onset_frame"] - 1 <= frame <= expression["offset_frame"] + 1


def test_micro_expressions_of_the_sample_film_are_found(expressions: list[Event]) -> None:
    micro = [each for each in sample_document()["expressions"] if each["kind"] == "micro"]
    assert len(micro) == 3
    for wanted in micro:
        assert any(shows(event, wanted) for event in expressions), wanted


def test_there_is_at_most_one_false_alarm(expressions: list[Event]) -> None:
    true = sample_document()["expressions"]
    alarms = [e for e in expressions if not any(shows(e, each) for each in true)]
    assert len(alarms) <= 1


def test_the_files_are_those_that_were_packed() -> None:
    folder = shipped_weights().parent
    origin = yaml.safe_load((folder / "weights.yaml").read_text(encoding="utf-8"))
    assert {name: sha256_of(folder / name) for name in origin["files"]} == origin["files"]
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 16_000_000
    for precision in ("fp16", "int8"):
        assert Path(shipped_detector(precision)) == folder / precision
