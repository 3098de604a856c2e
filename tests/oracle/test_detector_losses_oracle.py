"""Losses and assignment against own computations in plain Python, from the papers' equations."""

import math

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.detectors.losses.assigner import BatchTruth, assign
from cinefacs.detectors.losses.boxes import box_similarity, ciou, mpdiou
from cinefacs.detectors.losses.distances import distribution_focal_loss
from cinefacs.detectors.networks.config import BoxLoss
from cinefacs.detectors.networks.head import N_BINS, RawPredictions, decode_boxes

Box = tuple[float, float, float, float]
KINDS: list[BoxLoss] = ["iou", "giou", "diou", "ciou", "eiou", "mpdiou"]
SIZE_WH = (64, 48)

side = st.floats(1, 30)
boxes = st.tuples(st.floats(0, 30), st.floats(0, 30), side, side).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


def plain_similarity(kind: str, a: Box, b: Box) -> float:
    """Compute a similarity of two boxes that have an area, number by number."""
    w1, h1, w2, h2 = a[2] - a[0], a[3] - a[1], b[2] - b[0], b[3] - b[1]
    shared = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    union = w1 * h1 + w2 * h2 - shared
    overlap = shared / union
    wide = max(a[2], b[2]) - min(a[0], b[0])
    high = max(a[3], b[3]) - min(a[1], b[1])
    gap = ((a[0] + a[2] - b[0] - b[2]) / 2) ** 2 + ((a[1] + a[3] - b[1] - b[3]) / 2) ** 2
    distance = gap / (wide**2 + high**2)
    if kind == "iou":
        return overlap
    if kind == "giou":
        return overlap - (wide * high - union) / (wide * high)
    if kind == "diou":
        return overlap - distance
    if kind == "ciou":
        v = 4 / math.pi**2 * (math.atan(w1 / h1) - math.atan(w2 / h2)) ** 2
        alpha = v / (1 - overlap + v) if v else 0.0
        return overlap - distance - alpha * v
    if kind == "eiou":
        return overlap - distance - (w1 - w2) ** 2 / wide**2 - (h1 - h2) ** 2 / high**2
    d1 = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
    d2 = (a[2] - b[2]) ** 2 + (a[3] - b[3]) ** 2
    return overlap - (d1 + d2) / (SIZE_WH[0] ** 2 + SIZE_WH[1] ** 2)


