"""A file is whole or not there."""

import json
from pathlib import Path

import pytest

from cinefacs.errors import StorageError
from cinefacs.storage.atomic import atomic_path, remove_litter, write_json, write_text


def test_the_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.txt"
    with atomic_path(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
        assert temporary.parent == path.parent
        assert temporary.suffix == ".txt"
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="stop"), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError("stop")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_refuses_is_one_error(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    with pytest.raises(StorageError, match="expected to write it") as caught:
        write_text(blocker / "page.txt", "x")
    assert caught.value.hint


def test_a_full_disk_names_the_file_and_the_reason(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match=r"page\.txt.*No space left"),
        atomic_path(tmp_path / "page.txt"),
        Path("/dev/full").open("w") as full,
    ):
        full.write("x" * 100_000)
    assert list(tmp_path.iterdir()) == []


def test_json_keeps_order_and_refuses_nan(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_json(path, {"b": 1, "a": "é"})
    assert list(json.loads(path.read_text(encoding="utf-8"))) == ["b", "a"]
    with pytest.raises(ValueError, match="Out of range"):
        write_json(path, {"a": float("nan")})
    assert json.loads(path.read_text(encoding="utf-8"))["b"] == 1


def test_only_temporary_files_of_ours_are_litter(tmp_path: Path) -> None:
    kept = [tmp_path / name for name in ("a.tmp", ".hidden", ".a.tmp.mp4", "b.12.tmp.mp4")]
    for path in (*kept, tmp_path / ".a.12.tmp.mp4", tmp_path / ".lock.7.tmp"):
        path.touch()
    remove_litter(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    remove_litter(tmp_path / "nothing")
