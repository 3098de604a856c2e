"""`datasets build`: a study and its labels to a data set."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cinefacs.config import as_document
from cinefacs.datasets.authors import check_alone, choose_authors
from cinefacs.datasets.balance import ClassBalance, balance_of
from cinefacs.datasets.combinations import name_combinations
from cinefacs.datasets.config import BuildConfig, SplitConfig
from cinefacs.datasets.emotions import emotion_reader
from cinefacs.datasets.film_samples import SampleMaker
from cinefacs.datasets.frame_pictures import PictureMaker
from cinefacs.datasets.moments import CharacterLabels, labels_by_character
from cinefacs.datasets.persons import read_persons
from cinefacs.datasets.runs import now, record_run
from cinefacs.datasets.split import count_parts, split_manifest
from cinefacs.datasets.study_parts import read_parts
from cinefacs.datasets.targets import Target, aim
from cinefacs.errors import StudyError
from cinefacs.records.class_space import (
    FACE,
    ClassSpace,
    combination_space,
    named_space,
)
from cinefacs.records.dataset_manifest import (
    DatasetManifest,
    ImageBase,
    check_dataset_name,
)
from cinefacs.records.film import Film
from cinefacs.records.label_checks import SUGGESTED
from cinefacs.records.labels import Labels
from cinefacs.records.step import Step
from cinefacs.storage.atomic import write_json
from cinefacs.storage.datasets import DatasetLayout, read_dataset, write_dataset
from cinefacs.storage.division import read_division
from cinefacs.storage.label_tables import read_authors, read_labels
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout, lock_study

__all__ = ["BuildSummary", "build_dataset"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildSummary:
    """What a build gave."""

    layout: DatasetLayout
    """Where it lies."""
    manifest: DatasetManifest
    """The data set."""
    balance: Sequence[ClassBalance]
    """How often each class holds."""
    was_done: bool
    """Whether it was there already, made from the same."""

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "out": str(self.layout.root),
            "name": self.manifest.name,
            "class_space": self.manifest.class_space.name,
            "n_classes": len(self.manifest.class_space),
            "n_samples": len(self.manifest),
            "n_pictures": len({sample.image_path for sample in self.manifest.samples}),
            "roles": dict(Counter(str(sample.role) for sample in self.manifest.samples)),
            "classes": [row.as_document() for row in self.balance],
            "folds": count_parts(self.manifest),
            "left_out": dict(self.manifest.counts),
            "warnings": list(self.manifest.warnings),
            "was_done": self.was_done,
        }


def build_dataset(
    study: Path,
    name: str,
    *,
    config: BuildConfig | None = None,
    persons_path: Path | None = None,
    seed: int = 0,
    force: bool = False,
    on_step: Callable[[Step], None] | None = None,
) -> BuildSummary:
    """Choose labelled faces of a study, make their pictures, and write the manifest.

    A study that carries a division of its own, as synthetic films do, hands it on: the data set is
    then split.

    Parameters
    ----------
    study
        Folder of the study.
    name
        Name of the data set; it goes to ``datasets/NAME`` in the study.
    config
        Which faces; defaults when None.
    persons_path
        YAML file that says which characters of several films are one person.
    seed
        Of the neutral faces and the pictures without faces.
    force
        Make it anew where it is there, made from something else.
    on_step
        Told how far the work has come.

    Raises
    ------
    StudyError
        The study lacks films, faces or the labels asked for, the data set is there already, or
        the study's own division has a person in two parts.
    SchemaError, ConfigError, FilmError, StorageError
        The name cannot be a folder's; a file of the user is wrong; a film is not what it was; the
        disk refused.
    """
    config = config or BuildConfig()
    check_dataset_name(name)
    started_at = now()
    source = StudyLayout(study)
    layout = DatasetLayout(source.dataset_dir / name)
    films = sorted(read_records(source.films_path, Film), key=lambda film: film.film_number)
    persons = read_persons(persons_path) if persons_path is not None else {}
    authors = choose_authors(
        config.labels, read_authors(source), allow_suggestions=config.allow_suggestions
    )
    inputs = _inputs(source, films, persons_path)
    settings = {**as_document(config), "seed": seed}
    with lock_study(source):
        known = _finished(layout, settings, inputs, force=force)
        if known is not None:
            return _summary(layout, known, was_done=True)
        labels = read_labels(source, authors=authors)
        check_alone(labels)
        is_open = config.space == "combination"
        space = _all_combinations(labels) if is_open else named_space(config.space)
        counts: Counter[str] = Counter()
        read_emotions = emotion_reader(config.emotions_from, config.rule_table)
        maker = SampleMaker(
            config=config,
            pictures=PictureMaker(
                root=study,
                image_dir=layout.image_dir,
                counts=counts,
                there=_note_films(layout, films),
            ),
            aim=lambda moment: aim(space, moment, read_emotions),
            blank=_blank(space),
            persons=persons,
            seed=seed,
            counts=counts,
        )
        samples = []
        for parts in read_parts(
            source, films, labels, counts, whole_pictures=config.whole_pictures
        ):
            name_of_step = f"film {parts.film.film_number:03d}: pictures"
            samples += maker.make(parts, _teller(name_of_step, on_step))
        manifest = DatasetManifest(
            name=name,
            class_space=space,
            samples=tuple(samples),
            image_base=ImageBase.STUDY,
            warnings=_warnings(authors),
            config={"build": settings},
            inputs=inputs,
            counts=dict(sorted(counts.items())),
            code_version=version("cinefacs"),
            created_at=now(),
        )
        if is_open:  # a division names them anew
            manifest = name_combinations(manifest, min_samples=config.min_combination)
        if not any(sample.classes for sample in manifest.samples):
            left_out = ", ".join(f"{n} x {why}" for why, n in manifest.counts.items())
            raise StudyError(
                f"data set {name}: expected at least one labelled face, got none",
                hint=f"left out: {left_out or 'nothing; the coder marked nothing'}",
            )
        division = read_division(source)
        if division:
            planned = SplitConfig(as_planned=True)
            manifest = split_manifest(manifest, planned, seed=0, division=division)
        write_dataset(layout, manifest)
        record_run(layout, manifest, verb="build", seed=seed, started_at=started_at)
    return _summary(layout, manifest, was_done=False)


def _summary(layout: DatasetLayout, manifest: DatasetManifest, *, was_done: bool) -> BuildSummary:
    return BuildSummary(
        layout=layout, manifest=manifest, balance=balance_of(manifest), was_done=was_done
    )


def _finished(
    layout: DatasetLayout, settings: Mapping[str, Any], inputs: Mapping[str, str], *, force: bool
) -> DatasetManifest | None:
    """Return the data set if it is there, made from the same; raise if from something else."""
    if force or not layout.manifest_path.exists():
        return None
    known = read_dataset(layout)
    if dict(known.config.get("build", {})) == dict(settings) and known.inputs == inputs:
        return known
    changed = "labels, films or faces" if known.inputs != inputs else "options"
    raise StudyError(
        f"{layout.root}: expected a new data set, got one that was made with other {changed}",
        hint="choose another name, or use --force to make it anew",
    )


def _inputs(
    source: StudyLayout, films: Sequence[Film], persons_path: Path | None
) -> dict[str, str]:
    """Return the SHA-256 of what a data set is made from."""
    paths = [
        source.tracks_path,
        source.characters_path,
        source.labels_path,
        source.expression_labels_path,
        source.coded_spans_path,
    ]
    inputs = {f"film {film.film_number:03d}": film.film_id for film in films}
    inputs |= {path.name: _digest(path) for path in paths if path.exists()}
    if persons_path is not None:
        inputs["persons"] = _digest(persons_path)
    return inputs


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _note_films(layout: DatasetLayout, films: Sequence[Film]) -> dict[str, str]:
    """Note which films the pictures are of; return of which an earlier run made them.

    A run that was killed, and one with other options, thus uses what is there.
    """
    before: dict[str, str] = {}
    if layout.films_path.exists():
        with suppress(ValueError):  # a damaged note: the pictures are made anew
            before = dict(json.loads(layout.films_path.read_text(encoding="utf-8")))
    write_json(layout.films_path, {str(film.film_number): film.film_id for film in films})
    return before


def _blank(space: ClassSpace) -> Target:
    """Return the classes of a face of which nothing is known but that it is one."""
    face = (FACE,) if space.face_index is not None else ()
    return Target(classes=face, unknown=tuple(name for name in space.names if name not in face))


def _teller(name: str, on_step: Callable[[Step], None] | None) -> Callable[[int, int], None]:
    """Return what tells how many pictures of a film are done."""

    def tell(n_done: int, n_total: int) -> None:
        if on_step is not None:
            on_step(Step(name=name, n_done=n_done, n_total=n_total, unit="pictures"))

    return tell


def _all_combinations(labels: Labels) -> ClassSpace:
    """Return a space of every set of action units that is seen together at any moment."""
    sets: set[frozenset[int]] = set()
    for part in labels_by_character(labels).values():
        if not part.aus:
            continue
        clock = CharacterLabels(part, time_base=part.aus[0].span.time_base)
        edges = {edge for pair in clock.labelled_ranges() for edge in pair}
        sets |= {frozenset(label.au for label in clock.at(edge).aus) for edge in edges}
    return combination_space([aus for aus in sets if aus], has_neutral=True)


def _warnings(authors: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    if SUGGESTED in {coder for coder, _ in authors}:
        text = (
            "Labels are a model's suggestions that no person has settled: scores on this data "
            "set say how far two programs agree, not how far either is right."
        )
        return (text,)
    return ()
