"""Face sets, whose faces were cut out beforehand, for detectors."""

from pathlib import Path

import numpy as np

from cinefacs.detectors.data.labelled_set import CutFace, LabelledPicture, LabelledSet
from cinefacs.records.face_set import PRESENT, UNKNOWN
from cinefacs.storage.face_sets import read_face_set

__all__ = ["read_faces"]


def read_faces(path: Path, split: str) -> LabelledSet:
    """Return one split of a face set.

    Parameters
    ----------
    path
        ``face_set.json``.
    split
        ``train``, ``val`` or ``test``.

    Raises
    ------
    SchemaError
        It is no face set, or the split has no part.
    """
    parts = read_face_set(path.parent, split)
    pictures = []
    for part in parts:
        name = getattr(part.crops, "filename", None)
        file = path if name is None else Path(name)
        has_unknown = (part.labels == UNKNOWN).any(axis=1)
        for n in range(len(part)):
            labels = part.labels[n : n + 1]
            pictures.append(
                LabelledPicture(
                    path=file,
                    boxes_xyxy=part.box_xyxy[n : n + 1],
                    labels=(labels == PRESENT).astype(np.uint8),
                    unknown=labels == UNKNOWN if has_unknown[n] else None,
                    cut=CutFace(
                        crops=part.crops,
                        crop_scale=part.crop_scale,
                        now=int(part.now[n]),
                        before=int(part.before[n]),
                        after=int(part.after[n]),
                        neutral=int(part.neutral[n]),
                        step_ms=part.step_ms,
                    ),
                )
            )
    return LabelledSet(class_space=parts[0].class_space, pictures=tuple(pictures))
