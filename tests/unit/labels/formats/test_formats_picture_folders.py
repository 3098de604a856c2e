"""Studies of data sets: films that are folders of pictures go through every format."""

import dataclasses
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from cinefacs.errors import FilmError
from cinefacs.labels.exchange import export_labels, import_labels, list_authors
from cinefacs.labels.formats.catalog import FORMATS
from cinefacs.labels.labelled_films import read_labelled_films
from cinefacs.labels.licensed.import_data_set import import_data_set
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.media.frame_times import read_frame_times
from cinefacs.records.au_label import AuLabel
from cinefacs.records.film import Film
from cinefacs.storage.label_tables import read_labels
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout
from tests.support.licensed_sheets import CAS_ME3, CASME2, Example, write_pictures, write_xlsx

SETS = {"casme2": CASME2, "cas-me3": CAS_ME3}


def data_set_study(tmp_path: Path, name: str) -> StudyLayout:
    example: Example = SETS[name]
    sheet = write_xlsx(tmp_path / "sheet.xlsx", example.pages)
    frames = write_pictures(tmp_path / "pictures", example.folders)
    import_data_set(DataSetName(name), sheet, frames=frames, out=tmp_path / "study")
    return StudyLayout(tmp_path / "study")


def on_pictures(labels: Iterable[AuLabel]) -> list[AuLabel]:
    """Return labels as they are on whole pictures.

    In CAS_ME3 a label ends with picture 39, which is missing: the last one there is 38.
    """
    return [
        dataclasses.replace(x, span=dataclasses.replace(x.span, end_pts=39))
        if x.span.end_pts == 40 else x
        for x in labels
    ]  # fmt: skip


def told(labels: Iterable[AuLabel]) -> list[tuple[object, ...]]:
    return sorted(
        (x.film_id, x.character_number, x.au, x.side, x.intensity or "", x.span.start_s,
         x.span.end_s, x.apex_pts or -1)
        for x in labels
    )  # fmt: skip


def test_each_picture_lasts_one_tick_and_missing_ones_leave_gaps(tmp_path: Path) -> None:
    layout = data_set_study(tmp_path, "cas-me3")
    film = next(f for f in read_records(layout.films_path, Film) if "spNO.1" in f.path)
    times = read_frame_times(film)
    # CAS_ME3.folders: pictures 8, 10, 12 ... 40
    assert times.pts.tolist() == list(range(8, 41, 2))
    assert (times.end_pts - times.pts).tolist() == [1] * 17
    assert times.time_base == film.span.time_base


def test_a_folder_that_lost_pictures_is_refused(tmp_path: Path) -> None:
    layout = data_set_study(tmp_path, "casme2")
    film = read_records(layout.films_path, Film)[0]
    (Path(film.path) / "img12.jpg").unlink()
    with pytest.raises(FilmError, match=r"expected the 12 pictures .* got 11"):
        export_labels(layout.root, tmp_path / "out", format_name="elan")
    shutil.rmtree(film.path)
    with pytest.raises(FilmError, match="got nothing there"):
        export_labels(layout.root, tmp_path / "out", format_name="elan")


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("format_name", FORMATS)
def test_labels_come_back_from_every_format(tmp_path: Path, name: str, format_name: str) -> None:
    """By the films' names in the files: CASME II has two films called EP01_01."""
    layout = data_set_study(tmp_path, name)
    before = read_labels(layout)
    exported = export_labels(layout.root, tmp_path / "out", format_name=format_name)
    paths = [
        path for path in exported.paths if path.suffix in FORMATS[format_name].suffixes
        and "cvat-labels" not in path.name and "label-studio.xml" not in path.name
    ] or [tmp_path / "out"]  # fmt: skip
    import_labels(
        layout.root, paths, format_name=format_name, coder="back",
        label_set="back" if format_name == "yolo" else None,
    )  # fmt: skip
    after = [label for label in read_labels(layout).aus if label.coder == "back"]
    expected = before.aus if format_name == "csv" else on_pictures(before.aus)
    if format_name == "yolo":
        assert {(x.film_id, x.au, x.span) for x in after} == {
            (x.film_id, x.au, x.span) for x in expected
        }
    else:
        assert told(after) == told(expected)
    is_cut = told(expected) != told(before.aus)
    assert is_cut == any("time within a frame" in loss.what for loss in exported.losses)
    assert [(a.coder, a.n_aus) for a in list_authors(layout.root) if a.coder == "back"] == [
        ("back", len(before.aus))
    ]


def test_what_programs_cannot_show_is_named(tmp_path: Path) -> None:
    layout = data_set_study(tmp_path, "casme2")
    lost = {
        name: [loss.what for loss in
               export_labels(layout.root, tmp_path / name, format_name=name).losses]
        for name in FORMATS
    }  # fmt: skip
    plays_films_only = {
        name for name, each in lost.items() if any("plays films only" in what for what in each)
    }
    assert plays_films_only == {"elan", "label-studio", "boris", "boris-events"}
    whole = {name for name, each in lost.items() if any("whole picture" in w for w in each)}
    assert whole == {"cvat", "coco", "yolo"}


def test_coco_names_pictures_where_they_lie(tmp_path: Path) -> None:
    layout = data_set_study(tmp_path, "casme2")
    (path,) = export_labels(layout.root, tmp_path / "out", format_name="coco").paths
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["images"]
    assert all(Path(image["file_name"]).is_file() for image in document["images"])
    assert {tuple(each["bbox"]) for each in document["annotations"]} == {(0.0, 0.0, 8.0, 6.0)}


def test_films_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    films = read_labelled_films(data_set_study(tmp_path, "casme2"))
    names = {film.file_name for film in films.films}
    assert {"sub01/EP01_01", "sub02/EP01_01", "EP01_02", "EP02_03f"} <= names
    assert films.by_file_name("EP01_01") is None
    for said in ("sub02/EP01_01", r"data\sub02\EP01_01", Path("/other/sub02/EP01_01").as_uri()):
        found = films.by_file_name(said)
        assert found is not None
        assert found.file_name == "sub02/EP01_01"
    assert films.by_file_name("elsewhere/EP99") is None
