"""Labels of a study out to a file and in from one: what ``cinefacs labels`` does."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cinefacs.errors import StudyError
from cinefacs.labels.formats.catalog import find_format
from cinefacs.labels.formats.contract import (
    CodedSource,
    Exported,
    Imported,
    ImportOptions,
    LabelFormat,
)
from cinefacs.labels.formats.fields import every_label
from cinefacs.labels.labelled_films import read_labelled_films
from cinefacs.records.labels import Labels
from cinefacs.storage.label_tables import add_labels, read_authors, read_labels
from cinefacs.storage.study import StudyLayout, lock_study

__all__ = ["AuthorSummary", "export_labels", "import_labels", "list_authors"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorSummary:
    """What one coder labelled under one name."""

    coder: str
    """Who."""
    label_set: str
    """Version of the work."""
    n_aus: int
    """Action units labelled."""
    n_expressions: int
    """Expressions labelled."""
    n_coded_spans: int
    """Stretches that the coder went through."""
    coded_s: float
    """Their length together, s; what lies in two of them counts twice."""
    film_numbers: tuple[int, ...]
    """Films in which something was labelled or looked at."""


def import_labels(
    study: Path,
    paths: Sequence[Path],
    *,
    format_name: str,
    coder: str | None = None,
    label_set: str | None = None,
    film_number: int | None = None,
    character_number: int | None = None,
    coded: CodedSource = CodedSource.LABELS,
) -> Imported:
    """Read files and add their labels to a study; all of them or none.

    Parameters
    ----------
    study
        Its folder.
    paths
        Files, or folders where the format is one; read as one label set each coder.
    format_name
        Key of `cinefacs.labels.formats.catalog.FORMATS`.
    coder, label_set, film_number, character_number
        Whose labels, under which name, of which film and character; None leaves it to the files.
    coded
        What the coders went through where the files do not say.

    Raises
    ------
    SchemaError
        A file is not of the format, or damaged.
    StudyError
        Nothing could be read, it is not said whose labels they are or of whom, or the label set
        is there already.
    FilmError
        A film that must be looked at is not there.
    """
    label_format = find_format(format_name)
    layout = StudyLayout(study)
    films = read_labelled_films(layout)
    options = ImportOptions(
        changed_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        coder=coder,
        label_set=label_set,
        film_number=film_number,
        character_number=character_number,
        coded=coded,
    )
    imported = label_format.read(paths, films, options)
    if not imported.labels.authors:
        files = ", ".join(path.name for path in paths)
        first = f"first, {imported.notes[0].what} ({imported.notes[0].example})" if (
            imported.notes
        ) else "it holds none"  # fmt: skip
        raise StudyError(
            f"{files}: expected labels of the format {label_format.name}, found none: {first}"
        )
    with lock_study(layout):
        add_labels(layout, imported.labels)
    return imported


def export_labels(
    study: Path,
    out: Path,
    *,
    format_name: str,
    coders: Iterable[str] = (),
    label_sets: Iterable[str] = (),
    film_number: int | None = None,
    force: bool = False,
) -> Exported:
    """Write labels of a study as another program reads them.

    Parameters
    ----------
    study
        Its folder.
    out
        A file, or a folder where the format needs several.
    format_name
        Key of `cinefacs.labels.formats.catalog.FORMATS`.
    coders, label_sets
        Whose and which; all where empty.
    film_number
        Film whose labels are wanted; None for all.
    force
        Write over what is there.

    Raises
    ------
    StudyError
        There are no such labels, `out` is there already, or is one file where several are needed.
    FilmError
        A labelled film is not there.
    StorageError
        The disk refused.
    """
    label_format = find_format(format_name)
    layout = StudyLayout(study)
    films = read_labelled_films(layout)
    _check_out(out, label_format, force=force)
    chosen = _chosen_authors(layout, set(coders), set(label_sets))
    labels = read_labels(layout, authors=chosen)
    if film_number is not None:
        film_id = films.by_number(film_number).film.film_id
        labels = labels.select(lambda label: label.film_id == film_id)
    if not labels.authors:
        raise StudyError(
            f"{study}: expected labels to export, found none",
            hint="see `cinefacs labels list`",
        )
    return label_format.export(labels, films, out)


def list_authors(study: Path) -> tuple[AuthorSummary, ...]:
    """Return who labelled what in a study.

    Raises
    ------
    StudyError
        It is no study.
    SchemaError
        A table is damaged, of another version, or of other columns.
    """
    layout = StudyLayout(study)
    films = read_labelled_films(layout)
    return tuple(
        AuthorSummary(
            coder=coder,
            label_set=label_set,
            n_aus=len(labels.aus),
            n_expressions=len(labels.expressions),
            n_coded_spans=len(labels.coded),
            coded_s=float(sum(span.span.duration_s for span in labels.coded)),
            film_numbers=tuple(
                film.number for film in films.films if film.film.film_id in _film_ids(labels)
            ),
        )
        for coder, label_set in read_authors(layout)
        for labels in (read_labels(layout, authors=[(coder, label_set)]),)
    )


def _film_ids(labels: Labels) -> set[str]:
    return {label.film_id for label in every_label(labels)}


def _chosen_authors(
    layout: StudyLayout, coders: set[str], label_sets: set[str]
) -> list[tuple[str, str]]:
    """Return the label sets that were asked for; each name must be there."""
    there = read_authors(layout)
    known = ", ".join(f"{coder}/{label_set}" for coder, label_set in there) or "none"
    for position, name, wanted in ((0, "coder", coders), (1, "label set", label_sets)):
        unknown = wanted - {author[position] for author in there}
        if unknown:
            raise StudyError(
                f"{layout.root}: expected labels of {name} {min(unknown)!r}, found none",
                hint=f"the study has: {known}",
            )
    return [
        author
        for author in there
        if (not coders or author[0] in coders) and (not label_sets or author[1] in label_sets)
    ]


def _check_out(out: Path, label_format: LabelFormat, *, force: bool) -> None:
    """Raise unless `out` is new, or may be written over, and can be what it is named as."""
    is_file = out.suffix.lower() in label_format.suffixes
    if is_file and out.is_dir():
        raise StudyError(f"{out}: expected a file's name, got a folder that is there")
    if not is_file and out.is_file():
        ends = " or ".join(label_format.suffixes)
        wanted = f"a folder, or a file that ends in {ends}" if ends else "a folder"
        raise StudyError(f"{out}: expected {wanted}, got another file that is there")
    is_taken = out.exists() if is_file else out.is_dir() and any(out.iterdir())
    if is_taken and not force:
        found = "one that is there" if is_file else "one with files in it"
        raise StudyError(
            f"{out}: expected a new {'file' if is_file else 'or empty folder'}, got {found}",
            hint="choose another --out, or write over it with --force",
        )
