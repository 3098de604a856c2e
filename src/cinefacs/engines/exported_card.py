"""The page of an exported detector: what `inference` needs to run it without torch."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from cinefacs.engines.catalog import sha256_of
from cinefacs.errors import ConfigError, ModelError, SchemaError
from cinefacs.records.calibration import Calibration
from cinefacs.records.checks import require
from cinefacs.records.class_space import ClassSpace, require_face
from cinefacs.records.input_spec import STRIDE_PX, InputSpec
from cinefacs.storage.atomic import write_json

__all__ = [
    "CARD_NAME",
    "ExportPrecision",
    "ExportedCard",
    "InputShape",
    "read_exported",
    "write_exported",
]

CARD_NAME = "detector.json"
FORMAT = "cinefacs-exported-detector"
SCHEMA_VERSION = 1
ExportPrecision = Literal["f32", "fp16", "bf16", "int8"]


@dataclass(frozen=True, kw_only=True, slots=True)
class InputShape:
    """Which inputs a graph takes; None: any."""

    batch: int | None = None
    """Images at a time."""
    height_px: int | None = None
    """Height of each, a multiple of 32."""
    width_px: int | None = None
    """Width of each, a multiple of 32."""

    def __post_init__(self) -> None:
        """Check the values."""
        require(self.batch is None or self.batch >= 1, "batch", "1 or more", self.batch)
        for name in ("height_px", "width_px"):
            value = getattr(self, name)
            is_side = value is None or (value >= STRIDE_PX and value % STRIDE_PX == 0)
            require(is_side, name, f"a multiple of {STRIDE_PX}", value)
        is_both = (self.height_px is None) == (self.width_px is None)
        sides = (self.height_px, self.width_px)
        require(is_both, "height_px and width_px", "both or neither", sides)

    @property
    def size_wh(self) -> tuple[int, int] | None:
        """Return width and height in px; None where they are free."""
        if self.height_px is None or self.width_px is None:
            return None
        return self.width_px, self.height_px


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportedCard:
    """Everything about an exported detector but its graph."""

    network: str
    """Name of the network."""
    class_space: ClassSpace
    """What it tells apart."""
    input_spec: InputSpec
    """What it wants to be shown."""
    graph: str
    """Name of the file that a session reads: ``model.onnx`` or ``model.xml``."""
    precision: ExportPrecision
    """``f32``; ``fp16``: half-sized weights, run in f32; ``bf16``: half-sized weights, run in bf16;
    ``int8``: quantised."""
    threshold: float | None
    """Score from which on a box counts, chosen on validation data."""
    parity: Mapping[str, float]
    """Largest difference from the network that was exported: ``boxes_px`` and ``scores``."""
    shape: InputShape = InputShape()
    """Which inputs the graph takes."""
    calibration: Calibration | None = None
    """From scores to probabilities, measured on validation data; None: none was made."""

    def __post_init__(self) -> None:
        """Check that the calibration is one of these classes."""
        n = None if self.calibration is None else len(self.calibration.slope)
        k = len(self.class_space)
        require(n in {None, k}, "ExportedCard.calibration", f"{k} classes", n)


def write_exported(folder: Path, card: ExportedCard, files: tuple[str, ...]) -> None:
    """Write the page with the digests of the graph's files.

    Parameters
    ----------
    folder
        Where the graph lies.
    card
        What is written.
    files
        Names of the graph's files.

    Raises
    ------
    StorageError
        The disk refused.
    """
    document = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "network": card.network,
        "class_space": card.class_space.as_document(),
        "input": card.input_spec.as_document(),
        "graph": card.graph,
        "precision": card.precision,
        "threshold": card.threshold,
        "parity": dict(card.parity),
        "shape": asdict(card.shape),
        "calibration": None if card.calibration is None else card.calibration.as_document(),
        "files": {name: sha256_of(folder / name) for name in files},
    }
    write_json(folder / CARD_NAME, document)


def read_exported(folder: Path) -> ExportedCard:
    """Return the page of an exported detector after a check of its files.

    Parameters
    ----------
    folder
        With ``detector.json`` and the graph.

    Raises
    ------
    ModelError
        The page is missing or wrong, or a file is missing or altered.
    """
    path = folder / CARD_NAME
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            f"{path}: expected the page of an exported detector, got: {error.strerror}",
            hint="`cinefacs export WEIGHTS --out FOLDER` makes such a folder",
        ) from error
    except ValueError as error:
        raise ModelError(f"{path}: expected JSON, got: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ModelError(f"{path}: expected the page of an exported detector, got another document")
    if document.get("schema_version") != SCHEMA_VERSION:
        got = document.get("schema_version")
        raise ModelError(f"{path}: expected schema version {SCHEMA_VERSION}, got {got!r}")
    try:
        card = _read(document)
        files = dict(document["files"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = f"{type(error).__name__} {error}"
        raise ModelError(f"{path}: expected the page of a detector, got: {reason}") from error
    except (ConfigError, SchemaError) as error:
        raise ModelError(f"{path}: {error.message}", hint=error.hint) from error
    for name, digest in files.items():
        file = folder / name
        if not file.is_file() or sha256_of(file) != digest:
            raise ModelError(
                f"{file}: expected the file that {CARD_NAME} names, got none or another",
                hint="export the detector anew",
            )
    return card


def _read(document: Mapping[str, Any]) -> ExportedCard:
    threshold = document["threshold"]
    known = get_args(ExportPrecision)
    if document["precision"] not in known:
        raise SchemaError(
            f"precision: expected one of {', '.join(known)}, got {document['precision']!r}"
        )
    calibration = document["calibration"]
    space = ClassSpace.from_document(document["class_space"])
    require_face(space)
    return ExportedCard(
        network=str(document["network"]),
        class_space=space,
        input_spec=InputSpec.from_document(document["input"]),
        graph=str(document["graph"]),
        precision=document["precision"],
        threshold=None if threshold is None else float(threshold),
        parity=dict(document["parity"]),
        shape=InputShape(**document["shape"]),
        calibration=None if calibration is None else Calibration.from_document(calibration),
    )
