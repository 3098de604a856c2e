"""``cinefacs labels import``, ``export`` and ``list``: labels of other programs in and out."""

import dataclasses
import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cinefacs.labels.formats.contract import Loss, Note

__all__ = ["export_labels", "import_labels", "list_labels", "show_items"]

FormatName = Literal["csv", "cvat", "elan", "label-studio", "coco", "yolo", "boris", "boris-events"]
JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def import_labels(
    study: Path,
    files: list[Path],
    /,
    *,
    format: Annotated[FormatName, Parameter(name="--format")],  # noqa: A002  (the flag's name)
    coder: str | None = None,
    label_set: str | None = None,
    film: int | None = None,
    character: int | None = None,
    coded: Literal["labels", "clips", "film"] = "labels",
    json: JsonFlag = False,
) -> int:
    """Add the labels of files to a study; what was assumed or skipped is said.

    Parameters
    ----------
    study
        Folder of the study.
    files
        Files that another program wrote; for yolo, folders.
    format
        Format of the files.
    coder
        Whose labels they are, where the files do not say; changes the name where they do.
    label_set
        Name of this version of the coder's work, where the files do not say; changes it where
        they do. A label set that is there is never overwritten.
    film
        Number of the film that they are about, where the files do not say.
    character
        Number of the character that they are about, where the files do not say.
    coded
        What the coder is taken to have gone through where the files do not say: only what is
        labelled, the clips in which something is, or the whole film. Outside nothing is known;
        inside, what has no label was absent.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.labels.exchange import import_labels as run_import  # noqa: PLC0415  (kept out of --help)
    from cinefacs.labels.formats.contract import CodedSource  # noqa: PLC0415

    imported = run_import(
        study,
        files,
        format_name=format,
        coder=coder,
        label_set=label_set,
        film_number=film,
        character_number=character,
        coded=CodedSource(coded),
    )
    labels = imported.labels
    if json:
        _write({
            "study": str(study),
            "authors": [
                {"coder": name, "label_set": version} for name, version in labels.authors
            ],
            "n_aus": len(labels.aus),
            "n_expressions": len(labels.expressions),
            "n_coded_spans": len(labels.coded),
            "notes": [dataclasses.asdict(note) for note in imported.notes],
        })  # fmt: skip
        return 0
    names = ", ".join(f"{name}/{version}" for name, version in labels.authors)
    sys.stdout.write(
        f"added {_count(len(labels.aus), 'action unit')}, "
        f"{_count(len(labels.expressions), 'expression')} and "
        f"{_count(len(labels.coded), 'coded span')} by {names}\n"
    )
    show_items(imported.notes)
    return 0


def export_labels(
    study: Path,
    /,
    *,
    format: Annotated[FormatName, Parameter(name="--format")],  # noqa: A002  (the flag's name)
    out: Path,
    coder: list[str] | None = None,
    label_set: list[str] | None = None,
    film: int | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    json: JsonFlag = False,
) -> int:
    """Write labels of a study for another program; what the format cannot hold is said.

    Parameters
    ----------
    study
        Folder of the study.
    format
        Format to write.
    out
        File to write, or a folder where the format needs several files.
    coder
        Only labels of these coders.
    label_set
        Only labels of these label sets.
    film
        Only labels of the film of this number.
    force
        Write over files that are there.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.labels.exchange import export_labels as run_export  # noqa: PLC0415  (kept out of --help)

    exported = run_export(
        study,
        out,
        format_name=format,
        coders=coder or (),
        label_sets=label_set or (),
        film_number=film,
        force=force,
    )
    if json:
        _write({
            "out": str(out),
            "paths": [str(path) for path in exported.paths],
            "losses": [dataclasses.asdict(loss) for loss in exported.losses],
        })  # fmt: skip
        return 0
    shown = exported.paths[:10]
    sys.stdout.writelines(f"wrote {path}\n" for path in shown)
    if len(exported.paths) > len(shown):
        sys.stdout.write(f"and {_count(len(exported.paths) - len(shown), 'file')} more\n")
    show_items(exported.losses)
    return 0


def list_labels(study: Path, /, *, json: JsonFlag = False) -> int:
    """List coders and label sets of a study, with the number of labels.

    Parameters
    ----------
    study
        Folder of the study.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.labels.exchange import list_authors  # noqa: PLC0415  (kept out of --help)

    authors = list_authors(study)
    if json:
        _write({"study": str(study), "authors": [dataclasses.asdict(each) for each in authors]})
        return 0
    for each in authors:
        films = ", ".join(str(number) for number in each.film_numbers)
        sys.stdout.write(
            f"{each.coder}/{each.label_set}: {_count(each.n_aus, 'action unit')}, "
            f"{_count(each.n_expressions, 'expression')}, "
            f"{_count(each.n_coded_spans, 'coded span')} ({each.coded_s:.1f} s), film {films}\n"
        )
    if not authors:
        sys.stdout.write("nobody has labelled this study yet\n")
    return 0


def show_items(items: "Iterable[Loss | Note]") -> None:
    """Say what was lost, assumed or skipped."""
    for item in items:
        kind = getattr(item, "kind", "lost")
        sys.stdout.write(f"{kind}, {item.n}x: {item.what} (such as: {item.example})\n")


def _count(n: int, name: str) -> str:
    return f"{n:,} {name}{'' if n == 1 else 's'}"


def _write(document: dict[str, Any]) -> None:
    sys.stdout.write(json_module.dumps(document, ensure_ascii=False, indent=2) + "\n")
