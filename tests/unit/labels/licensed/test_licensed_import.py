"""A data set becomes a study, once, whole, and beside other data sets."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cinefacs.labels.licensed.import_data_set as importing
from cinefacs.errors import FilmError, SchemaError, StorageError, StudyError
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.import_data_set import check_sheet, import_data_set
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.media.picture_folder import open_picture_folder, read_picture_pts
from cinefacs.pipeline.anew import begin_anew
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.readers import FaceTools
from cinefacs.pipeline.study_run import StudyRun, check_same_config
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot
from cinefacs.storage.label_tables import read_authors, read_labels
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.run_records import read_run_record
from cinefacs.storage.study import StudyLayout
from tests.support.licensed_sheets import (
    CAS_ME3,
    CASME2,
    EXAMPLES,
    SAMM,
    SAMM_LV,
    SMIC,
    Example,
    write_pictures,
    write_xls,
    write_xlsx,
)


def prepare(tmp_path: Path, name: str, example: Example) -> tuple[Path, Path]:
    """Write sheet and pictures of a data set, and return where they lie."""
    sheet = write_xlsx(tmp_path / f"{name}.xlsx", example.pages)
    return sheet, write_pictures(tmp_path / name, example.folders)


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("key", EXAMPLES)
def test_each_layout_becomes_a_study_without_copies(key: str, tmp_path: Path) -> None:
    name, example = EXAMPLES[key]
    sheet, frames = prepare(tmp_path, "data", example)
    report = import_data_set(name, sheet, frames=frames, out=tmp_path / "study")
    layout = StudyLayout(tmp_path / "study")
    labels = read_labels(layout)
    films = read_records(layout.films_path, Film)

    assert (report.n_rows, report.n_kept) == (example.n_rows, example.n_kept)
    assert labels.authors == ((str(name), "data"),)
    assert len(labels.expressions) == example.n_kept
    assert {label.film_id for label in labels.expressions} == {film.film_id for film in films}
    assert not [path for path in layout.root.rglob("*") if path.suffix in {".jpg", ".png"}]
    assert not layout.work_dir.exists()
    assert all(Path(film.path).is_dir() for film in films)


def test_the_tables_agree_with_each_other_and_with_the_pictures(tmp_path: Path) -> None:
    sheet, frames = prepare(tmp_path, "data", CAS_ME3)
    import_data_set(DataSetName.CAS_ME3, sheet, frames=frames, out=tmp_path / "study")
    layout = StudyLayout(tmp_path / "study")
    (film,) = read_records(layout.films_path, Film)
    (shot,) = read_records(layout.shots_path, Shot)
    (character,) = read_records(layout.characters_path, Character)
    (clip,) = read_records(layout.clips_path, Clip)
    rows = read_records(layout.frames_path, ClipFrame)

    assert film.size_wh == (8, 6)
    assert (film.n_frames, film.span.start_pts, film.span.end_pts) == (17, 8, 41)
    assert not film.is_constant_rate
    assert film.rate_fps == 15  # every other picture of 30 a second
    assert film.span.time_base == Fraction(1, 30)
    assert shot.span == clip.span == film.span
    assert (character.name, character.track_ids) == ("cas-me3/spNO.1", ())
    assert clip.is_short
    assert clip.n_codable_frames == clip.n_frames == 17
    assert rows[0].tag == "001-01-0001-0001"
    assert [row.pts for row in rows] == list(range(8, 41, 2))
    assert read_picture_pts(film) == tuple(row.pts for row in rows)
    pictures = open_picture_folder(Path(film.path))
    assert all(pictures.numbers[row.frame_index] == row.pts for row in rows)


def test_times_of_pictures_are_read_from_the_folder_that_was_imported(tmp_path: Path) -> None:
    sheet, frames = prepare(tmp_path, "data", SMIC)
    import_data_set(DataSetName.SMIC, sheet, frames=frames, out=tmp_path / "study")
    film = read_records(StudyLayout(tmp_path / "study").films_path, Film)[0]
    assert read_picture_pts(film) == tuple(range(24))

    next(Path(film.path).iterdir()).unlink()
    with pytest.raises(
        FilmError, match="expected the 24 pictures that were imported, from 0 to 23"
    ):
        read_picture_pts(film)


def test_the_report_lies_beside_the_labels_with_all_cells(tmp_path: Path) -> None:
    sheet, frames = prepare(tmp_path, "data", CASME2)
    report = import_data_set(DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "study")
    assert report.report_path is not None
    document = json.loads(report.report_path.read_text())
    run = read_run_record(StudyLayout(tmp_path / "study").run_path)

    assert document["rows"]["Sheet1:2"] == {
        "Subject": 1, "Filename": "EP01_01", "OnsetFrame": 3, "ApexFrame": 6, "OffsetFrame": 9,
        "Action Units": "4+L10", "Estimated Emotion": "disgust",
    }  # fmt: skip
    assert document["unread_aus"] == {"Sheet1:4": "?", "Sheet1:5": "14 or 15"}
    assert document["n_films"] == 4
    assert document["notes"] == [
        "the authors of CASME II give 255 expressions, the sheet has 4 rows"
    ]
    assert {each["rule"] for each in document["repaired"]} == {
        "subject_text_or_number", "au_part_unread", "apex_slash_is_none", "apex_outside_is_none",
    }  # fmt: skip
    assert run is not None
    assert run.verb == "labels licensed"
    assert list(run.inputs) == [str(sheet)]


def test_the_same_import_again_changes_nothing(tmp_path: Path) -> None:
    sheet, frames = prepare(tmp_path, "data", CASME2)
    first = import_data_set(DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "study")
    before = snapshot(tmp_path / "study")
    again = import_data_set(DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "study")

    assert (first.was_done, again.was_done) == (False, True)
    assert snapshot(tmp_path / "study") == before


def test_pictures_that_moved_are_found_again(tmp_path: Path) -> None:
    sheet, frames = prepare(tmp_path, "data", CASME2)
    import_data_set(DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "study")
    moved = frames.rename(tmp_path / "moved")
    again = import_data_set(DataSetName.CASME2, sheet, frames=moved, out=tmp_path / "study")
    films = read_records(StudyLayout(tmp_path / "study").films_path, Film)

    assert again.was_done
    assert "the pictures have moved; their new place was noted" in again.notes
    assert all(Path(film.path).is_relative_to(moved.resolve()) for film in films)
    assert sorted(film.film_number for film in films) == [1, 2, 3, 4]


def test_other_labels_under_one_name_are_refused(tmp_path: Path) -> None:
    sheet, frames = prepare(tmp_path, "data", CASME2)
    import_data_set(DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "study")
    before = snapshot(tmp_path / "study")
    config = LicensedConfig(fps=100)
    with pytest.raises(StudyError, match="expected a new label set, got 'data' of casme2"):
        import_data_set(
            DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "study", config=config
        )
    config = LicensedConfig(fps=100, label_set="slow")
    with pytest.raises(StudyError, match=r"at 200 frames per second, as it is there, got 100"):
        import_data_set(
            DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "study", config=config
        )
    assert snapshot(tmp_path / "study") == before


@pytest.mark.parametrize("content", [None, "no JSON", "[]"])
def test_labels_whose_report_is_gone_are_taken_for_others(
    tmp_path: Path, content: str | None
) -> None:
    sheet, frames = prepare(tmp_path, "data", CASME2)
    out = tmp_path / "study"
    report = import_data_set(DataSetName.CASME2, sheet, frames=frames, out=out)
    assert report.report_path is not None
    if content is None:
        report.report_path.unlink()
    else:
        report.report_path.write_text(content)
    with pytest.raises(StudyError, match="expected a new label set"):
        import_data_set(DataSetName.CASME2, sheet, frames=frames, out=out)


def test_a_second_label_set_shares_the_films(tmp_path: Path) -> None:
    sheet, frames = prepare(tmp_path, "data", CASME2)
    import_data_set(DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "study")
    config = LicensedConfig(label_set="second / reading")
    report = import_data_set(
        DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "study", config=config
    )
    layout = StudyLayout(tmp_path / "study")

    assert read_authors(layout) == (("casme2", "data"), ("casme2", "second / reading"))
    assert len(read_records(layout.films_path, Film)) == 4
    assert len(list(layout.import_dir.iterdir())) == 2
    assert report.report_path is not None
    assert report.report_path.name.startswith("casme2-second_reading-")


def test_several_data_sets_share_a_study_and_people_of_one_name_stay_apart(tmp_path: Path) -> None:
    for name, key, example in (
        (DataSetName.CASME2, "casme2", CASME2),
        (DataSetName.SAMM, "samm", SAMM),
        (DataSetName.SAMM_LV, "long", SAMM_LV),
    ):
        sheet, frames = prepare(tmp_path, key, example)
        import_data_set(name, sheet, frames=frames, out=tmp_path / "study")
    layout = StudyLayout(tmp_path / "study")
    films = read_records(layout.films_path, Film)
    names = {each.name for each in read_records(layout.characters_path, Character)}

    assert [film.film_number for film in films] == list(range(1, 9))
    assert names == {"casme2/sub01", "casme2/sub02", "samm/041", "samm/042"}
    assert len(read_labels(layout).expressions) == 9


def test_a_run_that_was_killed_is_completed_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet, frames = prepare(tmp_path, "data", CASME2)
    whole = tmp_path / "whole"
    import_data_set(DataSetName.CASME2, sheet, frames=frames, out=whole)
    study = tmp_path / "study"
    for step in ("_write_report", "add_labels", "_write_run"):
        with monkeypatch.context() as patch:
            patch.setattr(importing, step, _kill)
            with pytest.raises(KeyboardInterrupt):
                import_data_set(DataSetName.CASME2, sheet, frames=frames, out=study)
    report = import_data_set(DataSetName.CASME2, sheet, frames=frames, out=study)

    assert report.was_done
    assert snapshot(study).keys() == snapshot(whole).keys()
    assert (study / "films.parquet").read_bytes() == (whole / "films.parquet").read_bytes()
    assert len(read_labels(StudyLayout(study)).expressions) == 4


def _kill(*_arguments: object, **_options: object) -> None:
    raise KeyboardInterrupt


def test_a_study_of_films_is_refused(tmp_path: Path) -> None:
    sheet, frames = prepare(tmp_path, "data", CASME2)
    for mark in ("tracks.parquet", ".work/0123456789abcdef/checkpoint.json"):
        study = tmp_path / mark.replace("/", "_")
        (study / mark).parent.mkdir(parents=True)
        (study / mark).write_bytes(b"x")
        before = snapshot(study)
        with pytest.raises(StudyError, match="got one that `cinefacs collect` made"):
            import_data_set(DataSetName.CASME2, sheet, frames=frames, out=study)
        assert {k: v for k, v in snapshot(study).items() if k != ".work/lock"} == before
        assert (study / ".work").exists() == mark.startswith(".work")


@pytest.mark.parametrize("verb", ["collect", "analyze"])
def test_collect_refuses_a_study_of_data_sets_and_loses_nothing(tmp_path: Path, verb: str) -> None:
    sheet, frames = prepare(tmp_path, "data", CASME2)
    import_data_set(DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "study")
    layout = StudyLayout(tmp_path / "study")
    before = snapshot(layout.root)

    with pytest.raises(StudyError, match="expected the configuration and models"):
        check_same_config(
            StudyRun(
                verb=verb,
                layout=layout,
                config=CollectConfig(),
                models={},
                tools=FaceTools(CollectConfig(), device="CPU"),
                allow_damaged=False,
                seed=0,
                device="CPU",
                on_step=lambda _step: None,
            )
        )
    with pytest.raises(StudyError, match="expected the study's film"):
        begin_anew(layout, [tmp_path / "film.mp4"], allow_damaged=False)
    assert snapshot(layout.root) == before


def test_without_a_fitting_picture_nothing_is_written(tmp_path: Path) -> None:
    sheet, _ = prepare(tmp_path, "data", CASME2)
    other = write_pictures(tmp_path / "other", SAMM.folders)
    with pytest.raises(SchemaError, match=r"most often frames_missing \(4\): sub01, EP01_01"):
        import_data_set(DataSetName.CASME2, sheet, frames=other, out=tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    sheet, frames = prepare(tmp_path, "data", CASME2)
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="expected to write it"):
        import_data_set(DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "file")


def test_a_check_needs_no_pictures_and_writes_nothing(tmp_path: Path) -> None:
    sheet = write_xls(tmp_path / "data.xls", CAS_ME3.pages)
    report = check_sheet(DataSetName.CAS_ME3, sheet)

    assert (report.n_rows, report.n_kept) == (4, 2)
    assert {str(reason) for reason in report.skipped} == {
        "offset_before_onset",
        "duration_impossible",
    }
    assert report.as_document()["out"] is None
    assert list(tmp_path.iterdir()) == [sheet]


def test_the_second_sheet_belongs_to_the_import(tmp_path: Path) -> None:
    sheet, frames = prepare(tmp_path, "long", SAMM_LV)
    samm = write_xlsx(tmp_path / "samm.xlsx", SAMM.pages)
    config = LicensedConfig(emotions_from=samm)
    arguments = {"frames": frames, "out": tmp_path / "study", "config": config}
    report = import_data_set(DataSetName.SAMM_LV, sheet, **arguments)  # type: ignore[arg-type]
    run = read_run_record(StudyLayout(tmp_path / "study").run_path)

    assert dict(report.emotions) == {"Contempt": 1}
    assert run is not None
    assert list(run.inputs) == [str(sheet), str(samm)]

    write_xlsx(samm, {"MICRO_ONLY": SAMM.pages["MICRO_ONLY"][:-1]})
    with pytest.raises(StudyError, match="with other rows, pictures or options"):
        import_data_set(DataSetName.SAMM_LV, sheet, **arguments)  # type: ignore[arg-type]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(label_set=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(str.strip))
def test_any_label_set_has_a_report_of_its_own(tmp_path: Path, label_set: str) -> None:
    path = importing._report_path(StudyLayout(tmp_path), "casme2", label_set)

    assert path.parent == tmp_path / "imports"
    assert path.name == path.name.encode("utf-8", "strict").decode()
    assert len(path.name.encode()) <= 255
