"""Grow hair: cards of strands, combed by style, kept off head, face and shoulders."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.body import Body
from cinefacs.synth.combs import Comb, along, comb_of, comb_to_knot
from cinefacs.synth.head_reach import HeadReach, smooth, unit_vectors
from cinefacs.synth.mesh import Part, head_mesh
from cinefacs.synth.person import HairStyle, Hat

__all__ = ["HairCards", "grow_beard", "grow_hair", "hat_floor", "scalp_cover"]

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class HairCards:
    """Cards of hair as triangles; the first cards of the list cover the head as the whole does."""

    vertices: Array
    """(V, 13) float32: place, tangent, outward (3 each), across, along, random, head's weight."""
    triangles: Array
    """(T, 3) int32, card by card."""
    n_cards: int
    """How many cards."""
    curl: float
    """How much strands bend within their card, 0 to 1."""
    fineness: float
    """Strands across a card."""
    roots: Array | None = None
    """(n_cards,) base vertex that each card grows on, where the skin under it moves."""

    def moved(self, shift: Array) -> Array:
        """Return the vertices with each card shifted with its root, (V, 13) float32.

        Parameters
        ----------
        shift : (n_cards, 3) float, dm
        """
        vertices = self.vertices.copy()
        per_card = len(vertices) // self.n_cards
        vertices[:, :3] += np.repeat(shift, per_card, axis=0)
        return vertices


@dataclass(frozen=True, kw_only=True, slots=True)
class _Style:
    """How one style grows."""

    n_cards: int
    length: tuple[float, float]
    n_steps: int
    width: float
    lift: float
    """Share of the outward direction at the root."""
    gravity: float
    curl: float
    fineness: float
    puff: float
    """How far the cards stand above the scalp, dm."""
    hug: float = 0.0
    """How far a card that leaves the head is drawn back to it, 0 to 1."""
    coil: float = 0.0
    """Radius of the curls, dm; 0 where strands run on."""


_STYLES = {
    HairStyle.SHORT: _Style(
        n_cards=2600, length=(0.22, 0.48), n_steps=4, width=0.085, lift=0.55, gravity=0.10,
        curl=0.15, fineness=15.0, puff=0.05, hug=0.25,
    ),
    HairStyle.SIDE: _Style(
        n_cards=2400, length=(0.30, 0.62), n_steps=5, width=0.10, lift=0.35, gravity=0.25,
        curl=0.10, fineness=17.0, puff=0.08, hug=0.6,
    ),
    HairStyle.MEDIUM: _Style(
        n_cards=2300, length=(1.3, 2.0), n_steps=9, width=0.12, lift=0.25, gravity=0.85,
        curl=0.25, fineness=20.0, puff=0.09, hug=0.7,
    ),
    HairStyle.LONG: _Style(
        n_cards=2300, length=(2.2, 3.4), n_steps=12, width=0.13, lift=0.25, gravity=0.9,
        curl=0.3, fineness=20.0, puff=0.09, hug=0.7,
    ),
    HairStyle.CURLY: _Style(
        n_cards=3800, length=(0.50, 0.80), n_steps=6, width=0.058, lift=0.6, gravity=0.55,
        curl=1.0, fineness=7.0, puff=0.16, hug=0.45, coil=0.085,
    ),
    HairStyle.AFRO: _Style(
        n_cards=4200, length=(0.34, 0.48), n_steps=5, width=0.058, lift=1.6, gravity=0.0,
        curl=1.0, fineness=6.0, puff=0.03, coil=0.055,
    ),
    HairStyle.TIED: _Style(
        n_cards=2000, length=(1.1, 1.5), n_steps=7, width=0.10, lift=0.20, gravity=0.0,
        curl=0.05, fineness=20.0, puff=0.035, hug=1.0,
    ),
}  # fmt: skip


def scalp_cover(rest: Array, line: float) -> Array:
    """Return how much of the scalp is covered by hair, as ``shaders/hairline.glsl`` paints it.

    Parameters
    ----------
    rest : (N, 3) float, dm of the base mesh
    line
        Lift of the front hair line, dm.

    Returns
    -------
    (N,) float, 0 to 1
    """
    x, y, z = np.abs(rest[:, 0]), rest[:, 1], rest[:, 2]
    front = 7.93 + line - 0.55 * x * x
    side_z = 0.82 + 0.35 * smooth(7.5, 7.95, y)
    above = smooth(-0.05, 0.07, y - front)
    behind = smooth(0.06, -0.06, z - side_z) * smooth(6.95, 7.1, y + 0.25 * smooth(0.5, 0.0, z))
    nape = smooth(0.25, 0.0, z) * smooth(6.45, 6.75, y)
    ear = smooth(0.66, 0.72, x) * (y <= 7.42) * (z >= 0.15) * (z <= 0.75)
    return np.asarray(np.clip(np.maximum(np.maximum(above, behind), nape) - ear, 0, 1))


