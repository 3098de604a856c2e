"""`datasets check`: what the parts of a data set share that they must not."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from cinefacs.datasets.config import CheckConfig
from cinefacs.datasets.image_files import digest_bytes, read_bytes, read_rgb
from cinefacs.datasets.perceptual_hash import Looks, look_at, near_pairs
from cinefacs.errors import LeakError, SchemaError
from cinefacs.records.dataset_manifest import DatasetManifest, SplitUnit
from cinefacs.records.sample import Part, Sample
from cinefacs.records.step import Step
from cinefacs.storage.atomic import write_json
from cinefacs.storage.datasets import DatasetLayout, digest_samples, read_dataset

__all__ = ["Leak", "LeakReport", "check_dataset", "examine_dataset", "find_leaks", "leak_error"]

_SHOWN = 5
_PARTS = (Part.TRAIN, Part.VAL, Part.TEST)

OnStep = Callable[[Step], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Leak:
    """One thing that two parts share."""

    kind: str
    """``film``, ``clip``, ``shot``, ``character``, ``bytes`` or ``near_duplicate``."""
    fold: str
    """Division in which it is shared; of several the first."""
    parts: tuple[str, str]
    """The two parts."""
    what: str
    """What they share, such as ``003-06-0007``."""
    samples: tuple[str, ...]
    """Some samples of it, of both parts."""
    n_folds: int
    """Divisions in which it is shared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeakReport:
    """What a check found."""

    name: str
    """The data set."""
    n_pictures: int
    """Pictures looked at."""
    samples_sha256: str
    """Digest of the samples, with their parts, that were looked at."""
    is_paper: bool
    """Whether leaks were accepted on purpose."""
    leaks: tuple[Leak, ...]
    """All of them, by kind and thing."""

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        by_kind: dict[str, int] = defaultdict(int)
        for leak in self.leaks:
            by_kind[leak.kind] += 1
        return {
            "name": self.name,
            "n_pictures": self.n_pictures,
            "samples_sha256": self.samples_sha256,
            "is_paper": self.is_paper,
            "n_leaks": len(self.leaks),
            "by_kind": dict(by_kind),
            "leaks": [dataclasses.asdict(leak) for leak in self.leaks],
        }


def check_dataset(
    layout: DatasetLayout,
    *,
    config: CheckConfig | None = None,
    on_step: OnStep | None = None,
) -> LeakReport:
    """Look for leaks, write ``leaks.json``, and raise if there are any.

    Parameters
    ----------
    layout, config, on_step
        As for `examine_dataset`.

    Raises
    ------
    LeakError
        Parts share something, and the paper's protocol was not asked for.
    SchemaError, StorageError
        As `examine_dataset`.
    """
    report = examine_dataset(layout, config=config, on_step=on_step)
    error = leak_error(report, layout)
    if error is not None:
        raise error
    return report


def examine_dataset(
    layout: DatasetLayout,
    *,
    config: CheckConfig | None = None,
    on_step: OnStep | None = None,
) -> LeakReport:
    """Look for leaks and write ``leaks.json``; `leak_error` says whether they are one.

    Parameters
    ----------
    layout
        A data set that is split.
    config
        When two pictures are nearly the same; defaults when None.
    on_step
        Told how many pictures were read.

    Raises
    ------
    SchemaError
        The data set is not split, or a picture is missing or altered.
    StorageError
        The disk refused.
    """
    manifest = read_dataset(layout)
    report = find_leaks(
        manifest, layout.base_dir(manifest.image_base), config=config, on_step=on_step
    )
    write_json(layout.check_path, report.as_document())
    return report


def leak_error(report: LeakReport, layout: DatasetLayout) -> LeakError | None:
    """Return the error that a report amounts to; None where all is well or the paper wanted it.

    Parameters
    ----------
    report
        Of `examine_dataset`.
    layout
        The data set, for the hint.
    """
    if report.is_paper or not report.leaks:
        return None
    first = report.leaks[0]
    return LeakError(
        f"data set {report.name}: expected parts that share nothing, got {len(report.leaks)} "
        f"leaks; the first: {first.kind} {first.what} in {' and '.join(first.parts)}",
        hint=f"{layout.check_path} lists them; split anew with `cinefacs datasets split`",
    )


