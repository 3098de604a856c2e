"""Public checkpoints: their tensors are taken, their code never runs.

No public checkpoint is at hand, so the test writes one of the same layout: a zip file by
``torch.save``, a module under ``model``, numbered layers under ``model.``, parts called ``cv1``,
``cv2``, ``m`` and ``dfl``, half precision.
"""

import io
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from cinefacs.detectors.weights.convert import convert_checkpoint, our_name
from cinefacs.detectors.weights.files import read_weights
from cinefacs.detectors.weights.pickled_tensors import read_checkpoint
from cinefacs.errors import ModelError
from tests.support.detectors import one_label_space, small_network

BODY = {"yolov8": {"stem": 0, "enter2": 1, "stage2": 2, "enter3": 3, "stage3": 4, "enter4": 5,
                   "stage4": 6, "enter5": 7, "stage5": 8, "pool": 9, "up4": 12, "up3": 15,
                   "leave3": 16, "down4": 18, "leave4": 19, "down5": 21},
        "yolov5": {"stem": 0, "enter2": 1, "stage2": 2, "enter3": 3, "stage3": 4, "enter4": 5,
                   "stage4": 6, "enter5": 7, "stage5": 8, "pool": 9, "narrow5": 10, "up4": 13,
                   "narrow4": 14, "up3": 17, "leave3": 18, "down4": 20, "leave4": 21,
                   "down5": 23}}  # fmt: skip
HEAD = {"yolov8": 22, "yolov5": 24}


class Tree(nn.Module):
    """A module that holds whatever is put into it."""


def put(root: nn.Module, name: str, tensor: torch.Tensor, *, is_buffer: bool) -> None:
    *folders, last = name.split(".")
    for folder in folders:
        if folder not in root._modules:
            root.add_module(folder, Tree())
        root = root._modules[folder]  # type: ignore[assignment]
    if is_buffer:
        root.register_buffer(last, tensor)
    else:
        root.register_parameter(
            last, nn.Parameter(tensor, requires_grad=tensor.is_floating_point())
        )


def public_name(ours: str, family: str) -> str:
    _, part, rest = ours.split(".", 2)
    if part == "body":
        place, _, inner = rest.partition(".")
        return f"model.{BODY[family][place]}.{inner}"
    rest = rest.replace("bins.weight", "dfl.conv.weight")
    rest = rest.replace("box.", "cv2.", 1) if rest.startswith("box.") else rest
    rest = rest.replace("score.", "cv3.", 1) if rest.startswith("score.") else rest
    return f"model.{HEAD[family]}.{rest}"


def write_public(path: Path, name: str, *, names: dict[int, str] | None = None) -> nn.Module:
    """Write a checkpoint as the public ones are, and return the network that it holds."""
    family = name[:6]
    network = small_network(name, one_label_space(5), seed=4).half()
    root = Tree()
    for ours, tensor in network.state_dict().items():
        is_buffer = "running" in ours or "num_batches" in ours
        put(root, public_name(ours, family), tensor.clone(), is_buffer=is_buffer)
    root.names = names  # type: ignore[assignment]
    torch.save({"epoch": -1, "ema": None, "model": root, "train_args": {"lr0": 0.01}}, path)
    return network


@pytest.mark.parametrize("name", ["yolov8n", "yolov5n"])
def test_every_tensor_of_a_checkpoint_finds_its_place(name: str, tmp_path: Path) -> None:
    names = {i: f"thing {i}" for i in range(5)}
    network = write_public(tmp_path / "public.pt", name, names=names)
    done = convert_checkpoint(tmp_path / "public.pt", tmp_path / "ours.safetensors")
    assert done.network.name == name
    assert done.count.is_complete
    assert done.count.n_taken == len(network.state_dict())
    assert done.class_space.names == tuple(names.values())
    card, tensors = read_weights(done.out)
    assert card.training["converted_from"] == "public.pt"
    for ours, tensor in network.state_dict().items():
        assert torch.equal(tensors[ours].float(), tensor.float()), ours


def test_classes_without_names_are_numbered(tmp_path: Path) -> None:
    write_public(tmp_path / "public.pt", "yolov8n")
    done = convert_checkpoint(tmp_path / "public.pt", tmp_path / "ours.safetensors")
    assert done.class_space.names[0] == "class0"


def test_a_plain_dictionary_of_tensors_is_read_too(tmp_path: Path) -> None:
    tensors = {
        "a": torch.arange(6.0).reshape(2, 3).T,  # strides that are not those of its shape
        "b": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
        "c": torch.tensor(7),
    }
    torch.save(OrderedDict(tensors), tmp_path / "plain.pt")
    read = read_checkpoint(tmp_path / "plain.pt").tensors
    np.testing.assert_array_equal(read["a"], tensors["a"].numpy())
    np.testing.assert_array_equal(read["b"], [1.5, -2.0])
    assert int(read["c"]) == 7


class Attack:
    """Runs a function of the standard library when it is unpickled the usual way."""

    def __init__(self, function: Any, *arguments: object) -> None:  # noqa: ANN401
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Any, tuple[object, ...]]:
        return self.call