def grow_hair(body: Body) -> HairCards | None:
    """Return a person's hair, or None where it is painted on the scalp only.

    Parameters
    ----------
    body
        Of the person; the hair follows the head's shape.
    """
    person = body.person
    style = _STYLES.get(person.hair_style)
    if style is None:
        return None
    rng = np.random.default_rng([person.seed, 77])
    root, outward, _ = _draw_roots(body, style.n_cards, rng)
    head = HeadReach(body)
    length = rng.uniform(*style.length, len(root)) * person.hair_length * body.face_scale
    comb = comb_of(person.hair_style)
    points = _grow(
        root, outward, length, style=style, head=head, comb=comb, part=person.part, rng=rng
    )
    if style.coil > 0:
        points = _coiled(points, style.coil * body.face_scale, rng)
    if person.hair_style is HairStyle.TIED:
        points = np.concatenate([points, _grow_tail(head, style.n_steps, rng)])
        points = points[rng.permutation(len(points))]
    if person.fringe:
        points = np.concatenate([points, _grow_fringe(body, head, style.n_steps, rng)])
        points = points[rng.permutation(len(points))]
    return _as_cards(points, head, style, rng)


def _coiled(grown: Array, radius: float, rng: np.random.Generator) -> Array:
    """Return each strand (N, P, 3) as one curl somewhere along it.

    Curls lie anyhow and fill the space between head and tips; strands that end in the air look
    like spines.
    """
    n, n_points, _ = grown.shape
    place = rng.uniform(0.1, 1.0, n) * (n_points - 1)
    before = np.minimum(place.astype(np.int64), n_points - 2)
    share = (place - before)[:, None]
    rows = np.arange(n)
    middle = grown[rows, before] * (1 - share) + grown[rows, before + 1] * share
    across = unit_vectors(rng.normal(0, 1, (n, 3)))
    up = unit_vectors(np.cross(across, rng.normal(0, 1, (n, 3))))
    turn = np.linspace(0, 1, n_points) * rng.uniform(3.0, 5.5, (n, 1))  # (N, P) radians
    size = radius * rng.uniform(0.6, 1.4, (n, 1, 1))
    loop = np.cos(turn)[..., None] * across[:, None] + np.sin(turn)[..., None] * up[:, None]
    return np.asarray(middle[:, None] + size * loop)


def _grow_tail(head: HeadReach, n_steps: int, rng: np.random.Generator) -> Array:
    """Return (260, steps + 1, 3) points of a tail that hangs from the knot."""
    n = 260
    here = head.knot + rng.normal(0, 0.06, (n, 3)) * head.scale
    way = np.array([0.0, 0.25, -1.0]) + rng.normal(0, 0.35, (n, 3))
    step = (rng.uniform(0.9, 1.6, n) * head.scale / n_steps)[:, None]
    points = [here]
    for _ in range(n_steps):
        way = unit_vectors(way) + np.array([0.0, -0.45, 0.0])
        here = here + unit_vectors(way) * step
        points.append(here)
    return np.stack(points, axis=1)


def _grow_fringe(body: Body, head: HeadReach, n_steps: int, rng: np.random.Generator) -> Array:
    """Return (260, steps + 1, 3) points of hair that falls over one side of the face.

    It grows along the front hair line, or comes out under the hat's rim.
    """
    n, scale, person = 260, head.scale, body.person
    side = np.sign(person.fringe)
    root, _, _ = _draw_roots(
        body, n, rng, _hat_rim_cover if person.hat is not Hat.NONE else _hair_line_cover, side=side
    )
    eyes = (body.eye_centres[0] + body.eye_centres[1]) / 2
    length = rng.uniform(0.75, 1.25, n) * (0.6 + 0.5 * abs(person.fringe)) * scale
    if person.hat is not Hat.NONE:  # a rim lies lower than the hair line
        length *= 0.7
    drift = side * rng.uniform(0.0, 0.3, n)
    here, points = root, [root]
    for k in range(n_steps):
        t = (k + 1) / n_steps
        way = np.stack([drift, np.full(n, -1.0), np.full(n, 0.9 * (1 - t) ** 3)], axis=1)
        here = here + unit_vectors(way + rng.normal(0, 0.08, (n, 3))) * (length / n_steps)[:, None]
        front = eyes[2] + (0.30 - 0.42 * ((here[:, 0] - eyes[0]) / scale) ** 2) * scale
        lift = min(1.0, 4 * t)  # from the hair line it comes forward over the brow
        here[:, 2] = np.maximum(here[:, 2], root[:, 2] * (1 - lift) + front * lift)
        points.append(here)
    return np.stack(points, axis=1)


