"""The parts of the training bench that decide its figures; no training is run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.drawn_set import CLASSES, SIDE_PX, draw_picture, write_drawn_set
from benchmarks.train import (
    BATCH,
    OURS,
    RIVAL,
    RIVAL_2,
    Bench,
    Task,
    detections_of,
    images_per_second,
    summarise_accuracy,
    summarise_speed,
)
from cinefacs.detectors.data.labelled_set import truth_of
from cinefacs.detectors.data.layouts import read_labelled_set
from cinefacs.detectors.evaluation.coco import mean_average_precision


def test_speed_leaves_out_the_first_epoch_and_what_lies_between_epochs() -> None:
    slow_start, steady = [0.0, 4.0, 8.0], [100.0, 102.0, 104.0]
    after_validation = [900.0, 902.0, 904.0]
    later, first = images_per_second([slow_start, steady, after_validation])
    assert later == pytest.approx(BATCH / 2)
    assert first == pytest.approx(BATCH / 4)


def answer(step_s: float, *, cpu_step_s: float) -> dict[str, object]:
    """Return what a training of two epochs of three even batches would answer."""
    return {
        "batch_end_s": [[0, step_s, 2 * step_s], [50, 50 + step_s, 50 + 2 * step_s]],
        "batch_end_cpu_s": [[0, cpu_step_s, 2 * cpu_step_s]] * 2,
        "n_threads": 2,
        "libraries": {},
    }


def test_ratios_are_taken_within_a_round_so_that_a_slow_hour_does_not_decide() -> None:
    ours = [answer(step_s, cpu_step_s=4.0) for step_s in (1.0, 10.0, 1.0)]
    rival = [answer(step_s, cpu_step_s=2.0) for step_s in (3.0, 20.0, 3.0)]
    said = summarise_speed({OURS: ours, RIVAL: rival}, [1.0, 9.0, 2.0])
    assert said["trainings"][RIVAL]["ours_over_it_each_round"] == [3.0, 2.0, 3.0]
    assert said["trainings"][RIVAL]["ours_over_it"] == 3.0
    assert said["trainings"][OURS]["images_per_second"] == BATCH
    assert said["trainings"][OURS]["processor_s_per_image"] == 4.0 / BATCH
    assert said["load_average"] == {"least": 1.0, "median": 2.0, "most": 9.0}
    assert said["is_met"]
    slower = summarise_speed({OURS: ours[1:2], RIVAL: rival[1:2]}, [1.0])
    assert not slower["is_met"]


@pytest.mark.parametrize(
    ("ours", "rival", "is_met"),
    [((0.80, 0.84), (0.83, 0.82), True), ((0.80, 0.80), (0.83, 0.82), False),
     ((0.05, 0.05), (0.05, 0.05), False)],
)  # fmt: skip
def test_the_means_over_seeds_decide_and_only_where_both_have_learned(
    ours: tuple[float, ...], rival: tuple[float, ...], is_met: bool
) -> None:
    scores = {
        name: [{"map50": value, "map50_95": value / 2} for value in own]
        for name, own in ((OURS, ours), (RIVAL_2, rival))
    }
    said = summarise_accuracy(scores, {OURS: {"n_steps": 9}, RIVAL_2: {"n_steps": 9}})
    assert said["is_met"] is is_met
    assert said["n_seeds"] == 2
    assert said["map50_lost"] == pytest.approx(sum(rival) / 2 - sum(ours) / 2, abs=1e-4)
    assert said["trainings"][OURS]["map50_each_seed"] == list(ours)


def test_a_training_that_was_answered_is_not_run_again_unless_something_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_trained = 0

    def train(_self: Bench, _name: str, _task: Task, words: list[str], _log: Path) -> None:
        nonlocal n_trained
        n_trained += 1
        Path(words[words.index("--answer") + 1]).write_text(f'{{"n": {n_trained}}}', "utf-8")

    monkeypatch.setattr(Bench, "_train", train)
    task = Task(data=tmp_path / "data.yaml", epochs=2, mosaic_off_epochs=0, is_measured=True)
    bench = Bench(rival=tmp_path, folder=tmp_path, commit="abc")
    assert [bench.run(OURS, task, number)["n"] for number in (0, 0, 1)] == [1, 1, 2]
    assert bench.run(OURS, replace(task, epochs=3), 0)["n"] == 3
    for n, word in ((4, "def"), (5, "def-dirty"), (6, "def-dirty")):
        assert replace(bench, commit=word).run(OURS, replace(task, epochs=3), 0)["n"] == n


@pytest.mark.parametrize("times", [[], [[0.0, 1.0]], [[0.0, 1.0], [2.0]]])
def test_too_few_batches_are_an_error(times: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="expected two epochs of two batches or more"):
        images_per_second(times)


def test_a_picture_is_a_function_of_its_seed() -> None:
    first, again, other = (draw_picture((0, 1, number)) for number in (7, 7, 8))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("number", range(8))
def test_boxes_lie_in_the_picture_and_have_an_area(number: int) -> None:
    rgb, boxes, classes = draw_picture((3, 0, number))
    assert rgb.shape == (SIDE_PX, SIDE_PX, 3)
    assert len(boxes) == len(classes)
    assert ((boxes >= 0) & (boxes <= SIDE_PX)).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert set(classes.tolist()) <= set(range(len(CLASSES)))


def test_the_written_set_is_read_with_the_drawn_boxes(tmp_path: Path) -> None:
    page = write_drawn_set(tmp_path / "set", n_train=3, n_val=2)
    labelled = read_labelled_set(page, "val")
    assert labelled.class_space.names == CLASSES
    for number, picture in enumerate(labelled.pictures):
        _, boxes, classes = draw_picture((0, 1, number))
        np.testing.assert_allclose(picture.boxes_xyxy, boxes, atol=0.001)
        np.testing.assert_array_equal(picture.labels.argmax(axis=1), classes)


def test_boxes_of_the_other_tool_are_scored_by_picture_name(tmp_path: Path) -> None:
    """The truth itself as an answer has mAP 1; the answer of the wrong picture has less."""
    labelled = read_labelled_set(write_drawn_set(tmp_path / "set", n_train=1, n_val=4), "val")
    truth = truth_of(
        [picture.boxes_xyxy for picture in labelled.pictures],
        [picture.labels for picture in labelled.pictures],
        [~picture.is_known for picture in labelled.pictures],
        labelled.class_space,
    )
    perfect = {
        picture.path.name: [
            [*box.tolist(), 0.9, float(label.argmax())]
            for box, label in zip(picture.boxes_xyxy, picture.labels, strict=True)
        ]
        for picture in reversed(labelled.pictures)
    }
    assert mean_average_precision(detections_of(labelled, perfect), truth).map50_95 == 1.0
    names = list(perfect)
    shifted = dict(zip(names, [perfect[name] for name in [*names[1:], names[0]]], strict=True))
    assert mean_average_precision(detections_of(labelled, shifted), truth).map50 < 0.5
    with pytest.raises(KeyError):
        detections_of(labelled, {names[0]: []})
