"""Plans: same seed same plan, transitions that add up, presets whose people never meet."""

import dataclasses
from itertools import combinations

import numpy as np
import pytest

from cinefacs.errors import ConfigError
from cinefacs.records.shot import ShotStart
from cinefacs.synth.film_draw import FilmConfig, draw_film, draw_stills
from cinefacs.synth.film_file import recipe_digest
from cinefacs.synth.film_plan import FilmPlan, HardCondition
from cinefacs.synth.make_set import set_digest
from cinefacs.synth.people import draw_person
from cinefacs.synth.presets import (
    Preset,
    draw_people,
    draw_plan,
    heldout_document,
    picture_frames,
    preset_films,
)
from cinefacs.synth.sample_film import sample_document, sample_path, sample_plan, sample_truth
from tests.support.synth import need_assets


@pytest.fixture(scope="module")
def film() -> FilmPlan:
    need_assets()
    people = [draw_person(seed) for seed in (1, 2, 3)]
    config = FilmConfig(n_shots=12, gradual_share=0.6, shot_s=(1.0, 2.5))
    return draw_film("film", 7, people, config)


def test_the_same_seed_gives_the_same_recipe(film: FilmPlan) -> None:
    config = FilmConfig(n_shots=12, gradual_share=0.6, shot_s=(1.0, 2.5))
    again = draw_film("film", 7, film.people, config)
    other = draw_film("film", 8, film.people, config)
    assert recipe_digest(again) == recipe_digest(film)
    assert recipe_digest(other) != recipe_digest(film)


def test_a_recipe_is_the_same_on_processors_whose_sines_differ_in_the_last_bit(
    film: FilmPlan,
) -> None:
    def bent(by: float) -> FilmPlan:
        first, *others = film.shots
        x, y, z = (value * (1 + by) for value in first.light.key_dir)
        light = dataclasses.replace(first.light, key_dir=(x, y, z))
        return dataclasses.replace(film, shots=(dataclasses.replace(first, light=light), *others))

    last_bit = float(np.finfo(float).eps)
    assert bent(last_bit) != film
    assert recipe_digest(bent(last_bit)) == recipe_digest(bent(-last_bit)) == recipe_digest(film)
    assert recipe_digest(bent(1e-4)) != recipe_digest(film)


def test_outside_transitions_one_shot_fills_the_frame(film: FilmPlan) -> None:
    for k, shot in enumerate(film.shots):
        assert film.shares(shot.core_start_frame) == ((k, 1.0),)
        assert film.shares(shot.core_end_frame - 1) == ((k, 1.0),)


def test_a_dissolve_hands_over_in_its_middle_and_a_fade_is_dark_there(film: FilmPlan) -> None:
    kinds = set()
    for k, shot in enumerate(film.shots):
        if not shot.lead_in:
            continue
        before, after = film.shares(shot.start_frame - 1), film.shares(shot.start_frame)
        kinds.add(shot.starts_with)
        if shot.starts_with is ShotStart.DISSOLVE:
            shares = [dict(each) for each in (before, after)]
            assert [sum(each.values()) for each in shares] == pytest.approx([1, 1])
            assert shares[0][k - 1] > 0.5 > shares[1][k - 1]
        else:
            assert [len(each) for each in (before, after)] == [1, 1]
            assert max(before[0][1], after[0][1]) < 0.25
    assert kinds == {ShotStart.DISSOLVE, ShotStart.FADE}


def test_transitions_of_neighbours_agree(film: FilmPlan) -> None:
    for before, after in zip(film.shots, film.shots[1:], strict=False):
        assert before.lead_out == after.lead_in


@pytest.mark.parametrize("condition", HardCondition)
def test_each_hard_condition_can_be_switched_on(condition: HardCondition) -> None:
    need_assets()
    config = FilmConfig(n_shots=3, conditions=(condition,), size_wh=(320, 240))
    plan = draw_stills("hard", 3, [draw_person(4)], config)
    assert all(shot.conditions == (condition,) for shot in plan.shots)
    first = plan.shots[0]
    changed = {
        HardCondition.HAIR: first.parts[0].person.fringe != 0,
        HardCondition.GLASSES: first.parts[0].person.glasses != 0,
        HardCondition.HANDS: first.parts[0].hand is not None,
        HardCondition.OVER_EXPOSURE: first.light.exposure > 1.8,
        HardCondition.BACK_LIGHT: first.light.key_dir[2] < 0.1,
        HardCondition.VERY_LARGE: str(first.scale) == "extreme_close_up",
        HardCondition.VERY_SMALL: str(first.scale) == "long",
    }
    assert changed[condition]


