"""The folder of all experiments: a cell each under its address, written whole or not at all.

::

    data/NAME/             studies and data sets
    cells/AB/ADDRESS/      cell.json, faces.parquet, boxes.parquet, training/
    trials/DIGEST/         pictures of the hard conditions
    speed/DIGEST.json      times of networks on this machine
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cinefacs.errors import SchemaError
from cinefacs.records.experiment import BoxAnswer, FaceAnswer
from cinefacs.storage.atomic import write_json
from cinefacs.storage.record_tables import read_records, write_records
from cinefacs.storage.tables import SCHEMA_VERSION

__all__ = ["Answers", "CellFolder", "CellResult", "Pieces", "read_json"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CellResult:
    """What ``cell.json`` says."""

    error: str
    """Why it failed; empty where it did not."""
    scores: dict[str, Any]
    """Numbers by the names of `cinefacs.records.experiment.ExperimentRow`; none where it failed."""
    facts: dict[str, Any]
    """Curves, confusion and what else figures need."""
    device: str
    """What it was computed on."""
    code: str = ""
    """Version and commit that computed it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pieces:
    """What a training took, which may have been interrupted."""

    seconds: list[float] = field(default_factory=list)
    """Of each piece."""
    peak_memory_mb: float | None = None
    """Largest of all pieces, 10^6 bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """The single answers of one measurement."""

    faces: list[FaceAnswer]
    """A row for each true face."""
    boxes: list[BoxAnswer]
    """A row for each found box."""


@dataclass(frozen=True, slots=True)
class CellFolder:
    """The files of one cell."""

    root: Path
    """Its folder."""

    @classmethod
    def of(cls, store: Path, address: str) -> "CellFolder":
        """Return the folder of an address."""
        return cls(store / "cells" / address[:2] / address)

    @property
    def cell_path(self) -> Path:
        """Is there once the cell is done or has failed; written last."""
        return self.root / "cell.json"

    @property
    def training_dir(self) -> Path:
        """What `cinefacs train` would write."""
        return self.root / "training"

    @property
    def pieces_path(self) -> Path:
        """Time and memory of an interrupted training."""
        return self.root / "pieces.json"

    def read(self) -> CellResult | None:
        """Return what became of the cell; None where it was not finished.

        Raises
        ------
        SchemaError
            The file is of another version or damaged.
        """
        document = read_json(self.cell_path)
        if document is None:
            return None
        if document.pop("schema_version", None) != SCHEMA_VERSION:
            raise SchemaError(
                f"{self.cell_path}: expected schema version {SCHEMA_VERSION}, got another",
                hint="delete the cell's folder: it will be run anew",
            )
        try:
            return CellResult(**document)
        except TypeError as error:
            raise SchemaError(
                f"{self.cell_path}: expected the fields of a cell, got: {error}"
            ) from error

    @property
    def is_done(self) -> bool:
        """Whether the cell was finished and did not fail."""
        result = self.read()
        return result is not None and not result.error

    def write(self, result: CellResult, answers: Answers | None = None) -> None:
        """Write a result; the answers first, so that ``cell.json`` vouches for them.

        Raises
        ------
        StorageError
            The disk refused.
        """
        if answers is not None:
            self.write_answers(answers, "")
        write_json(
            self.cell_path,
            {
                "schema_version": SCHEMA_VERSION,
                "error": result.error,
                "scores": result.scores,
                "facts": result.facts,
                "device": result.device,
                "code": result.code,
            },
        )

    def write_answers(self, answers: Answers, name: str) -> None:
        """Write the answers of a measurement; the name is empty for that on the test part."""
        write_records(self.root / f"faces{name}.parquet", FaceAnswer, answers.faces)
        write_records(self.root / f"boxes{name}.parquet", BoxAnswer, answers.boxes)

    def read_answers(self, name: str = "") -> Answers:
        """Return the answers of a measurement.

        Raises
        ------
        StudyError, SchemaError
            They are not there, or damaged.
        """
        return Answers(
            faces=read_records(self.root / f"faces{name}.parquet", FaceAnswer),
            boxes=read_records(self.root / f"boxes{name}.parquet", BoxAnswer),
        )

    @property
    def weights_path(self) -> Path:
        """The trained network; not there in a cell that was taken over."""
        return self.training_dir / "weights.safetensors"

    def pieces(self) -> Pieces:
        """Return what the training took so far."""
        document = read_json(self.pieces_path)
        return Pieces() if document is None else Pieces(**document)

    def write_pieces(self, pieces: Pieces) -> None:
        """Write what the training took so far."""
        write_json(self.pieces_path, asdict(pieces))


def read_json(path: Path) -> dict[str, Any] | None:
    """Return a document; None where there is no such file.

    Raises
    ------
    SchemaError
        It is no JSON document.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise SchemaError(
            f"{path}: expected JSON, got: {error}", hint="delete the file: it will be made anew"
        ) from error
    if not isinstance(document, dict):
        raise SchemaError(f"{path}: expected a document, got {type(document).__name__}")
    return document
