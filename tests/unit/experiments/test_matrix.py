"""How far a matrix of cells is."""

import time
from pathlib import Path

from cinefacs.detectors.training.config import TrainConfig
from cinefacs.executors import InProcess
from cinefacs.experiments.cells import Cell
from cinefacs.experiments.matrix import run_matrix
from cinefacs.experiments.store import Answers, CellFolder, CellResult


def test_what_was_there_before_is_told_at_once(tmp_path: Path) -> None:
    cells = [
        Cell(
            table="a", network="yolov8n", protocol="grouped", repeat=repeat, n_samples=1,
            train=TrainConfig(side_px=64), data_path=tmp_path, fold=0, data_digest=f"{repeat}" * 64,
            n_train=1, device="cpu",
        )
        for repeat in range(4)
    ]  # fmt: skip
    done = CellResult(error="", scores={"map50": 0.5}, facts={}, device="test")
    for cell in (cells[0], cells[2], cells[3]):
        CellFolder.of(tmp_path, cell.address).write(done, Answers(faces=[], boxes=[]))
    told: list[tuple[int, str]] = []
    ran = run_matrix(
        "compare", cells, tmp_path, InProcess(), deadline_s=time.monotonic(),
        on_step=lambda step: told.append((step.n_done, step.unit)),
    )  # fmt: skip
    assert (ran.n_run, ran.n_left) == (0, 1)
    # At once, or the pace would count what was there as done now.
    assert told == [(750, "thousandths of the work (3 of 4 cells)")]
