"""`labels emotions`: rows of a study, on disk and on the command line."""

import csv
import json
from pathlib import Path

import pytest

from cinefacs.cli.app import run
from cinefacs.errors import ConfigError, StudyError
from cinefacs.labels.emotions.config import EmotionConfig
from cinefacs.labels.emotions.read_emotions import read_emotions, write_emotions
from cinefacs.records.labels import Labels
from cinefacs.storage.study import StudyLayout
from tests.support.noisy_coders import (
    make_clip,
    make_coded,
    make_expression,
    make_label,
    write_study,
)

CLIP = make_clip(1, 0, 100)
ALL = [1, 2, 4, 5, 6, 7, 9, 12, 14, 15, 16, 20, 21, 26]
"""Action units of the paper's rules (section 4.1)."""


@pytest.fixture
def layout(tmp_path: Path) -> StudyLayout:
    labels = Labels(
        aus=(
            make_label(CLIP, "ann", 6, 10, 30, apex_pts=20),
            make_label(CLIP, "ann", 12, 10, 30, apex_pts=20),
            make_label(CLIP, "ann", 4, 60, 70, apex_pts=65),
            make_label(CLIP, "bob", 12, 10, 30, apex_pts=20),
            make_label(CLIP, "suggested", 12, 10, 30, apex_pts=20),
        ),
        expressions=(make_expression(CLIP, "ann", ["joy"], 10, 30, apex_pts=(20,)),),
        coded=(
            make_coded(CLIP, "ann", ALL),
            make_coded(CLIP, "bob", [12]),
            make_coded(CLIP, "suggested", [12]),
        ),
    )
    return write_study(tmp_path / "study", [CLIP], labels)


def outcomes(layout: StudyLayout, **options: object) -> list[tuple[str, str, str]]:
    table = read_emotions(layout, config=EmotionConfig(**options))  # type: ignore[arg-type]
    return [(row.coder, row.active, row.emotion or row.outcome) for row in table.rows]


def test_emotions_of_people_are_read_and_nothing_is_forced(layout: StudyLayout) -> None:
    assert outcomes(layout) == [
        ("ann", "6+12", "happiness"),
        ("ann", "4", "none"),
        ("bob", "12", "undetermined"),  # bob did not look for 6 and 14
    ]


def test_what_was_not_looked_for_is_absent_only_when_asked(layout: StudyLayout) -> None:
    assert outcomes(layout, not_looked_for="absent")[-1] == ("bob", "12", "none")


def test_rules_and_code_book_of_ones_own(layout: StudyLayout, tmp_path: Path) -> None:
    rules = tmp_path / "mine.yaml"
    rules.write_text("rules:\n  - {emotion: smile, aus: [12]}\n", encoding="utf-8")
    assert ("bob", "12", "smile") in outcomes(layout, rules=str(rules))
    book = tmp_path / "book.yaml"
    book.write_text("action_units:\n  12: {excludes: [6]}\n", encoding="utf-8")
    assert outcomes(layout, rules=str(rules), code_book=str(book))[0] == ("ann", "6+12", "none")


def test_rows_say_what_matched_and_what_was_missing(layout: StudyLayout) -> None:
    frown = read_emotions(layout, coders=["ann"]).rows[1]
    # 4+7+21 is anger in the paper's table
    assert (frown.best, frown.matched, frown.missing, frown.score) == ("anger", "4", "7+21", 1 / 3)
    joy = read_emotions(layout, coders=["ann"]).rows[0]
    assert (joy.said, joy.expression != "", joy.candidates) == ("joy", True, "happiness")


def test_the_table_is_written_and_never_written_over(layout: StudyLayout, tmp_path: Path) -> None:
    table = read_emotions(layout)
    path = tmp_path / "emotions.csv"
    write_emotions(table, path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["rules"], row["emotion"]) for row in rows] == [
        ("paper", "happiness"), ("paper", ""), ("paper", ""),
    ]  # fmt: skip
    with pytest.raises(StudyError, match="expected a new file"):
        write_emotions(table, path)
    write_emotions(table, path, force=True)
    with pytest.raises(StudyError, match="a folder"):
        write_emotions(table, tmp_path, force=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"coders": ["zoe"]}, "coder 'zoe'"),
        ({"label_sets": ["round-9"]}, "label set 'round-9'"),
        ({"film_number": 7}, "film: expected one of the study, got 7"),
    ],
)
def test_what_is_not_there_is_an_error(
    layout: StudyLayout, options: dict[str, object], said: str
) -> None:
    with pytest.raises(StudyError, match=said):
        read_emotions(layout, **options)  # type: ignore[arg-type]


def test_a_study_without_labels_is_an_error(tmp_path: Path) -> None:
    empty = write_study(tmp_path / "study", [CLIP], Labels())
    with pytest.raises(StudyError, match="expected labels of action units"):
        read_emotions(empty)
    with pytest.raises(StudyError, match="expected a study"):
        read_emotions(StudyLayout(tmp_path / "nowhere"))


def test_rules_that_are_not_there_are_an_error(layout: StudyLayout) -> None:
    with pytest.raises(ConfigError, match="got 'papr'"):
        outcomes(layout, rules="papr")


def test_the_verb_prints_rows_or_json(
    layout: StudyLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "options.yaml"
    config.write_text("not_looked_for: absent\n", encoding="utf-8")
    out = tmp_path / "emotions.csv"
    words = ["labels", "emotions", str(layout.root), "--config", str(config)]
    assert run([*words, "--json", "--out", str(out)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["n_by_outcome"] == {"none": 2, "happiness": 1}
    assert document["rows"][0]["ranked"][0]["rule"] == "6+12"
    assert Path(document["out"]).is_file()
    assert run(words) == 0
    said = capsys.readouterr().out
    assert "6+12 -> happiness, coder said joy; happiness 1.00: matched 6+12" in said
    assert "3 moments by the rules of paper: none 2, happiness 1" in said
    assert run(["labels", "emotions", str(layout.root), "--coder", "bob"]) == 0
    assert "bob/round-1: 12 -> undetermined (contempt or happiness" in capsys.readouterr().out
    assert run(["labels", "emotions", str(layout.root), "--rules", "papr", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["type"] == "ConfigError"
