"""What face networks make of a picture, and which blendshape answers to which action unit."""

from fractions import Fraction
from typing import Any

import av
import numpy as np

from cinefacs.engines.catalog import model_path
from cinefacs.engines.session import Session
from cinefacs.faces.blendshapes import BLENDSHAPE_NAMES, BlendshapeReader
from cinefacs.faces.finder import FaceFinder
from cinefacs.faces.mesh import FaceMesh, FaceMesher
from cinefacs.media.frame import Frame

__all__ = ["MUST_AUS", "SCORES", "Networks", "as_frame", "landmark_move"]

MUST_AUS = (1, 2, 4, 5, 12, 26, 43, 45)
"""Action units whose scores shall agree with the truth."""
SCORES: dict[int, tuple[str, ...]] = {
    1: ("browInnerUp",), 2: ("browOuterUpLeft", "browOuterUpRight"),
    4: ("browDownLeft", "browDownRight"), 5: ("eyeWideLeft", "eyeWideRight"),
    6: ("cheekSquintLeft", "cheekSquintRight"), 7: ("eyeSquintLeft", "eyeSquintRight"),
    8: ("mouthClose",), 9: ("noseSneerLeft", "noseSneerRight"),
    10: ("mouthUpperUpLeft", "mouthUpperUpRight"), 11: ("mouthUpperUpLeft", "mouthUpperUpRight"),
    12: ("mouthSmileLeft", "mouthSmileRight"), 13: ("mouthSmileLeft", "mouthSmileRight"),
    14: ("mouthDimpleLeft", "mouthDimpleRight"), 15: ("mouthFrownLeft", "mouthFrownRight"),
    16: ("mouthLowerDownLeft", "mouthLowerDownRight"), 17: ("mouthShrugLower",),
    18: ("mouthPucker",), 19: ("jawOpen",), 20: ("mouthStretchLeft", "mouthStretchRight"),
    22: ("mouthFunnel",), 23: ("mouthPressLeft", "mouthPressRight"),
    24: ("mouthPressLeft", "mouthPressRight"), 25: ("mouthLowerDownLeft", "mouthLowerDownRight"),
    26: ("jawOpen",), 27: ("jawOpen",), 28: ("mouthRollLower", "mouthRollUpper"),
    43: ("eyeBlinkLeft", "eyeBlinkRight"), 45: ("eyeBlinkLeft", "eyeBlinkRight"),
    46: ("eyeBlinkLeft", "eyeBlinkRight"),
}  # fmt: skip
"""Blendshapes that answer to each action unit."""


def as_frame(rgb: Any) -> Frame:  # noqa: ANN401
    """Return a picture as a frame that the networks take."""
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
    height, width = rgb.shape[:2]
    return Frame(
        picture, index=0, pts=0, duration=1, time_base=Fraction(1, 25), size_wh=(width, height)
    )


class Networks:
    """The face networks."""

    def __init__(self, finder_width_px: int) -> None:
        self.finder = FaceFinder(
            Session(model_path("centerface")), min_score=0.5, width_px=finder_width_px
        )
        self.mesher = FaceMesher(Session(model_path("face-landmarks")))
        self.blendshapes = BlendshapeReader(Session(model_path("face-blendshapes")))

    def scores(self, mesh: FaceMesh, size_wh: tuple[int, int]) -> dict[int, float]:
        """Return the blendshape score that answers to each action unit, 0 to 1.

        The mean of left and right; AU46, a wink, is left less right.
        """
        read = self.blendshapes.read(mesh, size_wh).tolist()
        named = dict(zip(BLENDSHAPE_NAMES, read, strict=True))
        found = {}
        for au, names in SCORES.items():
            own = [named[name] for name in names]
            found[au] = own[0] - own[1] if au == 46 else float(np.mean(own))
        return found


def landmark_move(au: int, mesh: FaceMesh) -> float:
    """Return what AU9 or AU15 moves on the mesh, in eye distances.

    AU9: the nose's wings rise towards the inner eye corners. AU15: the mouth's corners fall
    below the middle of the lips.
    """
    xy = mesh.landmarks_xyz[:, :2]
    scale = float(np.linalg.norm(xy[33] - xy[263]))
    if au == 9:
        gap = (np.linalg.norm(xy[129] - xy[133]) + np.linalg.norm(xy[358] - xy[362])) / 2
        return -float(gap) / scale
    down = np.array([-(xy[263] - xy[33])[1], (xy[263] - xy[33])[0]]) / scale
    corners = (xy[61] + xy[291]) / 2
    lips = (xy[13] + xy[14]) / 2
    return float((corners - lips) @ down) / scale
