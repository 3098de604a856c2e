"""One run at a time writes a study."""

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
