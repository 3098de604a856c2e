"""What a detector of crops says of each labelled face: one vector of scores a face."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from cinefacs.detectors.data.labelled_set import LabelledSet
from cinefacs.detectors.data.views import EvaluationViews
from cinefacs.detectors.yolo_detection import YoloDetection
from cinefacs.errors import ConfigError
from cinefacs.records.input_spec import InputSpec

__all__ = ["read_scores"]


@torch.no_grad()
def read_scores(
    network: YoloDetection,
    labelled: LabelledSet,
    spec: InputSpec,
    *,
    batch: int = 64,
    on_faces: Callable[[int], None] | None = None,
) -> npt.NDArray[np.float32]:
    """Return the scores at the point of each crop that is surest of a face.

    It is what `cinefacs.inference.exported.ExportedDetector.read_crops` does.

    Parameters
    ----------
    network
        With the class `FACE`; left in the mode it was in.
    labelled
        N faces.
    spec
        Of crops.
    batch
        Faces at a time.
    on_faces
        Told how many faces are done.

    Returns
    -------
    (N, K) float32, 0 to 1
        Not calibrated.

    Raises
    ------
    ConfigError
        The classes have no `FACE` among several labels.
    """
    face = labelled.class_space.box_index
    if face is None:
        raise ConfigError(
            f"class space {labelled.class_space.name!r}: expected the class face among several "
            "labels, got one label a face"
        )
    was_training = network.training
    network.eval()
    views = EvaluationViews(labelled, spec)
    found = []
    for start in range(0, len(views), batch):
        numbers = range(start, min(start + batch, len(views)))
        images = torch.stack([views[n].image for n in numbers])
        _, scores = network.predict_raw(images)  # (B, A, 4), (B, A, K)
        best = scores[:, :, face].argmax(dim=1)  # (B,)
        found.append(scores[torch.arange(len(best)), best].float().numpy())
        if on_faces is not None:
            on_faces(numbers.stop)
    network.train(was_training)
    return np.concatenate(found)
