"""An exported detector without any training: a graph that always says the same."""

from pathlib import Path

import numpy as np

from cinefacs.engines.exported_card import ExportedCard, write_exported
from cinefacs.engines.session import import_openvino
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.input_spec import InputSpec

__all__ = ["make_exported"]


def make_exported(
    folder: Path,
    space: ClassSpace,
    boxes_xyxy: list[list[float]],
    scores: list[list[float]],
    *,
    mode: str = "frame",
    side_px: int = 64,
    threshold: float | None = None,
) -> Path:
    """Write a detector that finds the same boxes (px of the input) in every picture.

    Parameters
    ----------
    folder
        Made where it is missing.
    space
        Of the scores.
    boxes_xyxy, scores : (A, 4), (A, K)
    mode
        ``frame`` or ``crop``.
    side_px
        Of the input.
    threshold
        Of the page.
    """
    ov = import_openvino()
    ops = ov.opset13
    images = ops.parameter([-1, 3, side_px, side_px], np.float32, name="images")
    nothing = ops.multiply(ops.reduce_mean(images, np.array([1, 2, 3]), keep_dims=False),
                           np.float32(0))  # fmt: skip
    shift = ops.reshape(nothing, np.array([-1, 1, 1]), special_zero=False)
    outputs = [ops.add(ops.constant(np.array([rows], dtype=np.float32)), shift)
               for rows in (boxes_xyxy, scores)]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    model = ov.Model(outputs, [images], "constant")
    ov.save_model(model, str(folder / "model.xml"), compress_to_fp16=False)
    card = ExportedCard(
        network="constant",
        class_space=space,
        input_spec=InputSpec(side_px=side_px, mode=mode),  # type: ignore[arg-type]
        graph="model.xml",
        precision="f32",
        threshold=threshold,
        parity={"boxes_px": 0.0, "scores": 0.0},
    )
    write_exported(folder, card, ("model.xml", "model.bin"))
    return folder
