"""Mean average precision by faster-coco-eval (equal to pycocotools, eight times as fast)."""

import contextlib
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.metrics.box_matching import ClassDetections, class_detections, require_same_pictures
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.detections import Detections

__all__ = ["MOST_DETECTIONS", "MeanPrecision", "coco_truth", "mean_average_precision"]

MOST_DETECTIONS = 300
"""Boxes of one picture that count; COCO's own 100 would cut what the detectors may say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MeanPrecision:
    """Average precision of each class and its means; classes that never occur are left out."""

    map50: float
    """Mean over classes, overlap 0.5."""
    map50_95: float
    """Mean over classes and overlaps 0.5, 0.55 ... 0.95."""
    ap50: dict[str, float]
    """By class, overlap 0.5."""
    ap50_95: dict[str, float]
    """By class, mean over overlaps."""


def coco_truth(truth: BoxTruth) -> dict[str, object]:
    """Return the truth in COCO's form; a box with several labels stands once for each."""
    rows, classes = np.nonzero(truth.labels)
    boxes = truth.boxes_xyxy.astype(np.float64)[rows]  # (L, 4)
    wh = boxes[:, 2:] - boxes[:, :2]
    annotations = [
        {
            "id": number + 1,
            "image_id": int(truth.picture_index[row]),
            "category_id": int(c),
            "bbox": [*boxes[number, :2].tolist(), *wh[number].tolist()],
            "area": float(wh[number].prod()),
            "iscrowd": 0,
        }
        for number, (row, c) in enumerate(zip(rows, classes, strict=True))
    ]
    return {
        "info": {},
        "images": [{"id": i} for i in range(truth.n_pictures)],
        "categories": [{"id": i, "name": name} for i, name in enumerate(truth.class_space.names)],
        "annotations": annotations,
    }


def coco_rows(found: ClassDetections) -> npt.NDArray[np.float64]:
    """Return detections as COCO's (N, 7) array: picture, x, y, width, height, score, class."""
    boxes = found.boxes_xyxy.astype(np.float64)
    wh = boxes[:, 2:] - boxes[:, :2]
    columns = [found.picture_index, *boxes[:, :2].T, *wh.T, found.score, found.class_index]
    return np.stack([np.asarray(c, dtype=np.float64) for c in columns], axis=1)


def mean_average_precision(detections: Detections, truth: BoxTruth) -> MeanPrecision:
    """Return COCO's average precision.

    Parameters
    ----------
    detections, truth
        Of the same pictures. Without a true box everything is 0 and no class is named.

    Raises
    ------
    SchemaError
        They are not of the same pictures or classes.
    """
    from faster_coco_eval import COCO, COCOeval_faster  # noqa: PLC0415  (a second to import)

    require_same_pictures(detections, truth)
    occurs = np.flatnonzero(truth.labels.sum(axis=0))
    if not len(occurs):
        return MeanPrecision(map50=0.0, map50_95=0.0, ap50={}, ap50_95={})
    names = [truth.class_space.names[c] for c in occurs]
    found = class_detections(detections)
    if not len(found.score):
        zero = dict.fromkeys(names, 0.0)
        return MeanPrecision(map50=0.0, map50_95=0.0, ap50=zero, ap50_95=dict(zero))
    with _silence():
        answer = COCO(coco_truth(truth))
        said = answer.loadRes(coco_rows(found))
        run = COCOeval_faster(answer, said, "bbox", print_function=_say_nothing)
        run.params.maxDets = [1, 10, MOST_DETECTIONS]
        run.params.catIds = occurs.tolist()
        run.params.imgIds = list(range(truth.n_pictures))
        run.evaluate()
        run.accumulate()
    precision = run.eval["precision"][:, :, :, 0, -1]  # (overlaps, recalls, classes)
    by_class = precision.mean(axis=1)  # (overlaps, classes)
    return MeanPrecision(
        map50=float(by_class[0].mean()),
        map50_95=float(by_class.mean()),
        ap50=dict(zip(names, by_class[0].tolist(), strict=True)),
        ap50_95=dict(zip(names, by_class.mean(axis=0).tolist(), strict=True)),
    )


def _say_nothing(*_words: object) -> None:
    """Take what the evaluation prints."""


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep what the library prints and logs from the user's screen."""
    logger = logging.getLogger("faster_coco_eval")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)