def write_zip(path: Path, description: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", description)


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("place", ["top", "model", "tensor"])
def test_nothing_in_a_hostile_checkpoint_runs(place: str, protocol: int, tmp_path: Path) -> None:
    marker = tmp_path / "it-ran"
    attacks = [
        Attack(os.system, f"touch {marker}"),
        Attack(exec, f"open({str(marker)!r}, 'w').close()"),
        Attack(eval, f"open({str(marker)!r}, 'w').close()"),
        Attack(Path.touch, marker),
    ]
    contents: dict[str, object] = {
        "top": attacks, "model": {"model": attacks[0], "x": attacks},
        "tensor": {"weight": attacks[1], "y": attacks},
    }  # fmt: skip
    description = pickle.dumps(contents[place], protocol=protocol)
    write_zip(tmp_path / "hostile.pt", description)
    with pytest.raises(ModelError, match="expected tensors, got none"):
        read_checkpoint(tmp_path / "hostile.pt")
    assert not marker.exists()
    pickle.loads(description)  # noqa: S301  (the same bytes do run when they are simply loaded)
    assert marker.exists()


def test_a_hostile_part_beside_good_tensors_is_passed_over(tmp_path: Path) -> None:
    marker = tmp_path / "it-ran"
    content = {"w": torch.ones(2), "z": Attack(os.system, f"touch {marker}")}
    torch.save(content, tmp_path / "mixed.pt")
    assert list(read_checkpoint(tmp_path / "mixed.pt").tensors) == ["w"]
    assert not marker.exists()


def tensor_pickle(shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> bytes:
    """Return the description of one tensor with made-up geometry."""

    class Storage:
        pass

    class Notes(pickle.Pickler):
        def persistent_id(self, obj: object) -> object:
            return ("storage", torch.FloatStorage, "0", "cpu", 4) if obj is Storage else None

    buffer = io.BytesIO()
    place = (Storage, offset, shape, strides)
    rebuild = Attack(torch._utils._rebuild_tensor_v2, *place, None, None)
    Notes(buffer, protocol=2).dump({"w": rebuild})
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [((5,), (1,), 0), ((2, 2), (2, 1), 1), ((4,), (1,), 1), ((10**9,), (0,), 0), ((-1,), (1,), 0),
     ((2,), (1,), -1)],
)  # fmt: skip
def test_a_tensor_that_reaches_beyond_its_numbers_is_refused(
    shape: tuple[int, ...], strides: tuple[int, ...], offset: int, tmp_path: Path
) -> None:
    path = tmp_path / "reach.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", tensor_pickle(shape, strides, offset))
        archive.writestr("archive/data/0", np.arange(4, dtype="<f4").tobytes())
    with pytest.raises(ModelError, match="tensor w: expected"):
        read_checkpoint(path)


def test_the_same_tensor_within_its_numbers_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fits.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", tensor_pickle((2, 2), (1, 2), 0))
        archive.writestr("archive/data/0", np.arange(4, dtype="<f4").tobytes())
    np.testing.assert_array_equal(read_checkpoint(path).tensors["w"], [[0, 2], [1, 3]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "zip form"),
        (b"\x80\x02}q\x00.", "zip form"),
        (b"PK\x03\x04broken", "zip form"),
    ],
)
def test_rubbish_is_one_clear_error(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rubbish.pt"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message):
        read_checkpoint(path)


@pytest.mark.parametrize(
    "description",
    [b"", b"\x80\x02", b"garbage", b"(((((", pickle.dumps([1, 2]), b"\x80\x02K\x01Q."],
)
def test_a_damaged_description_is_one_clear_error(description: bytes, tmp_path: Path) -> None:
    write_zip(tmp_path / "damaged.pt", description)
    with pytest.raises(ModelError, match=r"damaged\.pt: expected"):
        read_checkpoint(tmp_path / "damaged.pt")


def test_another_network_says_how_near_it_came(tmp_path: Path) -> None:
    write_public(tmp_path / "odd.pt", "yolov8n*0.5")
    with pytest.raises(ModelError, match=r"at best \d+ of \d+ tensors"):
        convert_checkpoint(tmp_path / "odd.pt", tmp_path / "ours.safetensors")
    torch.save({"fc.weight": torch.ones(3)}, tmp_path / "other.pt")
    with pytest.raises(ModelError, match="got none"):
        convert_checkpoint(tmp_path / "other.pt", tmp_path / "ours.safetensors")
    assert not (tmp_path / "ours.safetensors").exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("model.0.conv.weight", "yolo.body.stem.conv.weight"),
        ("model.model.0.conv.weight", "yolo.body.stem.conv.weight"),
        ("model.22.cv3.1.2.bias", "yolo.head.score.1.2.bias"),
        ("model.22.dfl.conv.weight", "yolo.head.bins.weight"),
        ("model.22.proto.cv1", None),
        ("model.10.x", None),
        ("stem.weight", None),
    ],
)
def test_names_are_translated(name: str, expected: str | None) -> None:
    assert our_name(name, "yolov8") == expected
