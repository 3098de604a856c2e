"""`datasets export` and `datasets import`: to the layouts of other programs, and back."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from cinefacs.datasets.coco import read_coco, write_coco
from cinefacs.datasets.cvat import read_cvat, write_cvat
from cinefacs.datasets.image_files import digest_bytes
from cinefacs.datasets.imported import FoundImage, guess_space, make_samples
from cinefacs.datasets.placing import Placing, new_folder, place_image
from cinefacs.datasets.runs import now, record_run
from cinefacs.datasets.yolo import read_yolo, write_yolo
from cinefacs.errors import SchemaError
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.dataset_manifest import (
    DatasetManifest,
    ImageBase,
    SplitProtocol,
    SplitUnit,
)
from cinefacs.records.sample import Sample, SampleRole
from cinefacs.storage.datasets import DatasetLayout, read_dataset, write_dataset
from cinefacs.timing.number_text import read_ratio

__all__ = ["ExportSummary", "Format", "export_dataset", "import_dataset"]

Format = Literal["yolo", "coco", "cvat"]
"""Layouts that are written and read."""

_WRITERS: Mapping[str, Callable[..., Counter[str]]] = {
    "yolo": write_yolo,
    "coco": write_coco,
    "cvat": write_cvat,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportSummary:
    """What an export gave."""

    out: Path
    """Where it lies."""
    layout: Format
    """Which layout."""
    fold: str
    """Division that was written; empty for a data set that is not split."""
    n_pictures: int
    """Pictures written."""
    left_out: Mapping[str, int]
    """Faces that the layout cannot hold, by reason."""
    warnings: Sequence[str]
    """What whoever reports a figure from it must say."""

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {**dataclasses.asdict(self), "out": str(self.out), "left_out": dict(self.left_out)}


def export_dataset(
    source: DatasetLayout,
    layout: Format,
    out: Path,
    *,
    fold: int = 0,
    placing: Placing = "copy",
    force: bool = False,
) -> ExportSummary:
    """Write a data set as another program reads it.

    Parameters
    ----------
    source
        The data set.
    layout
        Which layout.
    out
        Folder to make.
    fold
        Division to write, from 0.
    placing
        Copy pictures, or link to them.
    force
        Replace a folder that is there.

    Raises
    ------
    StudyError
        The folder is there already, or the layout needs a split.
    SchemaError, StorageError
        The data set is damaged or has no such fold; the disk refused.
    """
    manifest = read_dataset(source)
    base = source.base_dir(manifest.image_base)
    with new_folder(out, force=force) as folder:
        left_out = _WRITERS[layout](manifest, base, folder, fold=fold, placing=placing)
        n_pictures = sum(1 for path in folder.rglob("*") if path.suffix in _suffixes(manifest))
    return ExportSummary(
        out=out,
        layout=layout,
        fold=manifest.fold_names[fold] if manifest.fold_names else "",
        n_pictures=n_pictures,
        left_out=dict(sorted(left_out.items())),
        warnings=manifest.warnings,
    )


def _suffixes(manifest: DatasetManifest) -> set[str]:
    return {Path(sample.image_path).suffix for sample in manifest.samples}


def import_dataset(
    source: Path,
    layout: Format,
    out: Path,
    *,
    placing: Placing = "copy",
    force: bool = False,
) -> DatasetManifest:
    """Read another program's data set into a folder of ours, with pictures of its own.

    Parameters
    ----------
    source
        The folder, or ``data.yaml``.
    layout
        Which layout.
    out
        Folder of the new data set, such as ``study/datasets/NAME``.
    placing
        Copy pictures, or link to them.
    force
        Replace a folder that is there.

    Raises
    ------
    ConfigError, SchemaError
        The source is not of this layout; says where, and what was expected.
    StudyError, StorageError
        The folder is there already; the disk refused.
    """
    started_at = now()
    own: Mapping[Path, Any] = {}
    space: ClassSpace | list[str]
    is_multi = False
    if layout == "yolo":
        space, images = read_yolo(source)
    elif layout == "coco":
        space, images, own = read_coco(source)
    else:
        file = read_cvat(source)
        space, images, is_multi = file.names, file.images, file.multi_label
    if not images:
        raise SchemaError(f"{source}: expected pictures, found none")
    if isinstance(space, list):
        space = guess_space(space, images, is_multi=is_multi)
    if not all(image.part for image in images):
        images = [dataclasses.replace(image, part="") for image in images]
    with new_folder(out, force=force) as folder:
        placed = [_place(image, folder, placing) for image in images]
        if own and all(image.path in own for image in images):
            kept = [own[image.path] for image in images]
            samples = _restore(placed, kept, folder, source)
        else:
            samples = make_samples(placed, space=space, folder=folder, origin=source.stem)
        is_split = bool(placed[0].part)
        given = SplitProtocol(unit=SplitUnit.GIVEN, method="given", seed=0)
        manifest = DatasetManifest(
            name=out.name,
            class_space=space,
            samples=samples,
            image_base=ImageBase.DATASET,
            protocol=given if is_split else None,
            fold_names=("given",) if is_split else (),
            config={"import": {"layout": layout, "images": placing}},
            inputs={f"source {source.name}": _digest_of(samples)},
            code_version=version("cinefacs"),
            created_at=now(),
        )
        made = DatasetLayout(folder)
        write_dataset(made, manifest)
        record_run(made, manifest, verb="import", seed=0, started_at=started_at)
    return manifest


def _place(image: FoundImage, folder: Path, placing: Placing) -> FoundImage:
    """Return the picture in its new place; a name that is taken gets a number."""
    target = folder / "images" / image.part / image.path.name
    number = 1
    while target.exists() or target.is_symlink():
        number += 1
        target = target.with_name(f"{image.path.stem}-{number}{image.path.suffix}")
    place_image(image.path, target, placing)
    return dataclasses.replace(image, path=target)


def _restore(
    images: Sequence[FoundImage], kept: Sequence[Any], folder: Path, source: Path
) -> tuple[Sample, ...]:
    """Return the samples of an export of ours, with all that the layout itself has no field for."""
    blanks = make_samples(
        [dataclasses.replace(image, faces=()) for image in images],
        space=ClassSpace(name="none", names=("none",), multi_label=False),
        folder=folder,
        origin=source.stem,
    )
    samples = []
    for blank, rows in zip(blanks, kept, strict=True):
        for row in rows:
            try:
                fields: dict[str, Any] = {
                    name: tuple(value) if isinstance(value, list) else value
                    for name, value in row.items()
                }
                fields["role"] = SampleRole(fields["role"])
                fields["time_base"] = _time_base(fields["time_base"])
                samples.append(dataclasses.replace(blank, **fields))
            except (TypeError, ValueError, KeyError, AttributeError) as error:
                raise SchemaError(
                    f"{source}: expected the fields of a sample, got: {error!r}",
                    hint="the file was changed by hand: take the key cinefacs out of it",
                ) from error
    return tuple(samples)


def _time_base(text: str) -> Fraction:
    time_base = read_ratio(text)
    if time_base is None:
        raise ValueError(f"time_base {text!r:.40}")
    return time_base


def _digest_of(samples: Sequence[Sample]) -> str:
    """Return a digest over the pictures of an import."""
    digests = sorted({sample.image_sha256 for sample in samples})
    return digest_bytes("".join(digests).encode())
