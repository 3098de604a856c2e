"""One cell: train, measure on the test part, write down. Runs in any process."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from cinefacs.detectors.build import describe_network
from cinefacs.detectors.data.layouts import read_labelled_set
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.tasks import DataSource, load_network, train_detector
from cinefacs.experiments.cells import Cell
from cinefacs.experiments.machine import code_name, machine_name
from cinefacs.experiments.measure import Who, chosen_threshold, measure_network
from cinefacs.experiments.memory import forget_peak, peak_memory_mb
from cinefacs.experiments.store import CellFolder, CellResult, Pieces
from cinefacs.records.sample import Part
from cinefacs.records.step import Step
from cinefacs.storage.datasets import DatasetLayout, read_dataset

__all__ = ["CellTask", "people_of", "run_cell"]

_TRAINING_SHARE = 0.97
_SAVE_EVERY_S = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class CellTask:
    """A cell, and where it is written."""

    cell: Cell
    """What is done."""
    store: Path
    """Folder of all experiments."""


class _Clock:
    """Adds up the time of a training over all its pieces, and keeps the largest memory."""

    def __init__(self, folder: CellFolder, device: str) -> None:
        self._folder = folder
        self._device = device
        self._before = folder.pieces()
        self._start = self._saved = time.monotonic()
        forget_peak(device)

    def read(self) -> Pieces:
        peaks = [self._before.peak_memory_mb, peak_memory_mb(self._device)]
        known = [peak for peak in peaks if peak is not None]
        return Pieces(
            seconds=[*self._before.seconds, time.monotonic() - self._start],
            peak_memory_mb=max(known) if known else None,
        )

    def save(self, *, now: bool = False) -> None:
        if now or time.monotonic() - self._saved > _SAVE_EVERY_S:
            self._folder.write_pieces(self.read())
            self._saved = time.monotonic()


def people_of(data_path: Path) -> dict[str, Who]:
    """Return person and film by the name of the sample."""
    return {
        sample.sample_id: Who(
            subject=sample.subject or sample.sample_id,
            film=f"{sample.film_number:03d}" if sample.film_number else sample.film_id,
        )
        for sample in read_dataset(DatasetLayout(data_path)).samples
    }


def run_cell(task: CellTask, tell: Callable[[float], None]) -> None:
    """Train a network, or go on where it was, and measure it on the test part.

    Nothing is returned: whoever waits reads the store.

    Parameters
    ----------
    task
        The cell.
    tell
        Told the share that is done.

    Raises
    ------
    TrainingError
        Training cannot go on.
    StudyError, SchemaError, StorageError
        The data set cannot be read, or the disk refused.
    """
    cell = task.cell
    folder = CellFolder.of(task.store, cell.address)
    code = code_name()  # before hours pass in which the repository may change
    clock = _Clock(folder, cell.device)
    source = DataSource(path=cell.data_path, fold=cell.fold)
    n_batches = -(-cell.n_train // cell.train.batch) * cell.train.epochs

    def on_step(step: Step) -> None:
        epoch = int(step.name.split()[1]) - 1
        total = step.n_total or 1
        n_done = epoch * total + step.n_done
        clock.save()
        tell(_TRAINING_SHARE * min(1.0, n_done / max(1, n_batches)))

    done = train_detector(
        cell.network, source, out=folder.training_dir, config=cell.train, seed=cell.repeat,
        device=cell.device, on_step=on_step,
    )  # fmt: skip
    if not done.result.was_finished:
        clock.save(now=True)
    pieces = folder.pieces()
    weights = done.result.weights_path
    card, network = load_network(weights, device=cell.device)
    measured = measure_network(
        network,
        read_labelled_set(cell.data_path, Part.TEST, fold=cell.fold),
        card.input_spec,
        threshold=chosen_threshold(card),
        who=people_of(cell.data_path),
        batch=cell.train.batch,
        device=cell.device,
        tell=lambda share: tell(_TRAINING_SHARE + (1 - _TRAINING_SHARE) * share),
    )
    size = describe_network(
        find_network(cell.network), card.class_space, side_px=card.input_spec.side_px
    )
    scores: dict[str, Any] = {
        **measured.scores,
        "n_train": cell.n_train,
        "epochs": done.result.n_epochs,
        "n_parameters": size.n_parameters,
        "gflops": size.gflops,
        "file_mb": weights.stat().st_size / 1e6,
        "peak_memory_mb": pieces.peak_memory_mb,
        "train_s": sum(pieces.seconds),
        "n_pieces": len(pieces.seconds),
    }
    device = f"{machine_name()}, {torch.get_num_threads()} threads"
    result = CellResult(error="", scores=scores, facts=measured.facts, device=device, code=code)
    folder.write(result, measured.answers)
