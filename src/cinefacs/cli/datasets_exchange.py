"""``cinefacs datasets export`` and ``import``."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

__all__ = ["export_to", "import_from"]

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]
Flag = Annotated[bool, Parameter(negative="")]
Format = Literal["yolo", "coco", "cvat"]
Placing = Literal["copy", "symlink"]


def export_to(
    dataset: Path,
    layout: Format,
    /,
    *,
    out: Path,
    fold: int = 0,
    images: Placing = "copy",
    force: Flag = False,
    json: JsonFlag = False,
) -> int:
    """Write a data set in the layout of YOLO, COCO or CVAT.

    Parameters
    ----------
    dataset
        Folder of the data set.
    layout
        Which layout.
    out
        Folder to make.
    fold
        Division to write, from 0.
    images
        Copy pictures, or link to them.
    force
        Replace a folder that is there.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.datasets.exchange import export_dataset  # noqa: PLC0415  (kept out of --help)
    from cinefacs.storage.datasets import DatasetLayout  # noqa: PLC0415

    summary = export_dataset(
        DatasetLayout(dataset), layout, out, fold=fold, placing=images, force=force
    )
    if json:
        sys.stdout.write(json_module.dumps(summary.as_document(), ensure_ascii=False) + "\n")
    else:
        print(f"{out}: {summary.n_pictures} pictures for {layout}")  # noqa: T201
        for reason, n in summary.left_out.items():
            print(f"left out: {n} x {reason}")  # noqa: T201
    for text in summary.warnings:
        sys.stderr.write(f"warning: {text}\n")
    return 0


def import_from(
    source: Path,
    layout: Format,
    /,
    *,
    out: Path,
    images: Placing = "copy",
    force: Flag = False,
    json: JsonFlag = False,
) -> int:
    """Read a data set in the layout of YOLO, COCO or CVAT.

    Parameters
    ----------
    source
        Its folder, or data.yaml.
    layout
        Which layout.
    out
        Folder of the new data set, such as study/datasets/NAME.
    images
        Copy pictures, or link to them.
    force
        Replace a folder that is there.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.datasets.exchange import import_dataset  # noqa: PLC0415

    manifest = import_dataset(source, layout, out, placing=images, force=force)
    document = {
        "out": str(out),
        "name": manifest.name,
        "class_space": manifest.class_space.name,
        "classes": list(manifest.class_space.names),
        "n_samples": len(manifest),
        "is_split": manifest.is_split,
    }
    if json:
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False) + "\n")
    else:
        print(f"{out}: {len(manifest)} samples of {len(manifest.class_space)} classes")  # noqa: T201
    return 0
