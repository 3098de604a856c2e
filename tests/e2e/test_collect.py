"""A film of real shots with known cuts, transitions and people goes the whole way."""

import json
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from cinefacs.metrics.clustering import pair_scores
from cinefacs.metrics.detection import match_frames
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout
from tests.e2e.conftest import Collected


def test_hard_cuts_are_frame_exact(collected: Collected) -> None:
    truth = collected.truth
    gradual = {transition.boundary for transition in truth.transitions}
    near_gradual = {frame + k for frame in gradual for k in range(-15, 16)}
    found = [frame for frame in collected.film["cut_frames"] if frame not in near_gradual]
    scores = match_frames(found, truth.hard_cuts, tolerance_frames=0)
    assert scores.f1 >= 0.98


def test_fades_and_dissolves_are_found_where_they_are(collected: Collected) -> None:
    found = [(each["kind"], each["start_frame"], each["end_frame"])
             for each in collected.film["transitions"]]  # fmt: skip
    for truth in collected.truth.transitions:
        kind = "fade" if truth.kind.startswith("fade") else "dissolve"
        overlaps = [
            (each[0], min(each[2], truth.end_frame) - max(each[1], truth.start_frame))
            for each in found
        ]
        assert any(
            each[0] == kind and each[1] >= 0.6 * (truth.end_frame - truth.start_frame)
            for each in overlaps
        ), (truth, found)
    assert len(found) == len(collected.truth.transitions)


def test_times_are_the_films_own(collected: Collected) -> None:
    layout = StudyLayout(collected.out)
    (film,) = read_records(layout.films_path, Film)
    truth = collected.truth
    assert film.n_frames == truth.n_frames
    assert film.is_constant_rate == (len(set(np.diff(truth.pts))) == 1)
    shots = read_records(layout.shots_path, Shot)
    assert shots[0].start_frame == 0
    assert shots[-1].end_frame == film.n_frames
    for shot, after in pairwise(shots):
        assert shot.end_frame == after.start_frame
        assert shot.span.end_pts == after.span.start_pts
    for shot in shots:
        expected_s = truth.pts[shot.start_frame] * truth.time_base
        assert abs(shot.span.start_s - expected_s) < Fraction(1, 1000)


def test_no_track_crosses_a_cut(collected: Collected) -> None:
    layout = StudyLayout(collected.out)
    shots = read_records(layout.shots_path, Shot)
    n_tracks = 0
    for track in read_tracks(layout.tracks_path):
        shot = shots[track.shot_index]
        assert shot.start_frame <= track.frame_index[0]
        assert track.frame_index[-1] < shot.end_frame
        n_tracks += 1
    assert n_tracks == collected.film["n_tracks"] >= 12


def test_no_clip_holds_a_neighbour_shots_frame(collected: Collected) -> None:
    layout = StudyLayout(collected.out)
    shots = read_records(layout.shots_path, Shot)
    clips = read_records(layout.clips_path, Clip)
    assert len(clips) == collected.film["n_clips"] >= 12
    with av.open(str(collected.truth.path)) as container:
        film = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    for clip in clips:
        shot = shots[clip.shot_index]
        assert shot.core_start_frame <= clip.start_frame < clip.end_frame <= shot.core_end_frame
        with av.open(str(layout.clip_dir / f"{clip.tag}.mp4")) as container:
            pictures = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
        assert len(pictures) == clip.n_frames
        for own, index in ((pictures[0], clip.start_frame), (pictures[-1], clip.end_frame - 1)):
            errors = {
                k: float(np.abs(own.astype(int) - film[k]).mean())
                for k in range(max(0, index - 3), min(len(film), index + 4))
            }
            assert errors[index] < 3
            assert errors[index] == min(errors.values())


def test_characters_agree_with_the_truth(collected: Collected) -> None:
    layout = StudyLayout(collected.out)
    shots = {shot.shot_index: shot for shot in read_records(layout.shots_path, Shot)}
    characters = read_records(layout.characters_path, Character)
    owner = {track: each.character_number for each in characters for track in each.track_ids}
    truth = collected.truth
    people: dict[int, str] = {}
    for track in read_tracks(layout.tracks_path):
        middle = int(track.frame_index[len(track) // 2])
        segment = truth.segments[np.searchsorted(truth.first_frames, middle, side="right") - 1]
        if segment.person is not None and track.track_id in owner:
            people[track.track_id] = segment.person
    scores = pair_scores([owner[track] for track in people], list(people.values()))
    assert len(people) >= 12
    assert len(shots) == len(truth.first_frames)
    assert scores.f1 >= 0.9


def test_frames_are_the_clips_own(collected: Collected) -> None:
    layout = StudyLayout(collected.out)
    pictures = sorted(path.name for path in layout.frame_dir.glob("*.png"))
    clips = read_records(layout.clips_path, Clip)
    run = json.loads(layout.run_path.read_text())
    for clip in clips:
        own = [name for name in pictures if name.startswith(clip.tag + "-")]
        if run["config"]["frames"]["mode"] == "native":
            assert len(own) == clip.n_frames
        else:
            assert len(own) == -((-clip.span.duration_s * 24) // 1)
        assert own[0] == f"{clip.tag}-0001.png"


def test_the_summary_keeps_its_promised_keys(collected: Collected) -> None:
    assert set(collected.summary) >= {"out", "films"}
    assert set(collected.film) >= {
        "film_id", "path", "n_frames", "cut_frames", "transitions", "n_tracks", "n_characters",
        "n_clips", "coverage",
    }  # fmt: skip
    assert 0 < collected.film["coverage"] <= 1
    assert collected.film["path"] == str(collected.truth.path)


def test_the_page_and_the_record_are_there(collected: Collected) -> None:
    layout = StudyLayout(collected.out)
    page = layout.contact_sheet_path.read_text(encoding="utf-8")
    assert page.count('<figure class="shot"') == len(collected.truth.first_frames)
    assert "<svg" in page
    run = json.loads(layout.run_path.read_text())
    assert run["inputs"][str(collected.truth.path)] == collected.film["film_id"]
    assert not layout.work_dir.exists()
    assert pytest.approx(collected.film["duration_s"], abs=1e-3) == float(
        (collected.truth.pts[-1] - collected.truth.pts[0]) * collected.truth.time_base
        + (collected.truth.pts[-1] - collected.truth.pts[-2]) * collected.truth.time_base
    )
