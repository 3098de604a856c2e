"""``cinefacs models pack`` and ``cinefacs models card``: weights that others can use."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from cinefacs.cli.extras import require_train_extra

__all__ = ["card", "pack"]


def pack(
    weights: Path,
    /,
    *,
    faces: Path,
    out: Path = Path("packed"),
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Calibrate, export, measure and describe trained weights; the folder is all `analyze` needs.

    Parameters
    ----------
    weights
        A .safetensors file that `cinefacs train` made, with its .json beside it.
    faces
        Face set that it was trained on; its people of the split val choose the calibration.
    out
        Folder to make.
    json
        Print one JSON document on stdout.
    """
    require_train_extra("models pack")
    from cinefacs.detectors.shipping.pack import pack_weights  # noqa: PLC0415

    done = pack_weights(weights, faces, out)
    mean = done.measured["validation"]["mean_auroc"]
    if json:
        document = {"out": str(done.folder), "size_bytes": done.size_bytes, **done.measured}
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(
            f"{done.folder}: {done.size_bytes / 1e6:.1f} MB; AUROC of action units "
            f"{mean['action_units']}, of emotions {mean['emotions']} (chance 0.5)\n"
        )
    return 0


def card(folder: Path, kind: Literal["exam", "real", "real_adapted"], document: Path, /) -> int:
    """Add what was measured of packed weights, and write their model card anew.

    Parameters
    ----------
    folder
        That `cinefacs models pack` made.
    kind
        exam: films of people who were in no training; real: real clips; real_adapted: the same
        clips, by weights that were adapted on others.
    document
        JSON file that the measurement wrote.
    """
    require_train_extra("models card")
    from cinefacs.detectors.shipping.model_card import (  # noqa: PLC0415
        add_measurement,
        read_measurement,
    )

    add_measurement(folder, kind, read_measurement(document))
    sys.stdout.write(f"{folder / 'MODEL_CARD.md'}\n")
    return 0
