"""A set on the disk: tables that every reader of studies takes, resume, repeat, refuse."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cinefacs.cli.app import run
from cinefacs.errors import ModelError, StudyError
from cinefacs.media.decode import decode_film
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.label_tables import read_labels
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout, lock_study
from cinefacs.storage.tables import read_table
from cinefacs.synth import gpu
from cinefacs.synth.drives import SHOWABLE_AUS
from cinefacs.synth.film_draw import FilmConfig
from cinefacs.synth.make_set import SynthOptions, make_film, make_set, part_folder
from cinefacs.synth.presets import FilmSpec, draw_plan
from cinefacs.synth.study_file import face_truth_path, merge_parts
from cinefacs.synth.truth_tables import TRUTH_SCHEMA
from tests.support.synth import need_egl

OPTIONS = SynthOptions(preset="smoke", texture_px=64, supersample=1)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyLayout:
    need_egl()
    root = tmp_path_factory.mktemp("synth") / "study"
    make_set(root, options=OPTIONS, n_workers=1)
    return StudyLayout(root)


def test_all_tables_are_read_by_the_readers_of_studies(study: StudyLayout) -> None:
    films = read_records(study.films_path, Film)
    assert [film.n_frames for film in films] == [6, 6]
    assert len(read_records(study.shots_path, Shot)) == 12
    tracks = list(read_tracks(study.tracks_path))
    numbers = {
        (each.film_id, track)
        for each in read_records(study.characters_path, Character)
        for track in each.track_ids
    }
    assert {(track.film_id, track.track_id) for track in tracks} == numbers
    assert read_records(study.clips_path, Clip)


def test_each_picture_lies_under_its_tag(study: StudyLayout) -> None:
    rows = read_records(study.frames_path, ClipFrame)
    names = {f"{row.tag}.png" for row in rows}
    assert names == {path.name for path in study.frame_dir.iterdir()}
    assert len(rows) >= 6
    assert len({(row.film_id, row.frame_index) for row in rows}) == len(rows)


def test_labels_are_by_truth_and_lie_on_their_faces(study: StudyLayout) -> None:
    labels = read_labels(study)
    assert labels.authors == (("truth", "truth-1"),)
    assert labels.expressions
    assert {span.aus for span in labels.coded} == {SHOWABLE_AUS}
    ends = {film.film_id: film.span.end_pts for film in read_records(study.films_path, Film)}
    assert all(label.span.end_pts <= ends[label.film_id] for label in labels.aus)
    assert all(label.intensity is not None for label in labels.aus)


def test_labelled_intensities_agree_with_the_truth_of_the_frame(study: StudyLayout) -> None:
    table = read_table(face_truth_path(study), TRUTH_SCHEMA).to_pylist()
    truth = {
        (row["film_id"], row["character_number"], row["frame_index"]): np.array(
            row["intensity"]
        ).reshape(-1, 2)
        for row in table
    }
    films = {film.film_id: film for film in read_records(study.films_path, Film)}
    for label in read_labels(study).aus:
        tick = films[label.film_id].span.end_pts // films[label.film_id].n_frames
        frame = label.span.start_pts // tick
        shown = truth[label.film_id, label.character_number, frame][SHOWABLE_AUS.index(label.au)]
        assert shown.max() > 0


def test_a_finished_set_is_not_made_again(study: StudyLayout) -> None:
    before = {path: path.stat().st_mtime_ns for path in study.root.rglob("*") if path.is_file()}
    summary = make_set(study.root, options=OPTIONS, n_workers=1)
    after = {path: path.stat().st_mtime_ns for path in study.root.rglob("*") if path.is_file()}
    assert summary.was_done
    assert before == after


def test_other_options_for_the_same_folder_are_refused(study: StudyLayout) -> None:
    with pytest.raises(StudyError, match="options that it was begun with"):
        make_set(study.root, options=OPTIONS, seed=1, n_workers=1)


def test_a_set_made_again_has_the_same_tables_and_pictures(
    study: StudyLayout, tmp_path: Path
) -> None:
    again = StudyLayout(tmp_path / "again")
    make_set(again.root, options=OPTIONS, n_workers=2)
    for path in sorted(study.frame_dir.iterdir()):
        assert (again.frame_dir / path.name).read_bytes() == path.read_bytes()
    assert read_labels(again) == read_labels(study)
    assert read_table(face_truth_path(again), TRUTH_SCHEMA) == read_table(
        face_truth_path(study), TRUTH_SCHEMA
    )


def test_an_interrupted_set_goes_on_with_the_films_that_are_left(
    study: StudyLayout, tmp_path: Path
) -> None:
    class StopError(Exception):
        pass

    def stop(step: object) -> None:
        if getattr(step, "n_done", 0) > 6:
            raise StopError

    out = StudyLayout(tmp_path / "study")
    with pytest.raises(StopError):
        make_set(out.root, options=OPTIONS, n_workers=1, on_step=stop)
    finished = out.work_dir / "parts" / "001" / "film.parquet"
    made_at = finished.stat().st_mtime_ns
    seen: list[int] = []

    def watch(step: object) -> None:
        seen.append(getattr(step, "n_done", 0))
        assert finished.stat().st_mtime_ns == made_at

    make_set(out.root, options=OPTIONS, n_workers=1, on_step=watch)
    assert min(seen) == 7
    assert read_labels(out) == read_labels(study)
    assert not out.work_dir.exists()


def test_the_workers_of_a_killed_run_end_with_it(tmp_path: Path) -> None:
    need_egl()
    program = (
        "import sys; from cinefacs.synth.make_set import SynthOptions, make_set; "
        "make_set(sys.argv[1], options=SynthOptions(texture_px=64, supersample=1, scale=9), "
        "n_workers=2, on_step=lambda step: print(step.n_done, flush=True))"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "study")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    with started, started.stdout as shown:
        for line in shown:
            if int(line) > 0:  # a worker draws
                break
        started.kill()
        # The workers share the pipe: it ends once all of them have ended.
        rest = shown.read()
    assert "108" not in rest.split()
    assert not (tmp_path / "study" / "run.json").exists()
    layout = StudyLayout(tmp_path / "study")
    with lock_study(layout):
        assert not layout.films_path.exists()


def test_a_film_is_written_with_its_pictures_and_named_by_its_file(tmp_path: Path) -> None:
    need_egl()
    config = FilmConfig(
        size_wh=(160, 96), n_shots=2, shot_s=(0.5, 0.8), people_odds=(1.0,), gradual_share=1.0,
        face_share=(0.6, 0.7), condition_share=0.0,
    )  # fmt: skip
    spec = FilmSpec(
        name="tiny", split="test", seed=31, people=(31,), ages=(30, 40), is_stills=False,
        pictures_per_shot=2, config=config,
    )  # fmt: skip
    layout = StudyLayout(tmp_path / "study")
    make_film(layout.root, 0, spec, OPTIONS, lambda _n: None)
    (film,) = merge_parts(layout, [part_folder(layout, 0)])
    plan = draw_plan(spec)
    path = Path(film.path)
    assert film.film_id == hashlib.sha256(path.read_bytes()).hexdigest()
    frames = [frame for chunk in decode_film(path) for frame in chunk]
    assert len(frames) == plan.n_frames == film.n_frames
    assert frames[3].pts * frames[3].time_base == 3 * film.span.duration_s / film.n_frames
    rows = read_records(layout.frames_path, ClipFrame)
    assert {f"{row.tag}.png" for row in rows} == {each.name for each in layout.frame_dir.iterdir()}
    shots = read_records(layout.shots_path, Shot)
    assert [shot.start_frame for shot in shots] == [shot.start_frame for shot in plan.shots]


def test_the_command_prints_one_document(
    study: StudyLayout, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["datasets", "synth", "--preset", "nothing", "--out", "x", "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert code == 1
    assert error["type"] == "ConfigError"
    assert "smoke" in error["message"]


def test_an_unknown_condition_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["datasets", "synth", "--condition", "backlight", "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert code == 1
    assert "back_light" in error["hint"]


def test_a_process_that_has_drawn_can_still_train() -> None:
    # torch's triton and Mesa each bring an LLVM; in the wrong order the second one crashes
    need_egl()
    code = (
        "from cinefacs.synth.gpu import open_gpu\n"
        "open_gpu().program('screen', 'plain')\n"
        "import torch._dynamo, torchvision.models"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_without_egl_the_error_names_the_debian_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    need_egl()
    monkeypatch.setattr(gpu, "_LIBEGL", "libNotThere.so.9")
    with pytest.raises(ModelError, match="off-screen OpenGL") as caught:
        gpu.open_gpu()
    assert "libegl1 libegl-mesa0 libgl1-mesa-dri" in caught.value.hint
