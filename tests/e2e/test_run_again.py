"""Kill it, run it again, add films, decide about characters: nothing is lost or doubled."""

import json
from pathlib import Path

import pytest
import yaml

from tests.support.collecting import collect_by_command, kill_after_shots, study_content
from tests.support.films import glue_film, real_segments

NO_FRAMES = ["--frames.mode", "none"]


@pytest.fixture(scope="module")
def short_film(pyfeat_media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a film of seven shots with a fade and a dissolve."""
    segments = real_segments(pyfeat_media)
    path = tmp_path_factory.mktemp("short") / "short.mp4"
    return glue_film(segments[:7], path, audio_s=5.0).path


@pytest.fixture(scope="module")
def whole(short_film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the study of an uninterrupted run."""
    out = tmp_path_factory.mktemp("whole") / "study"
    collect_by_command(short_film, out=out, words=NO_FRAMES)
    return out


def test_a_killed_run_goes_on_and_ends_the_same(
    short_film: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    killed = [
        kill_after_shots(short_film, out, n_shots=n_shots, words=NO_FRAMES) for n_shots in (1, 3, 5)
    ]
    assert killed == [True, True, True]
    collect_by_command(short_film, out=out, words=NO_FRAMES)
    mended, uninterrupted = study_content(out), study_content(whole)
    assert mended.keys() == uninterrupted.keys()
    different = [name for name in mended if mended[name] != uninterrupted[name]]
    assert different == []


def test_a_finished_study_has_nothing_to_do(short_film: Path, whole: Path) -> None:
    before = (whole / "run.json").read_bytes()
    summary = json.loads(collect_by_command(short_film, out=whole, words=NO_FRAMES))
    assert summary["was_done"]
    assert summary["films"][0]["n_clips"] > 0
    assert (whole / "run.json").read_bytes() == before


def test_another_configuration_is_refused(short_film: Path, whole: Path) -> None:
    words = [*NO_FRAMES, "--clips.min-s", "1"]
    error = json.loads(collect_by_command(short_film, out=whole, words=words, code=1))["error"]
    assert error["type"] == "StudyError"
    assert "--force" in error["hint"]


def test_decisions_are_honoured_and_survive_force(
    short_film: Path, pyfeat_media: Path, tmp_path: Path
) -> None:
    film, out = pyfeat_media / "single_face.mp4", tmp_path / "study"
    first = json.loads(collect_by_command(film, out=out, words=NO_FRAMES))
    assert first["films"][0]["n_clips"] >= 1
    path = out / "characters.yaml"
    document = yaml.safe_load(path.read_text())
    hero = document["films"][1]["characters"][0]
    edited = path.read_text().replace(f"number: {hero['number']}", "number: 42", 1)
    document = yaml.safe_load(edited)
    document["films"][1]["characters"][0] |= {"name": "Rosa", "is_under_study": True}
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    second = json.loads(collect_by_command(film, out=out, words=NO_FRAMES))
    assert not second["was_done"]
    names = sorted(each.name for each in (out / "clips").iterdir())
    assert names
    assert all(name.startswith("001-42-") for name in names)
    assert "Rosa" in (out / "contact_sheet.html").read_text(encoding="utf-8")
    decided = path.read_bytes()
    collect_by_command(film, out=out, words=[*NO_FRAMES, "--force"])
    assert path.read_bytes() == decided
    both = json.loads(collect_by_command(film, short_film, out=out, words=NO_FRAMES))
    assert [each["film_number"] for each in both["films"]] == [1, 2]
    assert b"Rosa" in path.read_bytes()
    assert set(yaml.safe_load(path.read_text())["films"]) == {1, 2}
    assert any(each.name.startswith("002-") for each in (out / "clips").iterdir())


def test_one_bad_film_of_several_does_not_stop_the_others(
    pyfeat_media: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "films" / "bad.mp4"
    bad.parent.mkdir()
    bad.write_text("no film")
    for name in ("single_face.mp4", "no_face.mp4"):
        (bad.parent / name).write_bytes((pyfeat_media / name).read_bytes())
    out = tmp_path / "study"
    printed = collect_by_command(bad.parent, out=out, words=NO_FRAMES, code=1)
    summary = json.loads(printed)
    assert len(summary["films"]) == 2
    (failed,) = summary["failed"]
    assert failed["path"].endswith("bad.mp4")
    assert failed["type"] == "FilmError"
    assert "bad.mp4" in json.loads((out / "run.json").read_text())["failed"][failed["path"]]
