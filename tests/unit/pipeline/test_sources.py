"""Which films are meant."""

from pathlib import Path

import pytest

from cinefacs.errors import FilmError
from cinefacs.pipeline.sources import find_films


def test_folders_are_searched_and_each_film_is_taken_once(tmp_path: Path) -> None:
    for name in ("b.MKV", "a.mp4", "notes.txt", "deep/c.mov", "study/clips/x.mp4"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    odd = tmp_path / "notes.txt"
    films = find_films([odd, tmp_path, tmp_path / "a.mp4"], out=tmp_path / "study")
    assert films == [odd, tmp_path / "a.mp4", tmp_path / "b.MKV", tmp_path / "deep/c.mov"]


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="expected a folder with films") as caught:
        find_films([tmp_path], out=tmp_path / "study")
    assert ".mp4" in caught.value.hint
    with pytest.raises(FilmError, match="at least one"):
        find_films([], out=tmp_path / "study")
