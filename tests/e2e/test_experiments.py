"""`cinefacs experiment`: all six at scale smoke; going on after a kill; failures that stay so."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from cinefacs.cli.app import run
from cinefacs.experiments.config import ExperimentName
from cinefacs.experiments.run_cell import run_cell
from cinefacs.records.experiment import CellState, ExperimentRow
from cinefacs.storage.record_tables import read_records
from tests.support.experiments import own_data, write_config
from tests.support.synth import need_egl

SCORES = ("accuracy_all", "map50", "map50_95", "precision", "recall", "f1", "threshold", "n_faces")
FIGURES = {
    "attention": {"attention-a"},
    "compare": {"compare-a", "compare-b"},
    "repeat": {"repeat-a"},
    "confusion": {"confusion", "curves"},
    "ablate": {"ablate-grid", "ablate-positions"},
    "robustness": {"robustness"},
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Train with one thread, as the other processes do: sums of several come out otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_data(Path(tmp_path_factory.mktemp("own")) / "study")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> Any:  # noqa: ANN401
    capsys.readouterr()
    assert run(["experiment", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def scores_of(table: str | Path) -> list[tuple[Any, ...]]:
    """Return what must be the same however often a matrix was interrupted."""
    return [
        (row.table, row.network, row.protocol, row.repeat, row.cell, row.state,
         *(getattr(row, name) for name in SCORES))
        for row in read_records(Path(table), ExperimentRow)
    ]  # fmt: skip


def check_results(found: Any, name: str) -> str:  # noqa: ANN401
    """Check what every experiment writes, and return its tables as text."""
    assert (found["name"], found["failed"], found["n_missing"]) == (name, [], 0)
    assert {Path(path).stem for path in found["figure_paths"]} == FIGURES[name]
    for path in found["figure_paths"]:
        svg = Path(path).read_text(encoding="utf-8")
        assert svg.count("<path") > 5
        assert name == "confusion" or "chance" in svg
    page = Path(found["page_path"]).read_text(encoding="utf-8")
    assert page.count("<svg") == len(FIGURES[name])
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)  # it needs no other file
    rows = read_records(Path(found["table_path"]), ExperimentRow)
    assert len(rows) == len(found["rows"])
    assert {row.state for row in rows} == {CellState.DONE}
    out = Path(found["out"])
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["verb"] == f"experiment {name}"
    text = (out / "tables.md").read_text(encoding="utf-8")
    assert "- cells computed by: " in text
    assert "unknown code" not in text
    assert "- arithmetic: fp32" in text
    assert len(list((out / "tables").glob("*.csv"))) == text.count("### ") - 1
    assert "chance" in text
    assert (out / "tables.tex").read_text(encoding="utf-8").count(r"\begin{table}") == text.count(
        "### "
    ) - 1  # the last heading is that of the facts
    return text


def test_all_six_experiments_run_at_smoke_scale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One test, so that they share one set of pictures and what one has trained another takes."""
    need_egl()
    store = tmp_path / "store"
    texts = {}
    for name in get_args(ExperimentName):
        found = said(capsys, name, "--scale", "smoke", "--store", str(store))
        texts[name] = check_results(found, name)
        if name == "compare":
            check_compare(found["rows"])
        if name == "repeat":
            assert {row["protocol"] for row in found["rows"]} == {"random", "grouped"}
        if name == "robustness":
            check_robustness(found["rows"])
    assert "Leakage gap" in texts["repeat"]
    assert "Rows random: PAPER PROTOCOL" in texts["repeat"]  # the warning of a random division
    assert "PAPER PROTOCOL" not in texts["compare"]
    assert "worst confusions" in texts["confusion"]
    assert "called low" in texts["confusion"]
    assert "Balanced accuracy of the rule: 0." in texts["confusion"]  # weak and strong faces
    assert "What each part does" in texts["ablate"]
    assert "not measured here" in texts["compare"]
    assert "latency" in texts["attention"]
    n_cells = len(list((store / "cells").glob("*/*/cell.json")))
    n_rows = {"attention": 5, "compare": 20, "repeat": 4, "confusion": 2, "ablate": 11}
    assert n_cells < sum(n_rows.values())  # equal cells of different experiments are one


