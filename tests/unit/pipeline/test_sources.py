"""Which films are meant."""

import os
from pathlib import Path

import pytest

from cinefacs.errors import FilmError
from cinefacs.media.probe import digest_file
from cinefacs.pipeline.sources import find_films, find_same_film


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


def test_clips_of_other_studies_are_no_films(tmp_path: Path) -> None:
    own = tmp_path / "clips" / "mine.mp4"  # a folder of that name which is no study's
    for path in (own, tmp_path / "old" / "clips" / "001-01-0001.mp4"):
        path.parent.mkdir(parents=True)
        path.touch()
    (tmp_path / "old" / "films.parquet").touch()
    assert find_films([tmp_path], out=tmp_path / "new") == [own]


def test_a_name_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9t\xe9.mp4"))
    path.touch()
    with pytest.raises(FilmError, match="expected a name in UTF-8") as caught:
        find_films([tmp_path], out=tmp_path / "study")
    caught.value.message.encode()


def test_a_film_is_known_by_its_content(tmp_path: Path) -> None:
    missing, other, same = (tmp_path / name for name in ("missing", "other", "same"))
    other.write_text("b")
    same.write_text("a")
    film_id = digest_file(same)
    assert find_same_film(film_id, [missing, other, same]) == same
    assert find_same_film(film_id, [missing, other]) is None
