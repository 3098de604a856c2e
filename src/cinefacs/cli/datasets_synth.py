"""``cinefacs datasets``: data sets of pictures with labels."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

__all__ = ["synth"]


def synth(
    *,
    preset: str = "smoke",
    out: Path = Path("synthetic"),
    scale: float = 1.0,
    condition: list[str] | None = None,
    motion_samples: int = 1,
    workers: int = 2,
    seed: int = 0,
    force: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Make synthetic FACS films with exact truth, as a study.

    Run it again after an interruption and it goes on where it was.

    Parameters
    ----------
    preset
        smoke (11 pictures), trial (60 close-ups of six people), bench (2,900 pictures), paper (10
        films), sample (the film that comes along), heldout-v1 (the exam), limits (films like its
        own, of other people), or weights (close faces of 588 people).
    out
        Folder of the study.
    scale
        Factor on the number of shots or pictures.
    condition
        Hard condition that every shot shall have: back_light, over_exposure, hair, glasses,
        hands, very_large, very_small; give it several times for several.
    motion_samples
        Pictures that each frame of a film is the mean of; above 1 gives motion blur.
    workers
        Processes that work at the same time, a film each.
    seed
        0 to 9999; another seed gives other people and films.
    force
        Make anew what an earlier run made.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.config import did_you_mean  # noqa: PLC0415
    from cinefacs.errors import ConfigError  # noqa: PLC0415
    from cinefacs.synth.film_plan import HardCondition  # noqa: PLC0415
    from cinefacs.synth.make_set import SynthOptions, make_set  # noqa: PLC0415

    known = [str(each) for each in HardCondition]
    for name in condition or ():
        if name not in known:
            raise ConfigError(
                f"condition: expected one of {', '.join(known)}, got {name!r}",
                hint=did_you_mean(name, known),
            )
    options = SynthOptions(
        preset=preset,
        scale=scale,
        conditions=tuple(HardCondition(name) for name in condition or ()),
        motion_samples=motion_samples,
    )
    with ProgressView() as progress:
        summary = make_set(
            out, options=options, seed=seed, n_workers=workers, force=force, on_step=progress.show
        )
    if json:
        sys.stdout.write(json_module.dumps(summary.as_document(), ensure_ascii=False) + "\n")
        return 0
    n_films, done = len(summary.films), " (made before)" if summary.was_done else ""
    sys.stdout.write(
        f"{summary.out}{done}: {n_films} films, {summary.n_pictures} pictures, "
        f"{summary.n_faces} faces, {summary.n_expressions} expressions; digest "
        f"{summary.digest[:12]}; drawn by {summary.device}\n"
    )
    return 0
