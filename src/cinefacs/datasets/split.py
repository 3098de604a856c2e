"""`datasets split`: which samples a detector learns from, is chosen by, and is tested on."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.config import as_document
from cinefacs.datasets.balance import ClassBalance, balance_of
from cinefacs.datasets.combinations import name_combinations
from cinefacs.datasets.config import BuildConfig, SplitConfig
from cinefacs.datasets.grouping import Group, group_samples
from cinefacs.datasets.runs import now, record_run
from cinefacs.datasets.stratify import deal
from cinefacs.errors import StudyError
from cinefacs.records.class_space import FACE
from cinefacs.records.dataset_manifest import DatasetManifest, SplitProtocol, SplitUnit
from cinefacs.records.sample import Part, Sample
from cinefacs.storage.atomic import remove_litter
from cinefacs.storage.datasets import DatasetLayout, read_dataset, write_dataset
from cinefacs.storage.division import read_division
from cinefacs.storage.study import StudyLayout

__all__ = ["PAPER_WARNING", "SplitSummary", "count_parts", "split_dataset", "split_manifest"]

PAPER_WARNING = (
    "PAPER PROTOCOL: samples were divided at random, as in the paper, so the same people stand on "
    "both sides and, where clips were cut into frames, neighbouring frames of one clip. Scores say "
    "how well a detector knows faces again that it has learned by heart; they say nothing about "
    "people whom it has not seen."
)
"""Recorded in the manifest of a random split, and repeated by whatever reports its scores."""

_PARTS = (Part.TRAIN, Part.VAL, Part.TEST)
_FAR_OFF = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitSummary:
    """What a split gave."""

    layout: DatasetLayout
    """Where it lies."""
    manifest: DatasetManifest
    """The data set."""
    balance: Sequence[ClassBalance]
    """How often each class holds in each part."""

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        protocol = self.manifest.protocol
        return {
            "out": str(self.layout.root),
            "name": self.manifest.name,
            "protocol": None if protocol is None else dataclasses.asdict(protocol),
            "folds": count_parts(self.manifest),
            "classes": [row.as_document() for row in self.balance],
            "warnings": list(self.manifest.warnings),
        }


def count_parts(manifest: DatasetManifest) -> list[dict[str, Any]]:
    """Return each fold's name, and how many samples it has in each part; none before a split."""
    return [
        {"name": name, **_sizes(manifest.samples, fold)}
        for fold, name in enumerate(manifest.fold_names)
    ]


def split_dataset(
    layout: DatasetLayout, *, config: SplitConfig, seed: int = 0, target: DatasetLayout | None
) -> SplitSummary:
    """Split a data set in place, or under another name beside it.

    Parameters
    ----------
    layout
        The data set.
    config
        How.
    seed
        Settles equal choices; of the paper's protocol the whole order.
    target
        Folder of the split data set, for several splits of one; in place when None.

    Raises
    ------
    StudyError
        There are too few films, characters or sources, or the target is there already.
    SchemaError, StorageError
        The data set is damaged; the disk refused.
    """
    started_at = now()
    manifest = read_dataset(layout)
    study = StudyLayout(layout.base_dir(manifest.image_base))
    division = read_division(study) if config.as_planned else {}
    out = target or layout
    if target is not None:
        remove_litter(target.root)
        begun = {target.samples_path}  # of a split that was killed before its manifest
        if target.root.exists() and not begun.issuperset(target.root.iterdir()):
            raise StudyError(f"{target.root}: expected no such folder yet, got one with files")
        if target.base_dir(manifest.image_base) != layout.base_dir(manifest.image_base):
            raise StudyError(
                f"{target.root}: expected a folder beside {layout.root}, so that the pictures "
                "are found, got one elsewhere",
                hint="export the data set to take it elsewhere",
            )
        manifest = dataclasses.replace(manifest, name=target.root.name)
    split = split_manifest(manifest, config, seed=seed, division=division)
    write_dataset(out, split)
    record_run(out, split, verb="split", seed=seed, started_at=started_at)
    return SplitSummary(layout=out, manifest=split, balance=balance_of(split))


