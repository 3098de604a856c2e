"""Which cells an experiment has, and the address of each."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinefacs.config import as_document
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.experiments.config import ExperimentConfig
from cinefacs.experiments.data_sets import Division

__all__ = ["CELL_RECIPE", "Cell", "make_cells", "training_of"]

CELL_RECIPE = 1
"""Raised whenever the same configuration and data give other numbers; every cell is then run
anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One training and its measurement."""

    table: str
    """Table that it belongs to."""
    network: str
    """Name of the network, as `NetworkConfig.name` writes it."""
    protocol: str
    """How pictures were divided."""
    repeat: int
    """Seed, and number of the division."""
    n_samples: int
    """Budget."""
    train: TrainConfig
    """How it is trained, with the epochs that the budget gives."""
    data_path: Path
    """Folder of the divided data set."""
    fold: int
    """Its division."""
    data_digest: str
    """Of samples, classes and parts."""
    n_train: int
    """Faces that training can show."""
    device: str
    """Where it is trained."""

    @property
    def address(self) -> str:
        """Return the SHA-256 of all that decides the numbers: no path, no table, no processes."""
        document: dict[str, Any] = {
            "recipe": CELL_RECIPE,
            "network": dataclasses.asdict(find_network(self.network)),
            "seed": self.repeat,
            "train": as_document(self.train),
            "data": self.data_digest,
            "device": self.device,
        }
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def make_cells(
    config: ExperimentConfig, divisions: Sequence[Division], *, device: str = "cpu"
) -> tuple[Cell, ...]:
    """Return all cells: repeat by repeat, so that a matrix stopped half-way can be compared.

    Parameters
    ----------
    config
        Of the experiment.
    divisions
        One for each protocol and repeat.
    device
        Where networks are trained.

    Raises
    ------
    ConfigError
        An unknown network.
    """
    return tuple(_cells(config, divisions, device))


def _cells(config: ExperimentConfig, divisions: Sequence[Division], device: str) -> Iterator[Cell]:
    for division in sorted(divisions, key=lambda each: each.repeat):
        for table_name, table in config.tables.items():
            for name in table.networks:
                yield Cell(
                    table=table_name,
                    network=find_network(name).name,
                    protocol=division.protocol,
                    repeat=division.repeat,
                    n_samples=table.n_samples,
                    train=training_of(config.train, table.n_samples, division.n_train),
                    data_path=division.path,
                    fold=division.fold,
                    data_digest=division.digest,
                    n_train=division.n_train,
                    device=device,
                )


def training_of(train: TrainConfig, n_samples: int, n_train: int) -> TrainConfig:
    """Return the training with as many epochs as come nearest to a budget, at least one.

    Parameters
    ----------
    train
        Without epochs of its own.
    n_samples
        Budget.
    n_train
        Faces of an epoch.
    """
    return dataclasses.replace(train, epochs=max(1, round(n_samples / max(1, n_train))))
