"""Draw a plain face that shows action units: of the real face only place, size and turn are taken.

Lines move with the scores as the FACS manual describes the units: brows up (1, 2) and down (4),
lids wide (5) and narrow (6, 7) or shut (43, 45), nose wrinkled (9), lip up (10), corners up (12)
and down (15), drawn back (20), lips pressed or funnelled (24, 22), mouth open (25, 26, 27), chin
up (17).
"""

from collections.abc import Mapping
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.reports.lettering import Colour, Rgb

__all__ = ["draw_face"]

Points = npt.NDArray[np.float64]

_SKIN: Colour = (226, 221, 212)
_INK: Colour = (44, 50, 60)
_CURVE = np.linspace(-1, 1, 17)


def draw_face(
    picture: Rgb,
    box_xyxy: npt.NDArray[np.float32],
    points_xy: npt.NDArray[np.float32] | None,
    levels: Mapping[int, float],
) -> None:
    """Draw a face into a box.

    Parameters
    ----------
    picture : (H, W, 3) uint8, written
    box_xyxy : (4,) px
        Where the real face is.
    points_xy : (5, 2) px, or None
        Of eyes, nose and mouth corners: the line of the eyes gives the turn. None draws an
        outline without features, for a face of which nothing is known.
    levels
        Score of each action unit, 0 to 1; those that are missing do not move.
    """
    x1, y1, x2, y2 = (float(edge) for edge in box_xyxy)
    centre = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
    half = np.array([max(x2 - x1, (y2 - y1) * 0.6), max(y2 - y1, (x2 - x1) * 0.9)]) / 2
    turn = 0.0
    if points_xy is not None and np.ptp(points_xy, axis=0).any():
        dx, dy = (points_xy[1] - points_xy[0]).astype(float)
        turn = float(np.arctan2(dy, dx)) if dx > 0 else 0.0
    cos, sin = np.cos(turn), np.sin(turn)
    rotation = np.array([[cos, sin], [-sin, cos]])
    weight = max(1, round(half[0] / 22))

    def place(shape: Points) -> npt.NDArray[np.int32]:
        """Return points of the face's own frame, -1 to 1 each way, as sixteenths of a pixel."""
        placed: npt.NDArray[np.int32]
        placed = np.rint(16 * (centre + (shape * half) @ rotation)).astype(np.int32)
        return placed

    around = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    outline = np.stack([0.92 * np.cos(around), np.sin(around)], axis=1)
    cv2.fillPoly(picture, [place(outline)], _SKIN, cv2.LINE_AA, 4)
    cv2.polylines(picture, [place(outline)], True, _INK, weight, cv2.LINE_AA, 4)  # noqa: FBT003  (OpenCV's own)
    if points_xy is None:
        return
    for line, is_closed in _features(levels):
        cv2.polylines(picture, [place(line)], is_closed, _INK, weight, cv2.LINE_AA, 4)


class _Level(Protocol):
    """Tells the highest score of some action units."""

    def __call__(self, *numbers: int) -> float: ...


def _features(levels: Mapping[int, float]) -> list[tuple[Points, bool]]:
    """Return the lines of brows, eyes, nose and mouth, and whether each is closed."""

    def au(*numbers: int) -> float:
        return max((float(levels.get(number, 0.0)) for number in numbers), default=0.0)

    lines: list[tuple[Points, bool]] = []
    for side in (-1.0, 1.0):
        lines += [(_brow(side, au), False), (_eye(side, au), True)]
    wrinkle = au(9)
    nose = np.array([[0.02, -0.12 + 0.06 * wrinkle], [0.11, 0.2 - 0.06 * wrinkle], [-0.08, 0.22]])
    lines.append((nose, False))
    if wrinkle > 0.3:
        lines += [(np.array([[-0.14, y], [0.14, y]]), False) for y in (-0.1, -0.18)]
    return [*lines, *_mouth(au)]


def _brow(side: float, au: _Level) -> Points:
    """Return a brow: its inner end goes up with 1 and down with 4, its outer end up with 2."""
    inner = -0.42 - 0.13 * au(1) + 0.13 * au(4)
    outer = -0.40 - 0.14 * au(2) + 0.05 * au(4)
    gap = 0.15 - 0.06 * au(4)
    share = (_CURVE + 1) / 2
    x = gap + share * (0.62 - gap)
    y = inner + share * (outer - inner) - 0.06 * (1 - _CURVE**2)
    return np.stack([side * x, y], axis=1)


def _eye(side: float, au: _Level) -> Points:
    """Return an eye: shut by 43 and 45, wide by 5, narrowed by 6 and 7."""
    opening = 0.075 * (1 + 0.7 * au(5) - 0.5 * au(6, 7)) * (1 - au(43, 45, 46))
    around = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    x = side * 0.37 + 0.17 * np.cos(around)
    return np.stack([x, -0.2 + opening * np.sin(around)], axis=1)


def _mouth(au: _Level) -> list[tuple[Points, bool]]:
    """Return upper and lower lip as one closed line."""
    width = 0.34 * (1 + 0.25 * au(12) + 0.3 * au(20) - 0.4 * au(18, 22))
    corner = 0.5 - 0.15 * au(12) + 0.12 * au(15) - 0.04 * au(14)
    opening = 0.05 * au(25) + 0.13 * au(26) + 0.24 * au(27) + 0.05 * au(22)
    thickness = 0.035 * (1 - 0.8 * au(23, 24, 28))
    bow = 1 - _CURVE**2
    middle = 0.5 + 0.03 * au(12) - 0.05 * au(17)
    upper = corner + bow * (middle - corner - thickness - 0.4 * opening - 0.08 * au(10))
    lower = corner + bow * (middle - corner + thickness + 0.6 * opening)
    x = width * _CURVE
    whole = np.concatenate([np.stack([x, upper], 1), np.stack([x, lower], 1)[::-1]])
    lines = [(whole, True)]
    if au(17) > 0.3:
        lines.append((np.array([[-0.1, 0.76], [0.0, 0.73], [0.1, 0.76]]), False))
    if au(12) > 0.4:  # the furrow beside the mouth
        for side in (-1.0, 1.0):
            fold = np.array([[0.2, 0.2], [0.42, 0.32], [0.5, 0.46]])
            lines.append((fold * (side, 1.0), False))
    return lines
