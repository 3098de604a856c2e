"""Catmull-Clark on a cube: counts by Euler, places by the paper's rules."""

import numpy as np
import pytest

from cinefacs.synth.subdivision import corner_values, subdivide

CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
CUBE = np.array(
    [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
)


def test_a_cube_has_26_vertices_and_24_faces_after_one_step() -> None:
    matrix, quads = subdivide(CUBE, 8)
    assert matrix.shape == (8 + 12 + 6, 8)
    assert quads.shape == (24, 4)


def test_points_of_a_cube_lie_where_the_paper_puts_them() -> None:
    matrix, quads = subdivide(CUBE, 8)
    points = matrix @ CORNERS
    # Corner of valence 3: (Q + 2 R + 0 S) / 3 with Q the mean of three face points (1/3 each way)
    # and R that of three edge middles (2/3): 1/9 + 4/9 = 5/9.
    assert np.abs(points[:8]) == pytest.approx(np.full((8, 3), 5 / 9))
    # Edge point: mean of two ends and two face points: (1 + 1 + 1 + 0) / 4 along, 3/4 twice, 0.
    assert np.sort(np.abs(points[8:20]), axis=1) == pytest.approx(np.tile([0, 0.75, 0.75], (12, 1)))
    assert np.abs(points[20:]).sum(axis=1) == pytest.approx(np.ones(6))
    assert (quads[:, 0] == CUBE.ravel()).all()


def test_every_row_is_a_mean() -> None:
    matrix, _ = subdivide(CUBE, 8)
    assert np.asarray(matrix.sum(axis=1)).ravel() == pytest.approx(np.ones(26))


def test_a_border_vertex_stays_and_a_border_edge_is_halved() -> None:
    matrix, _ = subdivide(np.array([[0, 1, 2, 3]]), 4)
    square = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    points = matrix @ square
    assert points[:4] == pytest.approx(square)
    assert sorted(points[4:8].tolist()) == [[0, 0.5], [0.5, 0], [0.5, 1], [1, 0.5]]


def test_corner_values_follow_the_new_quads() -> None:
    values = np.array([[[0.0], [1.0], [2.0], [3.0]]])
    assert corner_values(values)[0, :, 0].tolist() == [0.0, 0.5, 1.5, 1.5]