def check_compare(rows: list[dict[str, Any]]) -> None:
    all_six = [row["network"] for row in rows if row["table"] == "b" and row["repeat"] == 0]
    families = {name.partition("*")[0] for name in all_six}
    assert families == {
        "yolov8n-smart", "yolov8n", "yolov5n", "yolov3-tiny", "faster-rcnn-vgg16", "ssd300-vgg16"
    }  # fmt: skip
    by_repeat = {row["repeat"]: row["n_faces"] for row in rows}
    for row in rows:
        assert row["n_faces"] == by_repeat[row["repeat"]]  # all on the same faces
        assert row["chance"] == pytest.approx(1 / 8)
        assert 0 <= row["map50_95"] <= row["map50"] <= 1
        assert row["n_parameters"] > 1000


def check_robustness(rows: list[dict[str, Any]]) -> None:
    trials = {(row["condition"], row["strength"]) for row in rows}
    assert trials == {("", 0.0), ("plain", 0.0), ("back_light", 1.0), ("compression", 1.0)}
    faces = {row["n_faces"] for row in rows if row["condition"]}
    assert len(faces) == 1  # the same pictures but for the condition


def test_killed_in_the_middle_it_goes_on_and_gives_the_same_table(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path / "c.yaml", n_samples=120)
    words = ["compare", "--config", str(config), "--data", str(data)]
    whole = said(capsys, *words, "--store", str(tmp_path / "whole"))
    store = tmp_path / "killed"
    program = "import sys; from cinefacs.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", program, "experiment", *words, "--store", str(store)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:  # the second cell has begun and has an epoch behind it
        deadline = time.monotonic() + 240
        while process.poll() is None and time.monotonic() < deadline:
            states = list(store.glob("cells/*/*/training/state/epoch-*.safetensors"))
            done = list(store.glob("cells/*/*/cell.json"))
            if states and done:
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.05)
        assert process.poll() is None, "it ended before it could be killed"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    n_before = len(list(store.glob("cells/*/*/cell.json")))
    again = said(capsys, *words, "--store", str(store))
    assert 1 <= n_before < len(again["rows"])
    assert scores_of(again["table_path"]) == scores_of(whole["table_path"])
    svgs = [[Path(p).read_bytes() for p in each["figure_paths"]] for each in (whole, again)]
    assert svgs[0] == svgs[1]


def test_two_processes_give_the_same_table_as_one(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path / "c.yaml", repeats=1)
    words = ["compare", "--config", str(config), "--data", str(data), "--store"]
    alone = said(capsys, *words, str(tmp_path / "alone"))
    both = said(capsys, *words, str(tmp_path / "both"), "--executor", "processes", "--workers", "2")
    assert scores_of(alone["table_path"]) == scores_of(both["table_path"])


