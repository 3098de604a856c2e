"""The division that a study carries of itself is read, and a damaged one is refused."""

import json
from pathlib import Path

import pytest

from cinefacs.errors import SchemaError
from cinefacs.records.sample import Part
from cinefacs.storage.division import read_division
from cinefacs.storage.study import StudyLayout


def test_a_study_that_says_nothing_has_none(tmp_path: Path) -> None:
    assert read_division(StudyLayout(tmp_path)) == {}


def test_each_film_has_its_part(tmp_path: Path) -> None:
    layout = StudyLayout(tmp_path)
    films = [
        {"film_number": number, "name": "any", "split": split}
        for number, split in ((1, "train"), (2, "test"), (3, "val"))
    ]
    layout.synth_path.write_text(json.dumps({"films": films}), encoding="utf-8")
    assert read_division(layout) == {1: Part.TRAIN, 2: Part.TEST, 3: Part.VAL}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"films": [{"film_number": 1}]}',
        '{"films": [{"film_number": 1, "split": "exam"}]}',
        '{"films": [{"film_number": "one", "split": "train"}]}',
        '{"films": null}',
    ],
)
def test_a_damaged_one_is_refused(tmp_path: Path, text: str) -> None:
    layout = StudyLayout(tmp_path)
    layout.synth_path.write_text(text, encoding="utf-8")
    with pytest.raises(SchemaError, match=r"synth\.json: expected films, each with film_number"):
        read_division(layout)
