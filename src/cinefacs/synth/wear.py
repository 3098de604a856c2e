"""Things that people wear on the head: glasses and hats, built from simple surfaces."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.body import Body
from cinefacs.synth.hair import hat_floor, scalp_cover
from cinefacs.synth.mesh import Part, head_mesh
from cinefacs.synth.person import Colour, Hat

__all__ = ["LENS_PART", "THING_PART", "Thing", "make_glasses", "make_hat"]

Array = npt.NDArray[Any]

THING_PART = 8
"""Number of solid things in the shaders."""
LENS_PART = 9
"""Number of lenses: they are mixed with what lies behind them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """A solid surface in a person's space at rest."""

    vertices: Array
    """(V, 3) float32, dm."""
    normals: Array
    """(V, 3) float32, unit."""
    triangles: Array
    """(T, 3) int32."""
    colour: Colour
    """Reflectance."""
    gloss: float
    """0 to 1."""
    alpha: float
    """How much it hides what lies behind, 0 to 1."""
    part: int
    """`THING_PART` or `LENS_PART`."""


def _tube(path: Array, radius: float, *, is_closed: bool) -> tuple[Array, Array, Array]:
    """Return a tube around the points of a path: vertices, normals, triangles."""
    n, k = len(path), 6
    if is_closed:
        tangent = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
    else:
        tangent = np.gradient(path, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    hint = np.array([0.0, 0.0, 1.0]) if abs(tangent[0, 2]) < 0.7 else np.array([0.0, 1.0, 0.0])
    one = np.cross(tangent, hint)
    one /= np.maximum(np.linalg.norm(one, axis=1, keepdims=True), 1e-9)
    other = np.cross(tangent, one)
    turn = np.arange(k) / k * 2 * np.pi
    normals = (
        np.cos(turn)[None, :, None] * one[:, None] + np.sin(turn)[None, :, None] * other[:, None]
    )
    vertices = path[:, None] + normals * radius
    rows = np.arange(n if is_closed else n - 1)
    a = rows[:, None] * k + np.arange(k)[None]
    b = rows[:, None] * k + (np.arange(k)[None] + 1) % k
    c = ((rows[:, None] + 1) % n) * k + (np.arange(k)[None] + 1) % k
    d = ((rows[:, None] + 1) % n) * k + np.arange(k)[None]
    triangles = np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3)
    return vertices.reshape(-1, 3), normals.reshape(-1, 3), triangles


def _joined(pieces: list[tuple[Array, Array, Array]]) -> tuple[Array, Array, Array]:
    offsets = np.cumsum([0, *(len(vertices) for vertices, _, _ in pieces)])
    triangles = [tri + offset for (_, _, tri), offset in zip(pieces, offsets, strict=False)]
    return (
        np.concatenate([vertices for vertices, _, _ in pieces]).astype(np.float32),
        np.concatenate([normals for _, normals, _ in pieces]).astype(np.float32),
        np.concatenate(triangles).astype(np.int32),
    )


def make_glasses(body: Body) -> list[Thing]:
    """Return frame and lenses of a person's glasses; nothing where none are worn."""
    person, scale = body.person, body.face_scale
    if person.glasses == 0:
        return []
    left, right = body.eye_centres
    middle = (left + right) / 2
    half = float(left[0] - right[0]) / 2
    power = {1: 2.0, 2: 4.0, 3: 3.0}[person.glasses]
    wide, high = 0.235 * scale, (0.19 if person.glasses == 1 else 0.165) * scale
    front = middle[2] + body.eye_radius + 0.115 * scale
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    cosine, sine = np.cos(turn), np.sin(turn)
    outline_x = np.sign(cosine) * np.abs(cosine) ** (2 / power) * wide
    outline_y = np.sign(sine) * np.abs(sine) ** (2 / power) * high - 0.02 * scale
    radius = (0.017 if person.glasses == 1 else 0.022) * scale
    pieces: list[tuple[Array, Array, Array]] = []
    lenses: list[tuple[Array, Array, Array]] = []
    for sign in (1.0, -1.0):
        x = sign * (half + 0.012 * scale) + outline_x
        z = front - 0.30 * (np.abs(x) / scale) ** 2 * scale * 0.35
        rim = np.stack([x, middle[1] + outline_y, z], axis=1)
        if person.glasses == 3:
            upper = outline_y > -0.02 * scale
            order = np.argsort(x[upper])
            pieces.append(_tube(rim[upper][order], radius, is_closed=False))
        else:
            pieces.append(_tube(rim, radius, is_closed=True))
        hinge = rim[np.argmax(sign * x)] + np.array([0.0, 0.06 * scale, 0.0])
        ear = np.array([sign * 0.74 * scale, middle[1] + 0.02 * scale, middle[2] - 0.95 * scale])
        hook = ear + np.array([-sign * 0.03, -0.16, -0.12]) * scale
        path = np.concatenate([np.linspace(hinge, ear, 8), np.linspace(ear, hook, 4)[1:]])
        pieces.append(_tube(path, radius * 0.8, is_closed=False))
        lenses.append(_lens(rim))
    inner = half + 0.012 * scale - wide
    bridge_x = np.linspace(-inner, inner, 9)
    bridge = np.stack(
        [
            bridge_x,
            np.full(9, middle[1]) + 0.055 * scale * np.cos(bridge_x / max(inner, 1e-3) * 1.5),
            np.full(9, front),
        ],
        axis=1,
    )
    pieces.append(_tube(bridge, radius * 0.8, is_closed=False))
    vertices, normals, triangles = _joined(pieces)
    glass = _joined(lenses)
    return [
        Thing(
            vertices=vertices, normals=normals, triangles=triangles,
            colour=person.glasses_colour, gloss=0.8, alpha=1.0, part=THING_PART,
        ),
        Thing(
            vertices=glass[0], normals=glass[1], triangles=glass[2],
            colour=(0.02, 0.02, 0.025), gloss=1.0, alpha=person.glasses_tint, part=LENS_PART,
        ),
    ]  # fmt: skip


