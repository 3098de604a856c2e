"""Sizes of the networks, measured on the reference implementations (the specification's numbers).

Sizes given to the unit hold exactly, the others to 0.5 %. Everything runs on the meta device,
which computes shapes only.
"""

import pytest
import torch

from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.networks.describe import NetworkSize, count_parameters, measure
from cinefacs.detectors.networks.yolo import Yolo

EXACT = [
    ("yolov8n", 80, 3_157_200),
    ("yolov8s", 80, 11_166_560),
    ("yolov8m", 80, 25_902_640),
    ("yolov8n", 7, 3_012_213),
    ("yolov8n", 42, 3_019_038),
    ("yolov5n", 42, 2_516_654),
    ("yolov5n", 80, 2_654_816),
    ("yolov8n+vovgscsp", 80, 2_806_576),
    ("yolov8n+vovgscsp-everywhere", 80, 2_439_328),
    ("yolov8n-smart", 80, 2_806_623),
    ("yolov8n-smart+vovgscsp-everywhere", 80, 2_439_375),
    ("yolov8n-smart+vovgscsp-everywhere", 42, 2_301_213),
    ("yolov8n+vovgscsp+gsconv", 80, 2_716_816),
    ("yolov8n+mca", 80, 3_157_200 + 47),
    ("yolov8n+se", 80, 3_157_200 + 11_228),
    ("yolov8n+cbam", 80, 3_157_200 + 11_528),
    ("yolov8n+eca", 80, 3_157_200 + 13),
    ("yolov8n+mca+before-sppf", 80, 3_157_200 + 17),
    ("yolov8n+se+before-sppf", 80, 3_157_200 + 8_464),
    ("yolov8n+cbam+before-sppf", 80, 3_157_200 + 8_564),
    ("yolov8n+eca+before-sppf", 80, 3_157_200 + 5),
    ("yolov8n+eca+after-sppf", 80, 3_157_200 + 5),
]
GFLOPS = [
    ("yolov8n", 80, 8.86),
    ("yolov8n", 7, 8.20),
    ("yolov8n", 42, 8.24),
    ("yolov8n+vovgscsp", 80, 8.15),
    ("yolov8n-smart", 80, 8.15),
    ("yolov8n+vovgscsp-everywhere", 80, 7.11),
    ("yolov8n-smart+vovgscsp-everywhere", 42, 6.49),
    ("yolov8n+vovgscsp+gsconv", 80, 8.03),
]
ROUGH = [
    ("yolov5n", 42, None, 7.2),
    ("yolov5s", 42, 9.1e6, None),
    ("yolov5s", 80, None, 24.1),
    ("yolov3", 42, 103.7e6, 283),
    ("yolov3-tiny", 42, 12.2e6, 19.1),
]


def size(name: str, n_classes: int) -> NetworkSize:
    with torch.device("meta"):
        network = Yolo(find_network(name), n_classes)
        return measure(network, lambda: network(torch.zeros(1, 3, 640, 640)))


@pytest.mark.parametrize(("name", "n_classes", "n_parameters"), EXACT)
def test_the_number_of_parameters_is_exact(name: str, n_classes: int, n_parameters: int) -> None:
    with torch.device("meta"):
        assert count_parameters(Yolo(find_network(name), n_classes)) == n_parameters


@pytest.mark.parametrize(("name", "n_classes", "gflops"), GFLOPS)
def test_the_operations_agree_to_the_digits_given(name: str, n_classes: int, gflops: float) -> None:
    assert round(size(name, n_classes).gflops, 2) == gflops


@pytest.mark.parametrize(("name", "n_classes", "n_parameters", "gflops"), ROUGH)
def test_rounded_sizes_agree_to_half_a_percent(
    name: str, n_classes: int, n_parameters: float | None, gflops: float | None
) -> None:
    found = size(name, n_classes)
    if n_parameters is not None:
        assert found.n_parameters == pytest.approx(n_parameters, rel=0.005)
    if gflops is not None:
        # one figure after the point leaves half a unit of it open
        assert found.gflops == pytest.approx(gflops, rel=0.005, abs=0.05)


def test_every_scale_is_larger_than_the_one_before() -> None:
    with torch.device("meta"):
        for family in ("yolov8", "yolov5"):
            sizes = [count_parameters(Yolo(find_network(f"{family}{s}"), 42)) for s in "nsmlx"]
            assert sizes == sorted(sizes)
            assert len(set(sizes)) == 5


def test_the_frozen_bins_are_counted_but_not_trained() -> None:
    found = size("yolov8n", 80)
    assert found.n_parameters - found.n_trainable == 16
    assert found.n_layers > 100