def find_leaks(
    manifest: DatasetManifest,
    base: Path,
    *,
    config: CheckConfig | None = None,
    on_step: OnStep | None = None,
) -> LeakReport:
    """Return what the parts share.

    Parameters
    ----------
    manifest
        A data set that is split.
    base
        What the pictures' paths are relative to.
    config, on_step
        As for `examine_dataset`.

    Raises
    ------
    SchemaError
        The data set is not split, or a picture is missing or altered.
    """
    config = config or CheckConfig()
    if not manifest.is_split:
        raise SchemaError(
            f"data set {manifest.name}: expected a split one, got none",
            hint="run `cinefacs datasets split` first",
        )
    paths = sorted({sample.image_path for sample in manifest.samples})
    looks = _look(manifest, base, paths, on_step or (lambda _step: None))
    found: dict[tuple[str, str, str], list[Leak]] = defaultdict(list)
    for fold in range(len(manifest.fold_names)):
        for leak in _leaks_of_fold(manifest, fold, paths, looks, config):
            found[leak.kind, leak.what, "-".join(leak.parts)].append(leak)
    leaks = [dataclasses.replace(same[0], n_folds=len(same)) for same in found.values()]
    protocol = manifest.protocol
    return LeakReport(
        name=manifest.name,
        n_pictures=len(paths),
        samples_sha256=digest_samples(manifest.samples),
        is_paper=protocol is not None and protocol.is_paper,
        leaks=tuple(sorted(leaks, key=lambda leak: (leak.kind, leak.what, leak.parts))),
    )


def _look(manifest: DatasetManifest, base: Path, paths: Sequence[str], on_step: OnStep) -> Looks:
    """Return what all pictures look like, after a check of their bytes."""
    digests = {sample.image_path: sample.image_sha256 for sample in manifest.samples}
    parts: list[Looks] = []
    for n_done, path in enumerate(paths, start=1):
        data = read_bytes(base / path)
        if digest_bytes(data) != digests[path]:
            raise SchemaError(
                f"{base / path}: expected the picture that the manifest was written with, "
                "got an altered one",
                hint="make the data set anew with --force",
            )
        parts.append(look_at([read_rgb(base / path, data)]))
        on_step(Step(name="pictures", n_done=n_done, n_total=len(paths), unit="pictures"))
    return Looks(
        difference=np.concatenate([np.zeros(0, np.uint64), *(p.difference for p in parts)]),
        transform=np.concatenate([np.zeros(0, np.uint64), *(p.transform for p in parts)]),
        miniature=np.concatenate([np.zeros((0, 1024), np.float32), *(p.miniature for p in parts)]),
    )


def _leaks_of_fold(
    manifest: DatasetManifest,
    fold: int,
    paths: Sequence[str],
    looks: Looks,
    config: CheckConfig,
) -> Iterator[Leak]:
    by_part = {part: manifest.select(part, fold=fold) for part in _PARTS}
    name = manifest.fold_names[fold]
    unit = manifest.protocol.unit if manifest.protocol is not None else SplitUnit.FILM
    rows = {path: row for row, path in enumerate(paths)}
    for first, second in combinations(_PARTS, 2):
        pair = (by_part[first], by_part[second])
        for kind, key in _KEYS.items():
            if kind != "film" or unit in {SplitUnit.FILM, SplitUnit.SOURCE}:
                for what, samples in _shared(*pair, key):
                    yield Leak(
                        kind=kind,
                        fold=name,
                        parts=(str(first), str(second)),
                        what=what,
                        samples=samples,
                        n_folds=1,
                    )
        for what, samples in _near(*pair, rows, looks, config):
            yield Leak(
                kind="near_duplicate",
                fold=name,
                parts=(str(first), str(second)),
                what=what,
                samples=samples,
                n_folds=1,
            )


_KEYS: dict[str, Callable[[Sample], Hashable | None]] = {
    "film": lambda sample: sample.film_id,
    "clip": lambda sample: sample.clip_tag,
    "shot": lambda sample: (
        None if sample.shot_index is None else f"{sample.film_id[:12]} shot {sample.shot_index}"
    ),
    "character": lambda sample: sample.subject or None,
    "bytes": lambda sample: sample.image_sha256,
}
"""What two samples of different parts must not have in common; None is in common with nobody."""


def _shared(
    left: Sequence[Sample], right: Sequence[Sample], key: Callable[[Sample], Hashable | None]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what samples of both sides have in common, with some of them."""
    sides = []
    for samples in (left, right):
        by_key: dict[Hashable, list[str]] = defaultdict(list)
        for sample in samples:
            value = key(sample)
            if value is not None:
                by_key[value].append(sample.sample_id)
        sides.append(by_key)
    for value in sorted(set(sides[0]) & set(sides[1]), key=str):
        yield str(value), (*sides[0][value][:_SHOWN], *sides[1][value][:_SHOWN])


def _near(
    left: Sequence[Sample],
    right: Sequence[Sample],
    rows: dict[str, int],
    looks: Looks,
    config: CheckConfig,
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the pictures of both sides that look nearly the same, but are not the same bytes."""
    sides = []
    for samples in (left, right):
        one = {sample.image_path: sample for sample in reversed(samples)}
        sides.append([one[path] for path in sorted(one)])
    views = [
        looks.select(np.array([rows[sample.image_path] for sample in side], np.int64))
        for side in sides
    ]
    for i, j in near_pairs(
        *views, max_bits=config.max_bits, min_correlation=config.min_correlation
    ):
        a, b = sides[0][i], sides[1][j]
        if a.image_sha256 != b.image_sha256:
            yield f"{a.image_path} and {b.image_path}", (a.sample_id, b.sample_id)
