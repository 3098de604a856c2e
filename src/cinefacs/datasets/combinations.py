"""Combinations of action units that are frequent enough for a class of their own."""

import dataclasses
from collections import Counter
from collections.abc import Sequence

from cinefacs.records.class_space import NEUTRAL, OTHER, ClassSpace, au_class
from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.records.sample import Part, Sample

__all__ = ["name_combinations"]


def name_combinations(manifest: DatasetManifest, *, min_samples: int) -> DatasetManifest:
    """Return the data set with classes for the sets that stand often enough, and the rest.

    After a split what counts are training samples, in each fold: a class that one fold could not
    learn is none. Each face's exact set is read from its ``au_codes``, so that nothing is lost
    when a data set is split anew.

    Parameters
    ----------
    manifest
        Of the space ``combination``.
    min_samples
        Samples that a class needs.
    """
    exact = {sample.sample_id: _exact(sample) for sample in manifest.samples}
    pools = _pools(manifest)
    tallies = [Counter(exact[sample.sample_id] for sample in pool) for pool in pools]
    every = {name for name in exact.values() if name}
    kept = {name for name in every if all(tally[name] >= min_samples for tally in tallies)}
    sets = sorted((name for name in kept if name != NEUTRAL), key=_numbers)
    neutral = (NEUTRAL,) if NEUTRAL in every else ()
    space = ClassSpace(name="combination", names=(*sets, *neutral, OTHER), multi_label=False)
    samples = tuple(_renamed(sample, exact[sample.sample_id], space) for sample in manifest.samples)
    return dataclasses.replace(manifest, class_space=space, samples=samples)


def _pools(manifest: DatasetManifest) -> list[Sequence[Sample]]:
    if not manifest.is_split:
        return [manifest.samples]
    return [manifest.select(Part.TRAIN, fold=fold) for fold in range(len(manifest.fold_names))]


def _exact(sample: Sample) -> str:
    """Return the class that a face would have if every set had one; empty for no class."""
    if not sample.classes:
        return ""
    numbers = {_number(code) for code in sample.au_codes}
    return au_class(numbers) if numbers else NEUTRAL


def _number(code: str) -> int:
    return int("".join(letter for letter in code if letter.isdecimal()))


def _numbers(name: str) -> list[int]:
    return [_number(part) for part in name.split("+")]


def _renamed(sample: Sample, exact: str, space: ClassSpace) -> Sample:
    if not exact:
        return dataclasses.replace(sample, unknown_classes=space.names)
    return dataclasses.replace(sample, classes=(exact if exact in space.names else OTHER,))
