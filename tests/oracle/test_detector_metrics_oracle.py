"""Our measures against pycocotools and scikit-learn on random boxes."""

import contextlib
import io

import numpy as np
import numpy.typing as npt
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn.metrics import average_precision_score, precision_recall_fscore_support
from sklearn.metrics import confusion_matrix as sklearn_confusion

from cinefacs.detectors.evaluation.coco import (
    MOST_DETECTIONS,
    coco_rows,
    coco_truth,
    mean_average_precision,
)
from cinefacs.metrics.box_matching import class_detections
from cinefacs.metrics.faces_and_labels import confusion_matrix, label_counts
from cinefacs.metrics.precision_recall import (
    class_average_precision,
    ranking_average_precision,
    threshold_curves,
)
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.detections import Detections

SPACES = {
    "one": ClassSpace(name="one", names=("a", "b", "c"), multi_label=False),
    "several": ClassSpace(name="several", names=("AU1", "AU2", "face"), multi_label=True),
}


def made_up(seed: int, kind: str, *, n_pictures: int = 12) -> tuple[Detections, BoxTruth]:
    """Return true boxes, and detections that are shifted, doubled, missed or invented."""
    rng = np.random.default_rng(seed)
    space = SPACES[kind]
    true_index = np.sort(rng.integers(0, n_pictures, 25))
    low = rng.uniform(0, 80, (25, 2))
    boxes = np.concatenate([low, low + rng.uniform(10, 60, (25, 2))], axis=1)
    labels = np.eye(3, dtype=np.uint8)[rng.integers(0, 3, 25)]
    if kind == "several":
        labels = rng.integers(0, 2, (25, 3)).astype(np.uint8)
        labels[:, 2] = 1
    source = rng.integers(0, 25, 40)
    found = boxes[source] + rng.normal(0, 5, (40, 4))
    found[:, 2:] = np.maximum(found[:, 2:], found[:, :2] + 1)
    index = np.where(rng.random(40) < 0.2, rng.integers(0, n_pictures, 40), true_index[source])
    order = np.argsort(index, kind="stable")
    scores = rng.uniform(0.01, 1, (40, 3)).round(2)  # rounded: equal scores happen
    classes = np.where(rng.random(40) < 0.3, rng.integers(0, 3, 40), labels[source].argmax(axis=1))
    if kind == "several":
        classes = np.full(40, 2)
    detections = Detections(
        class_space=space,
        n_pictures=n_pictures,
        picture_index=index[order],
        boxes_xyxy=found[order].astype(np.float32),
        score=scores[np.arange(40), classes][order].astype(np.float32),
        class_index=classes[order],
        class_scores=scores[order].astype(np.float32),
    )
    truth = BoxTruth(
        class_space=space,
        n_pictures=n_pictures,
        picture_index=true_index,
        boxes_xyxy=boxes.astype(np.float32),
        labels=labels,
    )
    return detections, truth


def pycocotools_precision(detections: Detections, truth: BoxTruth) -> npt.NDArray[np.float64]:
    """Return precision (overlaps, recalls, classes) as pycocotools finds it."""
    with contextlib.redirect_stdout(io.StringIO()):
        answer = COCO()
        answer.dataset = coco_truth(truth)
        answer.createIndex()
        said = answer.loadRes(coco_rows(class_detections(detections)))
        run = COCOeval(answer, said, "bbox")
        run.params.maxDets = [1, 10, MOST_DETECTIONS]
        run.evaluate()
        run.accumulate()
    return np.asarray(run.eval["precision"][:, :, :, 0, -1])


