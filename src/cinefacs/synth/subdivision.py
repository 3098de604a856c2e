"""Smooth a mesh of quads: one Catmull-Clark step as a sparse matrix.

References
----------
E. Catmull, J. Clark, "Recursively generated B-spline surfaces on arbitrary topological meshes",
Computer-Aided Design 10(6), 1978. Borders follow the cubic B-spline rule's simpler half: their
vertices stay, their edges are halved.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

__all__ = ["corner_values", "subdivide"]

Array = npt.NDArray[Any]


def subdivide(quads: Array, n_vertices: int) -> tuple[sp.csr_array, Array]:
    """Return the matrix from old to new vertices, and the new quads.

    Parameters
    ----------
    quads : (F, 4) int
        Vertex numbers, in order around each quad.
    n_vertices
        Number of old vertices.

    Returns
    -------
    matrix : (V + E + F, V) float64 sparse
        New vertices: the old ones moved, then a point on each edge, then one in each face.
    quads : (4 F, 4) int
        The quad at corner k of face f stands at row ``4 f + k`` and begins with that corner.
    """
    n_faces = len(quads)
    sides = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    edges, edge_of_side, n_sides = np.unique(
        sides, axis=0, return_inverse=True, return_counts=True
    )  # (E, 2), (4 F,), (E,)
    n_edges = len(edges)
    edge_of_face = edge_of_side.reshape(n_faces, 4)

    def matrix(values: Array, rows: Array, columns: Array, shape: tuple[int, int]) -> sp.csr_array:
        return sp.csr_array((values, (rows, columns)), shape=shape)

    face_rows = np.repeat(np.arange(n_faces), 4)
    face_mean = matrix(np.full(4 * n_faces, 0.25), face_rows, quads.ravel(), (n_faces, n_vertices))
    edge_rows = np.repeat(np.arange(n_edges), 2)
    middle = matrix(np.full(2 * n_edges, 0.5), edge_rows, edges.ravel(), (n_edges, n_vertices))
    side_faces = matrix(1.0 / n_sides[edge_of_side], edge_of_side, face_rows, (n_edges, n_faces))
    is_border = n_sides == 1
    inside = sp.diags_array((~is_border).astype(float))
    edge_point = middle + inside @ (0.5 * (side_faces @ face_mean) - 0.5 * middle)

    valence = np.bincount(edges.ravel(), minlength=n_vertices).astype(float)
    n_around = np.bincount(quads.ravel(), minlength=n_vertices).astype(float)
    on_border = np.zeros(n_vertices, bool)
    on_border[edges[is_border].ravel()] = True
    moves = ~on_border & (n_around > 0)
    n = np.maximum(valence, 1)
    around = matrix(np.ones(4 * n_faces), quads.ravel(), face_rows, (n_vertices, n_faces))
    at_edge = matrix(np.ones(2 * n_edges), edges.ravel(), edge_rows, (n_vertices, n_edges))

    def only_moving(values: Array) -> sp.dia_array:
        return sp.diags_array(np.where(moves, values, 0.0))

    vertex_point = (
        only_moving(1 / (n * np.maximum(n_around, 1))) @ around @ face_mean
        + only_moving(2 / (n * n)) @ at_edge @ middle
        + only_moving((n - 3) / n)
        + sp.diags_array((~moves).astype(float))
    )
    new_quads = np.stack(
        [
            quads,
            n_vertices + edge_of_face,
            np.broadcast_to((n_vertices + n_edges + np.arange(n_faces))[:, None], quads.shape),
            n_vertices + np.roll(edge_of_face, 1, axis=1),
        ],
        axis=-1,
    ).reshape(-1, 4)
    return sp.csr_array(sp.vstack([vertex_point, edge_point, face_mean])), new_quads


def corner_values(values: Array) -> Array:
    """Return values at the corners of the new quads, for those at the corners of the old.

    Parameters
    ----------
    values : (F, 4, C) float

    Returns
    -------
    (4 F, 4, C) float, in the order of `subdivide`
    """
    following = (values + np.roll(values, -1, axis=1)) / 2
    before = np.roll(following, 1, axis=1)
    middle = np.broadcast_to(values.mean(axis=1, keepdims=True), values.shape)
    stacked = np.stack([values, following, middle, before], axis=2)  # (F, 4 corners, 4, C)
    return stacked.reshape(-1, 4, values.shape[-1])
