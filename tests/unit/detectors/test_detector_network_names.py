"""Names of networks: what they stand for, and what is refused."""

import pytest
import torch

from cinefacs.detectors.networks.config import NetworkConfig, find_network, preset_names
from cinefacs.detectors.networks.yolo import Yolo
from cinefacs.errors import ConfigError, SchemaError


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_keeps_its_name(name: str) -> None:
    assert find_network(name).name == name


def test_smart_is_three_changes_at_once() -> None:
    smart = find_network("yolov8s-smart")
    assert smart == NetworkConfig(scale="s", vovgscsp="neck", attention="mca", box_loss="mpdiou")


@pytest.mark.parametrize(
    "name",
    ["yolov8n+se", "yolov8n+mca+before-sppf", "yolov8n-smart*0.25", "yolov8n+vovgscsp-everywhere",
     "yolov8m+gsconv+mpdiou", "yolov5n+giou", "yolov8x-smart+after-sppf", "yolov3-tiny*0.5"],
)  # fmt: skip
def test_switches_go_there_and_back(name: str) -> None:
    assert find_network(find_network(name).name) == find_network(name)
    assert find_network(name).name == name


def test_a_switch_of_smart_can_be_put_otherwise() -> None:
    config = find_network("yolov8n-smart+vovgscsp-everywhere")
    assert (config.vovgscsp, config.attention, config.box_loss) == ("everywhere", "mca", "mpdiou")
    assert find_network(config.name) == config


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("yolov8", "expected a known name"),
        ("yolov9n", "expected a known name"),
        ("", "expected a known name"),
        ("yolov8n+", "expected a known name"),
        ("yolov8n+mka", "expected a known switch, got 'mka'"),
        ("yolov8n+se+eca", "expected one attention, got two"),
        ("yolov8n*0", "width_share: expected more than 0"),
        ("yolov8n*2", "width_share: expected more than 0, at most 1"),
        ("yolov8n*1.2.3", "expected a number after"),
        ("yolov5n+se", "yolov5: expected attention 'none', got 'se'"),
        ("yolov3+gsconv", "expected downsampling 'conv'"),
        ("ssd300-vgg16+giou", "no choice of box_loss"),
    ],
)
def test_a_wrong_name_is_one_clear_error(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        find_network(name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": None}, "expected a scale"),
        ({"family": "yolov3"}, "expected no scale, got 'n'"),
        ({"attention": "selfish"}, "attention: expected one of none, mca"),
    ],
)
def test_a_wrong_configuration_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        NetworkConfig(**options)  # type: ignore[arg-type]


def test_a_network_needs_classes_and_a_family_of_its_own() -> None:
    with pytest.raises(ConfigError, match="at least one class"):
        Yolo(find_network("yolov8n"), 0)
    with pytest.raises(ConfigError, match="got 'ssd300-vgg16'"):
        Yolo(find_network("ssd300-vgg16"), 3)


def test_sides_that_32_does_not_divide_are_refused() -> None:
    with pytest.raises(SchemaError, match="100 x 64") as caught:
        Yolo(find_network("yolov8n*0.25"), 1)(torch.zeros(1, 3, 100, 64))
    assert "letterbox" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "n_points"), [("yolov8n*0.25", 84), ("yolov5n*0.25", 84), ("yolov3*0.0625", 84),
                           ("yolov3-tiny*0.25", 20)],
)  # fmt: skip
def test_every_level_speaks_for_each_of_its_cells(name: str, n_points: int) -> None:
    yolo = Yolo(find_network(name), 5).eval()
    raw = yolo(torch.rand(2, 3, 64, 64))
    assert raw.box_logits.shape == (2, n_points, 64)
    assert raw.class_logits.shape == (2, n_points, 5)
    first = 4 if n_points == 84 else 8
    assert float(raw.points_px.min()) == first
    assert float(raw.points_px.max()) == 64 - first
    assert sorted(set(raw.strides_px.tolist()))[-1] == 32


def test_class_scores_start_at_what_a_few_objects_would_make_them() -> None:
    yolo = Yolo(find_network("yolov8n"), 80)
    bias = yolo.head.score[0][-1].bias  # type: ignore[index]
    expected = torch.tensor(5 / 80 / (640 / 8) ** 2).log()
    torch.testing.assert_close(bias, expected.expand(80))
