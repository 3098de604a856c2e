"""Crops for the landmark model, and its points back in the frame."""

import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.engines.session import Session
from cinefacs.errors import ConfigError, SchemaError
from cinefacs.faces.mesh import FaceMesh, FaceMesher
from tests.support.networks import still_frame

Outputs = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]


def level_mesh(width_px: float = 100) -> npt.NDArray[np.float32]:
    """Return points scattered in a square around 0, eyes level, in px."""
    xyz = np.random.default_rng(5).uniform(-0.5, 0.5, (478, 3))
    xyz[[33, 133, 362, 263], :2] = [[-0.3, -0.1], [-0.1, -0.1], [0.1, -0.1], [0.3, -0.1]]
    xyz[[1, 4], :2] = [[0, 0.04], [0, 0.06]]
    xyz[[61, 291], :2] = [[-0.2, 0.3], [0.2, 0.3]]
    xyz[[10, 152, 234, 454], :2] = [[0, -0.5], [0, 0.5], [-0.5, 0], [0.5, 0]]
    return (width_px * xyz).astype(np.float32)


class EchoSession(Session):
    """A landmark network that sees the same face in the middle of every crop."""

    def __init__(self, presences: list[float]) -> None:
        self.presences = presences
        self.shown: list[npt.NDArray[np.float32]] = []

    def infer(self, array: npt.NDArray[np.float32]) -> Outputs:
        """Return a face that fills the crop divided by 1.5."""
        self.shown.append(array)
        in_crop = level_mesh(256 / 1.5) + np.array([128, 128, 0], dtype=np.float32)
        presence = self.presences[min(len(self.shown), len(self.presences)) - 1]
        logit = np.log(presence / (1 - presence))
        return (
            in_crop.reshape(1, 1, 1, -1),
            np.full((1, 1, 1, 1), logit, dtype=np.float32),
            np.zeros((1, 1), dtype=np.float32),
        )


def placed_mesh(angle: float, side: float, centre: tuple[float, float]) -> FaceMesh:
    """Return the level mesh, turned and put into a frame."""
    c, s = np.cos(angle), np.sin(angle)
    xyz = level_mesh(side)
    xyz[:, :2] = xyz[:, :2] @ np.array([[c, s], [-s, c]]) + centre
    return FaceMesh(landmarks_xyz=xyz, presence=1)


@pytest.mark.parametrize("angle", [0.0, 0.7, -2.5])
def test_mesh_of_the_same_face_is_a_fixed_point(angle: float) -> None:
    """The crop is level and 1.5 times as wide: a face that fills it so is given back as it was."""
    mesh = placed_mesh(angle, 80, (150, 90))
    frame = still_frame(np.zeros((200, 300, 3), dtype=np.uint8))
    again = FaceMesher(EchoSession([0.9])).read(frame, mesh)
    assert again is not None
    np.testing.assert_allclose(again.landmarks_xyz, mesh.landmarks_xyz, atol=1e-3)
    assert again.presence == pytest.approx(0.9)


def test_network_sees_red_first_from_0_to_1() -> None:
    session = EchoSession([0.9])
    rgb = np.zeros((200, 300, 3), dtype=np.uint8)
    rgb[..., 0] = 255
    FaceMesher(session).read(still_frame(rgb), placed_mesh(0, 80, (150, 90)))
    (crop,) = session.shown
    assert crop.shape == (1, 256, 256, 3)
    assert crop.dtype == np.float32
    np.testing.assert_allclose(crop[0, 128, 128], [1, 0, 0], atol=0.01)


def test_found_points_are_read_twice() -> None:
    session = EchoSession([0.9, 0.7])
    frame = still_frame(np.zeros((200, 300, 3), dtype=np.uint8))
    points = placed_mesh(0.3, 80, (150, 90)).points_xy
    mesh = FaceMesher(session).read(frame, points)
    assert mesh is not None
    assert len(session.shown) == 2
    assert mesh.presence == pytest.approx(0.7)
    assert mesh.box_xyxy[0] < points[:, 0].min()
    assert mesh.box_xyxy[2] > points[:, 0].max()