def split_manifest(
    manifest: DatasetManifest,
    config: SplitConfig,
    *,
    seed: int,
    division: Mapping[int, Part] | None = None,
) -> DatasetManifest:
    """Return the data set with a part for each sample and fold.

    Parameters
    ----------
    manifest
        Split before or not.
    config
        How.
    seed
        As for `split_dataset`.
    division
        Part of each film by its number, with `SplitConfig.as_planned`.

    Raises
    ------
    StudyError
        There are too few groups; the division lacks films, or has a person in two parts.
    """
    if not manifest.samples:
        raise StudyError(f"data set {manifest.name}: expected samples to split, got none")
    unit = _unit(config)
    groups = group_samples(manifest.samples, unit)
    counts = _count(manifest, groups)
    if config.paper:
        names, folds = ["random"], [_at_random(len(groups), config.ratios, seed)]
    elif config.as_planned:
        names, folds = ["planned"], [_planned(manifest, groups, division or {})]
    elif config.folds is None and not (config.leave_one_out or config.megc):
        names = ["all"]
        folds = [[_PARTS[k] for k in _deal(groups, counts, config.ratios, [seed])]]
    else:
        names, folds = _make_folds(groups, counts, config, seed)
    parts = _spread(folds, groups, len(manifest))
    warnings = [text for text in manifest.warnings if not text.startswith(_SPLIT_WARNINGS)]
    split = dataclasses.replace(
        manifest,
        samples=tuple(
            dataclasses.replace(sample, parts=own)
            for sample, own in zip(manifest.samples, parts, strict=True)
        ),
        protocol=SplitProtocol(
            unit=unit,
            method=_method(config),
            seed=seed,
            ratios=config.ratios if _method(config) == "ratio" else (),
            is_paper=config.paper,
        ),
        fold_names=tuple(names),
        warnings=tuple(warnings),
        config={**manifest.config, "split": {**as_document(config), "seed": seed}},
    )
    if manifest.class_space.name == "combination":
        built = manifest.config.get("build", {})
        least = int(built.get("min_combination", BuildConfig().min_combination))
        split = name_combinations(split, min_samples=least)
    return dataclasses.replace(split, warnings=(*warnings, *_split_warnings(split, config)))


def _unit(config: SplitConfig) -> SplitUnit:
    if config.paper:
        return SplitUnit.FRAME
    return SplitUnit.CHARACTER if config.megc else SplitUnit(config.by)


def _method(config: SplitConfig) -> str:
    if config.as_planned:
        return "given"
    if config.leave_one_out or config.megc:
        return "leave-one-out"
    return "ratio" if config.folds is None else "folds"


def _count(manifest: DatasetManifest, groups: Sequence[Group]) -> npt.NDArray[np.int64]:
    """Return for each group its samples, and those of each class, (G, 1 + K)."""
    targets = manifest.targets.astype(np.int64)
    face = manifest.class_space.face_index
    if face is not None:  # it says no more than the number of samples
        targets = np.delete(targets, face, axis=1)
    rows = np.concatenate([np.ones((len(targets), 1), np.int64), targets], axis=1)
    return np.stack([rows[list(own)].sum(axis=0) for own in (group.rows for group in groups)])


def _at_random(n: int, ratios: Sequence[float], seed: int) -> list[Part]:
    """Return parts in the ratio, in random order."""
    ends = np.round(np.cumsum(ratios) * n).astype(int)
    parts = [_PARTS[int(np.searchsorted(ends, k, side="right"))] for k in range(n)]
    order = np.random.default_rng(seed).permutation(n)
    return [parts[k] for k in order]


def _planned(
    manifest: DatasetManifest, groups: Sequence[Group], division: Mapping[int, Part]
) -> list[Part]:
    """Return the part that the study means each group for."""
    if not division:
        raise StudyError(
            f"data set {manifest.name}: expected a study that says which films are to train, "
            "validate and test, got one that does not",
            hint="synthetic films do, in synth.json; split others by film, character or source",
        )
    found: list[Part] = []
    for group in groups:
        numbers = sorted({manifest.samples[row].film_number for row in group.rows})
        missing = [number for number in numbers if number not in division]
        if missing:
            raise StudyError(
                f"data set {manifest.name}: expected a part for every film of the study, got none "
                f"for {', '.join(f'{number:03d}' for number in missing)}",
                hint="synth.json and films.parquet do not belong together: make the set anew",
            )
        parts = sorted({division[number] for number in numbers})
        if len(parts) > 1:
            raise StudyError(
                f"data set {manifest.name}: expected nobody in two parts of the study's own "
                f"division, got films {group.name}, which share a person, in {' and '.join(parts)}",
                hint="correct who is one person: the file of --persons, or characters.yaml",
            )
        found.append(parts[0])
    return found


