"""One run at a time writes a study."""

import fcntl
import shutil
from pathlib import Path

import pytest

from cinefacs.errors import StorageError, StudyError
from cinefacs.storage.study import StudyLayout, lock_study


def test_a_second_run_is_kept_out(tmp_path: Path) -> None:
    layout = StudyLayout(tmp_path / "study")
    with (
        lock_study(layout),
        pytest.raises(StudyError, match="no run is writing"),
        lock_study(layout),
    ):
        pass
    with lock_study(layout):
        assert layout.work_dir.is_dir()


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "study").write_text("")
    with pytest.raises(StorageError), lock_study(StudyLayout(tmp_path / "study")):
        pass


def test_every_path_lies_in_the_study(tmp_path: Path) -> None:
    layout = StudyLayout(tmp_path)
    paths = [getattr(layout, name) for name in dir(StudyLayout) if name.endswith(("_path", "_dir"))]
    files = [path for path in paths if isinstance(path, Path)] + [layout.figure_path(3)]
    assert len(set(files)) == len(files) > 15
    assert all(path.is_relative_to(tmp_path) for path in files)
    assert layout.figure_path(3).name == "003-shots.svg"


def test_a_lock_that_was_deleted_meanwhile_holds_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = StudyLayout(tmp_path / "study")
    original = fcntl.flock
    n_calls = 0

    def end_other_run(file: object, operation: int) -> None:
        nonlocal n_calls
        n_calls += 1
        if n_calls == 1:  # between our opening the file and our locking it
            shutil.rmtree(layout.work_dir)
        original(file, operation)  # type: ignore[arg-type]

    monkeypatch.setattr("cinefacs.storage.study.fcntl.flock", end_other_run)
    with lock_study(layout), pytest.raises(StudyError), lock_study(layout):
        pass
    assert n_calls == 3


def test_only_files_of_ours_are_derived(tmp_path: Path) -> None:
    layout = StudyLayout(tmp_path)
    ours = [layout.clip_dir / "001-01-0001.mp4", layout.frame_dir / "001-01-0001-0001.png",
            layout.figure_path(1), layout.work_dir / "parts"]  # fmt: skip
    others = [layout.clip_dir / "001-01-0001.eaf", layout.frame_dir / "notes.png",
              layout.clip_dir / "0001-01-0001.mp4",  # film 1 is 001
              layout.figure_dir / "mine.svg", layout.work_dir / "lock", layout.anew_path,
              layout.characters_file_path, layout.root / "labels.parquet"]  # fmt: skip
    for path in (*ours, *others):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    derived = set(layout.derived_paths())
    assert derived >= set(ours)
    assert not derived & set(others)
