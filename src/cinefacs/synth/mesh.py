"""The meshes that are drawn: which quads, where they lie in the skin's texture, their normals."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from cinefacs.synth.assets import HeadAssets, load_assets
from cinefacs.synth.subdivision import corner_values, subdivide

__all__ = [
    "AXIS_Z",
    "Mesh",
    "Part",
    "eye_balls",
    "hand_mesh",
    "head_mesh",
    "skin_places",
    "torso_mesh",
]

Array = npt.NDArray[Any]

AXIS_Z = 0.35
"""Depth of the upright axis that the skin's texture is wound around, dm."""
_HEAD_FLOOR = 4.5
"""Height below which the chest is always under clothes, dm."""


class Part(IntEnum):
    """What a vertex belongs to; the shaders know these numbers."""

    SKIN = 0
    LEFT_EYE = 1
    RIGHT_EYE = 2
    TEETH = 3
    TONGUE = 4
    LASHES = 5
    CLOTH = 6
    MOUTH = 7
    LIMB = 8


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """Quads over some vertices of the base mesh, smoothed, and split where the texture is cut."""

    used: Array
    """(U,) vertices of the base mesh that it needs."""
    smooth: sp.csr_array
    """(S, U) from those to the smooth mesh's vertices."""
    quads: Array
    """(F, 4) smooth vertices."""
    around: sp.csr_array
    """(S, F) which faces touch each smooth vertex."""
    corner: Array
    """(R,) smooth vertex of each vertex that is drawn."""
    rest: Array
    """(R, 3) place in the base mesh, dm."""
    uv: Array
    """(R, 2) place in the skin's texture."""
    place: Array
    """(R, 2) place in the masks of the base mesh."""
    part: Array
    """(R,) `Part`."""
    triangles: dict[Part, Array]
    """(T, 3) drawn vertices by part."""

    def positions(self, vertices: Array) -> Array:
        """Return the smooth vertices, (S, 3) float32, for (V, 3) base vertices."""
        return np.asarray(self.smooth @ vertices[self.used].astype(np.float32))

    def normals(self, positions: Array) -> Array:
        """Return unit normals, (S, 3) float32, of the smooth vertices."""
        a, b, c, d = (positions[self.quads[:, k]] for k in range(4))
        p, q = c - a, d - b
        face = np.empty_like(p)
        face[:, 0] = p[:, 1] * q[:, 2] - p[:, 2] * q[:, 1]
        face[:, 1] = p[:, 2] * q[:, 0] - p[:, 0] * q[:, 2]
        face[:, 2] = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
        normal = np.asarray(self.around @ face)
        length = np.sqrt((normal * normal).sum(axis=1, keepdims=True))
        return np.asarray(normal / np.maximum(length, 1e-12), np.float32)


def skin_places(rest: Array) -> Array:
    """Return where base-mesh places lie in the skin's texture.

    The head is unrolled around an upright axis; the face gets more room than the back, and the
    range from chin to crown more than the neck.

    Parameters
    ----------
    rest : (..., 3) float, dm

    Returns
    -------
    (..., 2) float, 0 to 1 across (1 at the back continues at 0), 0 to 1 upwards
    """
    turn = np.arctan2(rest[..., 0], rest[..., 2] - AXIS_Z) / np.pi  # -1 to 1
    return np.stack([_unroll(turn), _rise(rest[..., 1])], axis=-1)


def _unroll(turn: Array) -> Array:
    """Return the place across for a turn from the front in half circles, up to 2 either way."""
    beyond = np.abs(turn) > 1
    near = np.where(beyond, turn - 2 * np.sign(turn), turn)
    across = 0.5 + 0.5 * np.sign(near) * (1 - (1 - np.abs(near)) ** 1.6)
    return np.asarray(across + np.where(beyond, np.sign(turn), 0.0))


def _rise(height: Array) -> Array:
    return np.interp(height, [4.4, 6.1, 8.05, 8.6], [0.0, 0.12, 0.92, 1.0])


def _make(assets: HeadAssets, groups: list[tuple[Array, Array]], levels: int) -> Mesh:
    """Return a mesh of (quads with places, part per quad), smoothed `levels` times."""
    quads = np.concatenate([quads[:, :, 0] for quads, _ in groups]).astype(np.int64)
    places = np.concatenate([assets.places[quads[:, :, 1]] for quads, _ in groups])
    part = np.concatenate([parts for _, parts in groups])
    used = np.unique(quads)
    quads = np.searchsorted(used, quads)
    smooth = sp.csr_array(sp.identity(len(used), format="csr"))
    for _ in range(levels):
        step, quads = subdivide(quads, smooth.shape[0])
        smooth = sp.csr_array(step @ smooth)
        places, part = corner_values(places), np.repeat(part, 4)
    rest = smooth @ assets.vertices[used]
    corners_rest = rest[quads]  # (F, 4, 3)
    turn = np.arctan2(corners_rest[..., 0], corners_rest[..., 2] - AXIS_Z) / np.pi
    crosses = np.ptp(turn, axis=1) > 1  # over the seam at the back of the head
    turn = np.where(crosses[:, None] & (turn < 0), turn + 2, turn)
    uv = np.stack([_unroll(turn), _rise(corners_rest[..., 1])], axis=-1)
    key = np.concatenate(
        [
            quads.reshape(-1, 1),
            np.round(uv.reshape(-1, 2) * 1e5).astype(np.int64),
            np.round(places.reshape(-1, 2) * 1e5).astype(np.int64),
            np.repeat(part, 4)[:, None],
        ],
        axis=1,
    )
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    drawn = inverse.reshape(-1, 4)
    halves = np.stack([drawn[:, [0, 1, 2]], drawn[:, [0, 2, 3]]], axis=1)  # (F, 2, 3)
    n_faces, n_smooth = len(quads), smooth.shape[0]
    around = sp.csr_array(
        (
            np.ones(4 * n_faces, np.float32),
            (quads.ravel(), np.repeat(np.arange(n_faces), 4)),
        ),
        shape=(n_smooth, n_faces),
    )
    corner = quads.ravel()[first]
    return Mesh(
        used=used,
        smooth=smooth.astype(np.float32),
        quads=quads,
        around=around,
        corner=corner,
        rest=np.asarray(rest[corner], np.float32),
        uv=np.asarray(uv.reshape(-1, 2)[first], np.float32),
        place=np.asarray(places.reshape(-1, 2)[first], np.float32),
        part=np.repeat(part, 4)[first].astype(np.float32),
        triangles={
            Part(int(kind)): halves[part == kind].reshape(-1, 3).astype(np.int32)
            for kind in np.unique(part)
        },
    )