@pytest.mark.parametrize(("presences", "n_runs"), [([0.4, 0.9], 1), ([0.9, 0.4], 2)])
def test_no_face_is_none(presences: list[float], n_runs: int) -> None:
    session = EchoSession(presences)
    frame = still_frame(np.zeros((200, 300, 3), dtype=np.uint8))
    assert FaceMesher(session).read(frame, placed_mesh(0, 80, (150, 90)).points_xy) is None
    assert len(session.shown) == n_runs
    lenient = FaceMesher(EchoSession(presences), min_presence=0.3)
    assert lenient.read(frame, placed_mesh(0, 80, (150, 90)).points_xy) is not None


@pytest.mark.parametrize(
    "near",
    [
        np.full((5, 2), 40.0),
        np.array([[0, 0], [1, 0], [0.5, 0.5], [0, 1], [1, 1]]),
        FaceMesh(landmarks_xyz=np.zeros((478, 3), np.float32), presence=1),
        FaceMesh(landmarks_xyz=level_mesh(5), presence=1),
    ],
)
def test_what_has_no_size_is_no_face(near: npt.NDArray[np.float64] | FaceMesh) -> None:
    session = EchoSession([0.9])
    frame = still_frame(np.zeros((200, 300, 3), dtype=np.uint8))
    assert FaceMesher(session).read(frame, near) is None
    assert session.shown == []


def test_wrong_points_and_options_are_refused() -> None:
    frame = still_frame(np.zeros((20, 30, 3), dtype=np.uint8))
    with pytest.raises(SchemaError, match=r"expected points of shape \(5, 2\), got \(4, 2\)"):
        FaceMesher(EchoSession([0.9])).read(frame, np.zeros((4, 2)))
    with pytest.raises(ConfigError, match=r"min_presence of 0 to 1, got 1\.5"):
        FaceMesher(EchoSession([0.9]), min_presence=1.5)


def test_mesh_derives_box_and_points() -> None:
    mesh = FaceMesh(landmarks_xyz=level_mesh(100), presence=0.9)
    np.testing.assert_allclose(
        mesh.points_xy, [[-20, -10], [20, -10], [0, 5], [-20, 30], [20, 30]], atol=1e-4
    )
    np.testing.assert_allclose(mesh.box_xyxy, [-50, -60.6, 50, 50], atol=1e-4)
    assert not mesh.box_xyxy.flags.writeable
    assert not mesh.landmarks_xyz.flags.writeable


def test_mesh_is_checked() -> None:
    with pytest.raises(SchemaError, match=r"FaceMesh\.landmarks_xyz"):
        FaceMesh(landmarks_xyz=np.zeros((468, 3), np.float32), presence=0.9)
    with pytest.raises(SchemaError, match=r"FaceMesh\.presence: expected 0 to 1, got 2"):
        FaceMesh(landmarks_xyz=level_mesh(), presence=2)


def test_template_of_the_crop_is_symmetric() -> None:
    """A mirrored face gets the mirrored crop."""
    points = placed_mesh(0.2, 80, (150, 90)).points_xy.astype(np.float64)
    points[2] += [6, 3]  # the nose of a face turned a little
    mirrored = (points * [-1, 1] + [300, 0])[[1, 0, 2, 4, 3]]
    sessions = [EchoSession([0.9]), EchoSession([0.9])]
    rgb = np.random.default_rng(2).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    FaceMesher(sessions[0]).read(still_frame(rgb), points)
    FaceMesher(sessions[1]).read(still_frame(rgb[:, ::-1]), mirrored)
    one, two = sessions[0].shown[0][0], sessions[1].shown[0][0]
    assert np.abs(one - two[:, ::-1]).mean() < 0.01
