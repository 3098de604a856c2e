"""Turn pictures and faces into the input of a detector, and carry boxes back.

Training and inference call the same functions. A map is a 2x3 matrix from points of the picture
to points of the input, as in `cinefacs.engines.crops`.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.engines.crops import crop_affine, invert_affine, map_points
from cinefacs.errors import SchemaError
from cinefacs.records.input_spec import STRIDE_PX, InputSpec

__all__ = [
    "LUMA",
    "as_network_input",
    "check_picture",
    "cut_face",
    "face_affine",
    "letterbox_affine",
    "letterbox_centred",
    "map_boxes",
    "map_boxes_back",
    "normalise_grey",
    "prepare_face",
    "prepare_picture",
    "rect_size",
]

Affine = npt.NDArray[np.float64]
Rgb = npt.NDArray[np.uint8]

LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""ITU-R BT.601 weights of red, green and blue."""
_GREY_MEAN, _GREY_DEVIATION = 0.5, 1 / 6
"""Three deviations on either side fit between 0 and 1."""


def check_picture(rgb: npt.NDArray[Any]) -> None:
    """Raise unless this is a picture.

    Raises
    ------
    SchemaError
        Not (H, W, 3) uint8, or without a pixel.
    """
    is_picture = rgb.ndim == 3 and rgb.shape[2:] == (3,) and rgb.dtype == np.uint8 and rgb.size > 0
    if not is_picture:
        raise SchemaError(f"picture: expected (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")


