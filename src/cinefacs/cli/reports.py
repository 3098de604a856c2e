"""``cinefacs reports export`` and ``annotate``: what can be made of a finished analysis."""

import dataclasses
import json as json_module
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from cinefacs.cli.labels_io import show_items
from cinefacs.reports.config import AnnotateConfig

__all__ = ["annotate", "export_events"]

EventFormat = Literal[
    "csv", "parquet", "elan", "cvat", "label-studio", "coco", "yolo", "boris", "boris-events"
]
Flag = Annotated[bool, Parameter(negative="")]
JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def export_events(
    analysis: Path,
    /,
    *,
    format: Annotated[EventFormat, Parameter(name="--format")],  # noqa: A002  (the flag's name)
    out: Path,
    film: int | None = None,
    force: Flag = False,
    json: JsonFlag = False,
) -> int:
    """Write the events of an analysis for another program; what it cannot hold is said.

    CSV and Parquet have a row per event. In all other formats events stand as labels of the coder
    "suggested": a program's guess, never truth.

    Parameters
    ----------
    analysis
        Folder of the analysis.
    format
        Format to write.
    out
        File to write, or a folder where the format needs several files.
    film
        Only events of the film of this number.
    force
        Write over files that are there.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.pipeline.finished_analysis import export_events as run  # noqa: PLC0415  (kept out of --help)

    exported = run(analysis, out, format_name=format, film_number=film, force=force)
    if json:
        losses = [dataclasses.asdict(loss) for loss in exported.losses]
        paths = [str(path) for path in exported.paths]
        _write({"out": str(out), "paths": paths, "losses": losses})
        return 0
    sys.stdout.writelines(f"wrote {path}\n" for path in exported.paths)
    show_items(exported.losses)
    return 0


def annotate(
    analysis: Path,
    /,
    *,
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[AnnotateConfig, Parameter(name="*")] = AnnotateConfig(),  # noqa: B008  (frozen)
    deidentify: Flag = False,
    film: int | None = None,
    device: str = "CPU",
    force: Flag = False,
    json: JsonFlag = False,
) -> int:
    """Write the film with boxes, names, action units and events drawn in; same frames and times.

    With --deidentify faces are hidden that the program finds. That does not make anybody
    anonymous: docs/annotated-films.md says what it does not protect.

    Parameters
    ----------
    analysis
        Folder of the analysis; the film goes into it.
    config
        YAML file with any of the options below; flags win over it.
    deidentify
        Hide all faces, and leave the sound out.
    film
        Only the film of this number.
    device
        OpenVINO device that finds the faces to hide.
    force
        Write over an annotated film that is there.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.pipeline.finished_analysis import annotate_analysis  # noqa: PLC0415
    from cinefacs.reports.hidden_faces import DEIDENTIFY_WORDS  # noqa: PLC0415

    with ProgressView() as progress:
        films = annotate_analysis(
            analysis,
            config=options.picture,
            deidentify=options.hide if deidentify else None,
            film_number=film,
            device=device,
            force=force,
            on_step=progress.show,
        )
    notes = [*(note for each in films for note in each.notes)]
    if deidentify:
        notes.append(DEIDENTIFY_WORDS)
    if json:
        films_said = [
            {"path": str(each.path), "n_frames": each.n_frames, "has_sound": each.has_sound}
            for each in films
        ]
        _write({"out": str(analysis), "films": films_said, "notes": notes})
        return 0
    sys.stdout.writelines(f"wrote {each.path}\n" for each in films)
    sys.stdout.writelines(f"note: {note}\n" for note in dict.fromkeys(notes))
    return 0


def _write(document: dict[str, Any]) -> None:
    sys.stdout.write(json_module.dumps(document, ensure_ascii=False, indent=2) + "\n")
