"""Lay a face at rest onto the same face in another moment, so that only the expression differs."""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["lay_on_face"]

Grey = npt.NDArray[np.float32]

_SIDE_PX = 64
"""Side at which the two are compared: half of a crop of 128 px."""
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 10, 1e-3)
"""At most ten steps; further ones moved the median distance by a hundredth of it."""
_BLUR_PX = 3
_HALF_FACE = (0.62, 0.74)
_FACE_MIDDLE = 0.08
"""Half axes of the oval that is compared, and how far its middle lies below the crop's, over half
the side: a face in a crop 1.3 times as large as its box, without hair, ears and background."""
_MOST_STRETCH = 0.35
_MOST_SHIFT = 0.3
"""Change of size or shape, and shift over the side, beyond which the fit is a mistake."""


def lay_on_face(rest: Grey, face: Grey) -> Grey:
    """Return a face at rest, moved, turned and stretched as a whole until it lies on another crop.

    Boxes and eyes are found anew in every frame, and heads turn; without this the difference of
    two crops shows edges of the whole face and the expression is lost among them. An affine map
    cannot undo what a mouth or a brow does by itself.

    Parameters
    ----------
    rest, face : (S, S) float32
        Brightness of two crops of one person, normalised.

    Returns
    -------
    (S, S) float32
        `rest` itself where no fit is found, or an implausible one: another head, a hand, a profile.

    References
    ----------
    G. D. Evangelidis, E. Z. Psarakis, "Parametric image alignment using enhanced correlation
    coefficient maximization", IEEE TPAMI 30(10), 2008: brightness and contrast cancel out.
    """
    if rest is face or np.array_equal(rest, face):
        return rest
    side = face.shape[0]
    small = [cv2.resize(each, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
             for each in (face, rest)]  # fmt: skip
    try:
        _, found = cv2.findTransformECC(
            small[0], small[1], np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, _STOP,
            _face_oval(), _BLUR_PX,
        )  # fmt: skip
    except cv2.error:  # the two have nothing in common
        return rest
    matrix = np.asarray(found, np.float32)
    is_plausible = (
        np.isfinite(matrix).all()
        and np.abs(matrix[:, :2] - np.eye(2)).max() <= _MOST_STRETCH
        and np.abs(matrix @ [_SIDE_PX / 2, _SIDE_PX / 2, 1] - _SIDE_PX / 2).max()
        <= _MOST_SHIFT * _SIDE_PX
    )
    if not is_plausible:
        return rest
    scale = side / _SIDE_PX
    middle = (scale - 1) / 2  # centre of the first small pixel; OpenCV counts from centres
    matrix[:, 2] = scale * matrix[:, 2] + middle - matrix[:, :2].sum(axis=1) * middle
    laid = cv2.warpAffine(
        rest, matrix, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(laid, np.float32)


@cache
def _face_oval() -> npt.NDArray[np.uint8]:
    """Return 1 where the two crops are compared, (64, 64)."""
    row, column = np.mgrid[:_SIDE_PX, :_SIDE_PX] / (_SIDE_PX - 1) * 2 - 1
    across, down = _HALF_FACE
    inside = (column / across) ** 2 + ((row - _FACE_MIDDLE) / down) ** 2 < 1
    return np.asarray(inside, np.uint8)
