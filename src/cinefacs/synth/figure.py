"""One person as the renderer holds them: skin, meshes and hair in the card's memory."""

import copy
import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.assets import load_assets
from cinefacs.synth.body import Body, Pose
from cinefacs.synth.camera import look_at, orthographic
from cinefacs.synth.gpu import Gpu, set_uniforms
from cinefacs.synth.hair import HairCards, grow_beard, grow_hair
from cinefacs.synth.mesh import Mesh, Part, head_mesh, torso_mesh
from cinefacs.synth.person import Person
from cinefacs.synth.skin_maps import SkinPainter
from cinefacs.synth.wear import Thing, make_glasses, make_hat

if TYPE_CHECKING:
    import moderngl

__all__ = ["Figure", "Likeness", "Surface", "stream_things"]

Array = npt.NDArray[Any]

_STATIC_FORMAT = ("3f 2f 1f 1f", "rest", "uv", "part", "ao")
_MOVING_FORMAT = ("3f 3f", "pos", "nrm")
_N_AO_LIGHTS = 36
_AO_PX = 192


class Surface:
    """A mesh in the card's memory: what stays, what moves, and the triangles of each part.

    Parameters
    ----------
    gpu
        The context.
    mesh
        What is drawn.
    ao : (R,) float
        Share of the sky that each drawn vertex sees.
    """

    def __init__(self, gpu: Gpu, mesh: Mesh, ao: Array) -> None:
        self.mesh = mesh
        columns = np.concatenate(
            [mesh.rest, mesh.uv, mesh.part[:, None], ao[:, None]], axis=1
        ).astype(np.float32)
        self._static = gpu.buffer(columns)
        self._moving = gpu.context.buffer(reserve=len(mesh.rest) * 24, dynamic=True)
        self._gpu = gpu
        self._indices = {part: gpu.buffer(tri) for part, tri in mesh.triangles.items()}
        self._arrays: dict[tuple[str, str, tuple[Part, ...]], moderngl.VertexArray] = {}

    def move(self, positions: Array, normals: Array) -> None:
        """Put new smooth vertices and normals, (S, 3) float32 each, into the card's memory."""
        columns = np.concatenate([positions, normals], axis=1)[self.mesh.corner]
        self._moving.write(np.ascontiguousarray(columns, np.float32).tobytes())

    def draw(self, vertex: str, fragment: str, part: Part, *, is_front_first: bool = False) -> None:
        """Draw one part with a program; parts that the mesh lacks are skipped.

        Parameters
        ----------
        vertex, fragment
            The program's shaders.
        part
            What is drawn.
        is_front_first
            Draw what faces the camera before what faces away and is mostly hidden by it. The
            picture is the same; less is shaded.
        """
        if part not in self._indices:
            return
        key = (vertex, fragment, (part,))
        if key not in self._arrays:
            program = self._gpu.program(vertex, fragment)
            formats = [_only_used(program, self._moving, _MOVING_FORMAT)]
            if any(name in program for name in _STATIC_FORMAT[1:]):
                formats.append(_only_used(program, self._static, _STATIC_FORMAT))
            self._arrays[key] = self._gpu.context.vertex_array(
                program, formats, self._indices[part]
            )
        if not is_front_first:
            self._arrays[key].render()
            return
        context = self._gpu.context
        context.enable(context.CULL_FACE)
        for hidden in ("back", "front"):
            context.cull_face = hidden
            self._arrays[key].render()
        context.disable(context.CULL_FACE)

    def release(self) -> None:
        """Free the card's memory."""
        items: list[Any] = [*self._arrays.values(), *self._indices.values()]
        for item in (*items, self._static, self._moving):
            item.release()


def _only_used(
    program: "moderngl.Program", buffer: "moderngl.Buffer", layout: tuple[str, ...]
) -> tuple[Any, ...]:
    """Return a buffer's layout with the attributes that the program leaves out as padding."""
    kinds, names = layout[0].split(), layout[1:]
    kept = [(kind, name in program) for kind, name in zip(kinds, names, strict=True)]
    text = " ".join(kind if used else f"{int(kind[:-1]) * 4}x" for kind, used in kept)
    return (buffer, text, *(name for name in names if name in program))


class Likeness:
    """What stays of a person in the card's memory whatever they wear: shape, skin, meshes.

    Parameters
    ----------
    gpu
        The context.
    painter
        Paints the skin.
    person
        Whose.
    levels
        Smoothing steps of the head's mesh.
    """

    def __init__(self, gpu: Gpu, painter: SkinPainter, person: Person, *, levels: int) -> None:
        self.body = Body(person)
        self.skin = painter.paint(person)
        head, torso = head_mesh(levels), torso_mesh()
        ao = _sky_shares(gpu, self.body)
        self.head = Surface(gpu, head, np.asarray(head.smooth @ ao[head.used])[head.corner])
        self.torso = Surface(gpu, torso, np.asarray(torso.smooth @ ao[torso.used])[torso.corner])
        still = torso.positions(self.body.still)
        self.torso.move(still, torso.normals(still))
        self.lid_vertices = _lid_margins(self.body)

    @staticmethod
    def key(person: Person) -> Person:
        """Return the person without what one shot has and the next has not."""
        return dataclasses.replace(person, fringe=0.0, glasses=0)

    def release(self) -> None:
        """Free the card's memory."""
        self.skin.release()
        self.head.release()
        self.torso.release()


