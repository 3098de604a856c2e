"""The JSON page beside a weights file: what the numbers are for."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cinefacs.detectors.networks.config import NetworkConfig
from cinefacs.errors import ConfigError, ModelError, SchemaError
from cinefacs.records.calibration import Calibration
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.input_spec import InputSpec

__all__ = ["FORMAT", "SCHEMA_VERSION", "WeightsCard", "card_path", "read_card"]

FORMAT = "cinefacs-detector"
SCHEMA_VERSION = 1
_KEYS = {
    "format", "schema_version", "network", "class_space", "input", "training", "threshold",
    "calibration", "tensors",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightsCard:
    """Everything about a detector but its numbers."""

    network: NetworkConfig
    """Which network."""
    class_space: ClassSpace
    """What it tells apart."""
    input_spec: InputSpec
    """What it wants to be shown."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Record of the training: configuration, data, best epoch, scores; or where it came from."""
    threshold: float | None = None
    """Score chosen on validation data from which on a box counts; None: none was chosen. Training
    chooses it by F1; where there is a calibration it was chosen to find faces, and says nothing of
    their labels."""
    calibration: Calibration | None = None
    """From scores to probabilities, measured on validation data; None: none was made."""

    def as_document(self) -> dict[str, Any]:
        """Return the page as plain JSON values, without the tensors' digest."""
        return {
            "format": FORMAT,
            "schema_version": SCHEMA_VERSION,
            "network": {"name": self.network.name, **dataclasses.asdict(self.network)},
            "class_space": self.class_space.as_document(),
            "input": self.input_spec.as_document(),
            "training": dict(self.training),
            "threshold": self.threshold,
            "calibration": None if self.calibration is None else self.calibration.as_document(),
        }


def card_path(weights_path: Path) -> Path:
    """Return where the page of a weights file lies: beside it, ``.json``."""
    return weights_path.with_suffix(".json")


def read_card(weights_path: Path) -> tuple[WeightsCard, str]:
    """Return the page of a weights file, and the SHA-256 that the file should have.

    Raises
    ------
    ModelError
        The page is missing, is no page of a detector, or is of another version.
    """
    path = card_path(weights_path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            f"{path}: expected the page of the weights, got: {error.strerror}",
            hint="weights are two files, .safetensors and .json: keep them together",
        ) from error
    except ValueError as error:
        raise ModelError(f"{path}: expected JSON, got: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ModelError(f"{path}: expected the page of a detector, got another document")
    if document.get("schema_version") != SCHEMA_VERSION:
        raise ModelError(
            f"{path}: expected schema version {SCHEMA_VERSION}, "
            f"got {document.get('schema_version')!r}",
            hint="it was written by another version of cinefacs",
        )
    if set(document) != _KEYS:
        raise ModelError(f"{path}: expected the keys {sorted(_KEYS)}, got {sorted(document)}")
    try:
        return _read(document), str(document["tensors"]["sha256"])
    except (ConfigError, SchemaError) as error:
        raise ModelError(f"{path}: {error.message}", hint=error.hint) from error
    except (TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"{path}: expected the page of a detector, got: {error}") from error


def _read(document: Mapping[str, Any]) -> WeightsCard:
    network = {key: value for key, value in document["network"].items() if key != "name"}
    threshold, calibration = document["threshold"], document["calibration"]
    return WeightsCard(
        network=NetworkConfig(**network),
        class_space=ClassSpace.from_document(document["class_space"]),
        input_spec=InputSpec.from_document(document["input"]),
        training=dict(document["training"]),
        threshold=None if threshold is None else float(threshold),
        calibration=None if calibration is None else Calibration.from_document(calibration),
    )