def test_what_is_there_is_not_computed_again(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config(tmp_path / "c.yaml", networks="yolov8n*0.25", repeats=1)
    words = ["compare", "--config", str(config), "--data", str(data), "--store", str(tmp_path)]
    kept = tmp_path / "kept"
    first = said(capsys, *words, "--kept", str(kept))

    def refuse(*_anything: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr("cinefacs.experiments.matrix.run_cell", refuse)
    again = said(capsys, *words)
    elsewhere = said(capsys, *words[:-1], str(tmp_path / "elsewhere"), "--kept", str(kept))
    for other in (again, elsewhere):
        assert scores_of(other["table_path"]) == scores_of(first["table_path"])
    assert not list(kept.rglob("*.safetensors"))
    monkeypatch.undo()
    more = write_config(tmp_path / "more.yaml", networks="yolov8n*0.25, yolov5n*0.25", repeats=1)
    begun: list[str] = []
    real = run_cell

    def watch(task: Any, tell: Any) -> None:  # noqa: ANN401
        begun.append(task.cell.network)
        real(task, tell)

    monkeypatch.setattr("cinefacs.experiments.matrix.run_cell", watch)
    said(capsys, "compare", "--config", str(more), *words[3:])
    assert begun == ["yolov5n*0.25"]


def test_the_arithmetic_is_part_of_a_cells_address(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = write_config(tmp_path / "c.yaml", networks="yolov8n*0.25", repeats=1).read_text("utf-8")

    def address(precision: str, *, has_bf16: bool = False) -> str:
        own = tmp_path / f"{precision}.yaml"
        own.write_text(text.replace("train:", f"train:\n  precision: {precision}"), "utf-8")
        monkeypatch.setattr(
            "cinefacs.detectors.training.precision.has_bf16", lambda _device: has_bf16
        )
        found = said(
            capsys, "compare", "--config", str(own), "--data", str(data), "--store", str(tmp_path),
            "--stop-after", "0.000001",
        )  # fmt: skip
        (only,) = read_records(Path(found["table_path"]), ExperimentRow)
        assert only.state is CellState.MISSING  # nothing was trained to know it
        return only.cell

    assert address("auto", has_bf16=True) == address("bf16")
    assert address("auto", has_bf16=False) == address("fp32")
    assert address("bf16") != address("fp32")


def test_a_failed_cell_is_shown_as_failed_and_the_others_go_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config(tmp_path / "c.yaml", repeats=1)
    words = ["compare", "--config", str(config), "--data", str(data), "--store", str(tmp_path)]
    real = run_cell

    def burst(task: Any, tell: Any) -> None:  # noqa: ANN401
        if "smart" in task.cell.network:
            raise RuntimeError("it burst")
        real(task, tell)

    monkeypatch.setattr("cinefacs.experiments.matrix.run_cell", burst)
    found = said(capsys, *words)
    (failed,) = found["failed"]
    assert failed == {
        "cell": "table a, yolov8n-smart*0.25, grouped, repeat 0", "reason": "RuntimeError: it burst"
    }  # fmt: skip
    rows = {row.network: row for row in read_records(Path(found["table_path"]), ExperimentRow)}
    assert rows["yolov8n-smart*0.25"].state is CellState.FAILED
    assert rows["yolov8n-smart*0.25"].map50 is None
    assert rows["yolov8n*0.25"].state is CellState.DONE
    text = (Path(found["out"]) / "tables.md").read_text(encoding="utf-8")
    assert "failed: table a, yolov8n-smart*0.25, grouped, repeat 0: RuntimeError: it burst" in text
    assert "0 of 1, 1 failed" in text
    monkeypatch.undo()
    kept = said(capsys, *words)
    assert len(kept["failed"]) == 1  # it is not tried again by itself
    assert said(capsys, *words, "--retry")["failed"] == []


def test_it_stops_in_time_and_says_what_is_left(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path / "c.yaml", n_samples=100_000, repeats=1)
    words = ["compare", "--config", str(config), "--data", str(data), "--store", str(tmp_path)]
    found = said(capsys, *words, "--stop-after", "0.05")
    assert found["n_missing"] == 2
    text = (Path(found["out"]) / "tables.md").read_text(encoding="utf-8")
    assert "not run: table a, yolov8n*0.25, grouped, repeat 0" in text
    assert found["figure_paths"] == []


@pytest.mark.parametrize(
    ("words", "said_of"),
    [
        (["compare", "--data", "nowhere"], "expected a data set"),
        (["compare", "--config", "none.yaml"], "expected a readable file"),
        (["compare", "--stop-after", "-1"], "--stop-after"),
        (["compare", "--workers", "0"], "workers"),
        (["compare", "--ray-address", "auto"], "ray address"),
        (["compare", "--repeats", "9"], "repeats: expected at most one for each of 3 folds"),
    ],
)
def test_wrong_wishes_get_one_clear_error(
    words: list[str], said_of: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run(["experiment", *words, "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert said_of in error["message"]


def test_a_data_set_of_several_labels_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = data.parents[1]
    assert run(["datasets", "build", str(study), "aus", "--space", "emotion+au"]) == 0
    capsys.readouterr()
    words = ["compare", "--data", str(study / "datasets" / "aus"), "--store", str(tmp_path)]
    assert run(["experiment", *words, "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert "of which a face has one" in error["message"]


def test_the_shipped_configuration_is_printed_to_start_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["experiment", "ablate", "--scale", "bench", "--show-config"]) == 0
    path = tmp_path / "own.yaml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert run(["experiment", "ablate", "--config", str(path), "--show-config"]) == 0
    assert capsys.readouterr().out == path.read_text(encoding="utf-8")
