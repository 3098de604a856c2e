"""Measure a detector of crops on labelled faces: how well each class is ranked, and where."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.metrics.ranking import Ranking
from cinefacs.records.class_space import ClassSpace

__all__ = ["BANDS", "measure_reading"]

BANDS: tuple[tuple[str, float, float], ...] = (
    ("0.1-0.2", 0.1, 0.2),
    ("0.2-0.5", 0.2, 0.5),
    ("0.5-1", 0.5, 1.01),
)
"""Bands of intensity of the strongest action unit."""
_LEAST = 10
"""Faces with and without a class below which no figure is given."""

Bools = npt.NDArray[np.bool_]


def measure_reading(
    scores: npt.NDArray[np.float32],
    labels: Bools,
    is_known: Bools,
    space: ClassSpace,
    *,
    intensity: npt.NDArray[np.float32],
) -> dict[str, Any]:
    """Return AUROC by class, and their mean in bands of intensity; chance is 0.5.

    Parameters
    ----------
    scores : (N, K), 0 to 1
    labels, is_known : (N, K) bool
    space
        Of the columns.
    intensity : (N,), 0 to 1
        Of each face's strongest action unit. Within a band faces that have a class are those of
        this band, against all faces that do not have it.

    Returns
    -------
    dict
        ``auroc`` by class (None where fewer than 10 have it or have it not), ``n_present`` by
        class, ``bands``: mean over action units and over emotions, and ``emotion``: top-1 of the
        single-emotion faces beside chance.
    """
    anywhere = np.ones(len(scores), bool)
    auroc = _by_class(scores, labels, is_known, space, anywhere)
    bands = {}
    for name, low, high in BANDS:
        found = _by_class(scores, labels, is_known, space, (intensity >= low) & (intensity < high))
        bands[name] = {
            "action_units": _mean(v for k, v in found.items() if k.startswith("AU")),
            "emotions": _mean(v for k, v in found.items() if not k.startswith("AU")),
        }
    return {
        "n_faces": len(scores),
        "auroc": auroc,
        "n_present": dict(zip(space.names, (labels & is_known).sum(axis=0).tolist(), strict=True)),
        "mean_auroc": {
            "action_units": _mean(v for k, v in auroc.items() if k.startswith("AU")),
            "emotions": _mean(v for k, v in auroc.items() if not k.startswith("AU")),
        },
        "bands": bands,
        "emotion": _top1(scores, labels, is_known, space),
    }


def _by_class(
    scores: npt.NDArray[np.float32], labels: Bools, is_known: Bools, space: ClassSpace, at: Bools
) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for k, name in enumerate(space.names):
        if k == space.box_index:
            continue
        counts = is_known[:, k] & (at | ~labels[:, k])
        present = labels[counts, k]
        has_both = min(int(present.sum()), int((~present).sum())) >= _LEAST
        value = Ranking(scores[counts, k], present).auroc() if has_both else None
        found[name] = None if value is None else round(value, 4)
    return found


def _mean(values: Any) -> float | None:  # noqa: ANN401
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), 4) if known else None


def _top1(
    scores: npt.NDArray[np.float32], labels: Bools, is_known: Bools, space: ClassSpace
) -> dict[str, Any] | None:
    """Return how often the highest of the emotions is the true one, where one is true."""
    columns = [k for k, name in enumerate(space.names) if not name.startswith("AU")]
    columns = [k for k in columns if k != space.box_index]
    is_one = labels[:, columns].sum(axis=1) == 1
    is_one &= is_known[:, columns].all(axis=1)
    if not columns or not is_one.any():
        return None
    true = labels[is_one][:, columns].argmax(axis=1)
    is_right = scores[is_one][:, columns].argmax(axis=1) == true
    shares = np.bincount(true, minlength=len(columns)) / len(true)
    recalls = [float(is_right[true == c].mean()) for c in range(len(columns)) if (true == c).any()]
    return {
        "n_faces": len(true),
        "top1": round(float(is_right.mean()), 4),
        "balanced": round(float(np.mean(recalls)), 4),
        "chance": round(1 / len(columns), 4),
        "most_frequent": round(float(shares.max()), 4),
    }
