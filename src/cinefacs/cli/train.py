"""``cinefacs train`` and ``cinefacs val``."""

import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cinefacs.cli.extras import require_train_extra
from cinefacs.detectors.training.config import TrainConfig

if TYPE_CHECKING:
    from cinefacs.detectors.tasks import TrainSummary

__all__ = ["train", "val"]

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def train(
    data: Path,
    /,
    *,
    network: str = "yolov8n-smart",
    out: Path = Path("run"),
    val: Path | None = None,
    fold: int = 0,
    val_fold: int = 0,
    pictures: Path | None = None,
    val_pictures: Path | None = None,
    weights: Path | None = None,
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[TrainConfig, Parameter(name="*")] = TrainConfig(),  # noqa: B008  (frozen)
    force: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 0,
    device: str = "cpu",
    json: JsonFlag = False,
) -> int:
    """Train a detector on labelled pictures; run it again after a kill and it goes on.

    Expressions are read on grey squares of 128 px, one around each face; `--loss.class-gain 3`
    suits them. `--mode frame` shows whole pictures, at 640 px, with mosaics, as the paper does;
    classes that are no expressions are shown so, unless you say otherwise.

    Parameters
    ----------
    data
        A cinefacs data set (its folder or its manifest.json), a YOLO data.yaml, or a COCO file.
    network
        Such as yolov8n-smart, yolov8s, yolov5n, yolov3, faster-rcnn-vgg16, ssd300-vgg16; switches
        follow plus signs: yolov8n+se+before-sppf.
    out
        Folder of weights, results.csv, metrics.json and run.json.
    val
        Data set to measure on; that of the training when left out, whose split val is taken. A COCO
        file is one split: give a second one here.
    fold
        Which division of a cinefacs data set with several, from 0.
    val_fold
        The same for --val.
    pictures
        Folder of the pictures of a COCO file.
    val_pictures
        The same for --val.
    weights
        Weights to start from; what fits is taken, and the notes say how much.
    config
        YAML file with any of the options below; flags win over it.
    force
        Begin anew where another training was begun or finished.
    seed
        Seed of everything random.
    device
        cpu, cuda, or another accelerator.
    json
        Print one JSON document on stdout.
    """
    require_train_extra("train")
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.detectors.tasks import DataSource, train_detector  # noqa: PLC0415

    measured = None if val is None else DataSource(path=val, pictures=val_pictures, fold=val_fold)
    with ProgressView() as progress:
        summary = train_detector(
            network,
            DataSource(path=data, pictures=pictures, fold=fold),
            out=out,
            config=options,
            val=measured,
            weights=weights,
            seed=seed,
            device=device,
            force=force,
            on_step=progress.show,
        )
    if summary.is_first_process:
        _show_training(summary, is_json=json)
    return 0


def _show_training(summary: "TrainSummary", *, is_json: bool) -> None:
    document = summary.as_document()
    if is_json:
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    done = "was already finished" if summary.result.was_finished else "trained"
    sys.stdout.write(
        f"{summary.network_name} {done}: {summary.result.n_epochs} epochs, best mAP50-95 "
        f"{summary.result.best_score:.3f} in epoch {summary.result.best_epoch}\n"
        f"weights: {summary.result.weights_path}\n"
    )
    for note in summary.notes:
        sys.stdout.write(f"note: {note}\n")
    for warning in summary.warnings:
        sys.stderr.write(f"warning: {warning}\n")


def val(
    weights: Path,
    data: Path,
    /,
    *,
    split: str = "val",
    fold: int = 0,
    pictures: Path | None = None,
    threshold: float | None = None,
    batch: int = 16,
    out: Path | None = None,
    device: str = "cpu",
    json: JsonFlag = False,
) -> int:
    """Measure a detector on labelled pictures: mAP, and precision, recall, F1 at one threshold.

    Parameters
    ----------
    weights
        A .safetensors file with its .json beside it.
    data
        A cinefacs data set (its folder or its manifest.json), a YOLO data.yaml, or a COCO file.
    split
        Which of its splits.
    fold
        Which division of a cinefacs data set with several, from 0.
    pictures
        Folder of the pictures of a COCO file.
    threshold
        Where precision, recall and F1 are read; the one that training chose when left out. Weights
        that were packed have none for labels: the best one on these pictures is taken, and said.
    batch
        Pictures at a time.
    out
        Folder for metrics.json and curves.csv.
    device
        cpu, cuda, or another accelerator.
    json
        Print one JSON document on stdout.
    """
    require_train_extra("val")
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415
    from cinefacs.detectors.tasks import DataSource, validate_detector  # noqa: PLC0415

    with ProgressView() as progress:
        evaluation = validate_detector(
            weights,
            DataSource(path=data, pictures=pictures, fold=fold),
            split=split,
            threshold=threshold,
            batch=batch,
            out=out,
            device=device,
            on_step=progress.show,
        )
    document = evaluation.as_document()
    if json:
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        _show_scores(document)
    return 0


def _show_scores(document: dict[str, Any]) -> None:
    """Write the scores as a table."""
    where = "chosen here, which flatters" if document["is_threshold_chosen_here"] else "given"
    sys.stdout.write(
        f"mAP50 {document['map50']:.4f}  mAP50-95 {document['map50_95']:.4f}\n"
        f"at threshold {document['threshold']:.3f} ({where}): precision "
        f"{document['precision']:.4f}  recall {document['recall']:.4f}  F1 {document['f1']:.4f}\n"
    )
    accuracy = document["accuracy"]
    if accuracy is not None and accuracy["matched"] is not None:
        sys.stdout.write(
            f"accuracy of matched faces {accuracy['matched']:.4f}, "
            f"of all faces {accuracy['all_faces']:.4f} "
            f"(chance {accuracy['chance']:.4f}, "
            f"most frequent class {accuracy['majority']:.4f})\n"
        )
    for name, row in document["per_class"].items():
        ap50 = "-" if row["ap50"] is None else f"{row['ap50']:.4f}"
        sys.stdout.write(f"  {name}: AP50 {ap50}, {row['n_true']} true\n")
    for warning in document["warnings"]:
        sys.stderr.write(f"warning: {warning}\n")
