"""``cinefacs models describe`` and ``cinefacs models convert``."""

import dataclasses
import json as json_module
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cinefacs.cli.extras import require_train_extra

__all__ = ["convert", "describe"]

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def describe(
    name: str,
    /,
    *,
    classes: int = 80,
    class_space: str | None = None,
    image_size: int = 640,
    json: JsonFlag = False,
) -> int:
    """Say how large a network is and how much it computes.

    Parameters
    ----------
    name
        Such as yolov8n-smart or yolov8n+se+before-sppf.
    classes
        Number of classes.
    class_space
        Classes by name instead: emotion, emotion7, au, emotion+au, face.
    image_size
        Side of the square input, px.
    json
        Print one JSON document on stdout.
    """
    require_train_extra("models describe")
    from cinefacs.detectors.build import describe_network  # noqa: PLC0415  (kept out of --help)
    from cinefacs.detectors.networks.config import find_network  # noqa: PLC0415
    from cinefacs.errors import ConfigError  # noqa: PLC0415
    from cinefacs.records.class_space import ClassSpace, named_space  # noqa: PLC0415
    from cinefacs.records.input_spec import InputSpec  # noqa: PLC0415

    config = find_network(name)
    if classes < 1:
        raise ConfigError(f"--classes: expected at least 1, got {classes}")
    numbered = tuple(f"class{i}" for i in range(classes))
    space = (
        ClassSpace(name="numbered", names=numbered, multi_label=False)
        if class_space is None
        else named_space(class_space)
    )
    size = describe_network(config, space, side_px=InputSpec(side_px=image_size).side_px)
    document = {
        "name": config.name,
        **dataclasses.asdict(size),
        "gflops": round(size.gflops, 3),
        "class_space": space.as_document(),
        "image_size": image_size,
    }
    if json:
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(
            f"{config.name}: {size.n_layers} layers, {size.n_parameters:,} parameters "
            f"({size.n_trainable:,} trained), {size.gflops:.2f} GFLOPs at {image_size} px, "
            f"{len(space)} classes\n"
        )
    return 0


def convert(
    checkpoint: Path,
    /,
    *,
    out: Path | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    json: JsonFlag = False,
) -> int:
    """Turn a public YOLOv8 or YOLOv5u checkpoint into weights, running none of its code.

    Parameters
    ----------
    checkpoint
        A .pt file.
    out
        Weights file to write; beside the checkpoint when left out.
    force
        Write over weights that are there.
    json
        Print one JSON document on stdout.
    """
    require_train_extra("models convert")
    from cinefacs.detectors.weights.convert import convert_checkpoint  # noqa: PLC0415
    from cinefacs.errors import ConfigError  # noqa: PLC0415

    target = out or checkpoint.with_suffix(".safetensors")
    if target.exists() and not force:
        raise ConfigError(
            f"{target}: expected no such file, got one", hint="--force writes over it"
        )
    done = convert_checkpoint(checkpoint, target)
    document = {
        "out": str(done.out),
        "network": done.network.name,
        "n_taken": done.count.n_taken,
        "n_wanted": done.count.n_wanted,
        "classes": list(done.class_space.names),
    }
    if json:
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(f"{done.network.name}: {done.count}\nweights: {done.out}\n")
    return 0
