"""A face at rest, laid on the same face in another moment."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.engines.face_input import crops_as_input
from cinefacs.engines.network_input import normalise_grey
from cinefacs.engines.rest_fit import lay_on_face
from cinefacs.records.input_spec import InputSpec

SIDE = 128
MIDDLE = np.s_[30:98, 34:94]
Grey = npt.NDArray[np.float32]


def _face() -> Grey:
    """Return something as smooth and as uneven as a face."""
    noise = np.random.default_rng(4).normal(0, 1, (SIDE, SIDE)).astype(np.float32)
    return normalise_grey(np.asarray(cv2.GaussianBlur(noise, (0, 0), 5), np.float32))


def _small(face: Grey, side: int) -> Grey:
    return np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA), np.float32)


def _moved(face: Grey, *, turn_deg: float, scale: float, shift_px: tuple[float, float]) -> Grey:
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), turn_deg, scale)
    matrix[:, 2] += np.array(shift_px)
    moved = cv2.warpAffine(face, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.float32)


def _apart(one: Grey, other: Grey) -> float:
    return float(np.abs(one - other)[MIDDLE].mean())


@pytest.mark.parametrize("side", [64, 128])
def test_what_moved_as_a_whole_comes_to_lie_on_the_face(side: int) -> None:
    face = _small(_face(), side)
    rest = _small(_moved(_face(), turn_deg=4, scale=1.05, shift_px=(3, -2)), side)
    middle = np.s_[side // 4 : -side // 4, side // 4 : -side // 4]
    before = np.abs(rest - face)[middle].mean()
    after = np.abs(lay_on_face(rest, face) - face)[middle].mean()
    assert after < before / 5


def test_another_light_does_not_matter() -> None:
    face = _face()
    rest = _moved(face, turn_deg=-3, scale=0.97, shift_px=(2, 2))
    plain, bright = lay_on_face(rest, face), lay_on_face(rest * 0.6 + 0.3, face)
    assert _apart(bright, plain * 0.6 + 0.3) < 0.01


def test_what_moves_by_itself_stays_apart() -> None:
    rest = _face()
    face = rest.copy()
    mouth = np.s_[80:92, 50:78]
    face[mouth] = 1 - face[mouth]
    difference = np.abs(
        lay_on_face(_moved(rest, turn_deg=3, scale=1, shift_px=(2, 0)), face) - face
    )
    elsewhere = difference[36:70, 40:88].mean()
    assert difference[mouth].mean() > 5 * elsewhere


def test_nothing_changes_where_nothing_moved() -> None:
    face = _face()
    assert lay_on_face(face, face) is face
    copy = face.copy()
    assert lay_on_face(copy, face) is copy


@pytest.mark.parametrize("what", ["flat", "negative", "far away"])
def test_a_rest_that_has_nothing_in_common_stays_as_it_is(what: str) -> None:
    face = _face()
    rest = {
        "flat": np.full_like(face, 0.5),
        "negative": 1 - face,
        "far away": _moved(face, turn_deg=90, scale=2, shift_px=(50, 0)),
    }[what]
    assert lay_on_face(rest, face) is rest


def test_a_flat_face_takes_the_rest_as_it_is() -> None:
    rest = _face()
    assert lay_on_face(rest, np.full_like(rest, 0.5)) is rest


def test_the_input_shows_what_is_left() -> None:
    face = (_face() * 255).astype(np.uint8)
    rest = (_moved(_face(), turn_deg=4, scale=1.03, shift_px=(3, 1)) * 255).astype(np.uint8)
    crops = [np.repeat(each[..., None], 3, axis=-1) for each in (face, rest)]
    plain, fitted = (
        crops_as_input(crops, InputSpec(side_px=SIDE, mode="crop", colour="grey", temporal=name))
        for name in ("neutral", "fitted_neutral")
    )
    np.testing.assert_array_equal(plain[0], fitted[0])
    # three times the difference, and still nearer to one half than half of the difference was
    assert np.abs(fitted[2] - 0.5)[MIDDLE].mean() < np.abs(plain[2] - 0.5)[MIDDLE].mean()
    same = crops_as_input(
        [crops[0], crops[0]],
        InputSpec(side_px=SIDE, mode="crop", colour="grey", temporal="fitted_neutral"),
    )
    np.testing.assert_array_equal(same[2], 0.5)