def rect_size(picture_wh: tuple[int, int], side_px: int) -> tuple[int, int]:
    """Return the smallest input that holds a picture whose longer side is `side_px`.

    Parameters
    ----------
    picture_wh
        Size of the picture, px.
    side_px
        Longer side of the input, a multiple of 32.

    Returns
    -------
    width and height, px, multiples of 32
        640 x 384 for a picture of 16:9: three fifths of the square's work.
    """
    scale = side_px / max(picture_wh)
    width, height = (max(1, round(n * scale)) for n in picture_wh)
    return (-(-width // STRIDE_PX) * STRIDE_PX, -(-height // STRIDE_PX) * STRIDE_PX)


def letterbox_affine(picture_wh: tuple[int, int], input_wh: tuple[int, int]) -> Affine:
    """Return the map that puts a whole picture into the middle of the input, as large as it fits.

    Parameters
    ----------
    picture_wh, input_wh
        Sizes, px.

    Returns
    -------
    (2, 3) float64
        Scale and shift are those of the whole pixels that `letterbox_centred` fills.
    """
    (width, height), (left, top) = _placed(picture_wh, input_wh)
    return np.array(
        [[width / picture_wh[0], 0, left], [0, height / picture_wh[1], top]], dtype=np.float64
    )


def _placed(
    picture_wh: tuple[int, int], input_wh: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return size and upper left corner of the picture inside the input, whole px."""
    scale = min(input_wh[0] / picture_wh[0], input_wh[1] / picture_wh[1])
    width = min(input_wh[0], max(1, round(picture_wh[0] * scale)))
    height = min(input_wh[1], max(1, round(picture_wh[1] * scale)))
    return (width, height), ((input_wh[0] - width) // 2, (input_wh[1] - height) // 2)


def letterbox_centred(rgb: Rgb, input_wh: tuple[int, int]) -> Rgb:
    """Return the picture in the middle of black.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    input_wh
        Size of the input, px.

    Returns
    -------
    (height, width, 3) uint8
        Area-averaged where it shrinks, bilinear where it grows.
    """
    check_picture(rgb)
    height, width = rgb.shape[:2]
    (new_width, new_height), (left, top) = _placed((width, height), input_wh)
    canvas = np.zeros((input_wh[1], input_wh[0], 3), dtype=np.uint8)
    shrinks = new_width < width or new_height < height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    placed = canvas[top : top + new_height, left : left + new_width]
    placed[...] = cv2.resize(rgb, (new_width, new_height), interpolation=how)
    return canvas


def face_affine(
    box_xyxy: npt.NDArray[Any],
    spec: InputSpec,
    *,
    eyes_xy: npt.NDArray[Any] | None = None,
) -> Affine:
    """Return the map from a picture to the square around a face.

    Parameters
    ----------
    box_xyxy : (4,), px
        Of the face.
    spec
        Side of the input, and how much wider than the face the square is.
    eyes_xy : (2, 2), px, or None
        The eye on the picture's left, then the other; the face is turned so that they are level.

    Returns
    -------
    (2, 3) float64

    Raises
    ------
    SchemaError
        The box has no area, or the eyes fall together.
    """
    box = np.asarray(box_xyxy, dtype=np.float64)
    width, height = box[2:] - box[:2]
    if not (width > 0 and height > 0):
        raise SchemaError(f"face: expected a box with an area, got {box.tolist()}")
    turn = np.eye(2)
    if eyes_xy is not None:
        dx, dy = np.asarray(eyes_xy[1], dtype=np.float64) - np.asarray(eyes_xy[0])
        length = float(np.hypot(dx, dy))
        if not length > 0:
            raise SchemaError("face: expected two eyes apart, got both in one place")
        turn = np.array([[dx, dy], [-dy, dx]]) / length
    scale = spec.side_px / (spec.crop_scale * max(width, height))
    linear = scale * turn
    centre = (box[:2] + box[2:]) / 2
    shift = spec.side_px / 2 - linear @ centre
    return np.concatenate([linear, shift[:, None]], axis=1)


def map_boxes(matrix: npt.NDArray[Any], boxes_xyxy: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return boxes carried over by a map: the centre moves, the size is scaled, no box is turned.

    A turned box would have to grow to stay upright, and grow again on the way back; so its way
    there and back is the identity.

    Parameters
    ----------
    matrix : (2, 3)
        Scale, turn and shift. The scales of x and y may differ where nothing is turned.
    boxes_xyxy : (N, 4), px

    Returns
    -------
    (N, 4) float64, px
    """
    boxes = np.asarray(boxes_xyxy, dtype=np.float64).reshape(-1, 4)
    centre = map_points(matrix, (boxes[:, :2] + boxes[:, 2:]) / 2)  # (N, 2)
    scale = np.linalg.norm(matrix[:, :2], axis=1)  # (2,)
    half = (boxes[:, 2:] - boxes[:, :2]) * scale / 2  # (N, 2)
    return np.concatenate([centre - half, centre + half], axis=1)


def map_boxes_back(
    matrix: npt.NDArray[Any], boxes_xyxy: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Return boxes of the input as boxes of the picture: `map_boxes` undone."""
    return map_boxes(invert_affine(matrix), boxes_xyxy)


def as_network_input(rgb: Rgb, spec: InputSpec) -> npt.NDArray[np.float32]:
    """Return a picture of the right size as the network reads it.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    spec
        Whether colour stays.

    Returns
    -------
    (3, H, W) float32, 0 to 1
        A picture of one brightness becomes 1/2 everywhere in ``grey``.
    """
    values = rgb.astype(np.float32) / 255  # (H, W, 3)
    if spec.colour == "grey":
        grey = normalise_grey(values @ LUMA)  # (H, W)
        return np.ascontiguousarray(np.broadcast_to(grey, (3, *grey.shape)), dtype=np.float32)
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def normalise_grey(grey: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return brightness at mean 1/2 and deviation 1/6, cut at 0 and 1.

    Parameters
    ----------
    grey : (H, W) float32
        Any unit; a picture of one brightness becomes 1/2 everywhere.
    """
    deviation = float(grey.std())
    scale = _GREY_DEVIATION / deviation if deviation > 1e-3 else 0.0
    return np.asarray(np.clip((grey - float(grey.mean())) * scale + _GREY_MEAN, 0, 1), np.float32)


def prepare_picture(
    rgb: Rgb,
    spec: InputSpec,
    *,
    is_rect: bool = False,
    input_wh: tuple[int, int] | None = None,
) -> tuple[npt.NDArray[np.float32], Affine]:
    """Return a whole picture as input, and the map that brought it there.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    spec
        Side and colour of the input.
    is_rect
        Take the smallest input that holds the picture instead of the square.
    input_wh
        Size of the input, px, where it is neither.

    Returns
    -------
    (3, h, w) float32 and (2, 3) float64

    Raises
    ------
    SchemaError
        Not a picture.
    """
    check_picture(rgb)
    picture_wh = (rgb.shape[1], rgb.shape[0])
    if input_wh is None:
        side = spec.side_px
        input_wh = rect_size(picture_wh, side) if is_rect else (side, side)
    boxed = letterbox_centred(rgb, input_wh)
    return as_network_input(boxed, spec), letterbox_affine(picture_wh, input_wh)


def prepare_face(
    rgb: Rgb,
    box_xyxy: npt.NDArray[Any],
    spec: InputSpec,
    *,
    eyes_xy: npt.NDArray[Any] | None = None,
) -> tuple[npt.NDArray[np.float32], Affine]:
    """Return the square around a face as input, and the map that brought it there.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    box_xyxy : (4,), px
    spec
        Side, colour and margin.
    eyes_xy : (2, 2), px, or None
        As in `face_affine`.

    Returns
    -------
    (3, side, side) float32 and (2, 3) float64

    Raises
    ------
    SchemaError
        Not a picture, or not a box.
    """
    crop, matrix = cut_face(rgb, box_xyxy, spec, eyes_xy=eyes_xy)
    return as_network_input(crop, spec), matrix


def cut_face(
    rgb: Rgb,
    box_xyxy: npt.NDArray[Any],
    spec: InputSpec,
    *,
    eyes_xy: npt.NDArray[Any] | None = None,
) -> tuple[Rgb, Affine]:
    """Return the square around a face as a picture, and the map that brought it there.

    It is what `cinefacs.engines.face_input` takes, so that a crop can be kept until its neighbours
    or the person's face at rest are known.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    box_xyxy : (4,), px
    spec
        Side and margin.
    eyes_xy : (2, 2), px, or None
        As in `face_affine`.

    Returns
    -------
    (side, side, 3) uint8 and (2, 3) float64

    Raises
    ------
    SchemaError
        Not a picture, or not a box.
    """
    check_picture(rgb)
    matrix = face_affine(box_xyxy, spec, eyes_xy=eyes_xy)
    return crop_affine(rgb, matrix, (spec.side_px, spec.side_px)), matrix