def _lens(rim: Array) -> tuple[Array, Array, Array]:
    """Return a lens that fills a rim and bulges a little."""
    n = len(rim)
    middle = rim.mean(axis=0) + np.array([0.0, 0.0, 0.02])
    vertices = np.concatenate([rim, middle[None]])
    out = rim - middle
    normals = np.concatenate([out * np.array([0.6, 0.6, 0.0]) + [0, 0, 1.0], [[0.0, 0.0, 1.0]]])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    around = np.arange(n)
    triangles = np.stack([around, (around + 1) % n, np.full(n, n)], axis=1)
    return vertices, normals, triangles


def make_hat(body: Body) -> list[Thing]:
    """Return a person's hat: the scalp's surface lifted, with a brim for a cap."""
    person, scale = body.person, body.face_scale
    if person.hat is Hat.NONE:
        return []
    mesh = head_mesh(1)
    positions = mesh.positions(body.still)
    normals = mesh.normals(positions)
    triangles = mesh.triangles[Part.SKIN]
    rest = mesh.rest
    covers = scalp_cover(rest, -0.10 if person.hat is Hat.BEANIE else 0.0) > 0.4
    floor = hat_floor(rest)
    covers = (rest[:, 1] > floor) & (covers | (rest[:, 1] > 7.62))
    kept = triangles[covers[triangles].all(axis=1)]
    thick = (0.075 + 0.05 * np.clip((rest[:, 1] - 8.2) / 0.4, 0, 1)) * scale
    rim = np.clip(1 - (rest[:, 1] - floor) / 0.22, 0, 1)
    if person.hat is Hat.BEANIE:
        thick = thick + 0.035 * scale * (rim > 0.05)
    lifted = positions[mesh.corner] + normals[mesh.corner] * thick[:, None]
    used, index = np.unique(kept, return_inverse=True)
    hat = Thing(
        vertices=lifted[used].astype(np.float32),
        normals=normals[mesh.corner][used].astype(np.float32),
        triangles=index.reshape(-1, 3).astype(np.int32),
        colour=person.hat_colour, gloss=0.05, alpha=1.0, part=THING_PART,
    )  # fmt: skip
    return [hat] if person.hat is Hat.BEANIE else [hat, _brim(body, hat)]


def _brim(body: Body, hat: Thing) -> Thing:
    """Return a cap's brim: a bent plate before the forehead."""
    scale = body.face_scale
    front = hat.vertices[hat.vertices[:, 2] > np.quantile(hat.vertices[:, 2], 0.9)]
    low = float(front[:, 1].min()) + 0.05 * scale
    deep = float(front[:, 2].max())
    across = np.linspace(-1, 1, 17)
    out = np.linspace(0, 1, 6)
    grid_x, grid_t = np.meshgrid(across, out)
    x = grid_x * (0.62 + 0.02 * grid_t) * scale
    reach = 0.62 * np.sqrt(np.clip(1 - 0.75 * grid_x**2, 0, 1))
    z = deep - 0.42 * grid_x**2 * scale + (grid_t * reach - 0.06) * scale
    y = low - 0.16 * grid_x**2 * scale - 0.10 * grid_t * scale
    vertices = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    rows, columns = len(out), len(across)
    a = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    triangles = np.stack(
        [a, a + 1, a + columns + 1, a, a + columns + 1, a + columns], axis=1
    ).reshape(-1, 3)
    normals = np.tile(np.array([0.0, 1.0, 0.25]) / np.hypot(1, 0.25), (len(vertices), 1))
    return Thing(
        vertices=vertices.astype(np.float32), normals=normals.astype(np.float32),
        triangles=triangles.astype(np.int32), colour=body.person.hat_colour, gloss=0.05,
        alpha=1.0, part=THING_PART,
    )  # fmt: skip
