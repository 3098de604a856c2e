"""``cinefacs labels licensed``: words, JSON and exit codes."""

import json
from pathlib import Path
from typing import get_args

import pytest

from cinefacs.cli.app import run
from cinefacs.cli.labels_licensed import DataSetWord
from cinefacs.labels.licensed.names import DataSetName
from tests.support.licensed_sheets import CAS_ME2, CASME2, DFME, SMIC, write_pictures, write_xlsx


def command(*words: str | Path) -> list[str]:
    return ["labels", "licensed", *map(str, words)]


def test_the_command_knows_every_data_set() -> None:
    assert list(get_args(DataSetWord)) == [str(name) for name in DataSetName]


def test_an_import_says_what_was_read_repaired_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = write_xlsx(tmp_path / "SMIC.xlsx", SMIC.pages)
    frames = write_pictures(tmp_path / "smic", SMIC.folders)
    words = command("smic", sheet, "--frames", frames, "--out", tmp_path / "study")
    assert run(words) == 0
    first = capsys.readouterr()
    assert run(words) == 0
    again = capsys.readouterr()

    assert "rows: 5 read, 3 kept, 2 left out" in first.out
    assert "left out as note_row: 2 rows (a row of remarks" in first.out
    assert "kept by emotion_from_filename: 1 row (" in first.out
    assert "films: 3 with 72 pictures, not copied" in first.out
    assert f"labels of smic, set SMIC, are in {tmp_path / 'study'}" in first.out
    assert first.err == ""
    assert "give 164 expressions, the sheet has 3 rows" in first.out  # remarks are not counted
    assert "nothing to do: the study has just these labels" in again.out


def test_options_may_stand_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = write_xlsx(tmp_path / "c.xlsx", CAS_ME2.pages)
    (tmp_path / "c.yaml").write_text("unknown_offset: mirror\nlabel_set: v2\n")
    words = command("cas-me2", sheet, "--no-frames", "--config", tmp_path / "c.yaml", "--json")
    assert run(words) == 0
    document = json.loads(capsys.readouterr().out)
    assert run([*words, "--unknown-offset", "skip"]) == 0
    flagged = json.loads(capsys.readouterr().out)

    assert (document["n_kept"], document["label_set"]) == (3, "v2")
    assert (flagged["n_kept"], flagged["label_set"]) == (2, "v2")


def test_folders_without_a_row_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = write_xlsx(tmp_path / "c.xlsx", CAS_ME2.pages)
    folders = {**CAS_ME2.folders, "rawpic/s99/99_0411": ("img{:03d}.jpg", range(1, 3))}
    frames = write_pictures(tmp_path / "frames", folders)
    assert run(command("cas-me2", sheet, "--frames", frames, "--out", tmp_path / "study")) == 0
    out = capsys.readouterr().out

    assert "(page codes)" in out
    assert f"folders without a row: 1: {frames / 'rawpic/s99/99_0411'}" in out


def test_json_is_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = write_xlsx(tmp_path / "d.xlsx", DFME.pages)
    frames = write_pictures(tmp_path / "dfme", DFME.folders)
    out = tmp_path / "study"
    options = ("--frames", frames, "--out", out, "--label-set", "v1", "--json")
    assert run(command("dfme", sheet, *options)) == 0
    document = json.loads(capsys.readouterr().out)

    assert document["label_set"] == "v1"
    assert (document["n_rows"], document["n_kept"], document["n_skipped"]) == (3, 2, 1)
    assert document["skipped"][0]["reason"] == "fps_missing"
    assert document["skipped"][0]["rows"] == [{"row": "Sheet1:4", "found": ""}]
    assert document["out"] == str(out)
    assert Path(document["report_path"]).is_file()


def test_without_frames_the_sheet_is_only_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sheet = write_xlsx(tmp_path / "c.xlsx", CASME2.pages)
    assert run(command("casme2", sheet, "--no-frames")) == 0
    out = capsys.readouterr().out

    assert "rows: 4 read, 4 kept, 0 left out" in out
    assert "not read, kept verbatim: '?' in Sheet1:4, '14 or 15' in Sheet1:5" in out
    assert "nothing was written: the sheet was only checked" in out
    assert list(tmp_path.iterdir()) == [sheet]


@pytest.mark.parametrize("words", [(), ("--frames", ".", "--no-frames")])
def test_frames_or_no_frames_must_be_said(
    tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = write_xlsx(tmp_path / "c.xlsx", CASME2.pages)
    assert run(command("casme2", sheet, *words)) == 1
    assert "expected either --frames DIR or --no-frames" in capsys.readouterr().err


def test_an_error_is_told_once_and_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.xlsx").write_text("no spreadsheet")
    assert run(command("casme2", tmp_path / "c.xlsx", "--no-frames", "--json")) == 1
    document = json.loads(capsys.readouterr().out)

    assert document["error"]["type"] == "SchemaError"
    assert document["error"]["hint"]


def test_an_unknown_data_set_is_wrong_usage(tmp_path: Path) -> None:
    assert run(command("casme4", tmp_path / "c.xlsx", "--no-frames")) == 2


def test_more_rows_than_can_be_shown_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = CASME2.pages["Sheet1"]
    rows = [[1, f"s{i}", None, 3, "/", 9, None, "4", "disgust"] for i in range(8)]
    sheet = write_xlsx(tmp_path / "c.xlsx", {"Sheet1": [page[0], *rows]})
    assert run(command("casme2", sheet, "--no-frames")) == 0
    out = capsys.readouterr().out

    assert "kept by apex_slash_is_none: 8 rows" in out
    assert "Sheet1:2, Sheet1:3, Sheet1:4, Sheet1:5, Sheet1:6 and 3 more" in out