@pytest.mark.parametrize("kind", KINDS)
@given(a=boxes, b=boxes)
def test_a_similarity_is_what_its_equation_says(kind: BoxLoss, a: Box, b: Box) -> None:
    tensors = torch.tensor([a, b], dtype=torch.float64)
    got = float(box_similarity(kind, tensors[0], tensors[1], SIZE_WH))
    assert got == pytest.approx(plain_similarity(kind, a, b), abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@given(a=boxes, b=boxes)
def test_a_similarity_is_1_for_equal_boxes_and_never_more(kind: BoxLoss, a: Box, b: Box) -> None:
    tensors = torch.tensor([a, b], dtype=torch.float64)
    assert float(box_similarity(kind, tensors[0], tensors[0], SIZE_WH)) == pytest.approx(1)
    there = float(box_similarity(kind, tensors[0], tensors[1], SIZE_WH))
    back = float(box_similarity(kind, tensors[1], tensors[0], SIZE_WH))
    assert there <= 1 + 1e-9
    assert there == pytest.approx(back, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_slopes_are_those_of_finite_differences(kind: BoxLoss) -> None:
    a = torch.tensor([[3.0, 4.0, 20.0, 30.0]], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([[5.0, 2.0, 26.0, 24.0]], dtype=torch.float64)
    if kind == "ciou":  # alpha has no slope by definition: hold it fixed on both sides
        w, h = 17.0, 26.0
        v = 4 / math.pi**2 * (math.atan(w / h) - math.atan(21 / 22)) ** 2
        alpha = v / (1 - plain_similarity("iou", (3, 4, 20, 30), (5, 2, 26, 24)) + v)

        def fixed(x: torch.Tensor) -> torch.Tensor:
            wh = x[:, 2:] - x[:, :2]
            angle = torch.atan(wh[:, 0] / wh[:, 1]) - math.atan(21 / 22)
            diou = box_similarity("diou", x, b, SIZE_WH)
            return diou - alpha * 4 / math.pi**2 * angle.square()

        (expected,) = torch.autograd.grad(fixed(a).sum(), a)
        (got,) = torch.autograd.grad(ciou(a, b).sum(), a)
        torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-7)
    else:
        assert torch.autograd.gradcheck(lambda x: box_similarity(kind, x, b, SIZE_WH), (a,))


@pytest.mark.parametrize("kind", KINDS)
def test_boxes_without_area_give_finite_values_and_slopes(kind: BoxLoss) -> None:
    a = torch.tensor([[5.0, 5, 5, 5], [0, 0, 9, 0], [2, 2, 8, 8]], requires_grad=True)
    b = torch.tensor([[5.0, 5, 5, 5], [1, 1, 7, 7], [2, 2, 2, 9]])
    value = box_similarity(kind, a, b, SIZE_WH)
    (slope,) = torch.autograd.grad(value.sum(), a)
    assert torch.isfinite(value).all()
    assert torch.isfinite(slope).all()


def test_mpdiou_of_a_worked_example() -> None:
    """Overlap 80 x 90 of 100 x 100 each: 7200 / 12800; corners 20, 10 off at 640 x 480."""
    a, b = torch.tensor([0.0, 0, 100, 100]), torch.tensor([20.0, 10, 120, 110])
    expected = 7200 / 12800 - 2 * (20**2 + 10**2) / (640**2 + 480**2)
    assert float(mpdiou(a, b, (640, 480))) == pytest.approx(expected, abs=1e-6)


def test_mpdiou_avoids_the_known_mistakes() -> None:
    a, b = torch.tensor([0.0, 0, 100, 100]), torch.tensor([30.0, 40, 130, 140])
    penalty = plain_similarity("iou", (0, 0, 100, 100), (30, 40, 130, 140)) - float(
        mpdiou(a, b, (640, 480))
    )
    right = 2 * 50**2 / (640**2 + 480**2)
    assert penalty == pytest.approx(right, abs=1e-6)
    assert penalty != pytest.approx(2 * 50**2 / (640 * 480), abs=1e-4)  # H W
    assert penalty != pytest.approx(2 * 50**2 / (130**2 + 140**2), abs=1e-4)  # enclosing box
    in_cells = 1 / 3136 * penalty
    assert penalty != pytest.approx(in_cells)  # boxes in cells of stride 56 with W, H in pixels
    # At 640 px one corner that is 10 px off costs 0.0001, both 0.0002: next to nothing.
    shifted = torch.tensor([10.0, 0, 110, 100])
    cost = plain_similarity("iou", (0, 0, 100, 100), (10, 0, 110, 100)) - float(
        mpdiou(a, shifted, (640, 640))
    )
    assert cost == pytest.approx(0.0002, abs=5e-5)


def test_dfl_is_the_cross_entropy_that_two_bins_share() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5, 4, N_BINS))
    distances = rng.uniform(0, N_BINS - 1.02, size=(5, 4))
    distances[0] = [0, 3, 14, 7.5]
    expected = []
    for row, sides in zip(logits, distances, strict=True):
        total = 0.0
        for scores, y in zip(row, sides, strict=True):
            shares = np.exp(scores) / np.exp(scores).sum()
            i = math.floor(y)
            total -= (i + 1 - y) * math.log(shares[i]) + (y - i) * math.log(shares[i + 1])
        expected.append(total / 4)
    got = distribution_focal_loss(
        torch.from_numpy(logits.reshape(5, -1)), torch.from_numpy(distances)
    )
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-9)


def test_decoding_is_the_expectation_over_bins_times_the_stride() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(1, 3, 4, N_BINS))
    points, strides = np.array([[4.0, 4], [12, 20], [48, 16]]), np.array([8.0, 8, 32])
    got = decode_boxes(
        RawPredictions(
            torch.from_numpy(logits.reshape(1, 3, -1)),
            torch.zeros(1, 3, 1),
            torch.from_numpy(points),
            torch.from_numpy(strides),
        ),
        torch.arange(float(N_BINS)),
    )[0].numpy()
    for row in range(3):
        reach = []
        for bin_logits in logits[0, row]:
            shares = np.exp(bin_logits) / np.exp(bin_logits).sum()
            reach.append(sum(i * share for i, share in enumerate(shares)) * strides[row])
        x, y = points[row]
        expected = [x - reach[0], y - reach[1], x + reach[2], y + reach[3]]
        np.testing.assert_allclose(got[row], expected, rtol=1e-6)


