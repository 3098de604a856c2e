"""Tell which found face belongs to which track."""

from collections.abc import Sequence

import lap
import numpy as np

from cinefacs.geometry.boxes import Boxes, pairwise_iou

__all__ = ["match_boxes"]

_MAX_SIZE_RATIO = 1.6
"""Faces that differ more in size are not the same face a moment later."""


def match_boxes(
    tracked_xyxy: Sequence[Boxes],
    found_xyxy: Sequence[Boxes],
    *,
    min_iou: float,
    max_distance: float,
) -> list[tuple[int, int]]:
    """Pair tracked with found boxes at the least cost in all.

    The cost of a pair is ``1 - IoU`` plus the distance of the centres in face sides. Boxes can be
    paired if they overlap enough, or lie near each other and are about equally large.

    Parameters
    ----------
    tracked_xyxy : T boxes (4,), px
    found_xyxy : F boxes (4,), px
    min_iou : 0 to 1
    max_distance : in sides of the mean of both boxes

    Returns
    -------
    list of (position in `tracked_xyxy`, position in `found_xyxy`), ascending

    References
    ----------
    Jonker and Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
    assignment problems", Computing 38, 1987.
    """
    if not len(tracked_xyxy) or not len(found_xyxy):
        return []
    tracked, found = np.asarray(tracked_xyxy, np.float64), np.asarray(found_xyxy, np.float64)
    iou = pairwise_iou(tracked, found)  # (T, F)
    centre_t, centre_f = ((box[:, :2] + box[:, 2:]) / 2 for box in (tracked, found))
    side_t, side_f = (
        np.sqrt(np.clip((box[:, 2:] - box[:, :2]).prod(axis=1), 1, None))
        for box in (tracked, found)
    )
    mean_side = (side_t[:, None] + side_f[None, :]) / 2
    distance = np.linalg.norm(centre_t[:, None] - centre_f[None, :], axis=-1) / mean_side
    ratio = np.maximum(side_t[:, None] / side_f[None, :], side_f[None, :] / side_t[:, None])
    is_near = (distance <= max_distance) & (ratio <= _MAX_SIZE_RATIO)
    cost_limit = 2.0 + max_distance
    cost = np.where((iou >= min_iou) | is_near, 1 - iou + distance, 10 * cost_limit)
    _, column_of_row, _ = lap.lapjv(cost, extend_cost=True, cost_limit=cost_limit)
    return [(i, int(j)) for i, j in enumerate(column_of_row) if j >= 0]
