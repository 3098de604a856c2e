"""``cinefacs datasets faces``: close synthetic faces, cut out and labelled, to train on."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

__all__ = ["faces"]


def faces(
    *,
    preset: str = "weights",
    out: Path = Path("faces"),
    scale: float = 1.0,
    step_ms: int = 0,
    workers: int = 2,
    seed: int = 0,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Draw synthetic faces close up, each with its person at rest, as a face set for train.

    Run it again after an interruption and it goes on where it was.

    Parameters
    ----------
    preset
        weights: 540 people to train on, 48 others to validate on.
    out
        Folder of the face set.
    scale
        Factor on the number of people.
    step_ms
        Draw each face so long before and after, too; 0 does not, and takes a third of the time.
    workers
        Processes that work at the same time.
    seed
        0 to 9999; another seed gives other people.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.synth.make_faces import FacesOptions, make_faces  # noqa: PLC0415
    from cinefacs.synth.takes import TakeConfig  # noqa: PLC0415

    options = FacesOptions(preset=preset, scale=scale, takes=TakeConfig(step_ms=step_ms))
    with ProgressView() as progress:
        summary = make_faces(
            out, options=options, seed=seed, n_workers=workers, on_step=progress.show
        )
    if json:
        sys.stdout.write(json_module.dumps(summary.as_document(), ensure_ascii=False) + "\n")
        return 0
    done = " (made before)" if summary.was_done else ""
    said = ", ".join(
        f"{n} faces of {summary.n_people[split]} people ({split})"
        for split, n in summary.n_faces.items()
    )
    sys.stdout.write(f"{summary.out}{done}: {said}\n")
    return 0
