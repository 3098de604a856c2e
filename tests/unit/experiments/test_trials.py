"""Sets drawn for one question: a measurement that fails takes no other with it."""

from pathlib import Path
from typing import Any

import pytest

from cinefacs.detectors.training.config import TrainConfig
from cinefacs.executors import InProcess
from cinefacs.experiments import robustness
from cinefacs.experiments.cells import Cell
from cinefacs.experiments.config import TrialConfig
from cinefacs.experiments.robustness import read_trial_rows, run_trials
from cinefacs.experiments.store import Answers, CellFolder, CellResult
from cinefacs.experiments.trial_sets import TrialTask, list_trials, trial_path, trial_result_path
from cinefacs.records.experiment import CellState
from cinefacs.storage.atomic import write_json
from tests.support.experiments import row

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