def _make_folds(
    groups: Sequence[Group], counts: npt.NDArray[np.int64], config: SplitConfig, seed: int
) -> tuple[list[str], list[list[Part]]]:
    """Return the folds' names and the part of each group in each."""
    named = [k for k, group in enumerate(groups) if group.is_named]
    if config.folds is not None:
        shares = [1 / config.folds] * config.folds
        tested = _deal(groups, counts, shares, [seed])
        names = [f"fold-{k + 1}" for k in range(config.folds)]
        tests = [[g for g, own in enumerate(tested) if own == k] for k in range(config.folds)]
    else:
        names = [groups[k].name for k in named]
        tests = [[k] for k in named]
        if len(tests) < 2:
            raise StudyError(
                f"split: expected at least 2 groups to leave one out, got {len(tests)}",
                hint="add films, or split by character",
            )
    val_ratio = 0.0 if config.megc else config.val_ratio
    folds = []
    for fold, test in enumerate(tests):
        parts = [Part.TRAIN] * len(groups)
        rest = [k for k in range(len(groups)) if k not in set(test)]
        n_possible = len(set(rest) & set(named))
        if val_ratio > 0 and n_possible > 1:
            others = [groups[k] for k in rest]
            dealt = _deal(others, counts[rest], [1 - val_ratio, val_ratio], [seed, fold])
            for k, part in zip(rest, dealt, strict=True):
                parts[k] = _PARTS[part]
        for k in test:
            parts[k] = Part.TEST
        folds.append(parts)
    return names, folds


def _deal(
    groups: Sequence[Group],
    counts: npt.NDArray[np.int64],
    shares: Sequence[float],
    seed: Sequence[int],
) -> list[int]:
    """Return the part of each group; each part gets a group with what is split by."""
    parts = [-1] * len(groups)
    for is_named in (True, False):
        rows = [k for k, group in enumerate(groups) if group.is_named == is_named]
        if is_named or rows:
            dealt = deal(counts[rows], shares, seed=seed, fill_all=is_named)
            for row, part in zip(rows, dealt, strict=True):
                parts[row] = part
    return parts


def _spread(
    folds: Sequence[Sequence[Part]], groups: Sequence[Group], n_samples: int
) -> list[tuple[str, ...]]:
    """Return the parts of each sample, one for each fold."""
    parts: list[tuple[str, ...]] = [()] * n_samples
    for k, group in enumerate(groups):
        own = tuple(str(fold[k]) for fold in folds)
        for row in group.rows:
            parts[row] = own
    return parts


def _sizes(samples: Sequence[Sample], fold: int) -> dict[str, int]:
    return {f"n_{part}": sum(sample.parts[fold] == part for sample in samples) for part in _PARTS}


_SPLIT_WARNINGS = ("PAPER PROTOCOL", "split: ")


def _split_warnings(manifest: DatasetManifest, config: SplitConfig) -> list[str]:
    """Return what whoever reports scores must know of the split."""
    if config.paper:
        return [PAPER_WARNING]
    warnings = []
    n = len(manifest)
    if _method(config) == "ratio":
        sizes = _sizes(manifest.samples, 0)
        for part, wanted in zip(_PARTS, config.ratios, strict=True):
            share = sizes[f"n_{part}"] / n
            if abs(share - wanted) > _FAR_OFF:
                warnings.append(
                    f"split: {part} has {share:.0%} of the samples, {wanted:.0%} was wanted; "
                    f"groups by {manifest.protocol and manifest.protocol.unit} allow no better"
                )
    for row in balance_of(manifest):
        if row.name == FACE or not row.n_samples:
            continue
        for part in (Part.TRAIN, Part.TEST) if _method(config) == "ratio" else (Part.TRAIN,):
            n_without = sum(count == 0 for count in row.parts[str(part)])
            if n_without:
                where = f" in {n_without} folds" if len(manifest.fold_names) > 1 else ""
                warnings.append(f"split: class {row.name} does not occur in {part}{where}")
    return warnings