class Figure:
    """A person in the card's memory, with hair and what is worn.

    Parameters
    ----------
    gpu
        The context.
    likeness
        The person's; several figures may share it.
    person
        Who.
    """

    def __init__(self, gpu: Gpu, likeness: Likeness, person: Person) -> None:
        self.person = person
        self.likeness = likeness
        self.body = copy.copy(likeness.body)
        self.body.person = person
        self.skin, self.head, self.torso = likeness.skin, likeness.head, likeness.torso
        self.lid_vertices = likeness.lid_vertices
        self.hair = grow_hair(self.body)
        self.cards = [
            DrawnCards(gpu, cards)
            for cards in (self.hair, grow_beard(self.body))
            if cards is not None
        ]
        things = [*make_glasses(self.body), *make_hat(self.body)]
        self.things = stream_things(gpu, things)

    def pose(self, pose: Pose) -> Array:
        """Move the head's mesh, and return the posed base vertices, (V, 3) dm."""
        vertices = self.body.posed(pose)
        positions = self.head.mesh.positions(vertices)
        self.head.move(positions, self.head.mesh.normals(positions))
        for drawn in self.cards:
            drawn.follow(self.body, pose)
        return vertices

    def release(self) -> None:
        """Free the card's memory; the likeness stays."""
        for thing in self.things:
            thing.release()
        for cards in self.cards:
            cards.release()


class DrawnCards:
    """Cards of hair in the card's memory.

    Parameters
    ----------
    gpu
        The context.
    cards
        The hair.
    """

    def __init__(self, gpu: Gpu, cards: HairCards) -> None:
        self.cards = cards
        self._vertices, self._order = gpu.buffer(cards.vertices), gpu.buffer(cards.triangles)
        self._buffers = [self._vertices, self._order]
        places = cards.vertices[:, :3].reshape(cards.n_cards, -1, 3)
        self._middles = places.mean(axis=1, dtype=np.float32)  # (n_cards, 3)
        self._fine = cards.triangles.astype(np.int32).reshape(cards.n_cards, -1)
        self._coarse = _with_half_the_steps(cards)
        self._arrays: dict[str, moderngl.VertexArray] = {}
        for fragment in ("hair", "hair_depth"):
            layout = _only_used(
                gpu.program("hair", fragment),
                self._vertices,
                ("3f 3f 3f 4f", "pos", "tangent", "outward", "card"),
            )
            self._arrays[fragment] = gpu.context.vertex_array(
                gpu.program("hair", fragment), [layout], self._order
            )

    def follow(self, body: Body, pose: Pose) -> None:
        """Move cards that grow on moving skin with it."""
        roots = self.cards.roots
        if roots is not None:
            shift = body.moved(pose)[roots] - body.still[roots]
            self._vertices.write(self.cards.moved(shift.astype(np.float32)).tobytes())

    def draw(self, fragment: str, share: float, *, away: Array, is_coarse: bool) -> None:
        """Draw the first share of the cards, the nearest first: they spare what they hide.

        Parameters
        ----------
        fragment
            Shader that paints them.
        share
            How many of the cards, 0 to 1.
        away : (3,) float
            Way in the person's space that leads away from who looks.
        is_coarse
            Whether half the steps of each card do.
        """
        n_shown = int(self.cards.n_cards * share)
        order = np.argsort(self._middles[:n_shown] @ away.astype(np.float32), kind="stable")
        shown = (self._coarse if is_coarse else self._fine)[order]
        self._order.orphan()
        self._order.write(shown.tobytes())
        self._arrays[fragment].render(vertices=shown.size)

    def release(self) -> None:
        """Free the card's memory."""
        items: list[Any] = [*self._arrays.values(), *self._buffers]
        for item in items:
            item.release()


def _with_half_the_steps(cards: HairCards) -> Array:
    """Return triangles of ribbons that leave out every second step, (n_cards, 3 T) int32."""
    n_points = len(cards.vertices) // cards.n_cards // 2
    row = 2 * np.unique([*range(0, n_points, 2), n_points - 1])
    low, high = row[:-1], row[1:]
    ribbon = np.stack([low, low + 1, high + 1, low, high + 1, high], axis=-1).ravel()
    first = np.arange(cards.n_cards)[:, None] * n_points * 2
    return np.asarray(first + ribbon, np.int32)


