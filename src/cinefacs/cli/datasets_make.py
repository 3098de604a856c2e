"""``cinefacs datasets``: build, split, check and describe data sets."""

import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cinefacs.datasets.config import BuildConfig, CheckConfig, SplitConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cinefacs.datasets.balance import ClassBalance

__all__ = ["build", "check", "describe", "split"]

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]
Flag = Annotated[bool, Parameter(negative="")]


def build(
    study: Path,
    name: str,
    /,
    *,
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[BuildConfig, Parameter(name="*")] = BuildConfig(),  # noqa: B008  (frozen)
    persons: Path | None = None,
    seed: int = 0,
    force: Flag = False,
    json: JsonFlag = False,
) -> int:
    """Choose labelled faces of a study and write them as a data set.

    Parameters
    ----------
    study
        Folder of the study.
    name
        Name of the data set: it goes to datasets/NAME in the study.
    config
        YAML file with any of the options below; flags win over it.
    persons
        YAML file that says which characters of several films are one person.
    seed
        Seed of the neutral faces and of the pictures without faces.
    force
        Make it anew where it is there, made from something else.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.datasets.build import build_dataset  # noqa: PLC0415

    with ProgressView() as progress:
        summary = build_dataset(
            study,
            name,
            config=options,
            persons_path=persons,
            seed=seed,
            force=force,
            on_step=progress.show,
        )
    document = summary.as_document()
    if json:
        _print_json(document)
        return 0
    state = "was there already" if summary.was_done else "written"
    size = f"{document['n_samples']} samples in {document['n_pictures']} pictures"
    _say(f"{document['out']}: {state}, {size}")
    _show_folds(document["folds"])
    _show_balance(summary.balance)
    for reason, n in summary.manifest.counts.items():
        _say(f"left out: {n} x {reason}")
    _warn(summary.manifest.warnings)
    return 0


def split(
    dataset: Path,
    /,
    *,
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[SplitConfig, Parameter(name="*")] = SplitConfig(),  # noqa: B008  (frozen)
    out: Path | None = None,
    seed: int = 0,
    json: JsonFlag = False,
) -> int:
    """Divide a data set by film, character or source, as its study does, or as the paper does.

    Parameters
    ----------
    dataset
        Folder of the data set.
    config
        YAML file with any of the options below; flags win over it.
    out
        Folder beside it for the divided one, which shares the pictures; in place when left out.
    seed
        Seed that settles equal choices.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.datasets.split import split_dataset  # noqa: PLC0415
    from cinefacs.storage.datasets import DatasetLayout  # noqa: PLC0415

    target = None if out is None else DatasetLayout(out)
    summary = split_dataset(DatasetLayout(dataset), config=options, seed=seed, target=target)
    document = summary.as_document()
    if json:
        _print_json(document)
    else:
        _show_folds(document["folds"])
        _show_balance(summary.balance)
    _warn(summary.manifest.warnings)
    return 0


def check(
    dataset: Path,
    /,
    *,
    options: Annotated[CheckConfig, Parameter(name="*")] = CheckConfig(),  # noqa: B008  (frozen)
    json: JsonFlag = False,
) -> int:
    """Look for clips, people and pictures that stand on both sides; exit 1 if there are any.

    Parameters
    ----------
    dataset
        Folder of a data set that is split.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.errors_view import show_error  # noqa: PLC0415
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415
    from cinefacs.datasets.leaks import examine_dataset, leak_error  # noqa: PLC0415
    from cinefacs.storage.datasets import DatasetLayout  # noqa: PLC0415

    layout = DatasetLayout(dataset)
    with ProgressView() as progress:
        report = examine_dataset(layout, config=options, on_step=progress.show)
    error = leak_error(report, layout)
    document: dict[str, Any] = report.as_document()
    if json:
        _print_json(document | (error.as_document() if error is not None else {}))
    else:
        kinds = ", ".join(f"{kind} {n}" for kind, n in document["by_kind"].items())
        _say(f"{report.name}: {report.n_pictures} pictures, leaks: {kinds or 'none'}")
        for leak in report.leaks[:20]:
            _say(f"  {leak.kind} {leak.what}: {' and '.join(leak.parts)}")
    if error is not None:
        show_error(error)
        return 1
    if report.leaks:
        _warn(["the paper's protocol was asked for, so these leaks are no error"])
    return 0


def describe(dataset: Path, /, *, facts: Path | None = None, json: JsonFlag = False) -> int:
    """Write the data sheet from the facts.

    Parameters
    ----------
    dataset
        Folder of the data set; the sheet goes there as datasheet.md.
    facts
        YAML file with what only people know: licences, ages, consent and the like.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.config import load_config  # noqa: PLC0415
    from cinefacs.datasets.datasheet import describe_dataset  # noqa: PLC0415
    from cinefacs.datasets.sheet_facts import SheetFacts  # noqa: PLC0415
    from cinefacs.storage.datasets import DatasetLayout  # noqa: PLC0415

    layout = DatasetLayout(dataset)
    known = SheetFacts() if facts is None else load_config(SheetFacts, facts)
    text = describe_dataset(layout, known)
    n_open = text.count("*not stated*") - 1  # one explains the words
    if json:
        _print_json({"sheet_path": str(layout.sheet_path), "n_not_stated": n_open})
    else:
        _say(f"{layout.sheet_path}: written; {n_open} answers not stated")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json_module.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _warn(warnings: "Sequence[str]") -> None:
    for text in warnings:
        sys.stderr.write(f"warning: {text}\n")


def _show_folds(folds: "Sequence[dict[str, Any]]") -> None:
    """Show how many samples each part has."""
    for fold in folds:
        sizes = ", ".join(f"{part} {fold[f'n_{part}']}" for part in ("train", "val", "test"))
        _say(f"{fold['name']}: {sizes}")


def _show_balance(balance: "Sequence[ClassBalance]") -> None:
    """Show how often each class holds, in all and in each part of the first division."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("class", "faces", "of known", "films", "people")
    parts = [part for part in ("train", "val", "test") if balance and part in balance[0].parts]
    for part in parts:
        table.add_column(part)
    for row in balance:
        if row.n_samples:
            numbers = [row.n_samples, row.n_known, row.n_films, row.n_subjects]
            numbers += [row.parts[part][0] for part in parts]
            table.add_row(row.name, *map(str, numbers))
    Console().print(table)
    empty = [row.name for row in balance if not row.n_samples]
    if empty:
        _say(f"without a face: {', '.join(empty)}")
