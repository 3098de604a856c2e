"""Find faces in a frame with CenterFace: box, score and five points.

References
----------
Y. Xu, W. Yan, H. Sun, G. Yang, J. Luo, "CenterFace: Joint Face Detection and Alignment Using Face
as Point", arXiv:1911.03599, 2019, section 3.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cinefacs.engines.crops import letterbox
from cinefacs.engines.session import Session
from cinefacs.errors import ConfigError
from cinefacs.geometry.boxes import pairwise_iou
from cinefacs.records.checks import freeze_array, require

__all__ = ["FaceFinder", "FoundFaces", "ScalablePicture"]

_STRIDE_PX = 4
"""Input pixels per cell of the output maps (paper, section 3.1)."""
_SIZE_MULTIPLE = 32
"""The network halves its input five times before it doubles it again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFaces:
    """The faces found in one frame, best first."""

    box_xyxy: npt.NDArray[np.float32]
    """(N, 4) px of the shown frame; may reach beyond its border."""
    points_xy: npt.NDArray[np.float32]
    """(N, 5, 2) px: left eye, right eye, nose, left and right mouth corner; left as seen in the
    picture."""
    score: npt.NDArray[np.float32]
    """(N,) 0 to 1."""

    def __post_init__(self) -> None:
        """Check shapes and order; freeze the arrays."""
        n = len(self.score)
        layout: dict[str, tuple[int, ...]] = {
            "box_xyxy": (n, 4),
            "points_xy": (n, 5, 2),
            "score": (n,),
        }
        for name, shape in layout.items():
            frozen = freeze_array(
                getattr(self, name), f"FoundFaces.{name}", shape=shape, dtype=np.float32
            )
            object.__setattr__(self, name, frozen)
        is_sorted = bool((np.diff(self.score) <= 0).all())
        require(is_sorted, "FoundFaces.score", "best first", self.score)

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.score)


class ScalablePicture(Protocol):
    """What the finder needs of a frame or of a still."""

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height as shown, px."""
        ...

    def small_rgb(self, size_wh: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """Return the picture scaled to a size, (h, w, 3)."""
        ...


class FaceFinder:
    """Find faces of any size and turn.

    Parameters
    ----------
    session
        CenterFace, of any batch size and input size.
    min_score
        Faces with a lower score are left out, 0 to 1.
    nms_iou
        Of two boxes that overlap more than this, 0 to 1, the better one stays.
    width_px
        Width that the frame is scaled to; the height follows. Faces are found from a width of
        10 px at this scale on (measured: 9.9 px missed, 10.4 px found), so 320 finds a face of
        1/32 of the frame's width.

    Raises
    ------
    ConfigError
        A number out of its range.
    """

    def __init__(
        self,
        session: Session,
        *,
        min_score: float = 0.5,
        nms_iou: float = 0.3,
        width_px: int = 320,
    ) -> None:
        if not (0 < min_score <= 1 and 0 < nms_iou <= 1):
            raise ConfigError(
                "FaceFinder: expected min_score and nms_iou above 0 and at most 1, "
                f"got {min_score} and {nms_iou}"
            )
        if width_px < _SIZE_MULTIPLE:
            raise ConfigError(f"FaceFinder: expected width_px of 32 or more, got {width_px}")
        self._session = session
        self._min_score = min_score
        self._nms_iou = nms_iou
        self._width_px = width_px

    def find(self, frame: ScalablePicture) -> FoundFaces:
        """Return the faces of a frame.

        Parameters
        ----------
        frame
            Only a scaled picture is taken of it.

        Returns
        -------
        FoundFaces
            In pixels of the shown frame.
        """
        width, height = frame.size_wh
        small_wh = (self._width_px, max(1, round(self._width_px * height / width)))
        padded_wh = tuple(-(-side // _SIZE_MULTIPLE) * _SIZE_MULTIPLE for side in small_wh)
        small = letterbox(frame.small_rgb(small_wh), (padded_wh[0], padded_wh[1]))  # (h, w, 3)
        planes = small.transpose(2, 0, 1)[None].astype(np.float32)  # (1, 3, h, w)
        box, points, score = decode_maps(*self._session.infer(planes), min_score=self._min_score)
        kept = suppress_overlaps(box, score, iou=self._nms_iou)
        scale = np.array([width / small_wh[0], height / small_wh[1]], dtype=np.float32)
        return FoundFaces(
            box_xyxy=box[kept] * np.tile(scale, 2),
            points_xy=points[kept] * scale,
            score=score[kept],
        )


def decode_maps(
    heat: npt.NDArray[np.float32],
    log_size: npt.NDArray[np.float32],
    offset: npt.NDArray[np.float32],
    landmark: npt.NDArray[np.float32],
    *,
    min_score: float,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Turn CenterFace's four output maps into boxes, points and scores.

    With stride ``R = 4``, a cell ``i`` (column or row) and the map values there::

        centre = (i + offset + 0.5) R      size = exp(log_size) R      (section 3.1)
        point  = corner + landmark size                                (section 3.2)

    Parameters
    ----------
    heat : (1, 1, H, W), 0 to 1
        Score that a face has its centre in the cell.
    log_size : (1, 2, H, W)
        Height, width.
    offset : (1, 2, H, W)
        Of the centre in y and x, in cells.
    landmark : (1, 10, H, W)
        y and x of the five points from the box's top left corner, in box heights and widths.
    min_score : 0 to 1

    Returns
    -------
    box_xyxy : (N, 4) float32, px of the network's input
    points_xy : (N, 5, 2) float32, px of the network's input
    score : (N,) float32

    Notes
    -----
    Differs from the paper: it leaves open where in its cell a centre lies; the half cell, and
    points counted from the corner, are what the published weights were trained with (measured:
    boxes and points agree with the faces of the test pictures only so).
    """
    rows, columns = np.nonzero(heat[0, 0] >= min_score)  # (N,) each
    cell_yx = np.stack([rows, columns], axis=1)  # (N, 2)
    size_yx = np.exp(log_size[0][:, rows, columns].T) * _STRIDE_PX  # (N, 2)
    centre_yx = (cell_yx + offset[0][:, rows, columns].T + 0.5) * _STRIDE_PX
    corner_yx = centre_yx - size_yx / 2
    box = np.concatenate([corner_yx[:, ::-1], (corner_yx + size_yx)[:, ::-1]], axis=1)
    part_yx = landmark[0][:, rows, columns].T.reshape(-1, 5, 2)  # (N, 5, 2)
    points_yx = corner_yx[:, None] + part_yx * size_yx[:, None]
    score = heat[0, 0, rows, columns]
    return (
        box.astype(np.float32),
        points_yx[..., ::-1].astype(np.float32),
        score.astype(np.float32),
    )


def suppress_overlaps(
    box_xyxy: npt.NDArray[np.float32], score: npt.NDArray[np.float32], *, iou: float
) -> npt.NDArray[np.intp]:
    """Return which boxes stay when each removes the worse ones that overlap it too much.

    Parameters
    ----------
    box_xyxy : (N, 4), px
    score : (N,)
    iou : largest overlap of two boxes that both stay, 0 to 1

    Returns
    -------
    (K,) positions, best first; of equal scores the earlier row goes first
    """
    order = np.argsort(-score, kind="stable")  # (N,)
    overlaps = pairwise_iou(box_xyxy[order], box_xyxy[order]) > iou  # (N, N)
    is_kept = np.ones(len(order), dtype=bool)
    for position in range(len(order)):
        if is_kept[position]:
            is_kept[position + 1 :] &= ~overlaps[position, position + 1 :]
    return order[is_kept]
