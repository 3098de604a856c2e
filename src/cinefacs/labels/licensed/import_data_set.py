"""Import a licensed data set into a study, or only check its sheet."""

import dataclasses
import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from cinefacs.config import as_document
from cinefacs.errors import SchemaError, StudyError
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.frames import PictureFilm, find_films
from cinefacs.labels.licensed.layout import Annotation
from cinefacs.labels.licensed.make_labels import make_labels
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.labels.licensed.read_sheet import ReadSheet, read_sheet
from cinefacs.labels.licensed.report import ImportReport, make_report, source_rows
from cinefacs.labels.licensed.tally import RowTally
from cinefacs.labels.licensed.workbook import Workbook, read_workbook
from cinefacs.labels.licensed.write_study import (
    check_can_hold,
    leave_work_as_found,
    note_places,
    write_films,
)
from cinefacs.media.probe import digest_file
from cinefacs.records.labels import Labels
from cinefacs.records.run_record import RunRecord
from cinefacs.records.step import Step
from cinefacs.storage.atomic import write_json
from cinefacs.storage.label_tables import add_labels, read_authors
from cinefacs.storage.run_records import write_run_record
from cinefacs.storage.study import StudyLayout, lock_study
from cinefacs.storage.tables import SCHEMA_VERSION

__all__ = ["check_sheet", "import_data_set"]

_LIBRARIES = ("av", "openpyxl", "pyarrow", "xlrd")
_ODD_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def check_sheet(
    name: DataSetName, sheet_path: Path, *, config: LicensedConfig | None = None
) -> ImportReport:
    """Read and validate a data set's sheet without its pictures; nothing is written.

    Parameters
    ----------
    name
        The data set.
    sheet_path
        Its annotation sheet.
    config
        How it is read; defaults when None.

    Raises
    ------
    ConfigError
        The file cannot be opened, or an option is not meant for this data set.
    SchemaError
        The sheet is not this data set's, or no row of it can be read.
    """
    config = config or LicensedConfig()
    tally = RowTally()
    sheet = read_sheet(name, read_workbook(sheet_path), config, tally)
    return make_report(
        sheet,
        sheet.annotations,
        tally,
        sheet_path=sheet_path,
        label_set=_label_set(sheet_path, config),
    )


