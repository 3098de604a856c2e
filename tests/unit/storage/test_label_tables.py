"""Label sets are added whole, and none is altered."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefacs.errors import SchemaError, StorageError, StudyError
from cinefacs.records.labels import Labels
from cinefacs.storage import label_tables
from cinefacs.storage.label_tables import add_labels, read_authors, read_labels
from cinefacs.storage.study import StudyLayout
from tests.support.labels import AU_LABEL, CODED, EXPRESSION, label_sets

ANN = Labels(aus=(AU_LABEL,), expressions=(EXPRESSION,), coded=(CODED,))
BEN = Labels(
    aus=(dataclasses.replace(AU_LABEL, coder="ben", au=4),),
    coded=(dataclasses.replace(CODED, coder="ben"),),
)
by_disk = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@by_disk
@given(labels=label_sets(), number=st.integers(0, 10**9))
def test_labels_round_trip(tmp_path: Path, labels: Labels, number: int) -> None:
    layout = StudyLayout(tmp_path / str(number))
    add_labels(layout, labels, replace=True)
    assert read_labels(layout) == labels


def test_a_study_without_labels_has_none(tmp_path: Path) -> None:
    assert read_labels(StudyLayout(tmp_path)) == Labels()
    assert read_authors(StudyLayout(tmp_path)) == ()


def test_sets_are_added_beside_each_other_and_read_apart(tmp_path: Path) -> None:
    layout = StudyLayout(tmp_path)
    add_labels(layout, ANN)
    add_labels(layout, BEN)
    assert read_authors(layout) == (("ann", "round-1"), ("ben", "round-1"))
    assert read_labels(layout, authors=[("ben", "round-1")]) == BEN
    assert read_labels(layout) == ANN + BEN


def test_a_set_is_never_overwritten(tmp_path: Path) -> None:
    layout = StudyLayout(tmp_path)
    add_labels(layout, ANN)
    changed = dataclasses.replace(ANN, aus=())
    with pytest.raises(StudyError, match="new label set") as caught:
        add_labels(layout, changed)
    assert "--label-set" in caught.value.hint
    assert read_labels(layout) == ANN


def test_a_set_that_a_program_makes_can_be_made_anew(tmp_path: Path) -> None:
    layout = StudyLayout(tmp_path)
    add_labels(layout, ANN + BEN)
    changed = dataclasses.replace(ANN, aus=(dataclasses.replace(AU_LABEL, au=6),))
    add_labels(layout, changed, replace=True)
    assert read_labels(layout) == BEN + changed


def test_labels_without_a_word_on_what_was_looked_at_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="coded span"):
        add_labels(StudyLayout(tmp_path), Labels(aus=(AU_LABEL,)))


def test_a_set_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    layout = StudyLayout(tmp_path)
    with pytest.raises(StudyError, match="found none") as caught:
        read_labels(layout, authors=[("ann", "round-1")])
    assert caught.value.hint == "the study has: none"
    add_labels(layout, ANN)
    with pytest.raises(StudyError, match="round-2") as caught:
        read_labels(layout, authors=[("ann", "round-2")])
    assert "ann/round-1" in caught.value.hint


def test_a_damaged_table_is_called_so(tmp_path: Path) -> None:
    layout = StudyLayout(tmp_path)
    add_labels(layout, ANN)
    content = bytearray(layout.labels_path.read_bytes())
    content[4 : len(content) // 3] = bytes(len(content) // 3 - 4)
    layout.labels_path.write_bytes(content)
    with pytest.raises(SchemaError, match=r"labels\.parquet: expected a Parquet table"):
        read_labels(layout)
    with pytest.raises(SchemaError, match=r"labels\.parquet: expected a Parquet table"):
        add_labels(layout, BEN)
    assert layout.labels_path.read_bytes() == content


@pytest.mark.parametrize("name", ["labels.parquet", "expression_labels.parquet"])
def test_a_lost_table_does_not_read_as_absent(tmp_path: Path, name: str) -> None:
    layout = StudyLayout(tmp_path)
    add_labels(layout, ANN)
    (tmp_path / name).unlink()
    with pytest.raises(StudyError, match=f"/{name}: expected it beside coded_spans") as caught:
        read_labels(layout)
    assert "restore it" in caught.value.hint
    with pytest.raises(StudyError, match=f"/{name}: expected it beside coded_spans"):
        add_labels(layout, BEN)  # would make the table anew, and the loss be forgotten
    layout.coded_spans_path.unlink()
    add_labels(layout, ANN)
    assert read_labels(layout) == ANN


def add_and_stop(
    monkeypatch: pytest.MonkeyPatch, layout: StudyLayout, *, n_written: int, replace: bool = False
) -> None:
    """Add Ann's labels, and stop as a kill would after some tables."""
    write = label_tables._write
    done: list[Path] = []

    def stops(path: Path, *arguments: object) -> None:
        if len(done) == n_written:
            raise StorageError(f"{path}: full")
        done.append(path)
        write(path, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(label_tables, "_write", stops)
        with pytest.raises(StorageError):
            add_labels(layout, ANN, replace=replace)


@pytest.mark.parametrize("n_written", [0, 1, 2])
@pytest.mark.parametrize("before", [Labels(), BEN])
def test_a_set_that_was_not_finished_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: Labels, n_written: int
) -> None:
    layout = StudyLayout(tmp_path)
    if before.authors:
        add_labels(layout, before)
    add_and_stop(monkeypatch, layout, n_written=n_written)
    assert read_labels(layout) == before
    add_labels(layout, ANN)
    assert read_labels(layout) == before + ANN


@pytest.mark.parametrize("n_written", [1, 2, 3])
def test_a_set_that_was_not_replaced_whole_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_written: int
) -> None:
    layout = StudyLayout(tmp_path)
    add_labels(layout, ANN)
    add_and_stop(monkeypatch, layout, n_written=n_written, replace=True)
    assert read_labels(layout) == Labels()
    add_labels(layout, ANN)
    assert read_labels(layout) == ANN
