"""A data set: its samples, what they are told apart by, how they are split, and the facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.records.checks import require
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.sample import Part, Sample

__all__ = ["DatasetManifest", "ImageBase", "SplitProtocol", "SplitUnit", "check_dataset_name"]


class ImageBase(StrEnum):
    """What the paths of the pictures are relative to."""

    STUDY = "study"
    """The study's folder, two above the data set's."""
    DATASET = "dataset"
    """The data set's own folder."""


class SplitUnit(StrEnum):
    """What stays together when a data set is split."""

    FILM = "film"
    CHARACTER = "character"
    """Everything of one person."""
    SOURCE = "source"
    """Everything whose labels come from one place: CD6ME leaves out one data set at a time."""
    FRAME = "frame"
    """Nothing: neighbouring frames stand on both sides. The paper's own protocol."""
    GIVEN = "given"
    """As an imported data set came; nobody here knows what was kept together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitProtocol:
    """How a data set was split."""

    unit: SplitUnit
    """What stays together."""
    method: str
    """``ratio`` (one division), ``folds`` (k of them), ``leave-one-out`` or ``given``."""
    seed: int
    """Seed of the order in which equal choices are tried."""
    ratios: tuple[float, ...] = ()
    """Wanted shares of train, val and test; none for folds."""
    is_paper: bool = False
    """Whether leaks were accepted on purpose, to repeat the paper."""

    def __post_init__(self) -> None:
        """Check that a split by frames is owned up to."""
        methods = ("ratio", "folds", "leave-one-out", "given")
        require(self.method in methods, "SplitProtocol.method", f"one of {methods}", self.method)
        is_leaky = self.unit is SplitUnit.FRAME
        require(
            is_leaky == self.is_paper,
            "SplitProtocol.is_paper",
            "true for a split by frames and only for it",
            self.is_paper,
        )


def check_dataset_name(name: str) -> None:
    """Raise unless a name can be that of a folder, here and on other systems.

    Raises
    ------
    SchemaError
        It has other signs than letters, digits, ``-``, ``_`` and ``.``, or begins with a sign.
    """
    safe = name.replace("-", "").replace("_", "").replace(".", "")
    is_name = safe.isalnum() and name[0] not in "._-"
    require(is_name, "data set name", "letters, digits, - _ . with no sign at the front", name)


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetManifest:
    """Everything that is known of a data set; the pictures lie beside it."""

    name: str
    """Name of the data set's folder."""
    class_space: ClassSpace
    """Classes of the targets."""
    samples: tuple[Sample, ...]
    """Faces and pictures without faces, each ``sample_id`` once."""
    image_base: ImageBase
    """What the pictures' paths are relative to."""
    protocol: SplitProtocol | None = None
    """How it was split; None before."""
    fold_names: tuple[str, ...] = ()
    """Name of each division, such as ``001`` for the film left out; one for a plain split."""
    warnings: tuple[str, ...] = ()
    """What whoever reports a figure from this data set must say."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """The resolved configurations of the verbs that made it, by verb."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of what it was made from: films, tables of labels, by name."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What was left out and why, as counts by reason."""
    code_version: str = ""
    """Version of cinefacs."""
    created_at: str = ""
    """ISO 8601, UTC."""

    def __post_init__(self) -> None:
        """Check the samples against the class space and the folds."""
        check_dataset_name(self.name)
        has_split = self.protocol is not None
        n_folds = len(self.fold_names)
        is_split = has_split == (n_folds > 0) and len(set(self.fold_names)) == n_folds
        expected = "different names with a protocol, none without"
        require(is_split, "DatasetManifest.fold_names", expected, self.fold_names)
        known = set(self.class_space.names)
        seen: set[str] = set()
        for sample in self.samples:
            self._check_sample(sample, known, n_folds)
            require(sample.sample_id not in seen, "sample_id", "each once", sample.sample_id)
            seen.add(sample.sample_id)

    def _check_sample(self, sample: Sample, known: set[str], n_folds: int) -> None:
        where = f"sample {sample.sample_id}"
        strange = {*sample.classes, *sample.unknown_classes} - known
        expected = f"classes of {self.class_space.name!r}"
        require(not strange, where, expected, sorted(strange))
        is_single = self.class_space.multi_label or len(sample.classes) <= 1
        require(is_single, where, "one class at most", sample.classes)
        n_parts = len(sample.parts)
        require(n_parts == n_folds, where, f"{n_folds} parts, one for each fold", n_parts)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.samples)

    @property
    def is_split(self) -> bool:
        """Whether it is known which samples are for what."""
        return self.protocol is not None

    @property
    def targets(self) -> npt.NDArray[np.float32]:
        """(N, K) 1 where a class holds."""
        rows = [self.class_space.multi_hot(sample.classes) for sample in self.samples]
        return np.stack(rows) if rows else np.zeros((0, len(self.class_space)), np.float32)

    @property
    def is_known(self) -> npt.NDArray[np.bool_]:
        """(N, K) False where nothing is known of a class."""
        rows = [self.class_space.multi_hot(sample.unknown_classes) == 0 for sample in self.samples]
        return np.stack(rows) if rows else np.zeros((0, len(self.class_space)), np.bool_)

    def select(self, part: Part, *, fold: int = 0) -> tuple[Sample, ...]:
        """Return the samples of one part of one fold, in the manifest's order.

        Parameters
        ----------
        part
            What they are for.
        fold
            Position in `fold_names`.

        Raises
        ------
        SchemaError
            The data set is not split, or has fewer folds.
        """
        if not 0 <= fold < len(self.fold_names):
            raise SchemaError(
                f"data set {self.name}: expected a fold below {len(self.fold_names)}, got {fold}",
                hint="run `cinefacs datasets split` first" if not self.fold_names else "",
            )
        return tuple(sample for sample in self.samples if sample.parts[fold] == part)
