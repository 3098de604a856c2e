"""Groups stay together whatever the study, and parts come near to what is wanted."""

import dataclasses
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinefacs.datasets.config import SplitConfig
from cinefacs.datasets.grouping import group_samples
from cinefacs.datasets.split import PAPER_WARNING, split_manifest
from cinefacs.datasets.stratify import deal
from cinefacs.errors import ConfigError, StudyError
from cinefacs.records.class_space import ClassSpace, emotion_space
from cinefacs.records.dataset_manifest import DatasetManifest, ImageBase, SplitUnit
from cinefacs.records.sample import Part, Sample, SampleRole
from tests.support.datasets import SAMPLE

NAMES = emotion_space().names


def sample_of(number: int, film: int, character: int, shot: int, source: str, label: str) -> Sample:
    return dataclasses.replace(
        SAMPLE,
        sample_id=f"s{number}",
        film_id=f"film-{film}",
        film_number=film,
        character_number=character,
        subject=f"{film:03d}-{character:02d}",
        shot_index=shot,
        clip_tag=f"{film:03d}-{character:02d}-{shot:04d}",
        frame_index=number,
        image_path=f"images/{number}.png",
        classes=(label,),
        label_source=source,
    )


def set_of(samples: list[Sample], space: ClassSpace | None = None) -> DatasetManifest:
    return DatasetManifest(
        name="drawn",
        class_space=space or emotion_space(),
        samples=tuple(samples),
        image_base=ImageBase.STUDY,
    )


