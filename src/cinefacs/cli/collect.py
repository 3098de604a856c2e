"""``cinefacs collect``: film to shots, faces, characters, clips and frames."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cinefacs.cli.errors_view import show_error
from cinefacs.pipeline.config import CollectConfig

__all__ = ["collect"]


def collect(
    films: list[Path],
    /,
    *,
    out: Path = Path("study"),
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[CollectConfig, Parameter(name="*")] = CollectConfig(),  # noqa: B008  (frozen)
    allow_damaged: Annotated[bool, Parameter(negative="")] = False,
    force: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 0,
    device: str = "CPU",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Turn films into a study: shots, cinemetrics, faces, characters, clips and frames.

    Run it again after an interruption and it goes on where it was; run it with more films and
    they are added; edit characters.yaml and run it again to apply your decisions.

    Parameters
    ----------
    films
        Film files, and folders whose films are all taken.
    out
        Folder of the study.
    config
        YAML file with any of the options below; flags win over it.
    allow_damaged
        Use the readable part of a damaged film, and say so in run.json.
    force
        Make anew what an earlier run derived, never characters.yaml or labels.
    seed
        Seed of everything random; written to run.json. Nothing in this verb is random.
    device
        OpenVINO device that runs the face networks.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.pipeline.collect import collect as run_collect  # noqa: PLC0415

    with ProgressView() as progress:
        summary = run_collect(
            films,
            out=out,
            config=options,
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
        from cinefacs.cli.collect_view import show_summary  # noqa: PLC0415

        show_summary(summary)
    for error in summary.failed.values():
        show_error(error)
    return 1 if summary.failed else 0
