"""Trainings: the same twice, the same after a kill, over two processes, and clear errors."""

import csv
import dataclasses
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from cinefacs.detectors import tasks
from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.detectors.data.labelled_set import LabelledSet
from cinefacs.detectors.tasks import DataSource, train_detector
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.fit import fit
from cinefacs.detectors.training.schedule import AveragedWeights, learning_rate
from cinefacs.detectors.training.state import TrainingState
from cinefacs.detectors.weights.files import read_weights
from cinefacs.errors import ConfigError, TrainingError
from cinefacs.records.step import Step
from tests.support.detectors import (
    CROP_READER,
    NARROW,
    one_label_space,
    several_label_space,
    small_network,
)
from tests.support.labelled import draw_set, write_manifest
from tests.support.trainings import make_fitting, short_training


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> LabelledSet:
    return draw_set(tmp_path_factory.mktemp("drawn") / "p", one_label_space(), n=6, n_empty=1)


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> LabelledSet:
    return draw_set(tmp_path_factory.mktemp("others") / "p", one_label_space(), n=3, seed=1)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Killed(BaseException):
    """Stands for a kill: nothing in the training catches it."""


def killing(after_epochs: int) -> object:
    """Return a listener that kills in the middle of the epoch after so many."""

    def listen(step: Step) -> None:
        if step.name.startswith(f"epoch {after_epochs + 1} "):
            raise Killed

    return listen


@pytest.mark.parametrize(("kind", "side_px"), [("smart", 64), ("faster-rcnn", 96)])
def test_a_killed_training_ends_as_the_uninterrupted_one(
    kind: str, side_px: int, drawn: LabelledSet, tmp_path: Path
) -> None:
    """At 64 px Faster R-CNN has fewer anchors than it samples, and draws nothing."""
    augment = AugmentConfig(mosaic_off_epochs=1)
    config = short_training(epochs=4, augment=augment, batch=3, side_px=side_px)
    check_resumption(NARROW[kind], drawn, tmp_path, config)


def test_a_killed_training_goes_on_dropping_out_the_same(tmp_path: Path) -> None:
    labelled = draw_set(tmp_path / "p", several_label_space(), n=6)
    config = short_training(epochs=4, mode="crop", colour="grey", batch=3)
    check_resumption(CROP_READER, labelled, tmp_path, config)


def check_resumption(name: str, labelled: LabelledSet, folder: Path, config: TrainConfig) -> None:
    """Check that four epochs are the same to the last digit with and without a kill after two."""
    whole = fit(make_fitting(name, labelled, folder / "whole", config))
    with pytest.raises(Killed):
        fit(make_fitting(name, labelled, folder / "cut", config), on_step=killing(2))  # type: ignore[arg-type]
    assert len(rows(folder / "cut")) == 2
    again = fit(make_fitting(name, labelled, folder / "cut", config))
    assert again.n_epochs == whole.n_epochs == 4
    assert rows(folder / "cut") == rows(folder / "whole")
    _, expected = read_weights(whole.weights_path)
    _, got = read_weights(again.weights_path)
    assert all(torch.equal(got[name], tensor) for name, tensor in expected.items())
    assert not list((folder / "cut" / "state").glob("*.safetensors"))


def test_a_finished_training_has_nothing_left_to_do(drawn: LabelledSet, tmp_path: Path) -> None:
    config = short_training(epochs=1)
    first = fit(make_fitting(NARROW["yolov8"], drawn, tmp_path / "run", config))
    again = fit(make_fitting(NARROW["yolov8"], drawn, tmp_path / "run", config))
    assert (first.was_finished, again.was_finished) == (False, True)
    assert again.best_score == first.best_score
    other = make_fitting(NARROW["yolov8"], drawn, tmp_path / "run", config, digest="y")
    with pytest.raises(ConfigError, match="expected the training that was begun there"):
        fit(other)


