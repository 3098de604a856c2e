"""The verbs: train, validate. Each takes files and gives files."""

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from cinefacs.config import as_document, config_digest
from cinefacs.detectors.build import build_network
from cinefacs.detectors.data.labelled_set import LabelledSet
from cinefacs.detectors.data.layouts import read_labelled_set
from cinefacs.detectors.data.views import EvaluationViews
from cinefacs.detectors.evaluation.report import (
    Evaluation,
    evaluate_detections,
    write_evaluation,
)
from cinefacs.detectors.evaluation.run import calibrated, find_in_views
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.protocol import DetectionNetwork, FindOptions
from cinefacs.detectors.training.complete import complete_config
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.fit import FitResult, fit
from cinefacs.detectors.training.fitting import Fitting
from cinefacs.detectors.training.precision import has_bf16
from cinefacs.detectors.weights.card import WeightsCard
from cinefacs.detectors.weights.files import copy_fitting, load_strictly, read_weights
from cinefacs.engines.catalog import sha256_of
from cinefacs.errors import ConfigError
from cinefacs.records.run_record import RunRecord
from cinefacs.records.step import Step
from cinefacs.storage.atomic import disk_errors
from cinefacs.storage.run_records import write_run_record

__all__ = ["DataSource", "TrainSummary", "load_network", "train_detector", "validate_detector"]

