"""Pictures of sequences: found by name, numbered by name, timed exactly."""

import os
from pathlib import Path

import pytest

from cinefacs.errors import ConfigError
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.frames import FoundFilms, PictureFilm, find_films
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.labels.licensed.read_sheet import read_sheet
from cinefacs.labels.licensed.rules import Rule, SkipReason
from cinefacs.labels.licensed.tally import RowTally
from tests.support.licensed_sheets import (
    CAS_ME3,
    CASME2,
    DFME,
    EXAMPLES,
    MMEW,
    SAMM_LV,
    SMIC,
    Example,
    Rows,
    workbook_of,
    write_pictures,
)


def find(
    name: DataSetName, example: Example, root: Path, pages: dict[str, Rows] | None = None
) -> tuple[FoundFilms, RowTally]:
    tally = RowTally()
    workbook = workbook_of(pages or example.pages)
    sheet = read_sheet(name, workbook, LicensedConfig(), tally)
    return find_films(sheet, root, tally, lambda _step: None), tally


def rules_of(film: PictureFilm) -> list[tuple[Rule, ...]]:
    return [placed.annotation.rules for placed in film.annotations]


@pytest.mark.parametrize("key", EXAMPLES)
def test_the_pictures_of_each_layout_are_found(key: str, tmp_path: Path) -> None:
    name, example = EXAMPLES[key]
    found, tally = find(name, example, write_pictures(tmp_path, example.folders))

    assert sum(len(film.annotations) for film in found.films) == example.n_kept
    assert tally.n_skipped == example.n_rows - example.n_kept
    assert all(film.size_wh == (8, 6) for film in found.films)
    assert len({film.film_id for film in found.films}) == len(found.films)


def test_pts_are_the_frame_numbers_of_the_data_set(tmp_path: Path) -> None:
    found, _ = find(DataSetName.CASME2, CASME2, write_pictures(tmp_path, CASME2.folders))
    first = found.films[0]

    assert first.frame_pts == tuple(range(1, 13))
    placed = first.annotations[0]
    assert (placed.onset_pts, placed.apex_pts, placed.offset_pts) == (3, (6,), 9)
    assert not first.is_torn
    assert [path.name for path in found.idle_folders] == ["EP07_01"]


def test_counters_of_a_camera_become_positions(tmp_path: Path) -> None:
    found, _ = find(DataSetName.SMIC, SMIC, write_pictures(tmp_path, SMIC.folders))
    negative = found.films[0]

    assert negative.folder.numbers[:3] == (9100, 9110, 9120)
    assert negative.frame_pts == tuple(range(24))
    placed = negative.annotations[0]
    assert (placed.onset_pts, placed.apex_pts, placed.offset_pts) == (0, (3,), 10)


def test_a_counter_without_a_picture_is_not_guessed_at(tmp_path: Path) -> None:
    write_pictures(tmp_path, SMIC.folders)
    rows: list[list[str | int]] = [
        [31, "s31_ne_01", 9105, 9130, 9200, "negative", 9100],
        [31, "s31_po_02", 9100, 9130, 9205, "positive", 9100],
        ["s32", "s32_sur_01", 9100, 9135, 9200, "surprise", 9090],
    ]
    found, tally = find(DataSetName.SMIC, SMIC, tmp_path, {"S": [SMIC.pages["Sheet1"][0], *rows]})

    assert tally.skipped == {
        SkipReason.ONSET_FRAME_MISSING: {"S:2": "9105, pictures 9100 to 9330"},
        SkipReason.OFFSET_FRAME_MISSING: {"S:3": "9205, pictures 9100 to 9330"},
    }
    (kept,) = found.films
    assert kept.annotations[0].apex_pts == ()
    assert Rule.APEX_FRAME_MISSING_IS_NONE in kept.annotations[0].annotation.rules
    assert Rule.FIRST_FRAME_DIFFERS in kept.annotations[0].annotation.rules


def test_dropped_pictures_leave_time_as_it_was(tmp_path: Path) -> None:
    found, _ = find(DataSetName.CAS_ME3, CAS_ME3, write_pictures(tmp_path, CAS_ME3.folders))
    (film,) = found.films

    assert film.frame_pts == tuple(range(8, 41, 2))
    assert [(p.onset_pts, p.offset_pts) for p in film.annotations] == [(8, 14), (20, 39)]
    assert [Rule.FRAME_DROPPED in rules for rules in rules_of(film)] == [False, True]


def test_frames_outside_the_pictures_are_told(tmp_path: Path) -> None:
    rows: list[list[str | int]] = [
        [9, "a", 2, 5, 30, "fear", 3, 200, "4"],
        [9, "b", 0, 5, 9, "fear", 3, 200, "4"],
        [9, "b", 2, 5, 9, "fear", 3, 200, "4"],
    ]
    write_pictures(tmp_path, {"9/a": ("{}.jpg", range(1, 20)), "9/b": ("{}.jpg", range(1, 20))})
    found, tally = find(DataSetName.DFME, DFME, tmp_path, {"S": [DFME.pages["Sheet1"][0], *rows]})

    assert tally.skipped == {
        SkipReason.OFFSET_FRAME_MISSING: {"S:2": "30, pictures 1 to 19"},
        SkipReason.ONSET_FRAME_MISSING: {"S:3": "0, pictures 1 to 19"},
    }
    (film,) = found.films
    assert film.is_torn