def test_stills_show_most_often_an_expression_at_half_strength_or_more() -> None:
    need_assets()
    plan = draw_stills("stills", 5, [draw_person(4)], FilmConfig(n_shots=40, size_wh=(320, 240)))
    assert plan.n_frames == 40
    strong = [
        any(max(sides) > 0.1 for sides in shot.parts[0].performance.intensities(0).values())
        for shot in plan.shots
    ]
    assert 0.4 < np.mean(strong) < 0.95


def test_no_two_films_and_no_two_presets_share_a_person() -> None:
    need_assets()
    sets = {str(preset): [set(spec.people) for spec in preset_films(preset)] for preset in Preset}
    every = [people for films in sets.values() for people in films]
    assert all(not one & other for one, other in combinations(every, 2))
    other_seed = [set(spec.people) for spec in preset_films("bench", seed=1)]
    assert not set().union(*other_seed) & set().union(*sets["bench"])


def test_the_bench_has_60_people_to_train_on_and_others_to_validate() -> None:
    films = preset_films("bench")
    train = {person for spec in films if spec.split == "train" for person in spec.people}
    n_train = sum(spec.config.n_shots for spec in films if spec.split == "train")
    n_val = sum(spec.config.n_shots for spec in films if spec.split == "val")
    assert len(train) >= 60
    assert 2900 <= n_train <= 3600
    assert 290 <= n_val <= 400


def test_the_exam_is_large_enough_and_has_not_changed() -> None:
    need_assets()
    document = heldout_document()
    films = preset_films("heldout-v1")
    assert len(films) >= 20
    assert len({person for spec in films for person in spec.people}) >= 60
    first = recipe_digest(draw_plan(films[0]))
    assert first == document["first_recipe"], "the exam's first film is not what it was"
    assert set_digest(films) == document["digest"], "the exam is not what it was"


def test_limits_are_chosen_on_films_made_as_the_exam_is() -> None:
    own, exam = preset_films("limits"), preset_films("heldout-v1")
    assert {spec.split for spec in own} == {"val"}  # else `exam --sweep` chooses nothing
    for name in ("config", "ages", "is_stills", "pictures_per_shot"):
        assert getattr(own[0], name) == getattr(exam[0], name), name
    assert len(own[0].people) == len(exam[0].people)


@pytest.mark.parametrize("preset", ["heldout-v1", "sample"])
def test_what_is_the_same_for_everybody_cannot_be_scaled(preset: str) -> None:
    with pytest.raises(ConfigError, match=preset):
        preset_films(preset, scale=0.5)


def test_the_sample_film_can_be_had_as_a_set() -> None:
    need_assets()
    (spec,) = preset_films("sample")
    assert draw_plan(spec) == sample_plan()
    assert [person.seed for person in draw_people(spec)] == list(spec.people)


@pytest.mark.parametrize(
    ("preset", "seed", "scale"), [("bnech", 0, 1.0), ("bench", -1, 1.0), ("bench", 0, 0.0)]
)
def test_what_cannot_be_made_is_refused(preset: str, seed: int, scale: float) -> None:
    with pytest.raises(ConfigError, match="expected"):
        preset_films(preset, seed=seed, scale=scale)


def test_pictures_of_a_film_begin_with_the_apexes(film: FilmPlan) -> None:
    frames = picture_frames(film, 3)
    assert len(frames) <= 3 * len(film.shots)
    apexes = {
        shot.core_start_frame + act.apex
        for shot in film.shots
        for part in shot.parts[:1]
        for act in part.performance.acts[:1]
        if act.kind.value in {"micro", "macro"}
    }
    assert apexes
    assert apexes <= set(frames)


def test_a_shot_without_a_core_is_refused(film: FilmPlan) -> None:
    shot = film.shots[0]
    with pytest.raises(Exception, match="core start < core end"):
        dataclasses.replace(shot, lead_in=shot.end_frame - shot.start_frame)


def test_the_sample_film_lies_in_the_package_and_its_truth_is_the_plans() -> None:
    need_assets()
    document = sample_document()
    expected = sample_truth(sample_plan())
    assert {key: document[key] for key in expected} == expected
    assert sample_path().stat().st_size <= 2_000_000