_LIBRARIES = ("torch", "torchvision", "lightning", "numpy", "opencv-python-headless")
_OWN_FILES = (
    "weights.safetensors", "weights.json", "results.csv", "metrics.json", "curves.csv", "run.json"
)  # fmt: skip
_OWN_FOLDERS = ("state", "tensorboard", "mlruns")
_LATE_RECORD = (
    "run.json was missing though the training was finished: its times and versions are those of a "
    "later call"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSource:
    """Where labelled pictures lie."""

    path: Path
    """A YOLO ``data.yaml``, a COCO ``.json``, a ``manifest.json``, or a folder with one."""
    pictures: Path | None = None
    """Folder of the pictures of a COCO file."""
    fold: int = 0
    """Which division of a data set that has several."""

    def read(self, split: str) -> LabelledSet:
        """Return one split.

        Raises
        ------
        StudyError, SchemaError
            It cannot be read.
        ConfigError
            There is no such fold, or the classes are not for detectors.
        """
        return read_labelled_set(self.path, split, fold=self.fold, pictures=self.pictures)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainSummary:
    """What a training came to, for people and programs."""

    result: FitResult
    """Scores and files."""
    network_name: str
    """Which network."""
    notes: tuple[str, ...]
    """What was taken over, left out or mended."""
    warnings: tuple[str, ...]
    """What whoever reports the scores must say."""
    is_first_process: bool
    """Whether this process speaks for all that trained together."""

    def as_document(self) -> dict[str, Any]:
        """Return the summary as plain JSON values."""
        return {
            "out": str(self.result.folder),
            "network": self.network_name,
            "weights_path": str(self.result.weights_path),
            "best_epoch": self.result.best_epoch,
            "map50_95": self.result.best_score,
            "n_epochs": self.result.n_epochs,
            "was_finished": self.result.was_finished,
            "seconds": round(self.result.seconds, 3),
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }


def _is_first_process() -> bool:
    return os.environ.get("LOCAL_RANK", "0") == "0" and os.environ.get("NODE_RANK", "0") == "0"


def train_detector(
    network_name: str,
    train: DataSource,
    *,
    out: Path,
    config: TrainConfig,
    val: DataSource | None = None,
    weights: Path | None = None,
    seed: int = 0,
    device: str = "cpu",
    force: bool = False,
    on_step: Callable[[Step], None] | None = None,
) -> TrainSummary:
    """Train a network, or go on where a killed training was.

    Parameters
    ----------
    network_name
        As `find_network` reads it, such as ``yolov8n-smart``.
    train
        Learned from: the split ``train``.
    out
        Folder of the results.
    config
        How.
    val
        Measured on: its split ``val``; None takes the one of `train`, which a COCO file has not.
    weights
        Weights to start from; what fits by name and shape is taken, and the notes say how much.
    seed
        Of everything random.
    device
        ``cpu``, ``cuda``, ...
    force
        Begin anew where another training was begun or finished.
    on_step
        Told after each batch.

    Raises
    ------
    ConfigError
        The folder holds another training or something else; or what is measured on is what is
        learned from.
    SchemaError
        A data set cannot be read.
    ModelError
        The weights cannot be read.
    TrainingError
        Numbers overflowed or memory ran out.
    """
    started_at = _now()
    network_config = find_network(network_name)
    train_set, val_set = train.read("train"), (val or train).read("val")
    digests = {"train": train_set.digest(), "val": val_set.digest()}
    if digests["train"] == digests["val"]:
        raise ConfigError(
            f"{(val or train).path}: expected other pictures to measure on than those to learn "
            f"from, got the same {len(val_set)}",
            hint="give others with --val; a COCO file is one split",
        )
    config = complete_config(config, train_set.class_space, device)
    torch.manual_seed(seed)
    network = build_network(
        network_config, train_set.class_space, side_px=config.side_px, loss=config.loss
    )
    notes = [
        f"{name} set: {note}"
        for name, labelled in (("training", train_set), ("validation", val_set))
        for note in labelled.notes[:20]
    ]
    if config.precision == "bf16" and not has_bf16(device):
        notes.append(f"{device}: it imitates bf16, slowly; --precision auto takes fp32 there")
    if weights is not None:
        _, tensors = read_weights(weights)
        notes.append(f"{weights.name}: {copy_fitting(network, tensors)}")
        digests["weights"] = sha256_of(weights)
    digest = config_digest(config, {**digests, "network": network_config.name, "seed": str(seed)})
    _prepare_folder(out, force=force)
    fitting = Fitting(
        network=network, train_set=train_set, val_set=val_set, config=config, folder=out,
        digest=digest, seed=seed, device=device,
    )  # fmt: skip
    result = fit(fitting, on_step=on_step)
    has_record = result.was_finished and (out / "run.json").is_file()
    if _is_first_process() and not has_record:
        late = [_LATE_RECORD] if result.was_finished else []
        record = RunRecord(
            verb="train",
            code_version=version("cinefacs"),
            config={**as_document(config), "network": network_config.name},
            config_digest=digest,
            inputs=digests,
            models={},
            libraries={name: version(name) for name in _LIBRARIES},
            seed=seed,
            device=f"{device}: {platform.processor() or platform.machine()}",
            started_at=started_at,
            finished_at=_now(),
            notes=[*fitting.warnings, *notes, *late],
        )
        write_run_record(out / "run.json", record)
    return TrainSummary(
        result=result,
        network_name=network_config.name,
        notes=tuple(notes),
        warnings=fitting.warnings,
        is_first_process=_is_first_process(),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _prepare_folder(out: Path, *, force: bool) -> None:
    """Make the folder, clear a training out of it where that was asked for."""
    if not _is_first_process():
        return
    with disk_errors(out):
        if force:
            for name in _OWN_FILES:
                (out / name).unlink(missing_ok=True)
            for name in _OWN_FOLDERS:
                shutil.rmtree(out / name, ignore_errors=True)
        is_begun = (out / "state" / "state.json").is_file()
        strangers = [p.name for p in out.iterdir()] if out.is_dir() and not is_begun else []
        known = {*_OWN_FILES, *_OWN_FOLDERS}
        if set(strangers) - known:
            raise ConfigError(
                f"{out}: expected an empty folder or a training, got {', '.join(strangers[:3])}",
                hint="choose another --out",
            )
        out.mkdir(parents=True, exist_ok=True)


def load_network(weights: Path, *, device: str = "cpu") -> tuple[WeightsCard, DetectionNetwork]:
    """Return the page and the network of a weights file, ready to find boxes.

    Parameters
    ----------
    weights
        Ends in ``.safetensors``.
    device
        Where the network is put.

    Raises
    ------
    ModelError
        The files cannot be read, or a tensor does not fit.
    """
    card, tensors = read_weights(weights)
    network = build_network(card.network, card.class_space, side_px=card.input_spec.side_px)
    load_strictly(network, tensors, where=str(weights))
    return card, network.eval().to(device)


def validate_detector(
    weights: Path,
    data: DataSource,
    *,
    split: str = "val",
    threshold: float | None = None,
    batch: int = 16,
    device: str = "cpu",
    out: Path | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Evaluation:
    """Measure weights on labelled pictures; scores of calibrated weights are probabilities.

    Parameters
    ----------
    weights
        Ends in ``.safetensors``.
    data
        Labelled pictures of the same classes.
    split
        Which of them.
    threshold
        Where precision, recall and F1 are read; None takes the weights' own, chosen in training.
        That of calibrated weights is one of boxes, so None chooses the best on these pictures.
    batch
        Views at a time.
    device
        Where the network runs.
    out
        Folder for ``metrics.json`` and ``curves.csv``; None writes nothing.
    on_step
        Told after each batch.

    Raises
    ------
    ModelError
        The weights cannot be read.
    StudyError, SchemaError
        The pictures cannot be read.
    ConfigError
        They have other classes.
    """
    card, network = load_network(weights, device=device)
    labelled = data.read(split)
    if labelled.class_space.names != card.class_space.names:
        raise ConfigError(
            f"{data.path}: expected the classes {card.class_space.names}, "
            f"got {labelled.class_space.names}",
            hint="weights and data must have the same classes in the same order",
        )
    views = EvaluationViews(labelled, card.input_spec)

    def tell(n_done: int) -> None:
        if on_step is not None:
            on_step(Step(name=f"val: {split}", n_done=n_done, n_total=len(views), unit="views"))

    detections, truth = find_in_views(
        network, views, options=FindOptions(), batch=batch, device=device, on_views=tell
    )
    detections = calibrated(detections, card.calibration)
    own = card.threshold if card.calibration is None else None
    chosen = own if threshold is None else threshold
    learned = [str(text) for text in card.training.get("warnings", [])]
    warnings = tuple(dict.fromkeys([*learned, *labelled.warnings]))
    evaluation = evaluate_detections(detections, truth, threshold=chosen, warnings=warnings)
    if out is not None:
        write_evaluation(out, evaluation)
    return evaluation