def test_a_damaged_state_is_one_clear_error(drawn: LabelledSet, tmp_path: Path) -> None:
    config = short_training(epochs=3)
    with pytest.raises(Killed):
        fit(make_fitting(NARROW["yolov8"], drawn, tmp_path, config), on_step=killing(1))  # type: ignore[arg-type]
    (tensors,) = (tmp_path / "state").glob("*.safetensors")
    tensors.write_bytes(tensors.read_bytes()[:-9])
    with pytest.raises(TrainingError, match=r"tensors that state\.json names"):
        fit(make_fitting(NARROW["yolov8"], drawn, tmp_path, config))
    (tmp_path / "state/state.json").write_text("{", encoding="utf-8")
    with pytest.raises(TrainingError, match="the state of a training"):
        TrainingState(tmp_path).read()
    (tmp_path / "state/state.json").write_text('{"schema_version": 7}', encoding="utf-8")
    with pytest.raises(TrainingError, match="schema version 1, got 7"):
        TrainingState(tmp_path).read()


def test_a_loss_that_is_no_number_stops_with_one_clear_error(
    drawn: LabelledSet, tmp_path: Path
) -> None:
    fitting = make_fitting(NARROW["yolov8"], drawn, tmp_path, short_training())
    next(fitting.network.parameters()).data.fill_(float("nan"))
    with pytest.raises(TrainingError, match=r"a finite number in epoch 1, batch 1, got box"):
        fit(fitting)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to ..."),
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
    ],
)
def test_running_out_of_memory_is_one_clear_error(
    error: Exception, drawn: LabelledSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitting = make_fitting(NARROW["yolov8"], drawn, tmp_path, short_training())

    def grasp(*_: object) -> None:
        raise error

    monkeypatch.setattr(fitting.network, "losses", grasp)
    with pytest.raises(TrainingError, match="room for batches of 4 at 64 px") as caught:
        fit(fitting)
    assert "--batch" in caught.value.hint


def test_another_error_is_not_called_a_lack_of_memory(
    drawn: LabelledSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitting = make_fitting(NARROW["yolov8"], drawn, tmp_path, short_training())

    def stumble(*_: object) -> None:
        raise RuntimeError("something else")

    monkeypatch.setattr(fitting.network, "losses", stumble)
    with pytest.raises(RuntimeError, match="something else"):
        fit(fitting)


def test_training_stops_when_the_score_no_longer_rises(drawn: LabelledSet, tmp_path: Path) -> None:
    config = short_training(epochs=30, patience=2, learning_rate=1e-9)
    result = fit(make_fitting(NARROW["yolov8"], drawn, tmp_path, config))
    assert result.best_epoch == 1
    assert result.n_epochs == 3


def test_training_stops_only_where_it_is_measured(drawn: LabelledSet, tmp_path: Path) -> None:
    config = short_training(epochs=12, patience=2, validate_every=3, learning_rate=1e-9)
    result = fit(make_fitting(NARROW["yolov8"], drawn, tmp_path, config))
    assert result.best_epoch == 3
    assert result.n_epochs == 6
    card, _ = read_weights(result.weights_path)
    assert card.training["epoch"] == 3


def test_other_classes_are_refused(drawn: LabelledSet, tmp_path: Path) -> None:
    fitting = make_fitting(NARROW["yolov8"], drawn, tmp_path, short_training())
    fitting.network.class_space = one_label_space(2)
    with pytest.raises(ConfigError, match="training set: expected the classes"):
        fit(fitting)


def test_crops_in_grey_with_several_labels_train(tmp_path: Path) -> None:
    labelled = draw_set(tmp_path / "p", several_label_space(), n=4, seed=1)
    config = short_training(
        mode="crop", colour="grey", optimizer="sgd", epochs=8, learning_rate=0.05,
        precision="bf16", settle_batches=1, tensorboard=True,
    )  # fmt: skip
    result = fit(make_fitting(NARROW["smart"], labelled, tmp_path / "run", config))
    card, _ = read_weights(result.weights_path)
    assert (card.input_spec.mode, card.input_spec.colour) == ("crop", "grey")
    assert card.class_space.multi_label
    assert list((tmp_path / "run/tensorboard").rglob("events*"))
    first, last = rows(tmp_path / "run")[0], rows(tmp_path / "run")[-1]
    assert float(last["train/classes"]) < float(first["train/classes"])


def test_the_rate_rises_then_falls() -> None:
    config = short_training(epochs=10, warmup_epochs=2.0, learning_rate=0.1)
    rates = [learning_rate(s, n_steps=50, steps_per_epoch=5, config=config) for s in range(50)]
    peak = rates.index(max(rates))
    assert peak == 10
    assert rates[peak] == pytest.approx(0.1)
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] == pytest.approx(0.001)


def test_averaged_weights_follow_and_settle() -> None:
    network = small_network(NARROW["yolov8"])
    averaged = AveragedWeights(network, short_training(ema_decay=0.5, ema_steps=1.0))
    start = averaged.network.state_dict()["yolo.body.stem.conv.weight"].clone()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1)
    distances = []
    for _ in range(6):
        averaged.update(network)
        now = averaged.network.state_dict()["yolo.body.stem.conv.weight"]
        distances.append(float((now - start - 1).abs().max()))
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.05


