"""Write a network as ONNX, and as OpenVINO's own format in f32, bf16 or int8."""

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from cinefacs.detectors.protocol import DetectionNetwork
from cinefacs.detectors.rivals.ssd import SsdDetection
from cinefacs.detectors.yolo_detection import YoloDetection
from cinefacs.engines.exported_card import InputShape
from cinefacs.engines.session import import_openvino
from cinefacs.errors import ConfigError
from cinefacs.records.input_spec import STRIDE_PX
from cinefacs.storage.atomic import atomic_path, disk_errors

__all__ = ["OPSET", "as_int8", "read_onnx", "require_exportable", "save_openvino", "write_onnx"]

OPSET = 18
_MOST = 4096
"""Images of a batch, and cells of 32 px along a side, that a graph with free lengths takes."""


class _RawGraph(nn.Module):
    """What is exported: images in, every anchor point's box and scores out."""

    def __init__(self, network: YoloDetection | SsdDetection) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return boxes and scores."""
        return self.network.predict_raw(images)


def require_exportable(network: DetectionNetwork) -> YoloDetection | SsdDetection:
    """Return the network if its graph does not depend on what it sees.

    Raises
    ------
    ConfigError
        It is Faster R-CNN, whose second stage works on regions that the first one finds.
    """
    if not isinstance(network, YoloDetection | SsdDetection):
        raise ConfigError(
            f"export: expected a network of one stage, got {network.config.name}",
            hint="Faster R-CNN runs with torch only: use `cinefacs val`",
        )
    return network


def write_onnx(
    network: YoloDetection | SsdDetection, path: Path, shape: InputShape | None = None
) -> None:
    """Write the graph from images to boxes and scores; suppression stays outside.

    Parameters
    ----------
    network
        In whichever mode; it is exported as it is run.
    path
        Ends in ``.onnx``.
    shape
        Inputs that the graph shall take; None: one square image.

    Raises
    ------
    StorageError
        The disk refused.
    """
    shape = shape or InputShape(batch=1, height_px=network.side_px, width_px=network.side_px)
    graph = _RawGraph(network).eval()
    # Free lengths are traced at values that differ from 1 and from each other: torch takes a 1 for
    # a constant, and would tie height to width.
    images = torch.zeros(
        shape.batch or 2, 3, shape.height_px or 2 * STRIDE_PX, shape.width_px or 3 * STRIDE_PX
    )
    free: dict[int, Any] = {}
    if shape.batch is None:
        free[0] = torch.export.Dim("batch", min=1, max=_MOST)
    if shape.height_px is None:
        for axis, name in ((2, "rows"), (3, "columns")):
            free[axis] = STRIDE_PX * torch.export.Dim(name, min=1, max=_MOST)
    with _quiet(), atomic_path(path) as temporary:
        program: Any = torch.onnx.export(
            graph,
            (images,),
            input_names=["images"],
            output_names=["boxes", "scores"],
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
            dynamic_shapes=(free,) if free else None,
        )
        program.save(str(temporary))


def read_onnx(path: Path) -> Any:  # noqa: ANN401
    """Return an ONNX graph as OpenVINO's model."""
    return import_openvino().Core().read_model(str(path))


def save_openvino(model: Any, path: Path, *, is_half: bool) -> None:  # noqa: ANN401
    """Write OpenVINO's two files.

    Parameters
    ----------
    model
        OpenVINO's.
    path
        The ``.xml``; the ``.bin`` goes beside it.
    is_half
        Store weights in 16 bits.

    Raises
    ------
    StorageError
        The disk refused.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with disk_errors(path):
        # The graph names its weights by the file's stem, so both are written where they belong.
        import_openvino().save_model(model, str(path), compress_to_fp16=is_half)


def as_int8(model: Any, inputs: Sequence[npt.NDArray[np.float32]]) -> Any:  # noqa: ANN401
    """Return a model whose weights and maps are 8-bit integers.

    Parameters
    ----------
    model
        OpenVINO's, f32.
    inputs : (1, 3, side, side) each
        Calibration: typical inputs; a few hundred are plenty.

    Raises
    ------
    ConfigError
        There is none.
    """
    if not inputs:
        raise ConfigError("int8: expected pictures to calibrate with, got none")
    import_openvino()  # before nncf, which would import it with its telemetry
    import nncf  # noqa: PLC0415  (two seconds to import)

    with _quiet():
        return nncf.quantize(
            model,
            nncf.Dataset(list(inputs)),
            subset_size=len(inputs),
            preset=nncf.QuantizationPreset.MIXED,
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporters' chatter from the user."""
    loggers = [logging.getLogger(name) for name in ("nncf", "torch.onnx", "onnxscript")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
