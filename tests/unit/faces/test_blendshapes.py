"""Names, inputs and range of the blendshape scores."""

import numpy as np
import numpy.typing as npt

from cinefacs.engines.session import Session
from cinefacs.faces.blendshapes import _INPUT_LANDMARKS, BLENDSHAPE_NAMES, BlendshapeReader
from cinefacs.faces.mesh import FaceMesh


class RememberingSession(Session):
    """A network that gives scores from -0.1 to 1.1, and remembers its input."""

    def __init__(self) -> None:
        self.shown: list[npt.NDArray[np.float32]] = []

    def infer(self, array: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32]]:
        """Return 52 numbers."""
        self.shown.append(array)
        return (np.linspace(-0.1, 1.1, 52, dtype=np.float32),)


def test_names_are_those_of_the_graph() -> None:
    """Ends of the list and a few places, from MediaPipe's face_blendshapes_graph.cc."""
    assert len(BLENDSHAPE_NAMES) == len(set(BLENDSHAPE_NAMES)) == 52
    places = {0: "_neutral", 9: "eyeBlinkLeft", 25: "jawOpen", 44: "mouthSmileLeft"}
    assert {k: BLENDSHAPE_NAMES[k] for k in places} == places
    assert BLENDSHAPE_NAMES[-1] == "noseSneerRight"


def test_inputs_are_146_landmarks_in_order() -> None:
    assert len(_INPUT_LANDMARKS) == 146
    assert (np.diff(_INPUT_LANDMARKS) > 0).all()
    assert _INPUT_LANDMARKS[0] == 0
    assert _INPUT_LANDMARKS[-10:].tolist() == list(range(468, 478))  # both irises


def test_reader_shows_pixels_and_clips_scores() -> None:
    session = RememberingSession()
    xyz = np.random.default_rng(0).uniform(0, 500, (478, 3)).astype(np.float32)
    scores = BlendshapeReader(session).read(FaceMesh(landmarks_xyz=xyz, presence=1), (640, 360))
    (shown,) = session.shown
    np.testing.assert_array_equal(shown, xyz[_INPUT_LANDMARKS, :2][None])
    assert scores.shape == (52,)
    assert scores.dtype == np.float32
    assert (scores.min(), scores.max()) == (0, 1)
