"""Runs that break off anywhere, films that move or change, decisions made at the wrong moment."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cinefacs.errors import ConfigError, FilmError, StudyError
from cinefacs.films.config import FrameConfig
from cinefacs.pipeline.collect import CollectSummary, collect
from cinefacs.pipeline.config import CollectConfig
from cinefacs.records.clip import Clip
from cinefacs.records.film import Film
from cinefacs.storage.record_tables import read_records, write_records
from cinefacs.storage.study import StudyLayout
from tests.support.collecting import study_content
from tests.support.encoding import barcode_frames, write_film
from tests.support.killing import kill_at

CONFIG = CollectConfig()
OTHER_CONFIG = CollectConfig(frames=FrameConfig(mode="native"))


def run(*films: Path, out: Path, **options: Any) -> CollectSummary:  # noqa: ANN401
    return collect(films, out=out, config=options.pop("config", CONFIG), **options)


@pytest.fixture(scope="module")
def face(pyfeat_media: Path) -> Path:
    return pyfeat_media / "single_face.mp4"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Return a film without a face."""
    return write_plain(tmp_path / "plain.mp4", first=0)


def write_plain(path: Path, *, first: int) -> Path:
    write_film(path, barcode_frames(20, first=first))
    return path


@pytest.fixture(scope="module")
def whole(face: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the study of an uninterrupted run; not to be changed."""
    out = tmp_path_factory.mktemp("whole") / "study"
    run(face, out=out)
    return out


@pytest.fixture
def study(whole: Path, tmp_path: Path) -> Path:
    """Return a finished study to do something to."""
    return Path(shutil.copytree(whole, tmp_path / "study"))


@pytest.mark.parametrize(
    ("place", "nth"),
    [
        ("cinefacs.pipeline.store._measure_sound", 1),
        ("cinefacs.pipeline.store.replace_rows", 3),
        ("cinefacs.pipeline.store.replace_rows", 7),
        ("cinefacs.pipeline.collect.settle_cast", 1),
        ("cinefacs.pipeline.cast.write_records", 1),
        ("cinefacs.pipeline.cut.write_records", 1),
        ("cinefacs.films.export._close", 1),
        ("cinefacs.pipeline.cut.replace_rows", 1),
        ("cinefacs.pipeline.collect.write_sheet", 1),
        ("cinefacs.pipeline.study_run.write_run_record", 1),
    ],
)
def test_a_run_goes_on_wherever_it_was_killed(
    face: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, nth: int
) -> None:
    out = tmp_path / "study"
    kill_at(monkeypatch, place, lambda: run(face, out=out), nth=nth)
    run(face, out=out)
    mended, uninterrupted = study_content(out), study_content(whole)
    assert mended.keys() == uninterrupted.keys()
    assert [name for name in mended if mended[name] != uninterrupted[name]] == []


def test_rows_of_a_film_that_was_never_finished_do_no_harm(
    face: Path, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    # all its rows but that in films.parquet are there
    kill_at(monkeypatch, "cinefacs.pipeline.store.replace_rows", lambda: run(face, out=out), nth=7)
    summary = run(plain, out=out)
    assert [each.film.path for each in summary.films] == [str(plain)]
    assert any(path.is_dir() for path in (out / ".work").iterdir())  # the parts of the other film
    both = run(face, out=out)
    assert [each.film.film_number for each in both.films] == [1, 2]
    assert not (out / ".work").exists()


def test_what_a_killed_run_left_half_written_is_removed(face: Path, study: Path) -> None:
    litter = [study / ".tracks.12.tmp.parquet", study / "clips" / ".001-01-0001.12.tmp.mp4",
              study / "frames" / ".001-01-0001-0001.12.tmp.png"]  # fmt: skip
    for path in litter:
        path.write_text("half")
    assert run(face, out=study).was_done
    assert not any(path.exists() for path in litter)


def test_decisions_made_while_clips_are_cut_are_applied_by_the_next_run(
    face: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"

    def decide(*_args: object, **_kwargs: object) -> None:
        path = out / "characters.yaml"
        path.write_text(path.read_text().replace('name: ""', 'name: "Rosa"', 1))

    with monkeypatch.context() as patch:
        patch.setattr("cinefacs.pipeline.collect.write_sheet", decide)
        run(face, out=out)
    assert not run(face, out=out).was_done
    assert "Rosa" in (out / "contact_sheet.html").read_text(encoding="utf-8")


def test_wrong_decisions_are_told_before_anything_is_done(
    face: Path, plain: Path, study: Path
) -> None:
    (study / "characters.yaml").write_text("")
    before = study_content(study)
    with pytest.raises(ConfigError, match="schema_version"):
        run(face, out=study)
    with pytest.raises(ConfigError, match="schema_version"):
        run(plain, out=study, force=True)
    assert study_content(study) == before


def test_a_study_never_holds_films_read_in_two_ways(face: Path, study: Path) -> None:
    text = (study / "characters.yaml").read_text()
    decided = text.replace('tracks_digest: "', 'tracks_digest: "0')
    (study / "characters.yaml").write_text(decided)
    with pytest.raises(ConfigError, match="tracks_digest"):
        run(face, out=study, force=True)
    (study / "characters.yaml").write_text(text)
    with pytest.raises(StudyError, match="expected the configuration"):
        run(face, out=study, config=OTHER_CONFIG)
    run(face, out=study)
    assert not (study / ".work").exists()


def test_a_refused_run_leaves_no_folder(face: Path, study: Path) -> None:
    with pytest.raises(StudyError, match="expected the configuration"):
        run(face, out=study, config=OTHER_CONFIG)
    assert not (study / ".work").exists()


@pytest.mark.parametrize("force", [False, True])
def test_only_bad_films_leave_nothing(tmp_path: Path, force: bool) -> None:
    bad = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for path in bad:
        path.write_text("no film")
    summary = run(*bad, out=tmp_path / "study", force=force)
    assert set(summary.failed) == set(map(str, bad))
    assert not (tmp_path / "study").exists()


def test_making_a_study_anew_keeps_films_and_numbers_when_it_is_killed(
    face: Path, plain: Path, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(plain, out=study)
    third = write_plain(plain.with_name("third.mp4"), first=40)
    kill_at(
        monkeypatch,
        "cinefacs.pipeline.study_run.store_film",
        lambda: run(third, out=study, force=True),
        nth=2,
    )
    summary = run(third, out=study)
    assert [each.film.path for each in summary.films] == [str(face), str(plain), str(third)]
    assert [each.film.film_number for each in summary.films] == [1, 2, 3]
    assert not (study / ".work").exists()


def test_a_broken_off_deletion_is_ended_first(
    face: Path, whole: Path, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = next((study / "clips").iterdir())
    clip.write_bytes(b"made in another way")
    kill_at(
        monkeypatch,
        "cinefacs.pipeline.anew.disk_errors",
        lambda: run(face, out=study, force=True),
    )
    run(face, out=study)
    assert clip.read_bytes() == (whole / "clips" / clip.name).read_bytes()


def test_making_a_study_anew_spares_what_people_put_there(face: Path, study: Path) -> None:
    own = [study / "clips" / "001-01-0001.eaf", study / "figures" / "mine.svg",
           study / "frames" / "001-01-0001.csv", study / "labels.parquet"]  # fmt: skip
    for path in own:
        path.write_text("a person's work")
    run(face, out=study, force=True)
    assert [path.read_text() for path in own] == ["a person's work"] * len(own)


def test_a_damaged_film_is_not_made_anew_unasked(face: Path, study: Path) -> None:
    layout = StudyLayout(study)
    (film,) = read_records(layout.films_path, Film)
    write_records(layout.films_path, Film, [replace(film, n_damaged_frames=3)])
    before = study_content(study)
    with pytest.raises(StudyError, match="damaged") as caught:
        run(face, out=study, force=True)
    assert "--allow-damaged" in caught.value.hint
    assert study_content(study) == before


def edit_number(out: Path) -> None:
    """Decide that the first character bears another number, so that its clips are cut anew."""
    path = out / "characters.yaml"
    path.write_text(path.read_text().replace("number: 1", "number: 7", 1))


@pytest.mark.parametrize("force", [False, True])
def test_a_film_that_was_moved_is_found_by_its_content(
    face: Path, tmp_path: Path, force: bool
) -> None:
    old, new, out = tmp_path / "old.mp4", tmp_path / "new.mp4", tmp_path / "study"
    shutil.copy(face, old)
    run(old, out=out)
    old.rename(new)
    edit_number(out)
    summary = run(new, out=out, force=force)
    assert [each.film.path for each in summary.films] == [str(new)]
    assert sorted({each.name[:6] for each in (out / "clips").iterdir()}) == ["001-07"]
    assert next(iter(json.loads((out / "run.json").read_text())["inputs"])) == str(new)


def test_clips_are_never_cut_from_another_film(face: Path, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mp4", tmp_path / "study"
    shutil.copy(face, film)
    run(film, out=out)
    write_plain(film, first=0)
    edit_number(out)
    summary = run(film, out=out)  # it is a film of its own now
    assert "expected the film that was read" in summary.failed[str(film)].message
    assert not list((out / "clips").iterdir())
    again = run(film, out=out)
    assert not again.was_done
    assert again.failed
    before = study_content(out)
    with pytest.raises(StudyError, match="to make it anew"):
        run(film, out=out, force=True)
    assert study_content(out) == before


def test_a_lone_film_that_is_gone_when_clips_are_cut_is_one_error(
    face: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, out = tmp_path / "film.mp4", tmp_path / "study"
    shutil.copy(face, film)
    kill_at(monkeypatch, "cinefacs.pipeline.collect.cut_clips", lambda: run(film, out=out))
    bad = tmp_path / "bad.mp4"
    bad.write_text("no film")
    film.unlink()
    with pytest.raises(FilmError):
        run(bad, out=out)
    with pytest.raises(StudyError, match="expected the configuration"):
        run(face, out=out, config=OTHER_CONFIG)
    run(face, out=out)
    assert list((out / "clips").iterdir())


def test_films_are_added_though_older_ones_are_out_of_reach(
    face: Path, plain: Path, tmp_path: Path
) -> None:
    film, out = tmp_path / "film.mp4", tmp_path / "study"
    shutil.copy(face, film)
    run(plain, out=out)  # a film without characters stands first in characters.yaml
    run(film, out=out)
    pictures = study_content(out)["frames.parquet"]
    film.unlink()
    third = write_plain(tmp_path / "third.mp4", first=40)
    summary = run(third, out=out)
    assert summary.failed == {}
    assert [each.film.film_number for each in summary.films] == [1, 2, 3]
    assert study_content(out)["frames.parquet"] == pictures
    assert pictures


def test_rows_of_pictures_follow_the_clips(face: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    run(face, out=out)
    edit_number(out)
    run(face, out=out)
    content = study_content(out)
    (clip,) = read_records(StudyLayout(out).clips_path, Clip)
    rows = content["frames.parquet"]
    assert isinstance(rows, list)
    assert {row["clip_tag"] for row in rows} == {clip.tag}
    names = {f"{clip.tag}-{k:04d}.png" for k in range(1, len(rows) + 1)}
    assert {path.name for path in (out / "frames").iterdir()} == names
    assert np.all(np.diff([row["frame_index"] for row in rows]) >= 0)