@pytest.mark.parametrize("kind", SPACES)
@pytest.mark.parametrize("seed", range(6))
def test_average_precision_is_that_of_pycocotools(seed: int, kind: str) -> None:
    detections, truth = made_up(seed, kind)
    expected = pycocotools_precision(detections, truth)
    means = mean_average_precision(detections, truth)
    assert means.map50 == pytest.approx(expected[0].mean(), abs=1e-9)
    assert means.map50_95 == pytest.approx(expected.mean(), abs=1e-9)
    by_class = dict(zip(truth.class_space.names, expected[0].mean(axis=0), strict=True))
    assert means.ap50 == pytest.approx(by_class, abs=1e-9)
    own = class_average_precision(detections, truth)
    assert own == pytest.approx(by_class, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_ranking_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    score = rng.random(60).round(1).astype(np.float32)
    positive = rng.random(60) < 0.3
    expected = average_precision_score(positive, score)
    assert ranking_average_precision(score, positive) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_confusion_precision_recall_and_f1_are_those_of_scikit_learn(seed: int) -> None:
    """Faces apart from each other, so that who is matched with whom is plain to see."""
    rng = np.random.default_rng(seed)
    n = 40
    true, said = rng.integers(0, 3, n), rng.integers(0, 3, n)
    score = rng.uniform(0, 1, n).astype(np.float32)
    box = np.tile(np.array([[10.0, 10, 50, 50]], dtype=np.float32), (n, 1))
    common = {"class_space": SPACES["one"], "n_pictures": n, "picture_index": np.arange(n)}
    detections = Detections(boxes_xyxy=box, score=score, class_index=said, **common)  # type: ignore[arg-type]
    truth = BoxTruth(boxes_xyxy=box, labels=np.eye(3, dtype=np.uint8)[true], **common)  # type: ignore[arg-type]
    threshold = 0.4
    shown = np.where(score >= threshold, said, 3)
    expected = sklearn_confusion(true, shown, labels=[0, 1, 2, 3])
    np.testing.assert_array_equal(
        confusion_matrix(detections, truth, threshold=threshold), expected
    )
    curves = threshold_curves(detections, truth)
    row = curves.at(threshold)
    p, r, f, _ = precision_recall_fscore_support(true, shown, labels=[0, 1, 2], zero_division=0)
    np.testing.assert_allclose(curves.precision[row], p, atol=1e-12)
    np.testing.assert_allclose(curves.recall[row], r, atol=1e-12)
    np.testing.assert_allclose(curves.f1[row], f, atol=1e-12)
    assert curves.macro_f1[row] == pytest.approx(f.mean())
    micro = precision_recall_fscore_support(true, shown, labels=[0, 1, 2], average="micro")
    got = [values[row] for values in curves.micro]
    np.testing.assert_allclose(got, micro[:3], atol=1e-12)


def test_counts_of_labels_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    n = 30
    labels = rng.integers(0, 2, (n, 3)).astype(np.uint8)
    labels[:, 2] = 1
    scores = rng.random((n, 3)).astype(np.float32)
    box = np.tile(np.array([[10.0, 10, 50, 50]], dtype=np.float32), (n, 1))
    common = {"class_space": SPACES["several"], "n_pictures": n, "picture_index": np.arange(n)}
    truth = BoxTruth(boxes_xyxy=box, labels=labels, **common)  # type: ignore[arg-type]
    detections = Detections(
        boxes_xyxy=box, score=scores[:, 2], class_index=np.full(n, 2), class_scores=scores,
        **common,  # type: ignore[arg-type]
    )  # fmt: skip
    for c, counts in enumerate(label_counts(detections, truth, threshold=0.5)):
        (tn, fp), (fn, tp) = sklearn_confusion(labels[:, c], scores[:, c] >= 0.5)
        got = (counts.n_true_negative, counts.n_false_positive, counts.n_false_negative,
               counts.n_true_positive)  # fmt: skip
        assert got == (tn, fp, fn, tp)
        expected = average_precision_score(labels[:, c], scores[:, c])
        assert counts.average_precision == pytest.approx(expected, abs=1e-9)
        assert counts.prevalence == pytest.approx(labels[:, c].mean())
