"""What a training must keep to go on after a kill: safetensors and JSON, no pickle."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cinefacs.detectors.weights.files import read_tensors, save_tensors
from cinefacs.engines.catalog import sha256_of
from cinefacs.errors import TrainingError
from cinefacs.storage.atomic import disk_errors, remove_litter, write_json

__all__ = ["STATE_NAME", "Progress", "TrainingState", "optimizer_tensors", "restore_optimizer"]

STATE_NAME = "state.json"
SCHEMA_VERSION = 1


@dataclass(kw_only=True)
class Progress:
    """Where a training stands; changed at the end of each epoch."""

    digest: str
    """Of everything that decides the result: configuration, data, initial weights."""
    n_epochs_done: int = 0
    """Epochs finished."""
    n_updates: int = 0
    """Steps that the averaged weights have taken."""
    best_score: float = -1.0
    """Best score on validation."""
    best_epoch: int = -1
    """Epoch of it, from 0."""
    is_finished: bool = False
    """Whether nothing is left to do."""
    rows: list[dict[str, float | None]] = field(default_factory=list)
    """One for each epoch: losses, scores, rate."""


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return what an optimiser remembers of each parameter, by number and name."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": value if isinstance(value, Tensor) else torch.tensor(value)
        for number, memory in state.items()
        for name, value in memory.items()
        if value is not None
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give an optimiser its memory back.

    Parameters
    ----------
    optimizer
        Of the same parameters in the same order.
    tensors
        As `optimizer_tensors` gave them.
    """
    document = optimizer.state_dict()
    memory: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, _, name = key.partition(".")
        memory.setdefault(int(number), {})[name] = value
    document["state"] = memory
    optimizer.load_state_dict(document)
    # A fused step runs through memory as it lies: what is remembered must lie as its parameter
    # does, and files hold everything in one order, whatever the network's (channels last) is.
    for parameter, remembered in optimizer.state.items():
        for name, value in remembered.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                remembered[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


class TrainingState:
    """The files of an unfinished training in a folder.

    The tensors of an epoch are written under a name of their own; then ``state.json``, which names
    them and their digest, takes the place of the last one. A kill between the two leaves the last
    epoch's state whole.

    Parameters
    ----------
    folder
        Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "state"
        self._path = self._folder / STATE_NAME

    def read(self) -> tuple[Progress, dict[str, Tensor]] | None:
        """Return where the training stands and its tensors; None where there is nothing.

        Raises
        ------
        TrainingError
            The files are damaged or of another version.
        """
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise TrainingError(
                f"{self._path}: expected the state of a training, got: {error}",
                hint="start anew with --force",
            ) from error
        if document.get("schema_version") != SCHEMA_VERSION:
            raise TrainingError(
                f"{self._path}: expected schema version {SCHEMA_VERSION}, "
                f"got {document.get('schema_version')!r}",
                hint="it was written by another version of cinefacs: start anew with --force",
            )
        progress = Progress(**document["progress"])
        if progress.is_finished:
            return progress, {}
        tensors_path = self._folder / document["tensors"]["file"]
        if not tensors_path.is_file() or sha256_of(tensors_path) != document["tensors"]["sha256"]:
            raise TrainingError(
                f"{tensors_path}: expected the tensors that {STATE_NAME} names, got others",
                hint="start anew with --force",
            )
        return progress, read_tensors(tensors_path)

    def write(self, progress: Progress, tensors: Mapping[str, Tensor]) -> None:
        """Write the state at the end of an epoch, then delete the one before.

        Raises
        ------
        StorageError
            The disk refused; the state before is whole.
        """
        name = f"epoch-{progress.n_epochs_done:05d}.safetensors"
        save_tensors(self._folder / name, tensors)
        facts = {"file": name, "sha256": sha256_of(self._folder / name)}
        self._write_document(progress, facts)
        self._delete_tensors(but=name)

    def finish(self, progress: Progress) -> None:
        """Say that nothing is left to do, and delete the tensors.

        Raises
        ------
        StorageError
            The disk refused.
        """
        progress.is_finished = True
        self._write_document(progress, {})
        self._delete_tensors(but="")

    def _write_document(self, progress: Progress, facts: Mapping[str, Any]) -> None:
        document = {
            "schema_version": SCHEMA_VERSION, "progress": asdict(progress), "tensors": dict(facts)
        }  # fmt: skip
        write_json(self._path, document)

    def _delete_tensors(self, *, but: str) -> None:
        with disk_errors(self._folder):
            for path in self._folder.glob("epoch-*.safetensors"):
                if path.name != but:
                    path.unlink()
        remove_litter(self._folder)
