"""The data sheet says what the files say, and marks what nobody stated."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from cinefacs.config import load_config
from cinefacs.datasets.build import build_dataset
from cinefacs.datasets.config import SplitConfig
from cinefacs.datasets.datasheet import describe_dataset
from cinefacs.datasets.exchange import export_dataset, import_dataset
from cinefacs.datasets.leaks import check_dataset
from cinefacs.datasets.sheet_facts import PersonFacts, SheetFacts
from cinefacs.datasets.split import split_dataset
from cinefacs.errors import ConfigError
from cinefacs.records.dataset_manifest import ImageBase
from cinefacs.storage.datasets import DatasetLayout, read_dataset, write_dataset
from tests.support.drawn_study import DrawnStudy


@pytest.fixture
def layout(drawn: DrawnStudy, tmp_path: Path) -> DatasetLayout:
    shutil.copytree(drawn.root, tmp_path / "study", ignore=shutil.ignore_patterns("films"))
    return build_dataset(tmp_path / "study", "first").layout


def test_a_bare_sheet_marks_what_is_not_stated(layout: DatasetLayout) -> None:
    text = describe_dataset(layout, SheetFacts())
    assert layout.sheet_path.read_text(encoding="utf-8") == text
    assert "- Purpose: *not stated*" in text
    assert "- Ages: *not stated*" in text
    assert "The data set is not split." in text
    assert "- Leaks: not looked for" in text
    assert "Label sources: script 15" in text
    assert "Films: 5, 0.00 hours in all. Characters with samples: 10." in text
    assert "None" not in text


def test_facts_are_told_and_counted(layout: DatasetLayout, tmp_path: Path) -> None:
    split_dataset(layout, config=SplitConfig(folds=3), target=None)
    check_dataset(layout)
    agreement = tmp_path / "agree.json"
    row = {"kappa": 0.81234, "low": 0.7, "high": 0.9, "alpha": 0.8, "wexler": None,
           "prevalence": 0.1}  # fmt: skip
    agreement.write_text(json.dumps({"per_au": {"12": row}}), encoding="utf-8")
    facts = tmp_path / "facts.yaml"
    facts.write_text(
        "purpose: To test.\n"
        "people:\n"
        "  001-01: {age: 12, gender: girl}\n"
        "  002-01: {age: 31, gender: man, ethnicity: not told}\n"
        "film_licences: {'001': own film}\n"
        f"agreement: {agreement}\n",
        encoding="utf-8",
    )
    text = describe_dataset(layout, load_config(SheetFacts, facts))
    assert "- Purpose: To test." in text
    assert "- Ages: 12 to 31 years (of 2)" in text
    assert "- Genders: girl 1, man 1" in text
    assert "- Stated for 2 of 10 characters." in text
    assert "| 12 | 0.81 (0.70 to 0.90) | 0.80 | undefined | 0.10 |" in text
    assert "| 001 | own film |" in text
    assert "| fold-2 |" in text
    assert "- Leaks: none found" in text
    split_dataset(layout, config=SplitConfig(), seed=1, target=None)
    assert "- Leaks: not looked for" in describe_dataset(layout, SheetFacts())


def test_the_papers_protocol_is_owned_up_to(layout: DatasetLayout) -> None:
    split_dataset(layout, config=SplitConfig(paper=True), target=None)
    check_dataset(layout)
    text = describe_dataset(layout, SheetFacts())
    assert "> **Warning.** PAPER PROTOCOL" in text
    assert "At random over frames, as in the paper, seed 0: the parts leak." in text
    assert "found by the check: character" in text


def test_an_import_says_so(layout: DatasetLayout, tmp_path: Path) -> None:
    split_dataset(layout, config=SplitConfig(), target=None)
    export_dataset(layout, "yolo", tmp_path / "out")
    import_dataset(tmp_path / "out", "yolo", tmp_path / "back")
    text = describe_dataset(DatasetLayout(tmp_path / "back"), SheetFacts())
    assert "Imported by cinefacs" in text
    assert "By given (given), seed 0." in text


def test_an_empty_data_set_has_a_sheet(layout: DatasetLayout) -> None:
    manifest = dataclasses.replace(read_dataset(layout), samples=(), image_base=ImageBase.DATASET)
    write_dataset(layout, manifest)
    assert "Faces: side of the box none." in describe_dataset(layout, SheetFacts())


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (SheetFacts(people={"009-01": PersonFacts()}), "expected characters of the data set"),
        (SheetFacts(film_licences={"9": "x"}), "expected films of the data set, got '9'"),
        (SheetFacts(agreement="nowhere.json"), "expected what `cinefacs labels agree --json`"),
    ],
)
def test_facts_of_other_things_are_refused(
    layout: DatasetLayout, facts: SheetFacts, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        describe_dataset(layout, facts)
