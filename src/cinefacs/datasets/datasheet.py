"""The data sheet: what a data set is, from its files and from what its makers state.

References
----------
T. Gebru, J. Morgenstern, B. Vecchione, J. W. Vaughan, H. Wallach, H. Daumé III, K. Crawford,
"Datasheets for Datasets", Communications of the ACM 64(12), 2021: the questions.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from cinefacs.datasets.balance import balance_of
from cinefacs.datasets.sheet_facts import PersonFacts, SheetFacts
from cinefacs.errors import ConfigError
from cinefacs.records.dataset_manifest import DatasetManifest, ImageBase, SplitUnit
from cinefacs.records.film import Film
from cinefacs.records.sample import Part, Sample, SampleRole
from cinefacs.storage.atomic import write_text
from cinefacs.storage.datasets import DatasetLayout, digest_samples, read_dataset
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout

__all__ = ["describe_dataset"]

NOT_STATED = "*not stated*"
_PARTS = (Part.TRAIN, Part.VAL, Part.TEST)


def describe_dataset(layout: DatasetLayout, facts: SheetFacts) -> str:
    """Write ``datasheet.md`` beside the manifest, and return its text.

    Parameters
    ----------
    layout
        The data set.
    facts
        What the files cannot tell.

    Raises
    ------
    ConfigError
        The facts name people or films that are not in the data set, or the file of the
        agreement cannot be read.
    StudyError, SchemaError, StorageError
        The data set is missing or damaged; the disk refused.
    """
    manifest = read_dataset(layout)
    environment = Environment(
        loader=PackageLoader("cinefacs.datasets"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  (Markdown of the user's own words)
        keep_trailing_newline=True,
    )
    template = environment.get_template("datasheet.md.jinja")
    text = template.render(unsaid=NOT_STATED, **_content(layout, manifest, facts))
    write_text(layout.sheet_path, text)
    return text


def _content(layout: DatasetLayout, manifest: DatasetManifest, facts: SheetFacts) -> dict[str, Any]:
    samples = manifest.samples
    faces = [sample for sample in samples if sample.has_face]
    subjects = sorted({sample.subject for sample in faces if sample.subject})
    numbers = sorted({sample.film_number for sample in samples if sample.film_number})
    films = _films(layout, manifest)
    balance = balance_of(manifest)
    return {
        "facts": facts,
        "name": manifest.name,
        "warnings": manifest.warnings,
        "instance": "a face in a whole picture, with box and classes, or a picture without a face",
        "n_samples": len(samples),
        "n_pictures": len({sample.image_path for sample in samples}),
        "roles": _tally(str(sample.role).replace("_", " ") for sample in samples),
        "n_films": len({sample.film_id for sample in samples}),
        "hours": _hours(films, manifest),
        "n_subjects": len(subjects),
        "space_name": manifest.class_space.name,
        "n_classes": len(manifest.class_space),
        "multi_label": manifest.class_space.multi_label,
        "sizes": _sizes(samples),
        "face_px": _face_sizes(faces),
        "kinds": _kinds(faces),
        "parts": [str(part) for part in _PARTS] if manifest.is_split else [],
        "balance": [_balance_row(row.as_document()) for row in balance],
        "empty": ", ".join(row.name for row in balance if row.n_known and not row.n_samples),
        "unknown": ", ".join(row.name for row in balance if not row.n_known),
        "is_built": "build" in manifest.config,
        **_people(subjects, facts),
        "counts": manifest.counts,
        "split": _split_text(manifest),
        "folds": _folds(manifest),
        "leaks": _leak_text(layout, digest_samples(samples)),
        "sources": _tally(s.label_source for s in faces if s.label_source) or NOT_STATED,
        "coders": _tally(f"{s.coder}/{s.label_set}" for s in faces if s.coder) or NOT_STATED,
        "agreement": _agreement(layout, manifest, facts),
        "code_version": manifest.code_version or "of an unknown version",
        "settings": json.dumps(manifest.config, sort_keys=True, default=str),
        "inputs": manifest.inputs,
        "films": _licences(numbers, facts),
        "created_at": manifest.created_at,
        "digest": digest_samples(samples),
    }


def _tally(words: Iterable[str]) -> str:
    return ", ".join(f"{word} {n}" for word, n in sorted(Counter(words).items()))


def _sizes(samples: Sequence[Sample]) -> str:
    """Return how many pictures have which size."""
    sizes = {sample.image_path: sample.image_wh for sample in samples}
    return _tally(f"{width}x{height} px:" for width, height in sizes.values())


def _films(layout: DatasetLayout, manifest: DatasetManifest) -> list[Film]:
    if manifest.image_base is not ImageBase.STUDY:
        return []
    path = StudyLayout(layout.base_dir(ImageBase.STUDY)).films_path
    return read_records(path, Film) if path.exists() else []


def _hours(films: Sequence[Film], manifest: DatasetManifest) -> str:
    used = {sample.film_id for sample in manifest.samples}
    seconds = sum(float(film.span.duration_s) for film in films if film.film_id in used)
    return f"{seconds / 3600:.2f}" if seconds else ""


def _face_sizes(faces: Sequence[Sample]) -> str:
    boxes = np.array([sample.box_xyxy for sample in faces], np.float64).reshape(-1, 4)
    if not len(boxes):
        return "none"
    sides = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    low, middle, high = np.percentile(sides, [0, 50, 100])
    if round(low) == round(high):
        return f"{low:.0f} px"
    return f"{low:.0f} to {high:.0f} px, median {middle:.0f} px"


def _kinds(faces: Sequence[Sample]) -> dict[str, int]:
    labelled = [s for s in faces if s.role in {SampleRole.APEX, SampleRole.EVENT}]
    tally = Counter(sample.kind or "other" for sample in labelled)
    return {kind: tally[kind] for kind in ("micro", "macro", "other")}


def _balance_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a class with its parts as text: one number, or the range over the folds."""
    texts = {}
    for part, counts in row["parts"].items():
        low, high = min(counts), max(counts)
        texts[part] = str(low) if low == high else f"{low} to {high}"
    return {**row, "parts": texts}


