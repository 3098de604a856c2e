"""``export``: weights in, a folder that runs without torch out, checked against the weights."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from cinefacs.detectors.data.views import EvaluationViews
from cinefacs.detectors.export.graph import (
    as_int8,
    read_onnx,
    require_exportable,
    save_openvino,
    write_onnx,
)
from cinefacs.detectors.rivals.ssd import SsdDetection
from cinefacs.detectors.tasks import DataSource, load_network
from cinefacs.detectors.weights.card import WeightsCard
from cinefacs.detectors.yolo_detection import YoloDetection
from cinefacs.engines.exported_card import (
    CARD_NAME,
    ExportedCard,
    ExportPrecision,
    write_exported,
)
from cinefacs.engines.session import Session
from cinefacs.errors import ConfigError, ModelError
from cinefacs.storage.atomic import disk_errors

__all__ = ["F32_TOLERANCE", "ExportSummary", "export_detector"]

F32_TOLERANCE = 1e-3
"""Largest difference of an f32 graph from torch: of a score, and of a box side over the input's."""
_TRIED_INPUTS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportSummary:
    """What was written."""

    folder: Path
    """With the graph and ``detector.json``."""
    card: ExportedCard
    """Its page."""
    size_bytes: int
    """Of the graph's files together."""

    def as_document(self) -> dict[str, Any]:
        """Return the summary as plain JSON values."""
        return {
            "out": str(self.folder),
            "network": self.card.network,
            "graph": self.card.graph,
            "precision": self.card.precision,
            "size_bytes": self.size_bytes,
            "parity": dict(self.card.parity),
        }


def export_detector(
    weights: Path,
    *,
    out: Path,
    graph_format: Literal["onnx", "openvino"] = "openvino",
    precision: ExportPrecision = "f32",
    calibration: DataSource | None = None,
    n_calibration: int = 200,
    force: bool = False,
) -> ExportSummary:
    """Export weights, run both on the same inputs, and write down how far they differ.

    Parameters
    ----------
    weights
        Ends in ``.safetensors``.
    out
        Folder to make.
    graph_format
        ``onnx`` is f32 always.
    precision
        ``f32``; ``fp16``: weights in 16 bits, run in f32; ``bf16``: run in bf16; ``int8``:
        quantised.
    calibration
        Labelled pictures whose ``train`` split shows what inputs look like; ``int8`` needs it.
    n_calibration
        At most so many of them, evenly spread.
    force
        Write over an exported detector that lies there.

    Raises
    ------
    ConfigError
        The network cannot be exported so, or the folder is taken.
    ModelError
        The weights cannot be read, or the f32 graph differs from torch by more than 1e-3.
    """
    if graph_format == "onnx" and precision != "f32":
        raise ConfigError(f"export: expected f32 for onnx, got {precision}")
    if precision == "int8" and calibration is None:
        raise ConfigError(
            "export: expected a data set to calibrate int8 with, got none",
            hint="give --calibration DATA",
        )
    card, found = load_network(weights)
    network = require_exportable(found)
    _prepare_folder(out, force=force)
    onnx_path = out / "model.onnx"
    write_onnx(network, onnx_path)
    inputs = _inputs(card, calibration, n_calibration)
    files: tuple[str, ...] = ("model.onnx",)
    if graph_format == "openvino":
        model = read_onnx(onnx_path)
        if precision == "int8":
            model = as_int8(model, inputs)
        save_openvino(model, out / "model.xml", is_half=precision in {"fp16", "bf16"})
        onnx_path.unlink()
        files = ("model.xml", "model.bin")
    session = Session(out / files[0], precision="bf16" if precision == "bf16" else "f32")
    parity = _parity(network, session, inputs[:_TRIED_INPUTS])
    worst = max(parity["scores"], parity["boxes_px"] / network.side_px)
    if precision == "f32" and worst > F32_TOLERANCE:
        raise ModelError(
            f"export: expected a graph within {F32_TOLERANCE} of torch, got {worst:.2g}",
            hint="report this: network, versions of torch and openvino",
        )
    exported = ExportedCard(
        network=card.network.name,
        class_space=card.class_space,
        input_spec=card.input_spec,
        graph=files[0],
        precision=precision,
        threshold=card.threshold,
        parity=parity,
        calibration=card.calibration,
    )
    write_exported(out, exported, files)
    size = sum((out / name).stat().st_size for name in files)
    return ExportSummary(folder=out, card=exported, size_bytes=size)


def _prepare_folder(out: Path, *, force: bool) -> None:
    is_taken = out.exists() and any(out.iterdir())
    if is_taken and not (force and (out / CARD_NAME).exists()):
        raise ConfigError(
            f"{out}: expected an empty folder, got one with files",
            hint="choose another --out, or --force where an exported detector lies there",
        )
    with disk_errors(out):
        if is_taken:
            shutil.rmtree(out)
        out.mkdir(parents=True, exist_ok=True)


def _inputs(
    card: WeightsCard, calibration: DataSource | None, n_most: int
) -> list[npt.NDArray[np.float32]]:
    """Return inputs from the data set, or noise where only the arithmetic is compared."""
    side = card.input_spec.side_px
    if calibration is None:
        rng = np.random.default_rng(0)
        return [rng.random((1, 3, side, side), dtype=np.float32) for _ in range(_TRIED_INPUTS)]
    views = EvaluationViews(calibration.read("train"), card.input_spec)
    chosen = np.unique(np.linspace(0, len(views) - 1, min(n_most, len(views))).round().astype(int))
    return [views[int(i)].image.numpy()[None] for i in chosen]


@torch.no_grad()
def _parity(
    network: YoloDetection | SsdDetection,
    session: Session,
    inputs: Sequence[npt.NDArray[np.float32]],
) -> dict[str, float]:
    """Return the largest difference of boxes (px) and scores."""
    worst = {"boxes_px": 0.0, "scores": 0.0}
    for values in inputs:
        expected = network.predict_raw(torch.from_numpy(values))
        for name, want, got in zip(worst, expected, session.infer(values), strict=True):
            worst[name] = max(worst[name], float(np.abs(got - want.numpy()).max()))
    return worst
