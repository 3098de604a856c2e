"""A tiny exported detector whose scores follow the picture: filters that nobody trained.

It finds no expression, but it tells pictures apart, the same on every run: enough to see whether
the right crops reach the right rows.
"""

from pathlib import Path

import numpy as np

from cinefacs.engines.exported_card import ExportedCard, write_exported
from cinefacs.engines.session import import_openvino
from cinefacs.records.calibration import Calibration
from cinefacs.records.class_space import ClassSpace, emotion_au_space
from cinefacs.records.input_spec import InputSpec

__all__ = ["READ_AUS", "make_reading_detector"]

READ_AUS = (1, 2, 4, 6, 12, 25, 45)
"""Action units of its class space, beside the emotions."""

_N_FILTERS = 12


def make_reading_detector(
    folder: Path,
    *,
    temporal: str = "single",
    step_ms: int = 0,
    colour: str = "grey",
    side_px: int = 64,
    gain: float = 12.0,
    box_xyxy: tuple[float, float, float, float] | None = None,
    is_calibrated: bool = False,
    space: ClassSpace | None = None,
    mode: str = "crop",
) -> Path:
    """Write a detector with one box, in the middle of the input or where it is told.

    Parameters
    ----------
    folder
        Made where it is missing.
    temporal, step_ms, colour, side_px, mode
        As in `InputSpec`.
    gain
        How far scores move with the picture; 0 gives the same score to all.
    box_xyxy
        px of the input; the middle three quarters when None.
    is_calibrated
        Whether the page holds a calibration that halves every logit.
    space
        Seven emotions, neutral, `READ_AUS` and face when None.
    """
    space = space or emotion_au_space(READ_AUS)
    rng = np.random.default_rng(7)
    ov = import_openvino()
    ops = ov.opset13
    images = ops.parameter([-1, 3, -1, -1], np.float32, name="images")
    kernels = rng.normal(size=(_N_FILTERS, 3, 5, 5)).astype(np.float32)
    kernels -= kernels.mean(axis=(2, 3), keepdims=True)
    maps = ops.relu(
        ops.convolution(images, ops.constant(kernels), [2, 2], [0, 0], [0, 0], [1, 1])
    )  # (B, F, h, w)
    means = ops.reduce_mean(maps, np.array([2, 3]), keep_dims=False)  # (B, F)
    mix = rng.normal(size=(_N_FILTERS, len(space))).astype(np.float32)
    mix -= mix.mean(axis=0)
    logits = ops.multiply(
        ops.matmul(means, ops.constant(mix), transpose_a=False, transpose_b=False), np.float32(gain)
    )
    always = np.zeros(len(space), np.float32)
    if space.face_index is not None:
        always[space.face_index] = 50.0
    scores = ops.unsqueeze(ops.sigmoid(ops.add(logits, ops.constant(always))), np.array([1]))
    box = box_xyxy or tuple(side_px * share for share in (0.125, 0.125, 0.875, 0.875))
    nothing = ops.multiply(
        ops.reduce_mean(means, np.array([1]), keep_dims=True), np.float32(0)
    )  # (B, 1)
    boxes = ops.add(
        ops.constant(np.array([[box]], np.float32)), ops.unsqueeze(nothing, np.array([1]))
    )
    folder.mkdir(parents=True, exist_ok=True)
    ov.save_model(
        ov.Model([boxes, scores], [images], "reading"), str(folder / "model.xml"),
        compress_to_fp16=False,
    )  # fmt: skip
    k = len(space)
    card = ExportedCard(
        network="reading",
        class_space=space,
        input_spec=InputSpec(
            side_px=side_px,
            mode=mode,  # type: ignore[arg-type]
            colour=colour,  # type: ignore[arg-type]
            temporal=temporal,  # type: ignore[arg-type]
            step_ms=step_ms,
        ),
        graph="model.xml",
        precision="f32",
        threshold=None,
        parity={"boxes_px": 0.0, "scores": 0.0},
        calibration=Calibration(slope=(0.5,) * k, offset=(0.0,) * k) if is_calibrated else None,
    )
    write_exported(folder, card, ("model.xml", "model.bin"))
    return folder
