"""Tables for people: Markdown, LaTeX and CSV say the same, and nothing is made up."""

import csv
import io

import pytest

from cinefacs.errors import SchemaError
from cinefacs.experiments.paper import paper_numbers
from cinefacs.experiments.tables import (
    MINUS,
    NONE,
    TextTable,
    as_csv,
    as_latex,
    as_markdown,
    number,
    spread,
)
from cinefacs.records.experiment import CellState, FaceAnswer
from tests.support.experiments import row

TABLE = TextTable(
    name="t", title="What 5 % & more cost", columns=("network", "a|b"),
    rows=(("yolov8n_x", spread(-0.5, 0.25, 2)), ("none", number(None))), notes=("All of it.",),
)  # fmt: skip


def test_numbers_without_a_value_are_a_dash() -> None:
    assert number(None) == NONE
    assert number(1234.5, 1) == "1,234.5"
    assert number(-0.25, 2) == f"{MINUS}0.25"
    assert spread(0.5, None) == "0.500"


def test_markdown_escapes_what_would_end_a_cell() -> None:
    lines = as_markdown(TABLE).splitlines()
    assert lines[0] == "### What 5 % & more cost"
    assert lines[2] == "| network | a\\|b |"
    assert lines[4] == f"| yolov8n_x | {MINUS}0.50 ± 0.25 |"
    assert lines[-1] == "- All of it."


def test_latex_escapes_its_own_signs() -> None:
    text = as_latex(TABLE)
    assert r"\caption{What 5 \% \& more cost}" in text
    assert r"yolov8n\_x & $-$0.50 $\pm$ 0.25 \\" in text
    assert r"none & -- \\" in text


def test_csv_has_a_line_a_row() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(TABLE))))
    assert rows == [["network", "a|b"], ["yolov8n_x", f"{MINUS}0.50 ± 0.25"], ["none", NONE]]


def test_the_papers_numbers_are_those_of_its_tables() -> None:
    # Typed anew from the paper's table 2, third SMART row, and table 1, SE.
    assert paper_numbers("compare").rows["yolov8-smart"][2] == (0.988, 0.73, 0.36, 0.566)
    assert paper_numbers("attention").rows["se"] == ((89.2, 13.8, 5.248),)
    assert paper_numbers("repeat").rows["yolov8-smart"] == ((0.57, 0.00856),)
    assert all(len(rows) == 3 for rows in paper_numbers("compare").rows.values())


def test_the_papers_impossible_f1_is_noted_and_true() -> None:
    precision, recall, f1, _ = paper_numbers("compare").rows["yolov8-smart"][0]
    assert f1 < precision + recall - 1  # F1 is never below that
    assert any("P + R - 1" in note for note in paper_numbers("compare").notes)


def test_a_failed_cell_cannot_hold_numbers() -> None:
    with pytest.raises(SchemaError, match="numbers of a cell that was run"):
        row(state=CellState.FAILED, reason="it burst")
    with pytest.raises(SchemaError, match="reason"):
        row(reason="it burst")


def test_a_face_that_was_not_found_is_not_right() -> None:
    missed = FaceAnswer(view_index=0, subject="p", film="1", sample_id="s", true_class="anger",
                        found_class="", score=0.0)  # fmt: skip
    assert not missed.is_right
