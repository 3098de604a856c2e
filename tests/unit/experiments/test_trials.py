"""Sets drawn for one question: a measurement that fails takes no other with it."""

import dataclasses
import functools
from pathlib import Path
from typing import Any

import pytest

from cinefacs.detectors.training.config import TrainConfig
from cinefacs.executors import InProcess
from cinefacs.experiments import robustness
from cinefacs.experiments.cells import Cell
from cinefacs.experiments.config import TrialConfig, load_experiment
from cinefacs.experiments.robustness import PLAIN, read_trial_rows, run_trials
from cinefacs.experiments.run import _durations
from cinefacs.experiments.store import Answers, CellFolder, CellResult
from cinefacs.experiments.trial_sets import (
    Trial,
    TrialTask,
    list_trials,
    trial_path,
    trial_result_path,
)
from cinefacs.records.experiment import CellState
from cinefacs.storage.atomic import write_json
from tests.support.experiments import face, row

CONFIG = TrialConfig(n_people=1, conditions=("hair", "hands"), strengths=(1.0,))
SCORES = {"accuracy_all": 0.5, "map50": 0.4, "f1": 0.5}


def make_cell(store: Path) -> Cell:
    cell = Cell(
        table="a", network="yolov8n", protocol="grouped", repeat=0, n_samples=1,
        train=TrainConfig(), data_path=store, fold=0, data_digest="d" * 64, n_train=1, device="cpu",
    )  # fmt: skip
    result = CellResult(error="", scores=SCORES, facts={}, device="test")
    CellFolder.of(store, cell.address).write(result, Answers(faces=[], boxes=[]))
    for trial in list_trials(CONFIG):  # drawn already
        page = trial_path(store, CONFIG, 0, trial)
        page.parent.mkdir(parents=True)
        write_json(page, {"faces": []})
    return cell


def measure_all_but_hands(task: TrialTask, _tell: Any) -> None:  # noqa: ANN401
    if task.trial.condition == "hands":
        raise RuntimeError("it burst")
    path = trial_result_path(task.task.cell, task.task.store, CONFIG, task.trial)
    write_json(path, {"error": "", "scores": SCORES, "facts": {}, "device": "test"})


def test_a_measurement_that_fails_is_shown_as_failed_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = make_cell(tmp_path)
    monkeypatch.setattr(robustness, "measure_trial", measure_all_but_hands)
    failed = run_trials([cell], CONFIG, tmp_path, InProcess())
    rows = read_trial_rows([row()], [cell], CONFIG, tmp_path, failed=failed)
    states = {each.condition: (each.state, each.reason, each.map50) for each in rows}
    assert states == {
        "plain": (CellState.DONE, "", 0.4),
        "hair": (CellState.DONE, "", 0.4),
        "hands": (CellState.FAILED, "RuntimeError: it burst", None),
    }
    begun: list[str] = []
    monkeypatch.setattr(
        robustness, "measure_trial", lambda task, _tell: begun.append(task.trial.condition)
    )
    assert run_trials([cell], CONFIG, tmp_path, InProcess()) == {}
    assert begun == ["hands"]


def test_the_trials_of_a_failed_cell_are_failed_and_those_of_an_open_one_not_run(
    tmp_path: Path,
) -> None:
    cell = make_cell(tmp_path)
    nothing: dict[str, Any] = dict.fromkeys(("accuracy", "accuracy_all", "map50", "f1"))
    for state, reason in ((CellState.FAILED, "no memory"), (CellState.MISSING, "")):
        own = row(state=state, reason=reason, **nothing)
        rows = read_trial_rows([own], [cell], CONFIG, tmp_path, failed={})
        assert {(each.state, each.reason) for each in rows} == {(state, reason)}


def test_hard_sets_of_an_earlier_training_do_not_stand_for_a_failed_one(tmp_path: Path) -> None:
    cell = make_cell(tmp_path)
    for trial in list_trials(CONFIG):
        path = trial_result_path(cell, tmp_path, CONFIG, trial)
        write_json(path, {"error": "", "scores": SCORES, "facts": {}, "device": "test"})
    nothing: dict[str, Any] = dict.fromkeys(("accuracy", "accuracy_all", "map50", "f1"))
    own = row(state=CellState.FAILED, reason="no memory", **nothing)
    rows = read_trial_rows([own], [cell], CONFIG, tmp_path, failed={})
    assert {(each.state, each.reason, each.map50) for each in rows} == {
        (CellState.FAILED, "no memory", None)
    }


@pytest.mark.parametrize("must_draw", [True, False])
def test_nothing_is_drawn_that_nobody_looks_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, must_draw: bool
) -> None:
    """Cells that were taken over have their numbers; only the rule of 200 ms reads the plans."""
    cell = make_cell(tmp_path)
    for trial in list_trials(CONFIG):
        trial_result_path(cell, tmp_path, CONFIG, trial).write_text("{}", encoding="utf-8")
        trial_path(tmp_path, CONFIG, 0, trial).unlink()
    drawn: list[int] = []
    monkeypatch.setattr(
        robustness, "draw_person_trials", lambda task, _tell: drawn.append(task.person)
    )
    run_trials([cell], CONFIG, tmp_path, InProcess(), must_draw=must_draw)
    assert drawn == ([0] if must_draw else [])


def test_the_rule_of_200_ms_is_told_on_all_people_or_not_at_all(tmp_path: Path) -> None:
    config = dataclasses.replace(
        load_experiment("confusion", "smoke"), trials=TrialConfig(n_people=2)
    )
    page = trial_path(tmp_path, config.trials, 0, Trial("", 0.0))
    page.parent.mkdir(parents=True)
    act = {"class": "fear", "n_frames": 4, "rate_fps": 24, "peak": 0.5}
    write_json(page, {"faces": [{"picture": "000000.png", **act}]})
    own = face(0, "fear", "fear")
    shown = Answers(faces=[dataclasses.replace(own, sample_id="000/000000.png")], boxes=[])
    rows = [row(), row(condition=PLAIN)]
    told = functools.partial(_durations, rows, [], lambda _row: shown, config, tmp_path)
    assert told() is None  # the time was over before the second one was drawn
    other = trial_path(tmp_path, config.trials, 1, Trial("", 0.0))
    other.parent.mkdir(parents=True)
    write_json(other, {"faces": []})
    assert told() is not None
