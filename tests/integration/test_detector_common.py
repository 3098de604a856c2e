"""What every detector must do, whoever wrote it: the same checks for all seven.

Narrow networks of the same classes learn here; full-size ones in `make test-slow`.
"""

import json
from pathlib import Path

import pytest
import torch

from cinefacs.detectors.protocol import FindOptions, Found
from cinefacs.detectors.tasks import load_network
from cinefacs.detectors.training.fit import fit
from cinefacs.errors import ConfigError
from tests.support.detectors import (
    NARROW,
    one_label_space,
    several_label_space,
    small_network,
    some_truth,
)
from tests.support.labelled import draw_set
from tests.support.trainings import make_fitting, short_training

N_EPOCHS = {"faster-rcnn": 200, "ssd": 80, "yolov3-tiny": 80, "yolov3": 80}
RATES = {"faster-rcnn": 0.002}


def assert_same(a: Found, b: Found, *, tolerance: float = 1e-4) -> None:
    torch.testing.assert_close(a.score, b.score, rtol=0, atol=tolerance)
    order_a, order_b = (
        sorted(zip(f.class_index.tolist(), f.boxes_xyxy.round(decimals=1).tolist(), strict=True))
        for f in (a, b)
    )
    assert len(order_a) == len(order_b)


@pytest.mark.parametrize("kind", NARROW)
def test_a_batch_says_what_its_pictures_say_one_by_one(kind: str) -> None:
    network = small_network(NARROW[kind]).eval()
    images = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    options = FindOptions(score_floor=1e-6, most_boxes=20)
    batch = network.find(images, options)
    singles = [network.find(image[None], options)[0] for image in images]
    for together, alone in zip(batch, singles, strict=True):
        assert_same(together, alone)
        assert len(together.score) > 0
        assert (together.score.diff() <= 0).all()


@pytest.mark.parametrize("kind", NARROW)
def test_pictures_without_faces_train_and_black_ones_are_no_error(kind: str) -> None:
    network = small_network(NARROW[kind]).train()
    empty = some_truth()[1]
    for truth in ([empty, empty], some_truth()):
        parts = network.losses(torch.rand(2, 3, 64, 64), truth)
        loss = torch.stack(list(parts.values())).sum()
        torch.autograd.backward(loss)
        assert torch.isfinite(loss.detach())
    slopes = [p.grad for p in network.parameters() if p.grad is not None]
    assert slopes
    assert all(torch.isfinite(slope).all() for slope in slopes)
    (found,) = network.eval().find(torch.zeros(1, 3, 64, 64), FindOptions())
    assert torch.isfinite(found.boxes_xyxy).all()
    assert len(found.boxes_xyxy) == len(found.score) == len(found.class_index)


@pytest.mark.parametrize("kind", NARROW)
def test_four_pictures_are_learned_by_heart_and_survive_saving(kind: str, tmp_path: Path) -> None:
    labelled = draw_set(tmp_path / "p", one_label_space(), n=4)
    n_epochs = N_EPOCHS.get(kind, 50)
    config = short_training(
        epochs=n_epochs, side_px=96, learning_rate=RATES.get(kind, 0.006), settle_batches=1,
        warmup_epochs=5.0, validate_every=n_epochs,
    )  # fmt: skip
    fitting = make_fitting(NARROW[kind], labelled, tmp_path / "run", config)
    result = fit(fitting)
    document = (tmp_path / "run/metrics.json").read_text(encoding="utf-8")

    assert json.loads(document)["map50"] >= 0.95
    card, loaded = load_network(result.weights_path)
    _, again = load_network(result.weights_path)
    assert card.network.name == NARROW[kind]
    image = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    (first,), (second,) = (n.find(image, FindOptions()) for n in (loaded, again))
    assert torch.equal(first.score, second.score)
    assert torch.equal(first.boxes_xyxy, second.boxes_xyxy)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n_epochs", "rate"),
    [
        ("yolov8n", 60, 0.005), ("yolov8n-smart", 60, 0.005), ("yolov5n", 60, 0.005),
        ("yolov3-tiny", 60, 0.002), ("ssd300-vgg16", 40, 0.0003),
        ("faster-rcnn-vgg16", 60, 0.0003),
    ],
)  # fmt: skip
def test_full_size_networks_learn_four_pictures_by_heart(
    name: str, n_epochs: int, rate: float, tmp_path: Path
) -> None:
    labelled = draw_set(tmp_path / "p", one_label_space(), n=4)
    config = short_training(
        epochs=n_epochs, side_px=128, learning_rate=rate, settle_batches=1, warmup_epochs=5.0,
        validate_every=n_epochs,
    )  # fmt: skip
    result = fit(make_fitting(name, labelled, tmp_path / "run", config))
    print(f"{name}: {result.n_epochs} epochs, {result.seconds:.0f} s, "  # noqa: T201
          f"mAP50-95 {result.best_score:.3f}")  # fmt: skip

    document = json.loads((tmp_path / "run/metrics.json").read_text(encoding="utf-8"))
    assert document["map50"] >= 0.95


@pytest.mark.parametrize("kind", ["faster-rcnn", "ssd"])
def test_a_softmax_head_refuses_several_labels(kind: str) -> None:
    with pytest.raises(ConfigError, match="one label a box, got 'made-up'"):
        small_network(NARROW[kind], several_label_space())


@pytest.mark.parametrize("options", [{"score_floor": 2}, {"nms_iou": -1}, {"most_boxes": 0}])
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        FindOptions(**options)  # type: ignore[arg-type]
