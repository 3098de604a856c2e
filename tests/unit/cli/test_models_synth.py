"""`cinefacs models` shows the head data of the synthetic films beside the face models."""

import json
from pathlib import Path

import pytest

from cinefacs.cli.app import run
from cinefacs.synth.assets import ASSETS_NAME, assets_path, assets_row
from tests.support.synth import need_assets


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CINEFACS_CACHE", str(tmp_path))
    return tmp_path


def rows_of(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in json.loads(capsys.readouterr().out)["models"]}


def test_the_list_has_the_head_data_last(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "list", "--json"]) == 0
    rows = rows_of(capsys)
    assert list(rows)[-1] == ASSETS_NAME
    assert rows[ASSETS_NAME]["state"] == "missing"
    assert rows[ASSETS_NAME]["licence"] == "CC0-1.0"
    assert rows[ASSETS_NAME]["path"].startswith(str(cache))


def test_missing_head_data_fails_only_where_it_is_asked_for(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["models", "verify", "--json"])
    assert ASSETS_NAME not in rows_of(capsys)
    assert run(["models", "verify", ASSETS_NAME, "--json"]) == 1
    shown = capsys.readouterr()
    assert [row["name"] for row in json.loads(shown.out)["models"]] == [ASSETS_NAME]
    assert "hint: run `cinefacs models install --synth`\n" in shown.err
    assert "models install`" not in shown.err
    assert cache.is_dir()


def test_altered_head_data_is_found_unasked(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = assets_path(cache=cache)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"something else")
    assert run(["models", "verify", "--json"]) == 1
    assert rows_of(capsys)[ASSETS_NAME]["state"] == "altered"


def test_a_wrong_name_is_met_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "verify", "synth-haed"]) == 1
    assert ASSETS_NAME in capsys.readouterr().err


def test_the_row_states_the_size_of_the_file() -> None:
    need_assets()
    row = assets_row()
    assert row.size_bytes == row.path.stat().st_size
