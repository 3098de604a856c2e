"""Which vertices stand for a face: its outline, its landmarks, the region of each action unit."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.assets import load_assets
from cinefacs.synth.drives import GAZE_AUS, HEAD_AUS, SHOWABLE_AUS, drives_of, unit_moves

__all__ = [
    "N_LANDMARKS",
    "AuRegion",
    "au_region",
    "eye_vertices",
    "face_vertices",
    "landmark_names",
    "landmark_vertices",
]

Array = npt.NDArray[Any]

N_LANDMARKS = 33
"""Rows of ``landmarks.csv``."""


@dataclass(frozen=True, slots=True)
class AuRegion:
    """Where an action unit shows on one side."""

    vertices: Array
    """(N,) base vertices that it moves most."""
    reach: float
    """Largest move at intensity 1 on the base mesh, dm; 0 for head and gaze, which are poses."""


@cache
def face_vertices() -> Array:
    """Return the base vertices of the face from chin to hair line and from ear to ear, (N,)."""
    assets = load_assets()
    skin = np.unique(assets.quads["body"][:, :, 0]).astype(np.int64)
    x, y, z = assets.vertices[skin].T
    is_face = (y > 6.15) & (y < 7.95) & (z > 0.75) & (np.abs(x) < 0.72)
    return np.asarray(skin[is_face & ~np.isin(skin, _mouth_vertices())])


@cache
def _mouth_vertices() -> Array:
    """Return the vertices inside the mouth and the nose, which nobody sees."""
    assets = load_assets()
    quads = assets.quads["body"].astype(np.int64)
    inside = assets.mask("inside-mouth")
    places = assets.places[quads[:, :, 1]].reshape(-1, 2)
    rows, columns = np.clip(places[:, ::-1] * inside.shape[0], 0, inside.shape[0] - 1).astype(int).T
    return np.unique(quads[:, :, 0].ravel()[inside[rows, columns] > 127])


@cache
def _landmark_rows() -> tuple[tuple[str, int], ...]:
    """Return each landmark's name and the front vertex nearest to its place."""
    assets = load_assets()
    text = resources.files("cinefacs.synth").joinpath("landmarks.csv").read_text(encoding="utf-8")
    candidates = face_vertices()
    places = assets.vertices[candidates]
    found = []
    for row in csv.DictReader(text.splitlines()):
        goal = np.array([float(row["x"]), float(row["y"])])
        # A little of the depth counts too: of two vertices behind each other the front one wins.
        distance = np.linalg.norm(places[:, :2] - goal, axis=1) - 0.15 * places[:, 2]
        found.append((row["name"], int(candidates[np.argmin(distance)])))
    return tuple(found)


def landmark_names() -> tuple[str, ...]:
    """Return the names of the landmarks in their order; left and right are the person's own."""
    return tuple(name for name, _ in _landmark_rows())


def landmark_vertices() -> Array:
    """Return the base vertex of each landmark, (L,)."""
    return np.array([vertex for _, vertex in _landmark_rows()])


@cache
def eye_vertices() -> tuple[Array, Array]:
    """Return the base vertices of the left and of the right eyeball."""
    assets = load_assets()
    left, right = (
        np.unique(assets.quads[name][:, :, 0]).astype(np.int64)
        for name in ("helper-l-eye", "helper-r-eye")
    )
    return left, right


@cache
def au_region(au: int, side: int) -> AuRegion:
    """Return where an action unit shows.

    Parameters
    ----------
    au
        One of `SHOWABLE_AUS`.
    side
        0: the person's left, 1: right.
    """
    if au not in SHOWABLE_AUS:
        raise KeyError(au)
    if au in HEAD_AUS:
        return AuRegion(face_vertices(), 0.0)
    if au in GAZE_AUS:
        x = load_assets().vertices[:, 0]
        index = eye_vertices()[side]
        front = load_assets().vertices[index, 2] > load_assets().vertices[index, 2].mean()
        return AuRegion(index[front & (np.abs(x[index]) > 0)], 0.0)
    moved = np.zeros_like(load_assets().vertices)
    letter = "LR"[side]
    for drive in drives_of(au):
        if drive.side in {letter, "B"}:
            index, moves = unit_moves(drive.unit, letter if drive.side == "B" else "")
            moved[index] += drive.weight * moves
    length = np.linalg.norm(moved, axis=1)
    seen = np.setdiff1d(np.flatnonzero(length > 0), _mouth_vertices())
    seen = seen[np.isin(seen, _skin_vertices())]
    reach = float(length[seen].max())
    return AuRegion(seen[length[seen] > 0.45 * reach], reach)


@cache
def _skin_vertices() -> Array:
    return np.unique(load_assets().quads["body"][:, :, 0]).astype(np.int64)