def command(data: Path, out: Path, **more: str) -> list[str]:
    options = {
        "network": NARROW["smart"], "out": str(out), "epochs": "6", "batch": "3",
        "side-px": "64", "augment.mosaic-off-epochs": "2", "ema-steps": "20", "patience": "0",
        **more,
    }  # fmt: skip
    flags = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [sys.executable, "-m", "cinefacs", "train", str(data), *flags, "--json"]


def run_command(words: list[str]) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, env=env)


def test_a_training_goes_on_after_kill_9(
    drawn: LabelledSet, others: LabelledSet, tmp_path: Path
) -> None:
    root = drawn.pictures[0].path.parent.parent
    data = write_manifest(root, {"train": drawn, "val": others})
    augment = AugmentConfig(mosaic_off_epochs=2)
    config = TrainConfig(epochs=6, batch=3, side_px=64, augment=augment, ema_steps=20.0, patience=0)
    source = DataSource(path=data)
    name = NARROW["smart"]
    whole = train_detector(name, source, out=tmp_path / "whole", config=config)
    process = subprocess.Popen(
        command(data, tmp_path / "cut"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    state = tmp_path / "cut/state/state.json"
    deadline = time.monotonic() + 240
    while process.poll() is None and time.monotonic() < deadline:
        if state.is_file() and json.loads(state.read_text())["progress"]["n_epochs_done"] >= 2:
            break
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "cut/run.json").exists()
    again = train_detector(name, source, out=tmp_path / "cut", config=config)
    assert rows(tmp_path / "cut") == rows(tmp_path / "whole")
    assert again.result.best_score == whole.result.best_score
    assert again.as_document()["n_epochs"] == 6
    assert json.loads((tmp_path / "cut/run.json").read_text())["verb"] == "train"
    finished = train_detector(name, source, out=tmp_path / "cut", config=config)
    assert finished.result.was_finished
    with pytest.raises(ConfigError, match="expected the training that was begun there"):
        train_detector(name, source, out=tmp_path / "cut", config=config, seed=5)
    start = tmp_path / "whole/weights.safetensors"
    short = dataclasses.replace(config, epochs=1)
    anew = train_detector(
        name, source, out=tmp_path / "cut", config=short, force=True, weights=start
    )
    assert anew.result.n_epochs == 1
    assert "tensors fit" in anew.notes[-1]
    (tmp_path / "other").mkdir()
    (tmp_path / "other/letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="an empty folder or a training, got letter"):
        train_detector(name, source, out=tmp_path / "other", config=short)


def test_a_kill_before_the_record_does_not_lose_it(
    drawn: LabelledSet, others: LabelledSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_manifest(drawn.pictures[0].path.parent.parent, {"train": drawn, "val": others})
    record = tmp_path / "run/run.json"

    def train() -> bool:
        done = train_detector(
            NARROW["yolov8"], DataSource(path=data), out=tmp_path / "run",
            config=short_training(epochs=1),
        )  # fmt: skip
        return done.result.was_finished

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(tasks, "write_run_record", kill)
        train()
    assert not record.exists()
    assert train()
    notes = json.loads(record.read_text(encoding="utf-8"))["notes"]
    assert "run.json was missing though" in notes[-1]
    record.write_text("kept", encoding="utf-8")
    assert train()
    assert record.read_text(encoding="utf-8") == "kept"


def test_two_processes_train_together(
    drawn: LabelledSet, others: LabelledSet, tmp_path: Path
) -> None:
    root = drawn.pictures[0].path.parent.parent
    data = write_manifest(root, {"train": drawn, "val": others})
    done = run_command(command(data, tmp_path / "run", devices="2", epochs="2"))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)  # one document, though two processes ran
    assert document["n_epochs"] == 2
    table = rows(tmp_path / "run")
    assert len(table) == 2
    assert all(math.isfinite(float(row["train/box"])) for row in table)
    read_weights(tmp_path / "run/weights.safetensors")
