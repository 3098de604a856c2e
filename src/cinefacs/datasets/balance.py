"""How often each class holds, part by part: what a detector can learn and be tested on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.records.sample import Part, Sample

__all__ = ["ClassBalance", "balance_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassBalance:
    """One class of a data set."""

    name: str
    """The class."""
    n_samples: int
    """Faces that have it."""
    n_known: int
    """Faces of which it is known whether they have it."""
    n_films: int
    """Films in which it occurs."""
    n_subjects: int
    """People who show it."""
    parts: Mapping[str, tuple[int, ...]]
    """Faces that have it in each part, for each fold; empty before a split."""

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "name": self.name,
            "n_samples": self.n_samples,
            "n_known": self.n_known,
            "n_films": self.n_films,
            "n_subjects": self.n_subjects,
            "parts": {part: list(counts) for part, counts in self.parts.items()},
        }


def balance_of(manifest: DatasetManifest) -> list[ClassBalance]:
    """Return a row for each class, in the order of the space."""
    faces = [sample for sample in manifest.samples if sample.has_face]
    holders: dict[str, list[Sample]] = {name: [] for name in manifest.class_space.names}
    n_unknown: Counter[str] = Counter()
    for sample in faces:
        n_unknown.update(sample.unknown_classes)
        for name in sample.classes:
            holders[name].append(sample)
    return [
        ClassBalance(
            name=name,
            n_samples=len(own),
            n_known=len(faces) - n_unknown[name],
            n_films=len({sample.film_id for sample in own}),
            n_subjects=len({sample.subject for sample in own if sample.subject}),
            parts=_by_part(own, len(manifest.fold_names)),
        )
        for name, own in holders.items()
    ]


def _by_part(samples: Sequence[Sample], n_folds: int) -> dict[str, tuple[int, ...]]:
    if not n_folds:
        return {}
    tallies = [Counter(sample.parts[fold] for sample in samples) for fold in range(n_folds)]
    return {str(part): tuple(tally[str(part)] for tally in tallies) for part in Part}
