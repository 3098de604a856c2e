"""Make the folder that ships: calibrated numbers in 16 bits, two graphs, their facts and card."""

import dataclasses
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from cinefacs.detectors.data.views import EvaluationViews
from cinefacs.detectors.evaluation.faces import read_scores
from cinefacs.detectors.export.export import export_detector
from cinefacs.detectors.shipping.calibrate import calibrate, calibration_error
from cinefacs.detectors.shipping.measure import measure_reading
from cinefacs.detectors.shipping.model_card import MEASURED_NAME, write_model_card
from cinefacs.detectors.tasks import DataSource, load_network
from cinefacs.detectors.weights.card import WeightsCard
from cinefacs.detectors.weights.files import write_weights
from cinefacs.detectors.yolo_detection import YoloDetection
from cinefacs.engines.catalog import sha256_of
from cinefacs.engines.exported_card import ExportPrecision
from cinefacs.engines.session import Session
from cinefacs.errors import ConfigError
from cinefacs.records.class_space import ClassSpace
from cinefacs.storage.atomic import write_json, write_text
from cinefacs.storage.face_sets import FACE_SET_NAME, read_face_facts, read_face_set

__all__ = ["MOST_BYTES", "AdaptedOn", "PackSummary", "pack_weights"]

MOST_BYTES = 16_000_000
"""Of all files together (docs/decisions/0020)."""
_LOST_FACES = 0.01
"""Share of the validation's faces whose box falls below the threshold of boxes."""
_PRECISIONS: tuple[ExportPrecision, ...] = ("fp16", "int8")


