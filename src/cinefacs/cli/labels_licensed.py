"""``cinefacs labels licensed``: a licensed data set into a study."""

import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from cinefacs.errors import ConfigError
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.names import DataSetName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from cinefacs.labels.licensed.report import ImportReport

__all__ = ["DataSetWord", "licensed"]

DataSetWord = Literal[
    "casme",
    "casme2",
    "cas-me2",
    "cas-me3",
    "samm",
    "samm-lv",
    "smic",
    "smic-vis",
    "smic-nir",
    "4dme",
    "dfme",
    "mmew",
]
"""The values of `DataSetName`: cyclopts would take an enumeration by its members' names."""

_ROWS_SHOWN = 5


def licensed(
    name: DataSetWord,
    sheet: Path,
    /,
    *,
    frames: Path | None = None,
    no_frames: Annotated[bool, Parameter(name="--no-frames", negative="")] = False,
    out: Path = Path("study"),
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[LicensedConfig, Parameter(name="*")] = LicensedConfig(),  # noqa: B008
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Import a licensed data set that you have into a study: labels, and frames where they lie.

    Parameters
    ----------
    name
        The data set.
    sheet
        Its annotation sheet: .xlsx, .xls or .csv.
    frames
        Folder of its pictures, or one above it.
    no_frames
        Only read and validate the sheet; nothing is written.
    out
        Folder of the study; a data set is added to those that it has.
    config
        YAML file with any of the options below; flags win over it.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.labels.licensed.import_data_set import (  # noqa: PLC0415  (kept out of --help)
        check_sheet,
        import_data_set,
    )

    if (frames is None) != no_frames:
        raise ConfigError(
            "labels licensed: expected either --frames DIR or --no-frames, got "
            f"{'both' if no_frames else 'neither'}",
            hint="--frames DIR makes a study, --no-frames only validates the sheet",
        )
    if frames is None:
        report = check_sheet(DataSetName(name), sheet, config=options)
    else:
        from cinefacs.cli.progress import ProgressView  # noqa: PLC0415

        with ProgressView() as progress:
            report = import_data_set(
                DataSetName(name),
                sheet,
                frames=frames,
                out=out,
                config=options,
                on_step=progress.show,
            )
    if json:
        document = json_module.dumps(report.as_document(), ensure_ascii=False, indent=2)
        sys.stdout.write(document + "\n")
    else:
        sys.stdout.write("\n".join(_lines(report)) + "\n")
    return 0


def _lines(report: "ImportReport") -> "Iterator[str]":
    """Yield what is said of an import."""
    where = f"page {report.page}"
    if report.header_row is not None:
        where += f", header in row {report.header_row}"
    yield f"{report.title}: {report.sheet_path} ({where})"
    yield (
        f"  rows: {report.n_rows:,} read, {report.n_kept:,} kept, "
        f"{report.n_rows - report.n_kept:,} left out"
    )
    yield f"  subjects: {len(report.subjects):,}; types: {_counts(report.kinds)}"
    yield f"  emotions: {_counts(report.emotions)}"
    aus = {f"AU{au}": n for au, n in report.action_units.items()}
    yield f"  action units: {_counts(aus)}"
    for rule, places in report.repaired.items():
        yield f"  kept by {rule}: {_rows(places)} ({rule.meaning}): {_some(places)}"
    for reason, rows in report.skipped.items():
        found = [f"{place} ({text})" if text else place for place, text in rows.items()]
        yield f"  left out as {reason}: {_rows(rows)} ({reason.meaning}): {_some(found)}"
    if report.unread_aus:
        texts = [f"{text!r} in {place}" for place, text in report.unread_aus.items()]
        yield f"  not read, kept verbatim: {_some(texts)}"
    if report.idle_folders:
        n_idle = len(report.idle_folders)
        yield f"  folders without a row: {n_idle:,}: {_some(report.idle_folders)}"
    yield from (f"note: {note}" for note in report.notes)
    if report.out is None:
        yield "nothing was written: the sheet was only checked"
        return
    yield f"  films: {report.n_films:,} with {report.n_pictures:,} pictures, not copied"
    if report.was_done:
        yield "nothing to do: the study has just these labels"
    yield f"labels of {report.data_set}, set {report.label_set}, are in {report.out}"
    yield f"report: {report.report_path}"


def _rows(rows: "Collection[str]") -> str:
    return f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"


def _counts(counts: "Mapping[str, int]") -> str:
    return ", ".join(f"{word} {n:,}" for word, n in counts.items()) or "none"


def _some(items: "Sequence[str]") -> str:
    """Return the first few of many."""
    rest = len(items) - _ROWS_SHOWN
    return ", ".join(items[:_ROWS_SHOWN]) + (f" and {rest:,} more" if rest > 0 else "")
