"""Run a network over labelled pictures and collect what it finds."""

import dataclasses
from collections.abc import Callable

import numpy as np
import torch

from cinefacs.detectors.data.views import EvaluationViews, PlainView
from cinefacs.detectors.protocol import DetectionNetwork, FindOptions, Found
from cinefacs.engines.network_input import map_boxes_back
from cinefacs.geometry.boxes import clip_boxes
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.calibration import Calibration
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.detections import Detections

__all__ = ["as_detections", "calibrated", "find_in_views"]


def as_detections(found: list[Found], class_space: ClassSpace) -> Detections:
    """Return what was found in each view as one record.

    Parameters
    ----------
    found
        Of each view, in order.
    class_space
        Of the scores.
    """
    counts = [len(item.score) for item in found]
    has_scores = all(item.class_scores is not None for item in found)
    scores = [item.class_scores.cpu().numpy() for item in found if item.class_scores is not None]
    return Detections(
        class_space=class_space,
        n_pictures=len(found),
        picture_index=np.repeat(np.arange(len(found)), counts),
        boxes_xyxy=np.concatenate([f.boxes_xyxy.cpu().numpy() for f in found]).reshape(-1, 4),
        score=np.concatenate([f.score.cpu().numpy() for f in found]).clip(0, 1),
        class_index=np.concatenate([f.class_index.cpu().numpy() for f in found]).astype(np.int64),
        class_scores=np.concatenate(scores).clip(0, 1) if has_scores and scores else None,
    )


def calibrated(detections: Detections, calibration: Calibration | None) -> Detections:
    """Return detections whose scores of classes are probabilities, as exported detectors give them.

    Parameters
    ----------
    detections
        Where they tell only the score of the box's own class, they stay.
    calibration
        None: they stay as they are.

    Raises
    ------
    SchemaError
        The calibration is one of other classes.
    """
    if calibration is None or detections.class_scores is None:
        return detections
    scores = calibration.apply(detections.class_scores)
    return dataclasses.replace(detections, class_scores=scores)


def find_in_views(
    network: DetectionNetwork,
    views: EvaluationViews,
    *,
    options: FindOptions,
    batch: int = 16,
    device: str = "cpu",
    on_views: Callable[[int], None] | None = None,
) -> tuple[Detections, BoxTruth]:
    """Return what a network finds, and what is there.

    Parameters
    ----------
    network
        Left in the mode it was in.
    views
        Pictures or faces.
    options
        Which boxes are kept.
    batch
        Views at a time.
    device
        Where the network lies.
    on_views
        Told how many views are done.

    Returns
    -------
    Detections and BoxTruth
        Whole pictures: px of the original picture. Crops: px of the crop, one picture a crop.
    """
    was_training = network.training
    network.eval()
    found: list[Found] = []
    nothing = torch.empty(0)  # all images at once would not fit into memory
    plain: list[PlainView] = []
    for start in range(0, len(views), batch):
        items = [views[i] for i in range(start, min(start + batch, len(views)))]
        images = torch.stack([item.image for item in items]).to(device)
        for answer, item in zip(network.find(images, options), items, strict=True):
            plain.append(item._replace(image=nothing))
            found.append(answer if views.is_cropped else _in_picture(answer, item))
        if on_views is not None:
            on_views(len(found))
    network.train(was_training)
    return as_detections(found, network.class_space), views.truth(plain)


def _in_picture(answer: Found, view: PlainView) -> Found:
    """Return the boxes in px of the picture, cut at its border."""
    back = map_boxes_back(view.matrix, answer.boxes_xyxy.cpu().numpy())
    cut = clip_boxes(back, resolution_wh=view.picture_wh)
    return answer._replace(boxes_xyxy=torch.from_numpy(cut))