@dataclass(frozen=True, kw_only=True, slots=True)
class AdaptedOn:
    """A film whose faces were learned from."""

    sha256: str
    """Of the film's file."""
    name: str
    """What it is called."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PackSummary:
    """What was made."""

    folder: Path
    """With everything."""
    size_bytes: int
    """Of all files."""
    measured: Mapping[str, Any]
    """What ``measured.json`` says."""


@dataclass(frozen=True, slots=True)
class _Faces:
    """Validation faces, and what is known of them."""

    labels: npt.NDArray[np.bool_]
    is_known: npt.NDArray[np.bool_]
    intensity: npt.NDArray[np.float32]
    n_people: int


def pack_weights(
    weights: Path,
    faces: Path,
    out: Path,
    *,
    adapted_on: Sequence[AdaptedOn] = (),
    notes: Sequence[str] = (),
    base: WeightsCard | None = None,
) -> PackSummary:
    """Calibrate, export, measure and describe trained weights.

    Parameters
    ----------
    weights
        ``weights.safetensors`` of a training on crops.
    faces
        Folder of the face set that they were trained on: the split ``val`` calibrates, the split
        ``train`` shows the quantiser what inputs look like.
    out
        Folder to make; what an earlier call wrote there is replaced.
    adapted_on
        Films whose faces were learned from.
    notes
        What else the card shall say.
    base
        Page of the weights that were adapted: where too few faces tell of a class, its calibration
        is taken over, and so is the threshold of boxes.

    Raises
    ------
    ConfigError
        The weights are none of crops with several labels, the files are too large together, or
        the folder holds other things.
    ModelError, SchemaError
        Weights or faces cannot be read.
    """
    card, network = load_network(weights)
    if not isinstance(network, YoloDetection) or card.input_spec.mode != "crop":
        raise ConfigError(f"{weights}: expected a network of crops, got {card.network.name}")
    _clear(out)
    network.half().float()  # what is measured is what 16 bits hold
    labelled, known = DataSource(path=faces).read("val"), _faces(faces)
    space = card.class_space
    scores = read_scores(network, labelled, card.input_spec)
    before = None if base is None else base.calibration
    made = calibrate(scores, known.labels, known.is_known, space, before=before)
    calibrated = made.calibration.apply(scores)
    face = scores[:, _box_index(space)]
    threshold = float(np.clip(np.quantile(face, _LOST_FACES), 0.05, 0.5))
    if base is not None and base.threshold is not None:
        threshold = base.threshold
    card = dataclasses.replace(card, threshold=threshold, calibration=made.calibration)
    write_weights(out / "weights.safetensors", network, card, is_half=True)
    views = EvaluationViews(labelled, card.input_spec)
    graphs = {}
    for precision in _PRECISIONS:
        source = DataSource(path=faces) if precision == "int8" else None
        export_detector(out / "weights.safetensors", out=out / precision, precision=precision,
                        calibration=source)  # fmt: skip
        read = _read_exported(out / precision / "model.xml", views, space)
        graphs[precision] = _measure(made.calibration.apply(read), known, space) | {
            "largest_difference": round(float(np.abs(read - scores).max()), 4),
            "size_bytes": _size(out / precision),
        }
    measured = {
        "validation": {
            **_measure(calibrated, known, space),
            "n_people": known.n_people,
            "not_calibrated": list(made.left),
            "calibration_error": {
                "before": round(calibration_error(scores, known.labels, known.is_known), 4),
                "after": round(calibration_error(calibrated, known.labels, known.is_known), 4),
            },
            "threshold": threshold,
        },
        "graphs": graphs,
    }
    write_json(out / MEASURED_NAME, measured)
    _write_origin(out, faces, card.training, adapted_on, notes)
    write_model_card(out)
    size = _size(out)
    if size > MOST_BYTES:
        raise ConfigError(
            f"{out}: expected at most {MOST_BYTES / 1e6:.0f} MB, got {size / 1e6:.1f}",
            hint="train a smaller network",
        )
    return PackSummary(folder=out, size_bytes=size, measured=measured)


def _box_index(space: ClassSpace) -> int:
    if space.box_index is None:
        raise ConfigError(f"class space {space.name!r}: expected the class face, got none")
    return space.box_index


def _clear(out: Path) -> None:
    """Delete what an earlier call made; raise where something else lies."""
    own = {"weights.safetensors", "weights.json", "weights.yaml", MEASURED_NAME, "MODEL_CARD.md",
           "fp16", "int8"}  # fmt: skip
    strangers = {path.name for path in out.iterdir()} - own if out.is_dir() else set()
    if strangers:
        raise ConfigError(
            f"{out}: expected a new folder or one of weights, got one with {min(strangers)}",
            hint="choose another --out",
        )
    for name in _PRECISIONS:
        shutil.rmtree(out / name, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)


def _faces(folder: Path) -> _Faces:
    parts = read_face_set(folder, "val")
    return _Faces(
        labels=np.concatenate([part.labels == 1 for part in parts]),
        is_known=np.concatenate([part.labels != 2 for part in parts]),
        intensity=np.concatenate([part.intensity for part in parts]),
        n_people=len({who for part in parts for who in part.person.tolist()}),
    )


def _measure(scores: npt.NDArray[np.float32], known: _Faces, space: ClassSpace) -> dict[str, Any]:
    return measure_reading(scores, known.labels, known.is_known, space, intensity=known.intensity)


def _read_exported(
    graph: Path, views: EvaluationViews, space: ClassSpace
) -> npt.NDArray[np.float32]:
    """Return what a graph says of each face, as `read_scores` does."""
    session, face = Session(graph), _box_index(space)
    found = []
    for n in range(len(views)):
        _, scores = session.infer(views[n].image.numpy()[None])
        found.append(scores[0, scores[0, :, face].argmax()])
    return np.stack(found)


def _size(folder: Path) -> int:
    kept = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sum(path.stat().st_size for path in kept)


def _write_origin(
    out: Path,
    faces: Path,
    training: Mapping[str, Any],
    adapted_on: Sequence[AdaptedOn],
    notes: Sequence[str],
) -> None:
    files = sorted(
        path for path in out.rglob("*") if path.suffix in {".safetensors", ".bin", ".xml"}
    )
    document = {
        "made_from": {
            "faces": {**read_face_facts(faces / FACE_SET_NAME)},
            "training": {
                key: training[key] for key in ("digest", "seed", "epoch") if key in training
            },
        },
        "adapted_on": [dataclasses.asdict(film) for film in adapted_on],
        "notes": list(notes),
        "files": {str(path.relative_to(out)): sha256_of(path) for path in files},
    }
    head = "# Written by `cinefacs models pack`.\n"
    write_text(out / "weights.yaml", head + yaml.safe_dump(document, sort_keys=False, width=99))
