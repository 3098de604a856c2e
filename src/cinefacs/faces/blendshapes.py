"""Read 52 blendshape scores from a face mesh with MediaPipe's blendshape model.

Blendshapes are an animator's controls (Apple's ARKit list), not FACS action units scored by
coders; left and right are the person's own. Which landmarks the model takes is a fact of
MediaPipe's graph and stands in `blendshapes.json` with its source.

References
----------
I. Grishchenko, G. Yan, E. G. Bazavan, A. Zanfir, N. Chinaev, K. Raveendran, M. Grundmann,
C. Sminchisescu, "Blendshapes GHUM: Real-time Monocular Facial Blendshape Prediction",
arXiv:2309.05782, 2023.
"""

import json
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.engines.session import Session
from cinefacs.faces.mesh import FaceMesh
from cinefacs.records.blendshape_names import BLENDSHAPE_NAMES

__all__ = ["BLENDSHAPE_NAMES", "BlendshapeReader"]


def _read_layout() -> dict[str, Any]:
    """Return the landmarks of the inputs."""
    file = resources.files("cinefacs.faces").joinpath("blendshapes.json")
    return dict(json.loads(file.read_text(encoding="utf-8")))


_LAYOUT = _read_layout()

_INPUT_LANDMARKS = np.array(_LAYOUT["landmarks"], dtype=np.intp)
"""(146,) rows of the mesh that the model takes."""


class BlendshapeReader:
    """Turn a mesh into blendshape scores.

    Parameters
    ----------
    session
        MediaPipe's blendshape model.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(
        self,
        mesh: FaceMesh,
        size_wh: tuple[int, int],  # noqa: ARG002  (part of the model's graph, see below)
    ) -> npt.NDArray[np.float32]:
        """Return the scores of one face.

        Parameters
        ----------
        mesh
            In pixels of the shown frame, which is what the model takes.
        size_wh : px
            Size of the shown frame. MediaPipe multiplies its landmarks, which are shares of the
            frame, by it; ours are pixels already, and the scores hang neither on the place nor
            on the scale of the face (measured: a change of less than 3e-5).

        Returns
        -------
        (52,) float32, 0 to 1
            In the order of `BLENDSHAPE_NAMES`.
        """
        points = mesh.landmarks_xyz[_INPUT_LANDMARKS, :2]  # (146, 2)
        (scores,) = self._session.infer(points[None])
        return np.clip(scores.reshape(len(BLENDSHAPE_NAMES)), 0, 1)
