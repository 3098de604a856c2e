"""``cinefacs labels suggest``: guesses that a coder can start from."""

import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cinefacs.labels.suggest.config import SuggestConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cinefacs.pipeline.suggest_summary import SuggestSummary

__all__ = ["suggest"]


def suggest(
    study: Path,
    /,
    *,
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[SuggestConfig, Parameter(name="*")] = SuggestConfig(),  # noqa: B008  (frozen)
    figure: Annotated[bool, Parameter(negative="")] = False,
    force: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 0,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Suggest action units from the faces' blendshapes; guesses of a model, never truth.

    They are written as labels of the coder "suggested", each with a score, and are not counted in
    agreement or training unless that is asked for. Of the 42 action units some have no score at
    all: docs/labels-suggest.md says which, and why.

    Parameters
    ----------
    study
        Folder of the study.
    config
        YAML file with any of the options below; flags win over it.
    figure
        Draw each character's scores over time, beside what coders labelled.
    force
        Replace suggestions of this label set that were made otherwise.
    seed
        Written to run.json. Nothing in this verb is random.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.pipeline.suggest import suggest_labels  # noqa: PLC0415

    with ProgressView() as progress:
        summary = suggest_labels(
            study,
            config=options,
            has_figures=figure,
            force=force,
            seed=seed,
            on_step=progress.show,
        )
    if json:
        document = json_module.dumps(summary.as_document(), ensure_ascii=False, indent=2)
        sys.stdout.write(document + "\n")
    else:
        sys.stdout.write("\n".join(_lines(summary)) + "\n")
    return 0


def _lines(summary: "SuggestSummary") -> "Iterator[str]":
    """Yield what is said to people."""
    from cinefacs.pipeline.suggest_summary import SUGGESTED_NOTE  # noqa: PLC0415

    for each in summary.characters:
        name = f" ({each.name})" if each.name else ""
        counts = ", ".join(f"AU {au}: {n}" for au, n in each.n_by_au.items()) or "nothing"
        neutral = "" if each.has_neutral else "; too short for a neutral of their own"
        yield (
            f"film {each.film_number:03d}, character {each.character_number:02d}{name}: "
            f"{counts} ({each.seen_s:.1f} s seen{neutral})"
        )
    what = "written" if summary.is_new else "there already, made from the same faces and options"
    yield f"{summary.n_labels} suggestions, label set {summary.label_set}: {what}"
    yield f"note: {SUGGESTED_NOTE}"
    for path in summary.figure_paths:
        yield f"look at: {path}"
