"""``cinefacs analyze``: film, camera or stream to a report of who showed which expression when."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cinefacs.cli.errors_view import show_error
from cinefacs.pipeline.analyze_config import AnalyzeConfig

__all__ = ["analyze"]


def analyze(
    sources: list[str],
    /,
    *,
    out: Path = Path("study"),
    name: str = "default",
    weights: Path | None = None,
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[AnalyzeConfig, Parameter(name="*")] = AnalyzeConfig(),  # noqa: B008  (frozen)
    frame_rate: float | None = None,
    max_seconds: float | None = None,
    allow_damaged: Annotated[bool, Parameter(negative="")] = False,
    force: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 0,
    device: str = "CPU",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Say who shows which expression when: film, folder, camera or stream to a report.

    Run it again after an interruption and it goes on where it was; run it with more films and
    they are added; edit characters.yaml and run it again to apply your decisions.

    Parameters
    ----------
    sources
        Films, folders of films or of numbered pictures, patterns in quotes, a camera's number, or
        an RTSP or HTTP address; cameras and streams are recorded into the study first.
    out
        Folder of the study; films that it has are not looked for faces again.
    name
        Name of the analysis, a folder in OUT/analyses.
    weights
        Folder that `cinefacs export` made; the weights that come along when left out.
    config
        YAML file with any of the options below; flags win over it.
    frame_rate
        Pictures a second of a folder of pictures; 24 when left out.
    max_seconds
        Longest recording of a camera or stream, s; Ctrl-C ends it at any time.
    allow_damaged
        Use the readable part of a damaged film, and say so in run.json.
    force
        Find events and write the report anew, also with other options; where weights or options
        of reading are others, read the films again.
    seed
        Seed of everything random; written to run.json. Nothing in this verb is random.
    device
        OpenVINO device that runs all networks.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.pipeline.analyze import analyze as run_analyze  # noqa: PLC0415

    with ProgressView() as progress:
        summary = run_analyze(
            sources,
            out=out,
            name=name,
            weights=weights,
            config=options,
            frame_rate=frame_rate,
            max_seconds=max_seconds,
            allow_damaged=allow_damaged,
            force=force,
            seed=seed,
            device=device,
            on_step=progress.show,
        )
    if json:
        document = summary.as_document()
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        from cinefacs.cli.analyze_view import show_analysis  # noqa: PLC0415

        show_analysis(summary)
    for error in summary.failed.values():
        show_error(error)
    return 1 if summary.failed else 0
