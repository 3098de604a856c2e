"""``cinefacs exam``: how good weights are on films whose truth is known."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cinefacs.pipeline.exam.config import ExamConfig

__all__ = ["exam"]


def exam(
    source: Path,
    /,
    *,
    study: Path,
    out: Path = Path("exam"),
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[ExamConfig, Parameter(name="*")] = ExamConfig(),  # noqa: B008  (frozen)
    device: str = "CPU",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Measure weights on films whose truth is known, beside chance; for the model card.

    Parameters
    ----------
    source
        Folder that `cinefacs export` made.
    study
        Folder that `cinefacs datasets synth --preset heldout-v1` made, or another set.
    out
        Folder for exam.json.
    config
        YAML file with any of the options below; flags win over it.
    device
        OpenVINO device.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.pipeline.exam.run import take_exam  # noqa: PLC0415

    with ProgressView() as progress:
        summary = take_exam(
            source, study=study, out=out, config=options, device=device, on_step=progress.show
        )
    if json:
        sys.stdout.write(json_module.dumps(summary.document, ensure_ascii=False, indent=2) + "\n")
    return 0