@cache
def head_mesh(levels: int) -> Mesh:
    """Return head, neck and upper chest with eyes, teeth, tongue and lashes.

    Parameters
    ----------
    levels
        Smoothing steps: 0 for small faces, 1 for close-ups.
    """
    assets = load_assets()
    body = assets.quads["body"].astype(np.int64)
    corner = assets.vertices[body[:, :, 0]]  # (F, 4, 3)
    is_kept = (corner[..., 1].min(axis=1) > _HEAD_FLOOR) & (
        np.abs(corner[..., 0]).max(axis=1) < 1.75
    )
    body = body[is_kept]
    inside = assets.mask("inside-mouth")
    middle = assets.places[body[:, :, 1]].mean(axis=1)
    rows, columns = (middle[:, ::-1] * inside.shape[0]).astype(int).T
    skin_part = np.where(inside[rows, columns] > 127, Part.MOUTH, Part.SKIN)
    groups = [(body, skin_part)]
    parts = {
        "helper-l-eye": Part.LEFT_EYE,
        "helper-r-eye": Part.RIGHT_EYE,
        "helper-upper-teeth": Part.TEETH,
        "helper-lower-teeth": Part.TEETH,
        "helper-tongue": Part.TONGUE,
        "helper-l-eyelashes-1": Part.LASHES,
        "helper-l-eyelashes-2": Part.LASHES,
        "helper-r-eyelashes-1": Part.LASHES,
        "helper-r-eyelashes-2": Part.LASHES,
    }
    for name, part in parts.items():
        quads = assets.quads[name].astype(np.int64)
        groups.append((quads, np.full(len(quads), part)))
    mesh = _make(assets, groups, levels)
    along = np.asarray(mesh.smooth @ _lash_places(assets)[mesh.used])[mesh.corner]
    is_lash = mesh.part == Part.LASHES
    mesh.uv[is_lash] = along[is_lash]
    return mesh


def eye_balls(vertices: Array) -> tuple[Array, float]:
    """Return centre, (2, 3), left first, and radius of the eyeballs, dm.

    The front bulges, so the centre lies one radius before the back.

    Parameters
    ----------
    vertices : (V, 3) float, dm
    """
    assets = load_assets()
    centres, radius = [], 0.0
    for name in ("helper-l-eye", "helper-r-eye"):
        ball = vertices[np.unique(assets.quads[name][:, :, 0])]
        low, high = ball.min(axis=0), ball.max(axis=0)
        radius = float(high[0] - low[0]) / 2
        centres.append([*((low + high) / 2)[:2], low[2] + radius])
    return np.array(centres), radius


def _lash_places(assets: HeadAssets) -> Array:
    """Return each lash vertex's place along the lid and from root (0) to tip (1), (V, 2)."""
    places = np.zeros((len(assets.vertices), 2))
    centres, radius = eye_balls(assets.vertices)
    for side, centre in zip("lr", centres, strict=True):
        for row in "12":
            quads = assets.quads[f"helper-{side}-eyelashes-{row}"][:, :, 0]
            index = np.unique(quads).astype(np.int64)
            way = assets.vertices[index] - centre
            reach = np.linalg.norm(way, axis=1)
            low, high = np.quantile(reach, [0.05, 0.95])
            places[index, 0] = way[:, 0] / radius
            places[index, 1] = np.clip((reach - low) / (high - low), 0, 1)
    return places


@cache
def torso_mesh() -> Mesh:
    """Return clothes, arms and hands; nothing of it moves within a shot."""
    assets = load_assets()
    body = assets.quads["body"].astype(np.int64)
    arm = assets.weights[
        :, [k for k, bone in enumerate(assets.bones) if "arm_" in bone or "hand" in bone]
    ]
    is_arm = (arm.sum(axis=1) > 0.5)[body[:, :, 0]].all(axis=1)
    limbs = body[is_arm]
    tights = assets.quads["helper-tights"].astype(np.int64)
    groups = [(limbs, np.full(len(limbs), Part.LIMB)), (tights, np.full(len(tights), Part.CLOTH))]
    return _make(assets, groups, 0)


@cache
def hand_mesh() -> Mesh:
    """Return the left hand and forearm alone, to be held before a face."""
    assets = load_assets()
    body = assets.quads["body"].astype(np.int64)
    columns = [assets.bones.index("hand_l"), assets.bones.index("lowerarm_l")]
    is_hand = (assets.weights[:, columns].sum(axis=1) > 0.5)[body[:, :, 0]].all(axis=1)
    quads = body[is_hand]
    return _make(assets, [(quads, np.full(len(quads), Part.LIMB))], 1)