def import_data_set(
    name: DataSetName,
    sheet_path: Path,
    *,
    frames: Path,
    out: Path,
    config: LicensedConfig | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> ImportReport:
    """Put a data set's labels, and its pictures where they lie, into a study.

    Several data sets may share a study. The same import again has nothing to do.

    Parameters
    ----------
    name
        The data set.
    sheet_path
        Its annotation sheet.
    frames
        Folder of its pictures, or one above it.
    out
        Folder of the study.
    config
        How it is read; defaults when None.
    on_step
        Told how far the search for pictures has come.

    Raises
    ------
    ConfigError
        A file or a folder cannot be opened, or an option is not meant for this data set.
    SchemaError
        The sheet is not this data set's, or no row of it can be used.
    StudyError
        The study is not one of data sets, or has other labels under this name.
    StorageError
        The disk refused; the same command goes on.
    """
    config = config or LicensedConfig()
    started_at = _now()
    tally = RowTally()
    workbook = read_workbook(sheet_path)
    sheet = read_sheet(name, workbook, config, tally)
    found = find_films(sheet, frames, tally, on_step or (lambda _step: None))
    kept = [each for film in found.films for each in _kept(film)]
    if not kept:
        reason, rows = next(iter(tally.skipped.items()))
        raise SchemaError(
            f"{frames}: expected pictures for the rows of {sheet_path.name}, got none; most often "
            f"{reason} ({len(rows)}): {next(iter(rows.values()))}",
            hint="give the folder that holds the subjects' folders of this data set",
        )
    label_set = _label_set(sheet_path, config)
    layout = StudyLayout(out)
    report = dataclasses.replace(
        make_report(sheet, kept, tally, sheet_path=sheet_path, label_set=label_set),
        n_films=len(found.films),
        n_pictures=sum(len(film.folder) for film in found.films),
        idle_folders=[str(path) for path in found.idle_folders],
        out=out,
        report_path=_report_path(layout, sheet.layout.coder, label_set),
    )
    labels = make_labels(found.films, sheet.layout, label_set=label_set, changed_at=started_at)
    job = _Job(
        sheet=sheet,
        workbook=workbook,
        config=config,
        films=found.films,
        labels=labels,
        report=report,
        started_at=started_at,
    )
    with lock_study(layout):
        try:
            check_can_hold(layout)
            return _store(job, layout)
        finally:
            leave_work_as_found(layout)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    """All that is to be written."""

    sheet: ReadSheet
    workbook: Workbook
    config: LicensedConfig
    films: Sequence[PictureFilm]
    labels: Labels
    report: ImportReport
    started_at: str

    @property
    def inputs(self) -> dict[Path, str]:
        """SHA-256 of each sheet by its path."""
        inputs = {self.workbook.path: self.workbook.sha256}
        if self.config.emotions_from is not None:
            inputs[self.config.emotions_from] = digest_file(self.config.emotions_from)
        return inputs

    @property
    def digest(self) -> str:
        """What tells this import from others: sheet, options and pictures, wherever they lie."""
        parts = {
            "data_set": self.report.data_set,
            "sheets": list(self.inputs.values()),
            "config": as_document(dataclasses.replace(self.config, emotions_from=None)),
            "films": sorted(film.film_id for film in self.films),
            "places": sorted(label.expression_id for label in self.labels.expressions),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _store(job: _Job, layout: StudyLayout) -> ImportReport:
    report = job.report
    path = _report_path(layout, report.data_set, report.label_set)
    author = (report.data_set, report.label_set)
    if author in read_authors(layout):
        if _digest_of(path) != job.digest:
            raise StudyError(
                f"{layout.root}: expected a new label set, got {report.label_set!r} of "
                f"{report.data_set}, which is there with other rows, pictures or options",
                hint="choose another --label-set; labels are never overwritten",
            )
        notes = [*report.notes]
        if note_places(layout, job.films):
            notes.append("the pictures have moved; their new place was noted")
        if not layout.run_path.exists():  # the run that wrote the labels was killed before it
            _write_run(job, layout)
        return dataclasses.replace(report, was_done=True, notes=notes)
    write_films(layout, job.films, people=job.sheet.layout.people)
    _write_report(job, path)
    add_labels(layout, job.labels)
    _write_run(job, layout)
    return report


def _write_report(job: _Job, path: Path) -> None:
    document = {
        "schema_version": SCHEMA_VERSION,
        "digest": job.digest,
        **job.report.as_document(),
        "rows": source_rows(job.sheet, [each for film in job.films for each in _kept(film)]),
    }
    write_json(path, document)


def _write_run(job: _Job, layout: StudyLayout) -> None:
    record = RunRecord(
        verb="labels licensed",
        code_version=version("cinefacs"),
        config={
            "data_set": job.report.data_set,
            **as_document(job.config),
            "label_set": job.report.label_set,
        },
        config_digest=job.digest,
        inputs={str(path): digest for path, digest in job.inputs.items()},
        models={},
        libraries={name: version(name) for name in _LIBRARIES},
        seed=0,
        device="none",
        started_at=job.started_at,
        finished_at=_now(),
        notes=[*job.report.notes, f"report: {job.report.report_path}"],
    )
    write_run_record(layout.run_path, record)


def _digest_of(path: Path) -> str | None:
    """Return the digest in the report of an earlier import; None where there is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document.get("digest") if isinstance(document, dict) else None


def _report_path(layout: StudyLayout, coder: str, label_set: str) -> Path:
    """Return a name that no other label set has, whatever signs are in it."""
    digest = hashlib.sha256(label_set.encode()).hexdigest()[:8]
    return layout.import_dir / f"{coder}-{_ODD_IN_NAMES.sub('_', label_set)[:80]}-{digest}.json"


def _label_set(sheet_path: Path, config: LicensedConfig) -> str:
    return config.label_set or sheet_path.stem.strip() or "sheet"


def _kept(film: PictureFilm) -> list[Annotation]:
    return [placed.annotation for placed in film.annotations]


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