def plain_assignment(
    scores: npt.NDArray[np.float64],
    predicted: list[Box],
    points: npt.NDArray[np.float64],
    true_boxes: list[Box],
    labels: npt.NDArray[np.float64],
    top_k: int,
) -> tuple[list[int], npt.NDArray[np.float64]]:
    """Assign one picture's points, following TOOD's section 3.2 step by step.

    Returns the box of each point (-1: none) and the class targets.
    """
    n_points, n_boxes = len(points), len(true_boxes)
    align = np.zeros((n_boxes, n_points))
    overlap = np.zeros((n_boxes, n_points))
    claims: list[set[int]] = []
    for m, box in enumerate(true_boxes):
        inside = [
            a for a, (x, y) in enumerate(points) if box[0] < x < box[2] and box[1] < y < box[3]
        ]
        own = [k for k in range(labels.shape[1]) if labels[m, k]]
        for a in inside:
            overlap[m, a] = max(0.0, plain_similarity("ciou", box, predicted[a]))
            score = sum(scores[a, k] for k in own) / len(own)
            align[m, a] = score**0.5 * overlap[m, a] ** 6
        claims.append(set(sorted(inside, key=lambda a, m=m: -align[m, a])[:top_k]))  # type: ignore[misc]
    owner = [-1] * n_points
    for a in range(n_points):
        rivals = [m for m in range(n_boxes) if a in claims[m]]
        if rivals:
            owner[a] = max(rivals, key=lambda m: overlap[m, a])
    targets = np.zeros((n_points, labels.shape[1]))
    for m in range(n_boxes):
        mine = [a for a in range(n_points) if owner[a] == m]
        if not mine or max(align[m, a] for a in mine) == 0:
            continue
        scale = max(overlap[m, a] for a in mine) / max(align[m, a] for a in mine)
        for a in mine:
            targets[a] = labels[m] * align[m, a] * scale
    return owner, targets


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("is_multi_hot", [False, True], ids=["one-label", "several"])
def test_assignment_follows_the_paper_step_by_step(seed: int, is_multi_hot: bool) -> None:
    rng = np.random.default_rng(seed)
    points = np.array([[x + 4.0, y + 4.0] for y in range(0, 48, 8) for x in range(0, 64, 8)])
    reach = rng.uniform(3, 18, size=(len(points), 4))
    predicted = np.concatenate([points - reach[:, :2], points + reach[:, 2:]], axis=1)
    n_boxes = int(rng.integers(1, 5))
    low = rng.uniform(0, [40, 24], size=(n_boxes, 2))
    true_boxes = np.concatenate([low, low + rng.uniform(6, 24, size=(n_boxes, 2))], axis=1)
    labels = np.eye(5)[rng.integers(0, 5, n_boxes)]
    if is_multi_hot:
        labels = np.maximum(labels, rng.integers(0, 2, size=(n_boxes, 5)))
    scores = rng.uniform(0.01, 0.99, size=(len(points), 5))
    owner, targets = plain_assignment(
        scores, [tuple(b) for b in predicted], points, [tuple(b) for b in true_boxes], labels, 4
    )
    padding = torch.zeros(1, 2, 4, dtype=torch.float64)
    got = assign(
        torch.from_numpy(scores)[None],
        torch.from_numpy(predicted)[None],
        torch.from_numpy(points),
        BatchTruth(
            torch.cat([torch.from_numpy(true_boxes)[None], padding], dim=1),
            torch.cat([torch.from_numpy(labels)[None], torch.zeros(1, 2, 5).double()], dim=1),
            torch.tensor([[True] * n_boxes + [False] * 2]),
        ),
        top_k=4,
    )
    assert got.is_positive[0].tolist() == [m >= 0 for m in owner]
    assert got.box_index[0].tolist() == [max(0, m) for m in owner]
    np.testing.assert_allclose(got.class_targets[0].numpy(), targets, atol=1e-6)
    np.testing.assert_allclose(got.weights[0].numpy(), targets.max(axis=1), atol=1e-6)