def _hair_line_cover(rest: Array, line: float) -> Array:
    """Return where hair grows that can fall over the face: a strip behind the front hair line."""
    above = rest[:, 1] - (7.93 + line - 0.55 * rest[:, 0] ** 2)
    return np.asarray((above > -0.02) & (above < 0.16) & (rest[:, 2] > 0.6)).astype(float)


def _hat_rim_cover(rest: Array, _line: float) -> Array:
    """Return the strip of forehead just under a hat's rim."""
    below = hat_floor(rest) - rest[:, 1]
    return np.asarray((below > -0.02) & (below < 0.10) & (rest[:, 2] > 0.9)).astype(float)


def grow_beard(body: Body) -> HairCards | None:
    """Return a person's grown beard, or None; its cards follow the skin that they grow on."""
    person = body.person
    if person.skin.beard <= 0:
        return None
    rng = np.random.default_rng([person.seed, 78])
    n = 2800
    style = _Style(
        n_cards=n, length=(0.06, 0.16), n_steps=3, width=0.034, lift=0.5, gravity=0.5, curl=0.5,
        fineness=6.0, puff=0.012,
    )  # fmt: skip
    root, outward, nearest = _draw_roots(body, n, rng, jaw_cover)
    head = HeadReach(body)
    length = rng.uniform(*style.length, n) * body.face_scale * (0.6 + 0.8 * person.hair_length)
    down = np.tile(np.array([[0.0, -1.0, 0.05]]), (n, 1))
    down[:, 0] = np.sign(root[:, 0]) * 0.25
    points = [root]
    for k in range(style.n_steps):
        t = k / style.n_steps
        way = along(down, outward) + rng.normal(0, 0.25, (n, 3)) + outward * 0.2 * (1 - t)
        points.append(points[-1] + unit_vectors(way) * (length / style.n_steps)[:, None])
    cards = _as_cards(np.stack(points, axis=1), head, style, rng, outward=outward)
    return dataclasses.replace(cards, roots=nearest)


def hat_floor(rest: Array) -> Array:
    """Return the height above which a hat covers the head, (N,) dm, for places (N, 3)."""
    return np.asarray(7.42 + 0.22 * np.clip((rest[:, 2] - 0.2) / 0.8, 0, 1))


def jaw_cover(rest: Array, _line: float) -> Array:
    """Return where a beard grows, (N,) 0 to 1, for base-mesh places (N, 3), dm."""
    x, y, z = np.abs(rest[:, 0]), rest[:, 1], rest[:, 2]
    edge = 6.66 + 0.45 * smooth(0.33, 0.72, x)
    below = smooth(edge + 0.06, edge - 0.06, y) * smooth(6.0, 6.2, y) * smooth(0.35, 0.6, z)
    lip = (np.abs(y - 6.785 + 0.25 * x * x) < 0.055) & (x < 0.36) & (z > 1.1)
    mouth = ((x / 0.30) ** 2 + ((y - 6.655) / 0.115) ** 2 < 1) & (z > 0.9)
    return np.asarray(np.where(mouth, 0.0, np.maximum(below, lip * 0.9)))


def _draw_roots(
    body: Body,
    n: int,
    rng: np.random.Generator,
    cover: Callable[[Array, float], Array] = scalp_cover,
    side: float = 0.0,
) -> tuple[Array, Array, Array]:
    """Return places where hair grows, drawn evenly by area, outward directions, base vertices.

    With a `side` (1: the person's left, -1: right) hair grows on that side and near the middle.
    """
    mesh = head_mesh(0)
    positions = mesh.positions(body.still)
    normals = mesh.normals(positions)
    triangles = mesh.corner[mesh.triangles[Part.SKIN]]
    rest = mesh.rest[mesh.triangles[Part.SKIN]].mean(axis=1)
    is_scalp = rng.random(len(rest)) < cover(rest, body.person.hair_line)
    if body.person.hat is not Hat.NONE:  # what grows under a hat stays under it
        is_scalp &= rest[:, 1] < hat_floor(rest) + 0.02
    if side:
        is_scalp &= (rest[:, 0] * side > -0.15) & (rest[:, 0] * side < 0.62)
    triangles = triangles[is_scalp]
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    chosen = rng.choice(len(triangles), n, p=area / area.sum())
    share = rng.dirichlet([1, 1, 1], n)  # (n, 3)
    root = np.einsum("nk,nkd->nd", share, positions[triangles[chosen]])
    outward = np.einsum("nk,nkd->nd", share, normals[triangles[chosen]])
    return root, unit_vectors(outward), mesh.used[triangles[chosen, 0]]


