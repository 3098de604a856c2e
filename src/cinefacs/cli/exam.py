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
    pictures_only: Annotated[bool, Parameter(negative="")] = False,
    sweep: Annotated[bool, Parameter(negative="")] = False,
    device: str = "CPU",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Measure weights on films whose truth is known, beside chance; for the model card.

    Parameters
    ----------
    source
        Folder that `cinefacs export` made, or that of an analysis of the study's films.
    study
        Folder that `cinefacs datasets synth --preset heldout-v1` made, or another set.
    out
        Folder for exam.json, exam.md and figures.
    config
        YAML file with any of the options below; flags win over it.
    pictures_only
        Show the pictures only, no films: a quick look, without events.
    sweep
        Try limits of events too; the best is chosen only where all films are of the split val.
    device
        OpenVINO device.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.pipeline.exam.run import take_exam  # noqa: PLC0415

    with ProgressView() as progress:
        summary = take_exam(
            source,
            study=study,
            out=out,
            config=options,
            pictures_only=pictures_only,
            sweep=sweep,
            device=device,
            on_step=progress.show,
        )
    if json:
        sys.stdout.write(json_module.dumps(summary.document, ensure_ascii=False, indent=2) + "\n")
    else:
        from cinefacs.cli.exam_view import show_marks  # noqa: PLC0415

        show_marks(summary)
    return 0
