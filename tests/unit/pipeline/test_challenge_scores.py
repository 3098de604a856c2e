"""The challenges' scores of tables, as people and programs call them; numbers worked by hand."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cinefacs.cli.app import run
from cinefacs.errors import SchemaError
from cinefacs.pipeline.challenge_scores import score_recognition_table, score_spotting_tables

ANSWERS = """subject,dataset,truth,answer
s1,casme2,disgust,happiness
s1,casme2,happiness,happiness
s2,samm,anger,contempt
s3,samm,surprise,surprise
s3,samm,other,surprise
"""
TRUTH = """subject,film,onset,offset,emotion
s1,f,0,9,negative
s1,f,50,59,positive
"""
FOUND = """subject,film,onset,offset,emotion
s1,f,2,11,negative
s1,f,80,89,positive
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_recognition(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = write(tmp_path / "a.csv", ANSWERS)
    assert run(["metrics", "recognition", str(table), "--classes", "three", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    pooled, casme2, samm = said["rows"]
    # negative: of two one right, none wrong: 2/3; positive: one right, one wrong: 2/3; surprise 1
    assert pooled["uf1"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert pooled["uar"] == pytest.approx((1 / 2 + 1 + 1) / 3)
    assert (pooled["n"], said["n_left_out"]) == (4, 1)
    assert (casme2["dataset"], casme2["accuracy"]) == ("casme2", 0.5)
    assert samm["uf1"] == 1
    assert pooled["most_frequent"]["uar"] == pytest.approx(1 / 3)
    # shuffled answers: 2 of 4 said positive, of which each is right with its class's share
    assert pooled["chance"]["accuracy"] == pytest.approx(5 / 16, abs=0.05)
    assert run(["metrics", "recognition", str(table), "--classes", "three"]) == 0
    assert "0.778" in capsys.readouterr().out


def test_five_classes_and_words_as_they_are(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", ANSWERS)
    plain = score_recognition_table(table)
    assert plain["rows"][0]["accuracy"] == pytest.approx(2 / 5)
    assert "contempt" in plain["classes"]
    five = score_recognition_table(
        write(tmp_path / "b.csv", "dataset,truth,answer\nsamm,anger,anger\nsamm,fear,anger\n"),
        classes="five",
    )
    assert (five["rows"][0]["uf1"], five["n_left_out"]) == (1, 1)


def test_spotting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth, found = write(tmp_path / "t.csv", TRUTH), write(tmp_path / "f.csv", FOUND)
    assert run(["metrics", "spotting", str(truth), str(found), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    # 8 of 12 frames shared: one of two is right
    assert (row["f1"], row["strs"]) == (0.5, 0.5)
    assert 0 < row["chance_f1"] < 0.4
    assert run(["metrics", "spotting", str(truth), str(found)]) == 0
    assert "STRS 0.500" in capsys.readouterr().out


def test_parquet_data_sets_and_no_emotions(tmp_path: Path) -> None:
    rows = [
        {"subject": "s1", "film": "f", "onset": 0, "offset": 9, "dataset": "samm"},
        {"subject": "s1", "film": "g", "onset": 0, "offset": 9, "dataset": "casme2"},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    pq.write_table(pa.Table.from_pylist(rows[:1]), tmp_path / "f.parquet")
    said = score_spotting_tables(tmp_path / "t.parquet", tmp_path / "f.parquet")["rows"]
    assert [row["dataset"] for row in said] == ["all together", "casme2", "samm"]
    assert [row["f1"] for row in said] == [pytest.approx(2 / 3), 0, 1]
    assert "strs" not in said[0]


def test_intervals_of_different_data_sets_never_match(tmp_path: Path) -> None:
    """Subjects and films have the same numbers in many of them."""
    head = "dataset,subject,film,onset,offset\n"
    truth = write(tmp_path / "t.csv", head + "A,1,1,10,19\nB,1,1,500,509\n")
    found = write(tmp_path / "f.csv", head + "A,1,1,500,509\nB,1,1,10,19\n")
    said = score_spotting_tables(truth, found)["rows"]
    assert [(row["dataset"], row["f1"]) for row in said] == [
        ("all together", 0), ("A", 0), ("B", 0)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "got none"),
        ("subject,film,onset,set_off\ns,f,1,2\n", "offset"),
        ("subject,film,onset,offset\ns,f,1.5,2\n", "row 1: expected whole frames"),
        ("subject,film,onset,offset\ns,f,5,2\n", "onset <= offset"),
        ("subject,film,onset,offset\ns,f,1\n", "line 2: expected 4 cells"),
        ("subject,film,onset,offset,dataset\ns,f,1,2,sam\n", "expected data sets of"),
    ],
)
def test_rubbish_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    good = write(
        tmp_path / "t.csv", "subject,film,onset,offset,dataset\ns,f,1,2,samm\ns,f,8,9,casme2\n"
    )
    with pytest.raises(SchemaError, match=complaint):
        score_spotting_tables(good, write(tmp_path / "f.csv", text))


def test_rubbish_answers_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = write(tmp_path / "a.csv", "truth,answer\nhappiness,joy\n")
    with pytest.raises(SchemaError, match="row 1: expected an answer"):
        score_recognition_table(table, classes="three")
    with pytest.raises(SchemaError, match="at least one sample"):
        score_recognition_table(write(tmp_path / "b.csv", "truth,answer\n"))
    with pytest.raises(SchemaError, match="Parquet"):
        score_recognition_table(write(tmp_path / "c.parquet", "no"))
    path = tmp_path / "e.parquet"
    pq.write_table(pa.table({"truth": ["joy"] * 9, "answer": ["fear"] * 9}), path)
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(len(content) // 4) + content[4 + len(content) // 4 :])
    with pytest.raises(SchemaError, match="expected a Parquet table"):
        score_recognition_table(path)
    (tmp_path / "d.csv").write_bytes(b"truth,answer\n\xff\xfe,a\n")
    with pytest.raises(SchemaError, match="UTF-8"):
        score_recognition_table(tmp_path / "d.csv")
    assert run(["metrics", "recognition", str(tmp_path / "none.csv"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["type"] == "StudyError"
