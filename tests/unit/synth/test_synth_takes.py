"""Faces to train on: who is in them, what is said of them, and that they can be made twice."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from cinefacs.errors import ConfigError, StudyError
from cinefacs.records.class_space import au_class
from cinefacs.records.face_set import ABSENT, PRESENT, UNKNOWN, FaceSet
from cinefacs.storage.face_sets import read_face_set
from cinefacs.synth import make_faces as make_faces_module
from cinefacs.synth.drives import SHOWABLE_AUS
from cinefacs.synth.make_faces import FacesOptions, make_faces, make_part
from cinefacs.synth.presets import FilmSpec, Preset, draw_plan, preset_films
from cinefacs.synth.renderer import Renderer
from cinefacs.synth.takes import TakeConfig, shoot_faces
from tests.support.synth import need_egl


def _short(n_shots: int = 4) -> FilmSpec:
    spec = preset_films("weights")[0]
    config = dataclasses.replace(spec.config, n_shots=n_shots, size_wh=(96, 96))
    return dataclasses.replace(spec, people=spec.people[:2], config=config)


def _shoot(config: TakeConfig) -> FaceSet:
    spec = _short()
    plan = draw_plan(spec)
    with Renderer(plan.size_wh, supersample=1, levels=0, texture_px=64, n_kept=2) as renderer:
        return shoot_faces(plan, renderer, config, people=spec.people)


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    need_egl()
    return _shoot(TakeConfig(step_ms=125))


def test_its_people_are_in_no_other_preset() -> None:
    own = {who for seed in (0, 9999) for film in preset_films("weights", seed=seed)
           for who in film.people}  # fmt: skip
    assert len(own) == 2 * 98 * 6
    for preset in Preset:
        if preset != Preset.WEIGHTS:
            theirs = {who for film in preset_films(preset) for who in film.people}
            assert not own & theirs, preset


def test_people_that_choose_the_calibration_are_in_no_training() -> None:
    films = preset_films("weights")
    train, val = (
        {who for film in films if film.split == split for who in film.people}
        for split in ("train", "val")
    )
    assert (len(train), len(val)) == (540, 48)
    assert not train & val


def test_a_larger_set_holds_the_smaller_one() -> None:
    small, large = (
        [film for film in preset_films("weights", scale=scale) if film.split == "train"]
        for scale in (0.1, 0.3)
    )
    assert large[: len(small)] == small


def test_each_face_has_its_neighbours_and_its_rest(faces: FaceSet) -> None:
    assert len(faces) >= 10
    assert (faces.now >= 0).all()
    for rows in (faces.before, faces.after, faces.neutral):  # -1: hidden or turned away just then
        assert (rows >= 0).mean() > 0.9
    assert len(np.unique(faces.now)) == len(faces)
    assert faces.labels[:, faces.class_space.names.index("face")].tolist() == [PRESENT] * len(faces)
    # the face fills the middle of its crop, whatever its size in the picture
    middle = (faces.box_xyxy[:, :2] + faces.box_xyxy[:, 2:]) / 2
    assert np.abs(middle - 80).max() < 35
    height = faces.box_xyxy[:, 3] - faces.box_xyxy[:, 1]
    assert 75 < np.median(height) < 125


def test_a_face_at_rest_is_nearer_to_rest_than_a_strong_expression(faces: FaceSet) -> None:
    neutral = faces.labels[:, faces.class_space.names.index("neutral")]
    calm, strong = neutral == PRESENT, faces.intensity > 0.6
    assert calm.any()
    assert strong.any()
    assert (faces.intensity[calm] < 0.04).all()
    assert not (calm & strong).any()


def test_the_same_plan_gives_the_same_faces(faces: FaceSet) -> None:
    again = _shoot(TakeConfig(step_ms=125))
    for name in ("crops", "now", "neutral", "box_xyxy", "labels"):
        np.testing.assert_array_equal(getattr(again, name), getattr(faces, name), err_msg=name)


def test_labels_follow_from_what_the_script_says() -> None:
    need_egl()
    low, high = (_shoot(TakeConfig(least_intensity=value)) for value in (0.1, 0.9))
    names = low.class_space.names
    units = [names.index(au_class(au)) for au in SHOWABLE_AUS]
    np.testing.assert_array_equal(low.crops, high.crops)
    said = low.labels[:, units], high.labels[:, units]
    assert (said[0] == PRESENT).sum() > (said[1] == PRESENT).sum() > 0
    # what is too weak to be called present is not called absent unless it is very weak
    weaker = (said[0] == PRESENT) & (said[1] != PRESENT)
    assert set(np.unique(said[1][weaker])) <= {ABSENT, UNKNOWN}
    assert ((said[0] == ABSENT) <= (said[1] != PRESENT)).all()


def test_what_is_too_small_to_be_seen_is_neither_present_nor_absent() -> None:
    need_egl()
    large, small = (
        _shoot(TakeConfig(small_share=1, small_px=px)) for px in ((110.0, 120.0), (22.0, 23.0))
    )
    assert large.person.tolist() == small.person.tolist()
    was_present = large.labels == PRESENT
    assert not ((small.labels == PRESENT) & ~was_present).any()
    lost = was_present & (small.labels != PRESENT)
    assert lost.any()
    assert (small.labels[lost] == UNKNOWN).all()
    # calm stays calm; what only moves unseen is neither calm nor an emotion
    names = large.class_space.names
    neutral = names.index("neutral")
    assert (large.labels[:, neutral] == PRESENT).tolist() == (
        small.labels[:, neutral] == PRESENT
    ).tolist()
    units = [names.index(au_class(au)) for au in SHOWABLE_AUS]
    emotions = [k for k, name in enumerate(names) if not name.startswith("AU")]
    emotions = [k for k in emotions if names[k] not in {"face", "neutral"}]
    is_emotional = (small.labels[:, emotions] == PRESENT).any(axis=1)
    assert (small.labels[is_emotional][:, units] == PRESENT).any(axis=1).all()


def test_a_set_is_made_goes_on_and_is_made_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_egl()
    specs = tuple(
        dataclasses.replace(_short(2), name=f"{split}-000", split=split)
        for split in ("train", "val")
    )
    monkeypatch.setattr(make_faces_module, "preset_films", lambda *_a, **_k: specs)
    options = FacesOptions(texture_px=64)
    make_part(tmp_path / "killed", specs[0], options)
    before = (tmp_path / "killed" / "train-000.npy").stat().st_mtime_ns
    (tmp_path / "killed" / "digest").write_text(
        _digest_of(tmp_path / "other", options), encoding="utf-8"
    )
    resumed = make_faces(tmp_path / "killed", options=options, n_workers=1)
    assert (tmp_path / "killed" / "train-000.npy").stat().st_mtime_ns == before
    assert not resumed.was_done
    assert set(resumed.n_faces) == {"train", "val"}
    assert make_faces(tmp_path / "killed", options=options, n_workers=1).was_done
    (part,) = read_face_set(tmp_path / "killed", "val")
    assert len(part) == resumed.n_faces["val"]
    with pytest.raises(StudyError, match="the same face set"):
        make_faces(tmp_path / "killed", options=options, seed=4, n_workers=1)


def _digest_of(folder: Path, options: FacesOptions) -> str:
    make_faces(folder, options=options, n_workers=1)
    return (folder / "digest").read_text(encoding="utf-8")


def test_a_preset_of_crowds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="one face a shot"):
        make_faces(tmp_path, options=FacesOptions(preset="bench"))
