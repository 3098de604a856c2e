"""A data set's folder: ``samples.parquet``, ``manifest.json``, and pictures of its own.

The samples are written first and the manifest last, with the digest of the samples in it: a
manifest whose samples are others' is refused.
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinefacs.errors import SchemaError, StudyError
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.dataset_manifest import (
    DatasetManifest,
    ImageBase,
    SplitProtocol,
    SplitUnit,
)
from cinefacs.records.sample import Sample
from cinefacs.storage.atomic import write_json
from cinefacs.storage.record_tables import read_records, write_records
from cinefacs.storage.tables import SCHEMA_VERSION

__all__ = ["DatasetLayout", "digest_samples", "read_dataset", "write_dataset"]


@dataclass(frozen=True, slots=True)
class DatasetLayout:
    """The paths of one data set (DESIGN: a study on disk)."""

    root: Path
    """The data set's folder, ``study/datasets/NAME`` or any other."""

    @property
    def manifest_path(self) -> Path:
        """All but the samples; a data set is there once this is."""
        return self.root / "manifest.json"

    @property
    def samples_path(self) -> Path:
        """A row per sample."""
        return self.root / "samples.parquet"

    @property
    def image_dir(self) -> Path:
        """Pictures that are not in the study."""
        return self.root / "images"

    @property
    def films_path(self) -> Path:
        """Of which films `image_dir` has pictures, SHA-256 by number, also of an unfinished run."""
        return self.root / "films.json"

    @property
    def sheet_path(self) -> Path:
        """The data sheet."""
        return self.root / "datasheet.md"

    @property
    def check_path(self) -> Path:
        """What the search for leaks found."""
        return self.root / "leaks.json"

    @property
    def run_path(self) -> Path:
        """The record of the run that wrote it last."""
        return self.root / "run.json"

    def base_dir(self, base: ImageBase) -> Path:
        """Return the folder that the pictures' paths are relative to."""
        return self.root if base is ImageBase.DATASET else self.root.resolve().parent.parent


def digest_samples(samples: tuple[Sample, ...]) -> str:
    """Return the SHA-256 over all fields of all samples, in their order."""
    digest = hashlib.sha256()
    for sample in samples:
        row = json.dumps(dataclasses.asdict(sample), sort_keys=True, default=str, allow_nan=False)
        digest.update(row.encode() + b"\n")
    return digest.hexdigest()


def write_dataset(layout: DatasetLayout, manifest: DatasetManifest) -> None:
    """Write samples and manifest, each atomically.

    Raises
    ------
    StorageError
        The disk refused.
    """
    write_records(layout.samples_path, Sample, manifest.samples)
    document: dict[str, Any] = {
        field.name: getattr(manifest, field.name)
        for field in dataclasses.fields(manifest)
        if field.name != "samples"
    }
    document["class_space"] = manifest.class_space.as_document()
    document["protocol"] = manifest.protocol and dataclasses.asdict(manifest.protocol)
    document["samples_sha256"] = digest_samples(manifest.samples)
    write_json(layout.manifest_path, {"schema_version": SCHEMA_VERSION, **document})


def read_dataset(layout: DatasetLayout) -> DatasetManifest:
    """Return a data set.

    Raises
    ------
    StudyError
        There is none.
    SchemaError
        A file is damaged, of another version, or the two do not belong together.
    """
    document = _read_document(layout.manifest_path)
    samples = tuple(read_records(layout.samples_path, Sample))
    digest = document.pop("samples_sha256", None)
    if digest != digest_samples(samples):
        raise SchemaError(
            f"{layout.samples_path}: expected the samples that manifest.json was written with, "
            "got others",
            hint="a run was killed between the two, or one was replaced: make the data set anew",
        )
    try:
        space = document.pop("class_space")
        protocol = document.pop("protocol")
        return DatasetManifest(
            samples=samples,
            class_space=ClassSpace.from_document(space),
            protocol=protocol and _read_protocol(protocol),
            image_base=ImageBase(document.pop("image_base")),
            fold_names=tuple(document.pop("fold_names")),
            warnings=tuple(document.pop("warnings")),
            **document,
        )
    except (TypeError, KeyError, ValueError) as error:
        raise SchemaError(
            f"{layout.manifest_path}: expected the fields of a data set, got: {error}"
        ) from error


def _read_protocol(document: dict[str, Any]) -> SplitProtocol:
    unit, ratios = SplitUnit(document["unit"]), tuple(document["ratios"])
    return SplitProtocol(**{**document, "unit": unit, "ratios": ratios})


def _read_document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StudyError(
            f"{path}: expected a data set, found no such file",
            hint="run `cinefacs datasets build` or `cinefacs datasets import` first",
        ) from error
    except ValueError as error:
        raise SchemaError(f"{path}: expected JSON, got: {error}") from error
    version = document.pop("schema_version", None) if isinstance(document, dict) else None
    if version != SCHEMA_VERSION:
        raise SchemaError(
            f"{path}: expected a data set of schema version {SCHEMA_VERSION}, got {version!r}",
            hint="it was written by another version of cinefacs: make the data set anew",
        )
    return dict(document)
