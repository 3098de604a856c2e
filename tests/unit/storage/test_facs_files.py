"""A user's own code book and rules come from YAML."""

from pathlib import Path

import pytest

from cinefacs.errors import ConfigError
from cinefacs.facs.code_book import standard_code_book
from cinefacs.facs.emotion_rules import standard_rule_tables
from cinefacs.storage.facs_files import read_code_book, read_rule_table


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_standard_book_and_the_papers_rules_are_used() -> None:
    assert read_code_book() is standard_code_book()
    assert read_rule_table() is standard_rule_tables()["paper"]
    assert read_rule_table("emfacs").name == "emfacs"


def test_a_code_book_of_ones_own(tmp_path: Path) -> None:
    text = "action_units:\n  12: {weak: wait for the cheek}\n  200: {name: Ear, region: head}\n"
    book = read_code_book(written(tmp_path / "book.yaml", text))
    assert book.lookup(12).weak == "wait for the cheek"
    assert 200 in book


def test_a_file_without_words_changes_nothing(tmp_path: Path) -> None:
    assert read_code_book(written(tmp_path / "book.yaml", "")).codes == standard_code_book().codes


def test_rules_of_ones_own(tmp_path: Path) -> None:
    text = (
        "source: me\nrules:\n- {emotion: joy, number: 5, aus: [6, 12B]}\n- {emotion: awe, aus: [1]}"
    )
    table = read_rule_table(str(written(tmp_path / "mine.yaml", text)))
    assert (table.name, table.source, table.emotions) == ("mine", "me", ("joy", "awe"))


@pytest.mark.parametrize(
    ("name", "hint"), [("emfcas", "did you mean 'emfacs'?"), ("rules.txt", "known: emfacs, paper")]
)
def test_an_unknown_table_is_named(name: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=r"expected paper or emfacs or a \.yaml file") as caught:
        read_rule_table(name)
    assert caught.value.hint == hint


@pytest.mark.parametrize("text", ["- 1", "rules: [", "rules: {}", "actions: {}"])
def test_rubbish_is_one_clear_error(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "mine.yaml", text)
    with pytest.raises(ConfigError, match=r"mine\.yaml"):
        read_rule_table(str(path))
    with pytest.raises(ConfigError, match=r"mine\.yaml"):
        read_code_book(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a readable file"):
        read_rule_table(str(tmp_path / "gone.yaml"))
