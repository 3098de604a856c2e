"""Hide faces in a picture: coarse blurred patches, or a drawn face and nothing of the real one.

The cover is a rectangle wider and higher than the face's box: hair and hairline tell people
apart, too. The drawn face stands where the cover is and turns with the eyes; its proportions are
everybody's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.reports.config import DeidentifyConfig
from cinefacs.reports.drawn_face import draw_face
from cinefacs.reports.lettering import Rgb

__all__ = ["DEIDENTIFY_WORDS", "HiddenFace", "cover_of", "hide_faces", "hide_portrait"]

DEIDENTIFY_WORDS = (
    "Faces that the program found are hidden here. That does not make anybody anonymous: voice, "
    "body, gait, clothes, hair beyond the cover, the place, captions, credits and the film itself "
    "can all tell who somebody is, and a face that the program missed is shown. Names and times "
    "still stand here, and nothing else is changed: the film, and the clips, pictures, reports and "
    "tables of the study, show the faces as before."
)
"""What hiding faces does not protect; stands wherever they are hidden."""

_JPEG_QUALITY = 85
_GROUND = (118, 122, 128)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HiddenFace:
    """A place to be covered, and what a drawn face shows there."""

    box_xyxy: npt.NDArray[np.float32]
    """(4,) px, as the finder gives it."""
    points_xy: npt.NDArray[np.float32] | None = None
    """(5, 2) px, for the turn of a drawn face; None draws an outline without features."""
    levels: Mapping[int, float] = field(default_factory=dict)
    """Score of each action unit, 0 to 1."""
    is_drawn: bool = True
    """Whether a face is drawn here; False where another one stands in the same place."""


def cover_of(
    box_xyxy: npt.NDArray[np.float32], size_wh: tuple[int, int], config: DeidentifyConfig
) -> tuple[int, int, int, int]:
    """Return the rectangle that hides a face, px, within the picture; empty where it is outside.

    Parameters
    ----------
    box_xyxy : (4,) px
    size_wh : of the picture, px
    config
        How far it reaches.
    """
    x1, y1, x2, y2 = (float(edge) for edge in box_xyxy)
    # a flat box, such as of a face at the picture's edge, still hides a head
    width, height = max(x2 - x1, (y2 - y1) / 2), max(y2 - y1, (x2 - x1) / 2)
    return (
        max(0, int(np.floor(x1 - config.widen_share * width))),
        max(0, int(np.floor(y1 - config.raise_share * height))),
        min(size_wh[0], int(np.ceil(x2 + config.widen_share * width))),
        min(size_wh[1], int(np.ceil(y2 + config.lower_share * height))),
    )


def hide_faces(picture: Rgb, faces: Sequence[HiddenFace], config: DeidentifyConfig) -> None:
    """Cover all faces in a picture.

    Parameters
    ----------
    picture : (H, W, 3) uint8, written
    faces
        All that were found, or are held from other frames.
    config
        How.
    """
    size_wh = (picture.shape[1], picture.shape[0])
    covers = [(face, cover_of(face.box_xyxy, size_wh, config)) for face in faces]
    covers = [
        (face, cover) for face, cover in covers if cover[0] < cover[2] and cover[1] < cover[3]
    ]
    if config.style == "blur":
        for face, (x1, y1, x2, y2) in covers:
            cells = _cells_of(face, (x1, y1, x2, y2), config)
            picture[y1:y2, x1:x2] = _patches(picture[y1:y2, x1:x2], cells)
        return
    for _, (x1, y1, x2, y2) in covers:  # all before any is drawn: a cover hides no drawn face
        picture[y1:y2, x1:x2] = _GROUND
    for face, _ in sorted(covers, key=lambda pair: pair[0].points_xy is not None):
        if not face.is_drawn:
            continue
        draw_face(picture, face.box_xyxy, face.points_xy, face.levels)


def hide_portrait(
    jpeg: bytes, config: DeidentifyConfig, *, levels: Mapping[int, float] | None = None
) -> bytes:
    """Return a thumbnail of a face without the face: all of it is covered.

    Parameters
    ----------
    jpeg
        A face that fills the picture.
    config
        How.
    levels
        Score of each action unit, for a drawn face; None draws an outline without features:
        what was not read is not neutral.
    """
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    picture: Rgb = np.ascontiguousarray(np.asarray(bgr, np.uint8)[:, :, ::-1])
    height, width = picture.shape[:2]
    if config.style == "blur":
        picture = _patches(picture, (config.n_cells, config.n_cells))
    else:
        picture[:] = _GROUND
        box = np.array([0.2 * width, 0.22 * height, 0.8 * width, 0.95 * height], np.float32)
        points = np.array(
            [[0.37, 0.5], [0.63, 0.5], [0.5, 0.64], [0.4, 0.78], [0.6, 0.78]], np.float32
        ) * np.array([width, height], np.float32)  # fmt: skip
        draw_face(picture, box, None if levels is None else points, levels or {})
    flags = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    _, packed = cv2.imencode(".jpg", np.ascontiguousarray(picture[:, :, ::-1]), flags)
    return packed.tobytes()


def _cells_of(
    face: HiddenFace, cover: tuple[int, int, int, int], config: DeidentifyConfig
) -> tuple[int, int]:
    """Return how many patches a cover has across and down, at so many across the face's box."""
    width = max(1.0, float(face.box_xyxy[2] - face.box_xyxy[0]))
    height = max(1.0, float(face.box_xyxy[3] - face.box_xyxy[1]))
    side = max(width, height) / config.n_cells
    across, down = (cover[2] - cover[0]) / side, (cover[3] - cover[1]) / side
    return max(1, int(across)), max(1, int(down))


def _patches(part: Rgb, cells_wh: tuple[int, int]) -> Rgb:
    """Return a part of a picture as a few patches, blurred into each other.

    Averages are all that is left; the blur takes the edges away that draw the eye, and adds
    nothing to what can be undone.
    """
    height, width = part.shape[:2]
    small = cv2.resize(part, cells_wh, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    sigma = 0.35 * max(width / cells_wh[0], height / cells_wh[1])
    return np.asarray(cv2.GaussianBlur(coarse, (0, 0), sigma), np.uint8)
