"""``cinefacs export``."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from cinefacs.cli.extras import require_train_extra

__all__ = ["export"]


def export(
    weights: Path,
    /,
    *,
    out: Path = Path("detector"),
    graph_format: Annotated[Literal["openvino", "onnx"], Parameter(name="--format")] = "openvino",
    precision: Literal["f32", "fp16", "bf16", "int8"] = "f32",
    calibration: Path | None = None,
    calibration_pictures: Path | None = None,
    calibration_fold: int = 0,
    n_calibration: int = 200,
    force: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Turn weights into a folder that runs without torch, and say how far the two differ.

    Parameters
    ----------
    weights
        A .safetensors file with its .json beside it.
    out
        Folder to make.
    graph_format
        onnx (f32 only), or OpenVINO's own.
    precision
        f32, fp16 or bf16 (half-sized weights, run in f32 or bf16), or int8 (needs --calibration).
    calibration
        Data set whose training split shows what the inputs look like.
    calibration_pictures
        Folder of its pictures where it is a COCO file.
    calibration_fold
        Which of its divisions where it has several, from 0.
    n_calibration
        At most so many of them.
    force
        Write over an exported detector.
    json
        Print one JSON document on stdout.
    """
    require_train_extra("export")
    from cinefacs.detectors.export.export import export_detector  # noqa: PLC0415
    from cinefacs.detectors.tasks import DataSource  # noqa: PLC0415

    data = None
    if calibration is not None:
        data = DataSource(path=calibration, pictures=calibration_pictures, fold=calibration_fold)
    done = export_detector(
        weights,
        out=out,
        graph_format=graph_format,
        precision=precision,
        calibration=data,
        n_calibration=n_calibration,
        force=force,
    )
    if json:
        sys.stdout.write(json_module.dumps(done.as_document(), ensure_ascii=False) + "\n")
    else:
        parity = done.card.parity
        sys.stdout.write(
            f"{done.card.network} in {done.card.precision}: {done.size_bytes / 1e6:.1f} MB in "
            f"{done.folder}; scores differ by at most {parity['scores']:.2g}, boxes by "
            f"{parity['boxes_px']:.2g} px\n"
        )
    return 0