class DrawnThing:
    """A solid thing in the card's memory.

    Parameters
    ----------
    gpu
        The context.
    thing
        What it is.
    """

    def __init__(self, gpu: Gpu, thing: Thing) -> None:
        self.thing = thing
        n = len(thing.vertices)
        part = np.full((n, 1), thing.part, np.float32)
        moving = np.concatenate([thing.vertices, thing.normals], axis=1).astype(np.float32)
        static = np.concatenate(
            [thing.vertices, np.zeros((n, 2)), part, np.full((n, 1), 0.9)], axis=1
        ).astype(np.float32)
        self._buffers = [gpu.buffer(moving), gpu.buffer(static), gpu.buffer(thing.triangles)]
        self._gpu = gpu
        self._arrays: dict[tuple[str, str], moderngl.VertexArray] = {}

    def draw(self, vertex: str, fragment: str) -> None:
        """Draw it with a program."""
        key = (vertex, fragment)
        if key not in self._arrays:
            program = self._gpu.program(vertex, fragment)
            formats = [_only_used(program, self._buffers[0], _MOVING_FORMAT)]
            if any(name in program for name in _STATIC_FORMAT[1:]):
                formats.append(_only_used(program, self._buffers[1], _STATIC_FORMAT))
            self._arrays[key] = self._gpu.context.vertex_array(program, formats, self._buffers[2])
        self._arrays[key].render()

    def release(self) -> None:
        """Free the card's memory."""
        items: list[Any] = [*self._arrays.values(), *self._buffers]
        for item in items:
            item.release()


def stream_things(gpu: Gpu, things: list[Thing]) -> list[DrawnThing]:
    """Return the things in the card's memory."""
    return [DrawnThing(gpu, thing) for thing in things]


def _sky_shares(gpu: Gpu, body: Body) -> Array:
    """Return the share of the sky that each base vertex sees, (V,) 0 to 1.

    The head and the clothes are drawn from lamps all around; a vertex that a lamp sees counts by
    the cosine to its normal.
    """
    context = gpu.context
    head = head_mesh(0)
    positions = head.positions(body.still)
    normals = head.normals(positions)
    vertices = positions
    skin = np.concatenate([head.triangles[part] for part in (Part.SKIN, Part.MOUTH)])
    index = gpu.buffer(head.corner[skin].astype(np.int32))
    buffer = gpu.buffer(vertices.astype(np.float32))
    program = gpu.program("depth", "depth")
    array = context.vertex_array(program, [(buffer, "3f", "pos")], index)
    texture = context.depth_texture((_AO_PX, _AO_PX))
    target = context.framebuffer(depth_attachment=texture)
    centre = vertices.mean(axis=0)
    lit = np.zeros(len(vertices))
    total = np.zeros(len(vertices))
    context.enable(context.DEPTH_TEST)
    context.disable(context.CULL_FACE | context.BLEND)
    for direction in _even_directions(_N_AO_LIGHTS):
        matrix = orthographic(2.6, 0.1, 12) @ look_at(centre + direction * 6, centre)
        set_uniforms(program, {"light_proj": matrix, "model": np.eye(4)})
        target.use()
        target.clear(depth=1.0)
        array.render()
        depth = np.frombuffer(texture.read(), np.float32).reshape(_AO_PX, _AO_PX)
        place = vertices @ matrix[:3, :3].T + matrix[:3, 3]
        columns, rows = (
            np.clip(((place[:, k] * 0.5 + 0.5) * _AO_PX).astype(int), 0, _AO_PX - 1) for k in (0, 1)
        )
        sees = depth[rows, columns] + 0.012 > place[:, 2] * 0.5 + 0.5
        cosine = np.maximum(normals @ direction, 0) * (0.65 + 0.35 * direction[1])
        lit += sees * cosine
        total += cosine
    for item in (array, buffer, index, target, texture):
        item.release()
    shares = np.ones(len(load_assets().vertices))
    found = np.clip(lit / np.maximum(total, 1e-6), 0, 1)
    # A vertex has neighbours in the same cavity: their mean hides the few lamps.
    smooth = head.around @ (head.around.T @ found / 4)
    count = np.asarray(head.around.sum(axis=1)).ravel()
    mean = np.where(count > 0, smooth / np.maximum(count, 1), found)
    shares[head.used] = np.clip(0.12 + 0.98 * mean, 0, 1)
    return shares


def _even_directions(n: int) -> Array:
    """Return unit directions spread evenly over the sphere (Fibonacci's lattice), (n, 3)."""
    k = np.arange(n) + 0.5
    height = 1 - 2 * k / n
    turn = np.pi * (1 + 5**0.5) * k
    radius = np.sqrt(1 - height * height)
    return np.stack([np.cos(turn) * radius, height, np.sin(turn) * radius], axis=1)


def _lid_margins(body: Body) -> list[tuple[Array, Array]]:
    """Return the vertices of each eye's upper and lower lid margin, left eye first.

    They are those of the lash roots: of each lash mesh the vertices nearest to the eyeball.
    """
    assets = load_assets()
    margins = []
    for side, centre in zip("lr", body.eye_centres, strict=True):
        pair = []
        for row in ("2", "1"):  # upper lashes first
            index = np.unique(assets.quads[f"helper-{side}-eyelashes-{row}"][:, :, 0]).astype(int)
            distance = np.linalg.norm(body.still[index] - centre, axis=1)
            middle = np.abs(body.still[index, 0] - centre[0]) < 0.6 * body.eye_radius
            near = distance < np.median(distance)
            pair.append(index[near & middle])
        margins.append((pair[0], pair[1]))
    return margins
