"""Turn public YOLOv8 and YOLOv5 checkpoints into our own weights, for transfer learning."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from cinefacs.detectors.build import build_network
from cinefacs.detectors.networks.config import NetworkConfig, find_network
from cinefacs.detectors.weights.card import WeightsCard
from cinefacs.detectors.weights.files import FitCount, copy_fitting, write_weights
from cinefacs.detectors.weights.pickled_tensors import read_checkpoint
from cinefacs.engines.catalog import sha256_of
from cinefacs.errors import ModelError
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.input_spec import InputSpec

__all__ = ["Conversion", "convert_checkpoint", "our_name"]

_YOLOV8 = {
    0: "stem", 1: "enter2", 2: "stage2", 3: "enter3", 4: "stage3", 5: "enter4", 6: "stage4",
    7: "enter5", 8: "stage5", 9: "pool", 12: "up4", 15: "up3", 16: "leave3", 18: "down4",
    19: "leave4", 21: "down5",
}  # fmt: skip
_YOLOV5 = {
    0: "stem", 1: "enter2", 2: "stage2", 3: "enter3", 4: "stage3", 5: "enter4", 6: "stage4",
    7: "enter5", 8: "stage5", 9: "pool", 10: "narrow5", 13: "up4", 14: "narrow4", 17: "up3",
    18: "leave3", 20: "down4", 21: "leave4", 23: "down5",
}  # fmt: skip
_PLACES = {"yolov8": (_YOLOV8, 22), "yolov5": (_YOLOV5, 24)}
"""Layer numbers of the body's parts, and of the head."""
_HEAD_PARTS = {"cv2": "box", "cv3": "score"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversion:
    """What became of a checkpoint."""

    network: NetworkConfig
    """The network whose shapes it has."""
    class_space: ClassSpace
    """Its classes, by the file's names where it tells them."""
    count: FitCount
    """How many of its tensors were taken."""
    out: Path
    """The weights file."""


def our_name(name: str, family: str) -> str | None:
    """Return our name of a tensor of a public checkpoint; None where we have none.

    Parameters
    ----------
    name
        Such as ``model.0.conv.weight``; a second ``model.`` before it is passed over.
    family
        ``yolov8`` or ``yolov5``.
    """
    match = re.fullmatch(r"(?:model\.)*(\d+)\.(.+)", name)
    if match is None:
        return None
    places, head = _PLACES[family]
    layer, rest = int(match[1]), match[2]
    if layer in places:
        return f"yolo.body.{places[layer]}.{rest}"
    if layer != head:
        return None
    if rest == "dfl.conv.weight":
        return "yolo.head.bins.weight"
    part, _, inner = rest.partition(".")
    return f"yolo.head.{_HEAD_PARTS[part]}.{inner}" if part in _HEAD_PARTS else None


def convert_checkpoint(path: Path, out: Path) -> Conversion:
    """Read a public checkpoint's tensors, running none of its code, and write our weights.

    Parameters
    ----------
    path
        A ``.pt`` file of YOLOv8 or of YOLOv5 with the anchor-free head, any scale.
    out
        Weights file to write.

    Raises
    ------
    ModelError
        Not a checkpoint, or of a network that we have not.
    StorageError
        The disk refused.
    """
    checkpoint = read_checkpoint(path)
    network, tensors = _recognise(checkpoint.tensors, path)
    n_classes = len(tensors["yolo.head.score.0.2.bias"])
    names = checkpoint.class_names
    if len(names) != n_classes:
        names = tuple(f"class{number}" for number in range(n_classes))
    space = ClassSpace(name="converted", names=names, multi_label=False)
    spec = InputSpec()
    model = build_network(network, space, side_px=spec.side_px)
    count = copy_fitting(model, tensors)
    origin = {"converted_from": path.name, "sha256": sha256_of(path), "n_taken": count.n_taken}
    card = WeightsCard(network=network, class_space=space, input_spec=spec, training=origin)
    write_weights(out, model, card)
    return Conversion(network=network, class_space=space, count=count, out=out)


def _recognise(
    tensors: Mapping[str, npt.NDArray[Any]], path: Path
) -> tuple[NetworkConfig, dict[str, Tensor]]:
    """Return the network that a checkpoint's tensors fit, and the tensors by our names."""
    closest = None
    for family in _PLACES:
        named = {
            ours: torch.from_numpy(values)
            for name, values in tensors.items()
            if (ours := our_name(name, family)) is not None
        }
        bias = named.get("yolo.head.score.0.2.bias")
        if bias is None:
            continue
        space = ClassSpace(
            name="converted", names=tuple(f"c{i}" for i in range(len(bias))), multi_label=False
        )
        for scale in "nsmlx":
            config = find_network(f"{family}{scale}")
            with torch.device("meta"):
                wanted = build_network(config, space, side_px=640).state_dict()
            fits = sum(n in wanted and wanted[n].shape == t.shape for n, t in named.items())
            n_learned = sum(not name.endswith("num_batches_tracked") for name in wanted)
            if fits >= n_learned:
                return config, named
            closest = max(closest or (0, "", 0), (fits, config.name, n_learned))
    found = f"at best {closest[0]} of {closest[2]} tensors of {closest[1]}" if closest else "none"
    raise ModelError(
        f"{path}: expected the tensors of a YOLOv8 or of an anchor-free YOLOv5, got {found}",
        hint="other networks and other heads (segmentation, pose) are not known",
    )