def _grow(
    root: Array,
    outward: Array,
    length: Array,
    *,
    style: _Style,
    head: HeadReach,
    comb: Comb,
    part: float,
    rng: np.random.Generator,
) -> Array:
    """Return (N, steps + 1, 3) points along each card's middle."""
    n = len(root)
    step = (length / style.n_steps)[:, None]
    puff = style.puff * head.scale * rng.uniform(0.15, 1.0, n)
    own = rng.normal(0, 0.22 + 0.25 * style.curl, (n, 3))
    points = [root]
    here, normal = root, outward
    knot = head.knot if comb is comb_to_knot else None
    for k in range(style.n_steps):
        t = k / style.n_steps
        way = comb(here, normal, root, part, head) + own * (0.5 + t)
        hold = 1 - style.gravity * min(1.0, 1.6 * t)  # what the comb gave yields to gravity
        way = unit_vectors(way) * hold + normal * style.lift * max(0.0, 1 - 2.2 * t) ** 2
        way += np.array([0.0, -1.0, 0.0]) * style.gravity * (0.5 + 2.0 * t)
        if style.curl > 0.2:
            phase = own[:, :1] * 30 + t * 14 * style.curl
            sway = np.concatenate([np.sin(phase), np.cos(phase) * 0.3, np.cos(phase)], axis=1)
            way += sway * 0.30 * style.curl * (t + 0.25)
        there = head.outside(
            here + unit_vectors(way) * step, puff * min(1.0, 0.3 + 1.5 * t), style.hug
        )
        if knot is not None:
            there = np.where(np.linalg.norm(here - knot, axis=1)[:, None] < step * 1.2, knot, there)
        stopped = there[:, 1] < head.shoulder + 0.12 - 0.25 * np.abs(there[:, 0])
        here = np.where(stopped[:, None], here + (there - here) * 0.15, there)
        normal = (
            unit_vectors(here - head.centre)
            if k < 4
            else unit_vectors((here - head.centre) * np.array([1.0, 0.25, 1.0]))
        )
        points.append(here)
    grown = np.stack(points, axis=1)
    for _ in range(2):  # a strand has no corners
        grown[:, 1:-1] = (grown[:, :-2] + 2 * grown[:, 1:-1] + grown[:, 2:]) / 4
    return grown


def _as_cards(
    points: Array,
    head: HeadReach,
    style: _Style,
    rng: np.random.Generator,
    outward: Array | None = None,
) -> HairCards:
    """Return ribbons around the points; they lie flat on the head, or by given normals (N, 3)."""
    n, n_points, _ = points.shape
    tangent = unit_vectors(np.gradient(points, axis=1))
    if outward is None:
        outward = unit_vectors((points - head.centre) * np.array([1.0, 0.6, 1.0]))
    else:
        outward = np.repeat(outward[:, None], n_points, axis=1)
    across = unit_vectors(np.cross(tangent, outward))
    tilt = rng.normal(0, 0.25 + 0.6 * style.curl, (n, 1, 1))
    across = unit_vectors(across + tilt * outward)
    outward = unit_vectors(np.cross(across, tangent))
    outward *= np.where((outward * (points - head.centre)).sum(-1, keepdims=True) < 0, -1.0, 1.0)
    along = np.linspace(0, 1, n_points)
    width = style.width * head.scale * rng.uniform(0.7, 1.3, (n, 1)) * (1 - 0.45 * along[None] ** 2)
    sides = np.stack(
        [points - across * width[..., None] / 2, points + across * width[..., None] / 2], axis=2
    )  # (n, points, 2, 3)
    weight = np.clip((points[..., 1] - (head.chin - 1.0)) / 0.9, 0, 1)
    columns = np.concatenate(
        [
            sides,
            np.broadcast_to(tangent[:, :, None], sides.shape),
            np.broadcast_to(outward[:, :, None], sides.shape),
            np.broadcast_to(np.array([0.0, 1.0])[None, None, :, None], (n, n_points, 2, 1)),
            np.broadcast_to(along[None, :, None, None], (n, n_points, 2, 1)),
            np.broadcast_to(rng.random((n, 1, 1, 1)), (n, n_points, 2, 1)),
            np.broadcast_to(weight[..., None, None], (n, n_points, 2, 1)),
        ],
        axis=-1,
    )
    base = (np.arange(n) * n_points * 2)[:, None] + np.arange(n_points - 1)[None] * 2  # (n, steps)
    quad = np.stack([base, base + 1, base + 3, base, base + 3, base + 2], axis=-1)
    return HairCards(
        vertices=columns.reshape(-1, 13).astype(np.float32),
        triangles=quad.reshape(-1, 3).astype(np.int32),
        n_cards=n,
        curl=style.curl,
        fineness=style.fineness,
    )