@st.composite
def random_sets(draw: st.DrawFn) -> DatasetManifest:
    """Draw a study: films with characters who share shots, pictures, sources and persons."""
    n = draw(st.integers(4, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_films, n_people = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    samples: list[Sample] = []
    for number in range(n):
        film, character = int(rng.integers(1, n_films + 1)), int(rng.integers(1, n_people + 1))
        shot = int(rng.integers(character, character + 2))
        sample = sample_of(
            number, film, character, shot, f"source-{film % 3}", NAMES[rng.integers(len(NAMES))]
        )
        if rng.random() < 0.1:
            sample = dataclasses.replace(sample, subject="star")
        if rng.random() < 0.1:
            sample = dataclasses.replace(
                sample, subject="", character_number=None, clip_tag=None,
                role=SampleRole.NO_FACE, box_xyxy=None, classes=(), label_source="",
            )  # fmt: skip
        if samples and rng.random() < 0.2:
            twin = samples[rng.integers(len(samples))]
            sample = dataclasses.replace(
                sample, film_id=twin.film_id, film_number=twin.film_number,
                shot_index=twin.shot_index, image_path=twin.image_path,
                frame_index=twin.frame_index,
            )  # fmt: skip
        samples.append(sample)
    return set_of(samples)


ways = st.builds(
    lambda by, way: SplitConfig(by=by, **way),
    st.sampled_from(["film", "character", "source"]),
    st.sampled_from([{}, {"folds": 2}, {"folds": 3}, {"leave_one_out": True}]),
)


@settings(max_examples=150)
@given(manifest=random_sets(), config=ways, seed=st.integers(0, 10**6))
def test_no_group_stands_on_both_sides(
    manifest: DatasetManifest, config: SplitConfig, seed: int
) -> None:
    try:
        split = split_manifest(manifest, config, seed=seed)
    except StudyError:  # too few groups: said, not worked around
        unit = SplitUnit(config.by)
        assert sum(group.is_named for group in group_samples(manifest.samples, unit)) < 3
        return
    for fold in range(len(split.fold_names)):
        parts: dict[tuple[str, object], set[str]] = defaultdict(set)
        for sample in split.samples:
            part = sample.parts[fold]
            parts["picture", sample.image_path].add(part)
            parts["clip", (sample.clip_tag, sample.film_id)].add(part)
            if sample.subject:
                parts["person", sample.subject].add(part)
            if config.by != "character":
                parts["film", sample.film_id].add(part)
            else:
                parts["shot", (sample.film_id, sample.shot_index)].add(part)
            if config.by == "source" and sample.label_source:
                parts["source", sample.label_source].add(part)
        torn = {key: own for key, own in parts.items() if len(own) > 1 and key[1] != (None, None)}
        assert {key: own for key, own in torn.items() if key[0] != "clip" or key[1][0]} == {}  # type: ignore[index]


@settings(max_examples=60)
@given(manifest=random_sets(), seed=st.integers(0, 10**6))
def test_folds_test_everything_once(manifest: DatasetManifest, seed: int) -> None:
    try:
        split = split_manifest(manifest, SplitConfig(folds=3), seed=seed)
    except StudyError:
        assert len(group_samples(manifest.samples, SplitUnit.FILM)) < 3
        return
    for sample in split.samples:
        assert sample.parts.count("test") == 1
    assert all(split.select(Part.TEST, fold=fold) for fold in range(3))
    assert all(split.select(Part.TRAIN, fold=fold) for fold in range(3))


@settings(max_examples=40)
@given(manifest=random_sets(), config=ways, seed=st.integers(0, 10**6))
def test_a_seed_gives_one_split(manifest: DatasetManifest, config: SplitConfig, seed: int) -> None:
    try:
        first = split_manifest(manifest, config, seed=seed)
    except StudyError:
        with pytest.raises(StudyError, match="expected at least"):
            split_manifest(manifest, config, seed=seed)
        return
    assert split_manifest(manifest, config, seed=seed) == first
    assert split_manifest(first, config, seed=seed) == first


def ten_films() -> DatasetManifest:
    """Return ten films of ten faces, each of two emotions in unlike shares."""
    samples = []
    for film in range(1, 11):
        for k in range(10):
            label = "happiness" if k < 5 + film % 3 else "fear"
            samples.append(sample_of(10 * film + k, film, 1 + k % 2, k % 2, "csv", label))
    return set_of(samples)


def test_ten_equal_films_are_divided_eight_one_one() -> None:
    split = split_manifest(ten_films(), SplitConfig(), seed=0)
    sizes = [len(split.select(part)) for part in (Part.TRAIN, Part.VAL, Part.TEST)]
    assert sizes == [80, 10, 10]
    assert split.warnings == ()
    assert split.fold_names == ("all",)
    assert split.protocol is not None
    assert (split.protocol.unit, split.protocol.method) == (SplitUnit.FILM, "ratio")


def test_classes_are_spread_as_well_as_groups_allow() -> None:
    samples = [
        sample_of(number, number + 1, 1, 0, "csv", "fear" if number % 5 == 0 else "happiness")
        for number in range(60)
    ]
    split = split_manifest(set_of(samples), SplitConfig(folds=4, val_ratio=0), seed=3)
    fear = [
        sum(sample.classes == ("fear",) for sample in split.select(Part.TEST, fold=fold))
        for fold in range(4)
    ]
    assert fear == [3, 3, 3, 3]
    assert [len(split.select(Part.TEST, fold=fold)) for fold in range(4)] == [15] * 4


def test_leaving_one_out_names_the_folds() -> None:
    by_film = split_manifest(ten_films(), SplitConfig(leave_one_out=True), seed=0)
    assert by_film.fold_names == tuple(f"{film:03d}" for film in range(1, 11))
    assert {s.film_number for s in by_film.select(Part.TEST, fold=2)} == {3}
    assert by_film.select(Part.VAL, fold=2)
    subject = split_manifest(ten_films(), SplitConfig(megc=True), seed=0)
    assert len(subject.fold_names) == 20
    assert subject.select(Part.VAL, fold=0) == ()
    assert len(subject.select(Part.TRAIN, fold=0)) == 95
    assert subject.protocol is not None
    assert subject.protocol.unit is SplitUnit.CHARACTER


def test_characters_of_one_shot_are_one_group() -> None:
    samples = [
        sample_of(0, 1, 1, 0, "csv", "fear"),
        sample_of(1, 1, 2, 0, "csv", "fear"),
        sample_of(2, 1, 3, 1, "csv", "fear"),
    ]
    names = [group.name for group in group_samples(samples, SplitUnit.CHARACTER)]
    assert names == ["001-01+001-02", "001-03"]


def test_a_person_joins_films() -> None:
    samples = [sample_of(k, film, 1, 0, "csv", "fear") for k, film in enumerate((1, 2, 3))]
    samples[0] = dataclasses.replace(samples[0], subject="anna")
    samples[2] = dataclasses.replace(samples[2], subject="anna")
    names = [group.name for group in group_samples(samples, SplitUnit.FILM)]
    assert names == ["001+003", "002"]


def test_the_papers_way_is_random_and_says_so() -> None:
    split = split_manifest(ten_films(), SplitConfig(paper=True), seed=5)
    sizes = [len(split.select(part)) for part in (Part.TRAIN, Part.VAL, Part.TEST)]
    assert sizes == [80, 10, 10]
    assert split.warnings == (PAPER_WARNING,)
    assert split.protocol is not None
    assert split.protocol.is_paper
    other = split_manifest(ten_films(), SplitConfig(paper=True), seed=6)
    assert other.samples != split.samples
    back = split_manifest(split, SplitConfig(), seed=0)
    assert back.warnings == ()
    assert len({sample.film_number for sample in split.select(Part.TEST)}) > 2


def test_parts_far_from_what_was_wanted_and_missing_classes_are_told() -> None:
    samples = [
        sample_of(k, film, 1, 0, "csv", label)
        for k, (film, label) in enumerate([(1, "fear"), (1, "fear"), (2, "anger"), (3, "anger")])
    ]
    split = split_manifest(set_of(samples), SplitConfig(), seed=0)
    assert any("80% was wanted" in text for text in split.warnings)
    assert any("class fear does not occur in" in text for text in split.warnings)


def test_combinations_are_counted_in_training_anew() -> None:
    space = ClassSpace(name="combination", names=("AU4", "AU12", "other"), multi_label=False)
    samples = [
        dataclasses.replace(
            sample_of(k, film, 1, 0, "csv", "other"),
            classes=(f"AU{au}",),
            au_codes=(f"L{au}B/C",),
        )
        for k, (film, au) in enumerate([(1, 12), (1, 12), (1, 12), (2, 4), (3, 4), (2, 12)])
    ]
    manifest = dataclasses.replace(set_of(samples, space), config={"build": {"min_combination": 2}})
    split = split_manifest(manifest, SplitConfig(), seed=0)
    train = {s.classes for s in split.select(Part.TRAIN)}
    assert split.class_space.names == ("AU12", "other")
    assert train == {("AU12",)}
    paper = split_manifest(split, SplitConfig(paper=True, ratios=(1.0, 0.0, 0.0)), seed=0)
    assert paper.class_space.names == ("AU4", "AU12", "other")
    assert [sample.classes for sample in paper.samples] == [s.classes for s in samples]


def test_the_studys_own_division_is_taken_over() -> None:
    division = {film: Part.VAL if film == 4 else Part.TRAIN for film in range(1, 11)}
    planned = SplitConfig(as_planned=True)
    split = split_manifest(ten_films(), planned, seed=0, division=division)
    assert {sample.film_number for sample in split.select(Part.VAL)} == {4}
    assert len(split.select(Part.TRAIN)) + len(split.select(Part.VAL)) == len(split)
    assert split.fold_names == ("planned",)
    assert split.protocol is not None
    assert (split.protocol.unit, split.protocol.method) == (SplitUnit.FILM, "given")
    assert split.warnings == ()


@pytest.mark.parametrize(
    ("division", "message"),
    [
        ({}, "got one that does not"),
        ({1: Part.TRAIN, 2: Part.VAL}, "every film of the study, got none for 003"),
        (
            {1: Part.TRAIN, 2: Part.TRAIN, 3: Part.VAL},
            r"nobody in two parts .* films 001\+003, which share a person, in train and val",
        ),
    ],
)
def test_a_division_that_does_not_fit_is_refused(division: dict[int, Part], message: str) -> None:
    samples = [sample_of(k, film, 1, 0, "csv", "fear") for k, film in enumerate((1, 2, 3))]
    samples[0] = dataclasses.replace(samples[0], subject="anna")
    samples[2] = dataclasses.replace(samples[2], subject="anna")
    with pytest.raises(StudyError, match=message):
        split_manifest(set_of(samples), SplitConfig(as_planned=True), seed=0, division=division)


@pytest.mark.parametrize(
    ("config", "n_films", "message"),
    [
        (SplitConfig(), 2, "expected at least 3 groups"),
        (SplitConfig(folds=4), 3, "expected at least 4 groups"),
        (SplitConfig(leave_one_out=True), 1, "expected at least 2 groups"),
        (SplitConfig(), 0, "expected samples to split"),
    ],
)
def test_too_few_groups_are_told(config: SplitConfig, n_films: int, message: str) -> None:
    samples = [sample_of(k, k + 1, 1, 0, "csv", "fear") for k in range(n_films)]
    with pytest.raises(StudyError, match=message):
        split_manifest(set_of(samples), config, seed=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"folds": 1},
        {"folds": 3, "paper": True},
        {"megc": True, "leave_one_out": True},
        {"paper": True, "by": "character"},
        {"megc": True, "by": "source"},
        {"as_planned": True, "paper": True},
        {"as_planned": True, "by": "character"},
        {"ratios": (0.8, 0.1, 0.2)},
        {"ratios": (0.0, 0.5, 0.5)},
        {"ratios": (1.2, -0.1, -0.1)},
        {"val_ratio": 1.0},
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        SplitConfig(**changes)


@given(
    counts=st.lists(st.integers(1, 50), min_size=3, max_size=30),
    seed=st.integers(0, 1000),
)
def test_dealing_never_leaves_a_part_empty(counts: list[int], seed: int) -> None:
    table = np.array([[n, n // 2, n - n // 2] for n in counts])
    parts = deal(table, (0.8, 0.1, 0.1), seed=[seed])
    assert set(parts) == {0, 1, 2}
    assert deal(table, (0.9, 0.0, 0.1), seed=[seed]).count(1) == 0


def test_dealing_finds_the_best_division_of_a_small_case() -> None:
    # 6 + 4 against 5 + 3 + 2: two halves of ten, which greedy dealing alone does not reach
    table = np.array([[6, 6], [5, 5], [4, 4], [3, 3], [2, 2]])
    parts = np.array(deal(table, (0.5, 0.5), seed=[0]))
    assert sorted(table[parts == part, 0].sum() for part in (0, 1)) == [10, 10]
