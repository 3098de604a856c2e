"""``cinefacs predict``: an exported detector on pictures; needs no torch."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

__all__ = ["predict"]


def predict(
    detector: Path,
    sources: list[Path],
    /,
    *,
    out: Path | None = None,
    score: float | None = None,
    draw: Annotated[bool, Parameter(negative="")] = False,
    rect: Annotated[bool, Parameter(negative="")] = False,
    device: str = "CPU",
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Find faces and what they show in pictures, with a detector that `export` made.

    A detector of face crops gets its faces from the face finder (`cinefacs models install`).

    Parameters
    ----------
    detector
        Folder that `cinefacs export` made.
    sources
        Pictures, and folders whose pictures are all taken.
    out
        Folder for predictions.json, and for pictures with --draw.
    score
        Least score; the threshold that training chose when left out.
    draw
        Write each picture with its boxes into --out.
    rect
        Show a detector of whole pictures the smallest rectangle instead of a square: less work.
    device
        OpenVINO device.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.pipeline.predict import predict_pictures  # noqa: PLC0415

    with ProgressView() as progress:
        summary = predict_pictures(
            detector,
            sources,
            out=out,
            score_floor=score,
            is_drawn=draw,
            is_rect=rect,
            device=device,
            on_step=progress.show,
        )
    if json:
        document = summary.as_document()
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return 0
    for picture in summary.pictures:
        said = ", ".join(f"{d.name} {d.score:.2f}" for d in picture.found) or "nothing"
        sys.stdout.write(f"{picture.path}: {said}\n")
    return 0
