"""Each wrong request about labels gives one clear error, and leaves the study as it was."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cinefacs.cli.app import run
from cinefacs.errors import FilmError
from cinefacs.labels.labelled_films import LabelledFilms, read_labelled_films
from cinefacs.records.character import Character
from cinefacs.records.film import Film
from cinefacs.records.labels import Labels
from cinefacs.storage.label_tables import add_labels, read_authors
from cinefacs.storage.record_tables import write_records
from cinefacs.storage.study import StudyLayout, lock_study
from tests.support.labelled_studies import make_study
from tests.support.labels import AU_LABEL, CODED

SHEET = "au,onset_frame,offset_frame\n12,1,3\n"
WHO = ("--coder", "ann", "--label-set", "round-1", "--character", "1")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyLayout, LabelledFilms]:
    return make_study(tmp_path_factory.mktemp("made"))


@pytest.fixture
def study(
    made: tuple[StudyLayout, LabelledFilms], tmp_path: Path
) -> Iterator[tuple[StudyLayout, Path]]:
    """Return a study of its own with one label, and a sheet."""
    layout, films = made
    root = tmp_path / "study"
    root.mkdir()
    for path in layout.root.glob("*.parquet"):
        (root / path.name).write_bytes(path.read_bytes())
    film = films.by_number(1)
    label = dataclasses.replace(
        AU_LABEL, film_id=film.film.film_id, span=film.times.span_of(2, 4), apex_pts=None
    )
    coded = dataclasses.replace(CODED, film_id=label.film_id, span=film.times.span_of(0, 9))
    add_labels(StudyLayout(root), Labels(aus=(label,), coded=(coded,)))
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    yield StudyLayout(root), sheet
    assert read_authors(StudyLayout(root)) == (("ann", "round-1"),)


def fails(capsys: pytest.CaptureFixture[str], *words: object, code: int = 1) -> tuple[str, str]:
    """Run a command that must fail; return message and hint."""
    capsys.readouterr()
    assert run(["labels", *map(str, words), "--json"]) == code
    shown = capsys.readouterr()
    if code != 1:
        return shown.err, ""
    error = json.loads(shown.out)["error"]
    assert shown.err.startswith(f"error: {error['message']}")
    return error["message"], error["hint"]


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (WHO, "expected a new label set, got 'round-1' by 'ann'", "--label-set"),
        ((*WHO, "--film", "2"), "film: expected one of the study, got 2", "1 (film-1.mp4)"),
        ((*WHO[:-1], "3"), "--character: expected one of film 1, got 3", "film 1 has: 1, 2"),
        (WHO[:4], "expected a character's number, got none", "--character"),
        (WHO[2:], "expected to be told their coder", "--coder NAME"),
        ((*WHO[:2], *WHO[4:]), "expected to be told their label set", "--label-set NAME"),
    ],
)
def test_import_says_what_it_needs(
    study: tuple[StudyLayout, Path],
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    message: str,
    hint: str,
) -> None:
    layout, sheet = study
    found = fails(capsys, "import", layout.root, sheet, "--format", "csv", *words)
    assert message in found[0]
    assert hint in found[1]


def test_a_study_that_is_being_written_is_left_alone(
    study: tuple[StudyLayout, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    layout, sheet = study
    words = ("--coder", "ben", *WHO[2:])
    with lock_study(layout):
        message, _ = fails(capsys, "import", layout.root, sheet, "--format", "csv", *words)
    assert "no run is writing" in message


@pytest.mark.parametrize(("text", "reason"), [("", "it holds none"), ("12,99,100\n", "first, ")])
def test_a_file_without_labels_adds_nothing(
    study: tuple[StudyLayout, Path], capsys: pytest.CaptureFixture[str], text: str, reason: str
) -> None:
    layout, sheet = study
    sheet.write_text(SHEET.splitlines()[0] + "\n" + text, encoding="utf-8")
    message, _ = fails(capsys, "import", layout.root, sheet, "--format", "csv", *WHO)
    assert message.startswith("sheet.csv: expected labels of the format csv, found none")
    assert reason in message


def test_export_writes_over_nothing_unless_told(
    study: tuple[StudyLayout, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    layout, sheet = study
    export = ("export", layout.root, "--out")
    message, hint = fails(capsys, *export, sheet, "--format", "csv")
    assert "expected a new file, got one that is there" in message
    assert "--force" in hint
    assert sheet.read_text(encoding="utf-8") == SHEET
    message, _ = fails(capsys, *export, tmp_path, "--format", "cvat")
    assert "expected a new or empty folder, got one with files in it" in message
    message, _ = fails(capsys, *export, sheet, "--format", "cvat", "--force")
    assert "expected a folder, or a file that ends in .xml" in message
    message, _ = fails(capsys, *export, sheet, "--format", "yolo", "--force")
    assert message.endswith("expected a folder, got another file that is there")
    (tmp_path / "dir.csv").mkdir()
    message, _ = fails(capsys, *export, tmp_path / "dir.csv", "--format", "csv")
    assert "expected a file's name, got a folder" in message
    assert run(["labels", *map(str, export), str(sheet), "--format", "csv", "--force"]) == 0
    assert "L12B" not in sheet.read_text(encoding="utf-8")
    assert ",12,left,B," in sheet.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--coder", "eve"), "expected labels of coder 'eve', found none"),
        (("--label-set", "nine"), "expected labels of label set 'nine', found none"),
        (("--film", "7"), "film: expected one of the study, got 7"),
    ],
)
def test_export_of_what_is_not_there(
    study: tuple[StudyLayout, Path],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    words: tuple[str, ...],
    message: str,
) -> None:
    layout, _ = study
    out = ("--out", tmp_path / "a.csv", "--format", "csv")
    assert message in fails(capsys, "export", layout.root, *out, *words)[0]
    assert not (tmp_path / "a.csv").exists()


def test_no_study_no_labels_no_format(
    study: tuple[StudyLayout, Path],
    made: tuple[StudyLayout, LabelledFilms],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    _, sheet = study
    out = ("--out", tmp_path / "a.csv")
    assert "found no such file" in fails(capsys, "list", tmp_path / "nowhere")[0]
    message, hint = fails(capsys, "export", made[0].root, *out, "--format", "csv")
    assert "expected labels to export, found none" in message
    assert "labels list" in hint
    shown, _ = fails(capsys, "import", made[0].root, sheet, "--format", "word", code=2)
    assert "Choose from" in shown or "word" in shown


def test_one_file_for_two_films_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout, films = make_study(tmp_path, n_films=2)
    for film in films.films:
        span = film.times.span_of(0, 3)
        label = dataclasses.replace(
            AU_LABEL, film_id=film.film.film_id, span=span, apex_pts=None, coder=f"c{film.number}"
        )
        coded = dataclasses.replace(CODED, film_id=label.film_id, span=span, coder=label.coder)
        add_labels(layout, Labels(aus=(label,), coded=(coded,)))
    out = tmp_path / "a.eaf"
    message, _ = fails(capsys, "export", layout.root, "--format", "elan", "--out", out)
    assert "expected a folder for the files of 2 films" in message
    assert run(["labels", "export", str(layout.root), "--format", "elan", "--out", str(out),
                "--film", "2"]) == 0  # fmt: skip
    message, hint = fails(
        capsys, "import", layout.root, tmp_path / "film-1.mp4", "--format", "elan"
    )
    assert "expected a text file in UTF-8" in message
    assert "as UTF-8" in hint


def test_a_film_that_is_gone_is_named_and_csv_does_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout, films = make_study(tmp_path)
    film = films.by_number(1)
    label = dataclasses.replace(
        AU_LABEL, film_id=film.film.film_id, span=film.times.span_of(2, 4), apex_pts=None
    )
    coded = dataclasses.replace(CODED, film_id=label.film_id, span=film.times.span_of(0, 9))
    add_labels(layout, Labels(aus=(label,), coded=(coded,)))
    Path(film.film.path).unlink()
    message, _ = fails(
        capsys, "export", layout.root, "--format", "cvat", "--out", tmp_path / "a.xml"
    )
    assert "expected a film file, got nothing there" in message
    sheet = tmp_path / "a.csv"
    assert run(["labels", "export", str(layout.root), "--format", "csv", "--out", str(sheet)]) == 0
    assert "lost, 2x: columns of frames and seconds" in capsys.readouterr().out
    words = ("--label-set", "round-2", "--format", "csv")
    assert run(["labels", "import", str(layout.root), str(sheet), *words]) == 0
    assert ("ann", "round-2") in read_authors(layout)
    sheet.write_text(SHEET, encoding="utf-8")
    message, _ = fails(capsys, "import", layout.root, sheet, "--format", "csv", *WHO)
    assert "expected a film file, got nothing there" in message


def test_boxes_of_another_film_are_refused(tmp_path: Path) -> None:
    layout, films = make_study(tmp_path)
    film = films.by_number(1).film
    write_records(layout.films_path, Film, [dataclasses.replace(film, n_frames=3)])
    (again,) = read_labelled_films(layout).films
    shorter = dataclasses.replace(again, read_times=lambda: films.by_number(1).times)
    assert set(shorter.boxes) == {1, 2}
    cut = films.by_number(1).times
    cut = dataclasses.replace(cut, pts=cut.pts[:9] + 1, end_pts=cut.end_pts[:9] + 1)
    with pytest.raises(FilmError, match="at the times of the faces"):
        _ = dataclasses.replace(again, read_times=lambda: cut).boxes


def test_a_study_without_faces_has_no_boxes(tmp_path: Path) -> None:
    layout, _ = make_study(tmp_path)
    layout.tracks_path.unlink()
    write_records(layout.characters_path, Character, [])
    (film,) = read_labelled_films(layout).films
    assert film.boxes == {}
    assert film.face_at(0, (0, 0, 1, 1)) is None
    assert film.pictures == {}
