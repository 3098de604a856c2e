"""Several crops of one face as one input: with its neighbours in time, or with its rest.

Training and inference call the same functions.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cinefacs.engines.network_input import (
    LUMA,
    as_network_input,
    check_picture,
    normalise_grey,
)
from cinefacs.engines.rest_fit import lay_on_face
from cinefacs.errors import SchemaError
from cinefacs.records.input_spec import InputSpec

__all__ = ["crops_as_input", "stack_as_input", "stack_crops"]

Rgb = npt.NDArray[np.uint8]

_DIFFERENCE_GAIN = {"neutral": 0.5, "fitted_neutral": 3.0}
"""How much of a difference is shown. Laid on each other, two crops of one face differ by some
hundredths of the range; otherwise edges differ by all of it."""


def stack_crops(crops: Sequence[Rgb], spec: InputSpec) -> Rgb:
    """Return the brightness of the crops that one input is made of, one behind the other.

    Parameters
    ----------
    crops : (side, side, 3) uint8 each
        ``single``: the face. ``neighbours``: the same face `step_ms` before, now, `step_ms` after
        (the crop now where there is no such frame in the shot). ``neutral`` and
        ``fitted_neutral``: the face, then the same person's face at rest (the face itself where
        none is known). Each is cut around its
        own box, so the face lies still and what moves is its surface.
    spec
        How many there are.

    Returns
    -------
    (side, side, n) uint8

    Raises
    ------
    SchemaError
        Another number of crops, or other sizes.
    """
    if len(crops) != spec.n_crops:
        raise SchemaError(f"crops: expected {spec.n_crops} for {spec.temporal!r}, got {len(crops)}")
    for crop in crops:
        check_picture(crop)
        if crop.shape != crops[0].shape:
            raise SchemaError(f"crops: expected one size, got {crop.shape} and {crops[0].shape}")
    greys = [(crop.astype(np.float32) @ LUMA + 0.5).astype(np.uint8) for crop in crops]
    return np.stack(greys, axis=-1)


def stack_as_input(stack: Rgb, spec: InputSpec) -> npt.NDArray[np.float32]:
    """Return a stack of crops as the network reads it.

    Each crop is normalised by itself, so that a change of light between them disappears.

    Parameters
    ----------
    stack : (side, side, n) uint8
        As `stack_crops` makes it.
    spec
        What the channels are.

    Returns
    -------
    (3, side, side) float32, 0 to 1
        ``single``: the face three times. ``neighbours``: before, now, after. ``neutral``: the
        face, the face at rest, and half their difference around 1/2. ``fitted_neutral``: the
        face, the face at rest laid on it, and three times their difference around 1/2.
    """
    values = stack.astype(np.float32) / 255  # (side, side, n)
    greys = [normalise_grey(values[..., n]) for n in range(spec.n_crops)]
    if spec.temporal == "single":
        greys = greys * 3
    elif spec.has_rest:
        if spec.temporal == "fitted_neutral":
            greys[1] = lay_on_face(greys[1], greys[0])
        greys.append(np.clip((greys[0] - greys[1]) * _DIFFERENCE_GAIN[spec.temporal] + 0.5, 0, 1))
    return np.ascontiguousarray(np.stack(greys), dtype=np.float32)


def crops_as_input(crops: Sequence[Rgb], spec: InputSpec) -> npt.NDArray[np.float32]:
    """Return crops of one face as the network reads them: `stack_crops`, then `stack_as_input`.

    Parameters
    ----------
    crops : (side, side, 3) uint8 each
        As `stack_crops` takes them; of a detector that reads colour, one.
    spec
        What the network is shown.

    Returns
    -------
    (3, side, side) float32, 0 to 1
    """
    if spec.colour == "rgb":
        (crop,) = crops
        return as_network_input(crop, spec)
    return stack_as_input(stack_crops(crops, spec), spec)
