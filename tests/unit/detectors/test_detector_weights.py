"""Weights: there and back to the bit, strict, and one clear error for every damage."""

import json
from pathlib import Path

import pytest
import torch

from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.weights.card import WeightsCard, card_path
from cinefacs.detectors.weights.files import (
    copy_fitting,
    load_strictly,
    read_weights,
    tensors_digest,
    write_weights,
)
from cinefacs.errors import ModelError
from cinefacs.records.input_spec import InputSpec
from tests.support.detectors import NARROW, one_label_space, small_network


def card(name: str = NARROW["smart"]) -> WeightsCard:
    return WeightsCard(
        network=find_network(name),
        class_space=one_label_space(),
        input_spec=InputSpec(side_px=64, mode="crop", colour="grey"),
        training={"epochs": 3, "seed": 0},
        threshold=0.25,
    )


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "weights.safetensors"
    write_weights(path, small_network(NARROW["smart"]), card())
    return path


@pytest.mark.parametrize("kind", NARROW)
def test_weights_come_back_to_the_bit(kind: str, tmp_path: Path) -> None:
    network = small_network(NARROW[kind])
    path = tmp_path / "weights.safetensors"
    write_weights(path, network, card(NARROW[kind]))
    read, tensors = read_weights(path)
    assert read == card(NARROW[kind])
    other = small_network(NARROW[kind], seed=1)
    load_strictly(other, tensors, where=str(path))
    own = network.state_dict()
    assert all(torch.equal(own[name], tensor) for name, tensor in other.state_dict().items())


def test_the_digest_of_tensors_tells_names_types_shapes_and_numbers_apart() -> None:
    tensors = {"a": torch.rand(2, 3, 4, 5), "n": torch.tensor(7), "h": torch.rand(3).bfloat16()}
    same = {"n": torch.tensor(7), "h": tensors["h"].clone(), "a": tensors["a"].clone()}
    same["a"] = same["a"].to(memory_format=torch.channels_last)
    assert tensors_digest(same) == tensors_digest(tensors)
    nudged = tensors["a"].clone()
    nudged[1, 2, 3, 4] = torch.nextafter(nudged[1, 2, 3, 4], torch.tensor(9.0))
    others = [
        {**tensors, "a": nudged},
        {**tensors, "a": tensors["a"].reshape(3, 2, 4, 5)},
        {**tensors, "a": tensors["a"].view(torch.int32)},
        {"b": tensors["a"], "n": tensors["n"], "h": tensors["h"]},
    ]
    assert len({tensors_digest(t) for t in (tensors, *others)}) == 5


def test_the_page_counts_what_is_in_the_file(saved: Path) -> None:
    page = json.loads(card_path(saved).read_text(encoding="utf-8"))
    network = small_network(NARROW["smart"])
    assert page["tensors"]["n_tensors"] == len(network.state_dict())
    assert page["tensors"]["n_parameters"] == sum(p.numel() for p in network.parameters())
    assert page["network"]["name"] == NARROW["smart"]


def test_a_network_with_other_classes_is_refused_with_counts(saved: Path) -> None:
    _, tensors = read_weights(saved)
    other = small_network(NARROW["smart"], one_label_space(5))
    with pytest.raises(ModelError, match=r"\d+ of \d+ tensors fit; 6 of another shape"):
        load_strictly(other, tensors, where="x")


def test_what_fits_is_taken_and_the_rest_is_named(saved: Path) -> None:
    _, tensors = read_weights(saved)
    other = small_network(NARROW["smart"], one_label_space(5), seed=1)
    count = copy_fitting(other, {**tensors, "nobody": torch.zeros(1)})
    assert count.n_taken == count.n_wanted - 6
    assert count.unexpected == ("nobody",)
    assert "1 unexpected (nobody)" in str(count)
    stem = "yolo.body.stem.conv.weight"
    assert torch.equal(other.state_dict()[stem], tensors[stem])


def change_page(path: Path, **changes: object) -> None:
    page = json.loads(card_path(path).read_text(encoding="utf-8"))
    card_path(path).write_text(json.dumps({**page, **changes}), encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, "page of a detector"),
        ({"schema_version": 99}, "schema version 1, got 99"),
        ({"more": 1}, "expected the keys"),
        ({"network": {"family": "yolov9"}}, "family: expected one of"),
        ({"network": {"kind": "yolov8"}}, "page of a detector"),
        ({"class_space": []}, "class space"),
        ({"input": {"side_px": 65}}, "input spec"),
        ({"tensors": {}}, "page of a detector"),
        ({"tensors": {"sha256": "0" * 64}}, "expected SHA-256 000000000000"),
    ],
)
def test_a_wrong_page_is_one_clear_error(
    saved: Path, changes: dict[str, object], message: str
) -> None:
    change_page(saved, **changes)
    with pytest.raises(ModelError, match=message):
        read_weights(saved)


def test_a_missing_page_says_that_weights_are_two_files(saved: Path) -> None:
    card_path(saved).unlink()
    with pytest.raises(ModelError) as caught:
        read_weights(saved)
    assert "two files" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"PK\x03\x04 not safetensors"])
def test_rubbish_in_the_place_of_tensors_is_one_clear_error(saved: Path, content: bytes) -> None:
    saved.write_bytes(content)
    with pytest.raises(ModelError, match="expected safetensors"):
        read_weights(saved)


def test_a_cut_off_file_is_one_clear_error(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:-100])
    with pytest.raises(ModelError, match="expected safetensors"):
        read_weights(saved)


def test_a_pt_file_is_sent_to_convert(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        read_weights(tmp_path / "yolov8n.pt")
    assert "models convert" in caught.value.hint
    saved_nowhere = tmp_path / "gone.safetensors"
    with pytest.raises(ModelError, match="expected the page of the weights"):
        read_weights(saved_nowhere)