def _people(subjects: Sequence[str], facts: SheetFacts) -> dict[str, Any]:
    strange = sorted(set(facts.people) - set(subjects))
    if strange:
        raise ConfigError(
            f"people: expected characters of the data set, got {strange[0]!r}",
            hint=f"it has: {', '.join(subjects) or 'none'}",
        )
    known: list[PersonFacts] = list(facts.people.values())
    ages = sorted(person.age for person in known if person.age is not None)
    return {
        "ages": f"{ages[0]} to {ages[-1]} years (of {len(ages)})" if ages else NOT_STATED,
        "genders": _tally(person.gender for person in known if person.gender) or NOT_STATED,
        "ethnicities": _tally(p.ethnicity for p in known if p.ethnicity) or NOT_STATED,
        "n_stated": len(known),
    }


def _licences(numbers: Sequence[int], facts: SheetFacts) -> list[dict[str, str]]:
    names = [f"{number:03d}" for number in numbers]
    strange = sorted(set(facts.film_licences) - set(names))
    if strange:
        raise ConfigError(
            f"film_licences: expected films of the data set, got {strange[0]!r}",
            hint=f"it has: {', '.join(names) or 'none'}",
        )
    return [{"name": name, "licence": facts.film_licences.get(name, "")} for name in names]


def _split_text(manifest: DatasetManifest) -> str:
    protocol = manifest.protocol
    if protocol is None:
        return "The data set is not split."
    if protocol.is_paper:
        return f"At random over frames, as in the paper, seed {protocol.seed}: the parts leak."
    if protocol.method == "given" and protocol.unit is not SplitUnit.GIVEN:
        return "As the study divides its own films; nobody is in two parts."
    return f"By {protocol.unit} ({protocol.method}), seed {protocol.seed}."


def _folds(manifest: DatasetManifest) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            **{f"n_{part}": len(manifest.select(part, fold=fold)) for part in _PARTS},
        }
        for fold, name in enumerate(manifest.fold_names)
    ]


def _leak_text(layout: DatasetLayout, digest: str) -> str:
    try:
        report = json.loads(layout.check_path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        report = {}
    if report.get("samples_sha256") != digest:  # or they were looked for before another split
        return "not looked for (`cinefacs datasets check`)"
    kinds = ", ".join(f"{kind} {n}" for kind, n in report["by_kind"].items())
    return f"{report['n_leaks']} found by the check: {kinds}" if kinds else "none found"


def _agreement(
    layout: DatasetLayout, manifest: DatasetManifest, facts: SheetFacts
) -> list[dict[str, str]]:
    """Return a row for each action unit that occurs, of what ``labels agree`` found."""
    study = StudyLayout(layout.base_dir(ImageBase.STUDY))
    own_path = study.agreement_dir / "agreement.json"
    has_own = manifest.image_base is ImageBase.STUDY and own_path.is_file()
    if not facts.agreement and not has_own:
        return []
    path = Path(facts.agreement) if facts.agreement else own_path
    try:
        per_au: Mapping[str, Mapping[str, float | None]] = json.loads(
            path.read_text(encoding="utf-8")
        )["per_au"]
        return [
            {"au": au, **{key: _number(row.get(key)) for key in _AGREEMENT_KEYS}}
            for au, row in per_au.items()
            if row.get("prevalence")
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{path}: expected what `cinefacs labels agree --json` prints, got: {error!r}"
        ) from error


_AGREEMENT_KEYS = ("kappa", "low", "high", "alpha", "wexler", "prevalence")


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"