def test_an_unbounded_onset_becomes_the_first_frame(tmp_path: Path) -> None:
    folders = {name: ("041_{:04d}.jpg", range(5, 41)) for name in SAMM_LV.folders}
    found, tally = find(DataSetName.SAMM_LV, SAMM_LV, write_pictures(tmp_path, folders))

    assert found.films[0].annotations[0].onset_pts == 5
    assert found.films[0].annotations[0].annotation.onset == 5
    assert tally.skipped == {SkipReason.ONSET_FRAME_MISSING: {"Sheet1:14": "3, pictures 5 to 40"}}


def test_an_unbounded_expression_that_ended_before_the_film_is_told(tmp_path: Path) -> None:
    folders = {name: ("041_{:04d}.jpg", range(10, 41)) for name in SAMM_LV.folders}
    _, tally = find(DataSetName.SAMM_LV, SAMM_LV, write_pictures(tmp_path, folders))

    assert tally.skipped[SkipReason.OFFSET_FRAME_MISSING] == {"Sheet1:12": "9, pictures 10 to 40"}


def test_a_folder_may_be_given_above_or_below(tmp_path: Path) -> None:
    root = write_pictures(tmp_path / "x", CASME2.folders)
    above, _ = find(DataSetName.CASME2, CASME2, tmp_path)
    below, tally = find(DataSetName.CASME2, CASME2, root / "CASME2_RAW_selected" / "sub01")

    assert len(above.films) == 4
    assert len(below.films) == 2
    assert set(tally.skipped) == {SkipReason.FRAMES_MISSING}
    assert [film.film_id for film in below.films] == [film.film_id for film in above.films[:2]]


def test_the_same_names_under_two_folders_are_ambiguous(tmp_path: Path) -> None:
    write_pictures(tmp_path, CASME2.folders)
    write_pictures(tmp_path, {"Cropped/sub01/EP01_01": ("reg_img{}.jpg", range(1, 13))})
    found, tally = find(DataSetName.CASME2, CASME2, tmp_path)

    assert len(found.films) == 3
    (detail,) = tally.skipped[SkipReason.FRAMES_AMBIGUOUS].values()
    assert "give --frames a folder that holds one of them" in detail


def test_a_sequence_of_another_subject_is_never_taken(tmp_path: Path) -> None:
    """Two subjects have a sequence EP01_01, of which one folder is missing."""
    folders = {k: v for k, v in CASME2.folders.items() if not k.endswith("sub01/EP01_01")}
    found, tally = find(DataSetName.CASME2, CASME2, write_pictures(tmp_path, folders))

    assert tally.skipped == {SkipReason.FRAMES_MISSING: {"Sheet1:2": "sub01, EP01_01"}}
    assert len(found.films) == 3


def test_a_name_that_only_one_subject_has_may_lead_to_the_folder_and_is_noted(
    tmp_path: Path,
) -> None:
    found, _ = find(DataSetName.DFME, DFME, write_pictures(tmp_path, DFME.folders))

    assert all(Rule.FOLDER_BY_UNIQUE_NAME in r for film in found.films for r in rules_of(film))


def test_a_folder_that_two_subjects_claim_is_nobodys(tmp_path: Path) -> None:
    page = MMEW.pages["Sheet1"]
    typing_error = ["S92", *page[1][1:]]
    _, tally = find(
        DataSetName.MMEW,
        MMEW,
        write_pictures(tmp_path, MMEW.folders),
        {"Sheet1": [*page, typing_error]},
    )

    rows = tally.skipped[SkipReason.FOLDER_OF_SEVERAL]
    assert set(rows) == {"Sheet1:2", "Sheet1:3", "Sheet1:4"}
    assert "S91, S91-01-001 and S92, S91-01-001" in rows["Sheet1:2"]


@pytest.mark.parametrize(("name", "content"), [("img1.jpg", b"no picture"), ("reg_img5.jpg", b"")])
def test_pictures_that_cannot_be_used_are_told(
    tmp_path: Path, name: str, content: bytes
) -> None:  # fmt: skip
    root = write_pictures(tmp_path, CASME2.folders)
    (root / "CASME2_RAW_selected/sub01/EP01_01" / name).write_bytes(content)
    found, tally = find(DataSetName.CASME2, CASME2, root)

    assert list(tally.skipped[SkipReason.FRAMES_UNREADABLE]) == ["Sheet1:2"]
    assert len(found.films) == 3


def test_a_path_that_is_no_text_is_told(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"\xe9")
    write_pictures(odd, CASME2.folders)
    _, tally = find(DataSetName.CASME2, CASME2, tmp_path)

    assert "\\udce9" in next(iter(tally.skipped[SkipReason.FRAMES_UNREADABLE].values()))


def test_a_root_without_pictures_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected the folder of the data set's pictures"):
        find(DataSetName.CASME2, CASME2, tmp_path / "none")
    with pytest.raises(ConfigError, match="expected folders of numbered pictures, found none"):
        find(DataSetName.CASME2, CASME2, tmp_path)


def test_progress_is_told_for_each_sequence(tmp_path: Path) -> None:
    root = write_pictures(tmp_path, CASME2.folders)
    sheet = read_sheet(DataSetName.CASME2, CASME2.workbook(), LicensedConfig(), RowTally())
    steps: list[tuple[int, int | None]] = []
    find_films(sheet, root, RowTally(), lambda step: steps.append((step.n_done, step.n_total)))

    assert steps == [(n, 4) for n in (1, 2, 3, 4)]
