"""The rule of 200 ms, counted on made-up faces and on a study whose expressions are known."""

from dataclasses import replace
from pathlib import Path

import pytest

from cinefacs.experiments.durations import Movement, duration_effect, read_movements
from cinefacs.facs.codes import Intensity
from cinefacs.records.au_label import AuLabel
from cinefacs.records.event import DurationClass
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.storage.datasets import DatasetLayout, read_dataset
from cinefacs.storage.record_tables import read_records, write_records
from cinefacs.storage.study import StudyLayout
from tests.support.drawn_study import OFFSET, ONSET
from tests.support.experiments import face, own_data

LOW, HIGH, AROUND = DurationClass.LOW, DurationClass.HIGH, DurationClass.UNDETERMINED


def test_the_rule_is_judged_by_its_hit_rates_on_weak_and_on_strong() -> None:
    kinds = [(LOW, True), (LOW, True), (LOW, False), (HIGH, True), (HIGH, False), (AROUND, False)]
    movements = {
        f"s{k}": Movement(duration=duration, is_weak=is_weak)
        for k, (duration, is_weak) in enumerate(kinds)
    }
    faces = [
        face(k, "fear", "fear" if k >= 2 else "anger", subject=f"p{k % 3}")
        for k in range(len(kinds) + 1)  # of the last one nothing is known
    ]
    effect = duration_effect(faces, movements, n_resamples=50)
    counts = (effect.n_low_weak, effect.n_low_strong, effect.n_high_weak, effect.n_high_strong)
    assert counts == (2, 1, 1, 1)
    assert effect.n_undetermined == 1
    assert effect.balanced_accuracy == pytest.approx((2 / 3 + 1 / 2) / 2)
    n = {group.name: group.n for group in effect.groups}
    right = {group.name: (group.accuracy or 0.0) * group.n for group in effect.groups}
    expected = {
        "all with a known movement": (6, 4),
        "under 200 ms": (3, 1),
        "without those under 200 ms": (3, 3),
        "weak and over 200 ms": (1, 1),
    }
    assert {name: (n[name], round(right[name])) for name in expected} == expected


def test_without_faces_nothing_is_claimed() -> None:
    effect = duration_effect([], {}, n_resamples=10)
    assert effect.balanced_accuracy is None
    assert all((group.n, group.accuracy, group.interval) == (0, None, None)
               for group in effect.groups)  # fmt: skip


def test_durations_of_films_are_those_of_the_labels(tmp_path: Path) -> None:
    data = own_data(tmp_path / "study")
    samples = read_dataset(DatasetLayout(data)).samples
    movements = read_movements(tmp_path / "study", samples)
    marked = {sample.sample_id for sample in samples if sample.event_id}
    assert set(movements) == marked
    assert marked
    n_frames = OFFSET - ONSET + 1
    assert n_frames / 24 > 0.2 + 1 / 24  # by more than a frame
    assert {movement.duration for movement in movements.values()} == {HIGH}


def test_another_coders_expression_of_the_same_name_is_another_one(tmp_path: Path) -> None:
    """Importers give every coder the names elan-1, elan-2 and so on."""
    data = own_data(tmp_path / "study")
    samples = read_dataset(DatasetLayout(data)).samples
    before = read_movements(tmp_path / "study", samples)
    layout = StudyLayout(tmp_path / "study")
    expressions = read_records(layout.expression_labels_path, ExpressionLabel)
    labels = read_records(layout.labels_path, AuLabel)
    brief = [
        replace(
            each, coder="bob",
            span=replace(each.span, end_pts=each.span.start_pts + 1), apex_pts=(),
        )
        for each in expressions
    ]  # fmt: skip
    strength = Intensity.A if not next(iter(before.values())).is_weak else Intensity.E
    others = [replace(each, coder="bob", intensity=strength) for each in labels]
    write_records(layout.expression_labels_path, ExpressionLabel, [*expressions, *brief])
    write_records(layout.labels_path, AuLabel, [*labels, *others])
    assert read_movements(tmp_path / "study", samples) == before
