"""What every detector must do, whoever wrote it: the same checks for all seven.

Narrow networks of the same classes learn here; full-size ones in `benchmarks.overfit`, which
`make test-slow` runs.
"""

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from scipy.optimize import linear_sum_assignment

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
    stir,
)
from tests.support.labelled import draw_set
from tests.support.trainings import make_fitting, short_training

N_EPOCHS = {"faster-rcnn": 200, "ssd": 80, "yolov3-tiny": 80, "yolov3": 80}
RATES = {"faster-rcnn": 0.002, "yolov3": 0.003, "yolov3-tiny": 0.003, "ssd": 0.003}


TOLERANCE = 1e-4
"""Of scores, and of boxes over the input's side. Convolutions sum in another order where a batch is
longer: float32 has 1.2e-7 of relative error a sum, and fifty layers in a row were seen to carry it
to some 1e-6; a picture that looked at its neighbours would differ by whole hundredths."""


def largest_difference(a: Found, b: Found, *, side_px: int) -> float:
    """Return how far two lists of boxes are apart, box by box: class, every score, corners.

    Boxes are paired by what they say, not by their place in the list, since the last digit of
    two scores may change their order.
    """
    if len(a.score) != len(b.score):
        return math.inf
    rows = []
    for found in (a, b):
        columns = [found.class_index[:, None].float(), found.score[:, None]]
        columns += [found.boxes_xyxy / side_px]
        columns += [] if found.class_scores is None else [found.class_scores]
        rows.append(torch.cat(columns, dim=1).double())
    far = torch.cdist(rows[0], rows[1], p=math.inf)  # (N, N)
    left, right = linear_sum_assignment(far.numpy())
    return float(far[left, right].max())


@pytest.mark.parametrize("hw", [(64, 64), (32, 96)])
@pytest.mark.parametrize("kind", NARROW)
def test_a_batch_says_what_its_pictures_say_one_by_one(kind: str, hw: tuple[int, int]) -> None:
    network = stir(small_network(NARROW[kind])).eval()
    patches = torch.rand(3, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    images = torch.nn.functional.interpolate(patches, hw)  # noise would look alike to them all
    options = FindOptions(score_floor=1e-6, most_boxes=20)
    batch = network.find(images, options)
    singles = [network.find(image[None], options)[0] for image in images]
    for together, alone in zip(batch, singles, strict=True):
        assert largest_difference(together, alone, side_px=64) <= TOLERANCE
        assert len(together.score) > 0
        assert (together.score.diff() <= 0).all()
    for one, other in pairwise(singles):  # else nothing was compared
        assert largest_difference(one, other, side_px=64) > 10 * TOLERANCE


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


@pytest.mark.parametrize("kind", ["faster-rcnn", "ssd"])
def test_a_softmax_head_refuses_several_labels(kind: str) -> None:
    with pytest.raises(ConfigError, match="one label a box, got 'made-up'"):
        small_network(NARROW[kind], several_label_space())


@pytest.mark.parametrize("options", [{"score_floor": 2}, {"nms_iou": -1}, {"most_boxes": 0}])
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        FindOptions(**options)  # type: ignore[arg-type]
