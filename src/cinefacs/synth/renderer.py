"""Draw a moment: backdrop, people, shadows; give the picture and the depth that truth needs."""

from collections import OrderedDict
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.synth.assets import load_assets
from cinefacs.synth.body import turn_matrix
from cinefacs.synth.camera import look_at, orthographic
from cinefacs.synth.figure import Figure, Likeness, Surface
from cinefacs.synth.gpu import open_gpu, set_uniforms
from cinefacs.synth.hand import hold_hand
from cinefacs.synth.mesh import Part, eye_balls, hand_mesh
from cinefacs.synth.people import skin_colour
from cinefacs.synth.person import Person
from cinefacs.synth.skin_maps import SkinPainter
from cinefacs.synth.stage import Actor, HeldHand, Moment
from cinefacs.synth.wear import LENS_PART
from cinefacs.synth.wrinkles import wrinkle_strengths

if TYPE_CHECKING:
    import moderngl

__all__ = ["DrawnActor", "DrawnMoment", "Renderer"]

Array = npt.NDArray[Any]

_SHADOW_PX = (320, 640)
"""Sides of the shadow maps, for small and for large heads."""
_FINE_SHADOW_PX_PER_DM = 60.0
"""Drawn size of a head above which the finer map is taken: there the coarse one has as many."""
_SHADOW_HALF = 2.4
"""Half the width of what the shadow map covers, dm."""
_COARSE_HAIR_PX_PER_DM = 28.0
"""Size of a head below which its hair is drawn with half the steps: a step is a few pixels."""
_PLAIN_PARTS = (Part.TEETH, Part.TONGUE)


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnActor:
    """Where one person's vertices came to lie."""

    actor: Actor
    """Who, and in which pose."""
    vertices: Array
    """(V, 3) posed base vertices in the scene, dm."""
    head: Array
    """(4, 4) from the person's space at rest to the scene, with the head's turn."""
    face_scale: float
    """Size of the face over the base mesh's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnMoment:
    """A drawn picture."""

    rgb: npt.NDArray[np.uint8]
    """(H, W, 3)."""
    depth: npt.NDArray[np.float32]
    """(s H, s W) depth buffer of the supersampled picture, row 0 at the top, 0 near to 1 far."""
    actors: tuple[DrawnActor, ...]
    """The people, in the moment's order."""


class Renderer:
    """Draws moments of one picture size.

    Parameters
    ----------
    size_wh
        Size of the pictures, px.
    supersample
        Each pixel is the mean of this many by this many.
    levels
        Smoothing steps of the heads' meshes: 0 for small faces, 1 for close-ups.
    texture_px
        Side of the skin textures.
    n_kept
        People whose textures are kept; the one not drawn for longest goes first.

    Raises
    ------
    ModelError
        The extra, the assets or EGL is missing; the hint names what to install.
    """

    def __init__(
        self,
        size_wh: tuple[int, int],
        *,
        supersample: int = 2,
        levels: int = 1,
        texture_px: int = 1024,
        n_kept: int = 6,
    ) -> None:
        self.size_wh = size_wh
        self._scale = supersample
        self._levels = levels
        self._n_kept = n_kept
        self._gpu = open_gpu()
        self._painter = SkinPainter(self._gpu, texture_px)
        self._likenesses: OrderedDict[Person, Likeness] = OrderedDict()
        self._figures: OrderedDict[Person, Figure] = OrderedDict()
        context = self._gpu.context
        big = (size_wh[0] * supersample, size_wh[1] * supersample)
        self._colour = context.texture(big, 3)
        self._depth = context.depth_texture(big)
        self._target = context.framebuffer([self._colour], self._depth)
        self._shadows = [_shadow_map(context, side) for side in _SHADOW_PX]
        corners = self._gpu.buffer(np.array([-1, -1, 3, -1, -1, 3], np.float32))
        self._screen = context.vertex_array(
            self._gpu.program("screen", "backdrop"), [(corners, "2f", "xy")]
        )
        self._backdrops: OrderedDict[int, tuple[Array, moderngl.Texture]] = OrderedDict()
        self._hand = Surface(self._gpu, hand_mesh(), np.full(len(hand_mesh().rest), 0.85))
        self._hand_of: tuple[Figure, HeldHand] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the context and all that lies in it."""
        self._gpu.make_current()
        self._figures.clear()
        self._likenesses.clear()
        self._backdrops.clear()
        self._gpu.context.release()

    @property
    def device(self) -> str:
        """Name of what draws."""
        return self._gpu.renderer

    def figure(self, person: Person) -> Figure:
        """Return a person's figure; made at first sight."""
        self._gpu.make_current()
        if person in self._figures:
            self._figures.move_to_end(person)
            return self._figures[person]
        likeness = self._likeness(person)
        while len(self._figures) >= self._n_kept:
            self._figures.popitem(last=False)[1].release()
        figure = Figure(self._gpu, likeness, person)
        self._figures[person] = figure
        return figure

    def _likeness(self, person: Person) -> Likeness:
        """Return what a person's figures share; made at first sight."""
        key = Likeness.key(person)
        if key in self._likenesses:
            self._likenesses.move_to_end(key)
            return self._likenesses[key]
        while len(self._likenesses) >= self._n_kept:
            _, oldest = self._likenesses.popitem(last=False)
            for other in [each for each, made in self._figures.items() if made.likeness is oldest]:
                self._figures.pop(other).release()
            oldest.release()
        likeness = Likeness(self._gpu, self._painter, key, levels=self._levels)
        self._likenesses[key] = likeness
        return likeness

    def draw(self, moment: Moment) -> DrawnMoment:
        """Return the picture of a moment.

        Parameters
        ----------
        moment
            Its camera must have the renderer's picture size.
        """
        context = self._gpu.context
        self._gpu.make_current()
        self._target.use()
        self._target.clear(0, 0, 0, 1, 1.0)
        context.disable(context.BLEND | context.CULL_FACE)
        context.enable(context.DEPTH_TEST)
        drawn = tuple(self._draw_actor(moment, actor) for actor in moment.actors)
        self._target.depth_mask = False
        self._draw_backdrop(moment)  # last, so that nobody paints what people hide
        self._draw_lenses(moment, drawn)
        self._target.depth_mask = True
        width, height = self._target.size
        colour = np.frombuffer(self._target.read(components=3, alignment=1), np.uint8)
        picture = colour.reshape(height, width, 3)[::-1]
        depth = np.frombuffer(self._depth.read(alignment=1), np.float32).reshape(height, width)
        rgb = cv2.resize(picture, self.size_wh, interpolation=cv2.INTER_AREA)
        return DrawnMoment(rgb=np.asarray(rgb, np.uint8), depth=depth[::-1], actors=drawn)

    def _draw_backdrop(self, moment: Moment) -> None:
        key = id(moment.backdrop)
        if key not in self._backdrops:
            if len(self._backdrops) > 4:
                self._backdrops.popitem(last=False)[1][1].release()
            texture = self._gpu.texture(moment.backdrop[::-1], has_mipmaps=False)
            self._backdrops[key] = (moment.backdrop, texture)  # kept alive: its id is the key
        self._backdrops[key][1].use(0)
        left, top, width, height = moment.window
        window = (left, 1 - top - height, width, height)
        set_uniforms(self._screen.program, {"picture": 0, "window": window})
        self._screen.render()

    def _draw_actor(self, moment: Moment, actor: Actor) -> DrawnActor:
        figure = self.figure(actor.person)
        vertices = figure.pose(actor.pose)
        body = actor.matrix
        head = body @ figure.body.head_matrix(actor.pose)
        eyes = (figure.body.eye_centres[0] + figure.body.eye_centres[1]) / 2
        focus = head @ np.append(eyes - [0, 0.3, 0.5], 1.0)
        key = np.array(moment.light.key_dir)
        lamp = orthographic(_SHADOW_HALF, 0.1, 14.0) @ look_at(focus[:3] + key * 7, focus[:3])
        hand = self._place_hand(figure, actor, head)
        px_per_dm = _px_per_dm(moment, head, figure)
        shadow = self._shadows[int(px_per_dm * self._scale > _FINE_SHADOW_PX_PER_DM)]
        self._draw_shadows(figure, body, head, lamp, hand=hand, target=shadow[1])
        self._target.use()
        shared = {
            "view_proj": moment.camera.matrix,
            "light_proj": lamp,
            "eye": moment.camera.eye,
            "shadow_map": 7,
            "shadow_soft": moment.light.softness,
            **_light_uniforms(moment),
        }
        shadow[0].use(7)
        share = float(np.clip(px_per_dm / 70, 0.35, 1.0))  # a small head needs fewer cards
        program = self._gpu.program("hair", "hair")
        set_uniforms(program, shared | {"body_pose": body, "head_pose": head})
        hair = actor.person.hair
        tip = tuple(min(1.0, c * 1.3 + 0.004) for c in hair)
        for cards in figure.cards:
            curl, fineness = cards.cards.curl, cards.cards.fineness
            set_uniforms(
                program,
                {
                    "hair": hair,
                    "hair_tip": tip,
                    "curl": curl,
                    "fineness": fineness,
                    "shine": 0.45 - 0.3 * curl,
                },
            )
            away = (moment.camera.matrix @ head)[3, :3]
            cards.draw("hair", share, away=away, is_coarse=px_per_dm < _COARSE_HAIR_PX_PER_DM)
        self._draw_worn(figure, shared, body, head, actor)
        self._draw_skin(figure, actor, shared, body, hand)
        self._draw_eyes(figure, actor, shared, body=body, head=head, vertices=vertices)
        self._draw_mouth_and_lashes(figure, body)
        turned = vertices @ body[:3, :3].T + body[:3, 3]
        return DrawnActor(
            actor=actor, vertices=turned, head=head, face_scale=figure.body.face_scale
        )

    def _draw_shadows(
        self,
        figure: Figure,
        body: Array,
        head: Array,
        lamp: Array,
        *,
        hand: Array | None,
        target: "moderngl.Framebuffer",
    ) -> None:
        program = self._gpu.program("depth", "depth")
        target.use()
        target.clear(depth=1.0)
        set_uniforms(program, {"light_proj": lamp, "model": body})
        figure.head.draw("depth", "depth", Part.SKIN)
        figure.torso.draw("depth", "depth", Part.CLOTH)
        set_uniforms(program, {"model": head})
        for thing in figure.things:
            if thing.thing.part != LENS_PART:
                thing.draw("depth", "depth")
        if hand is not None:
            set_uniforms(program, {"model": hand})
            self._hand.draw("depth", "depth", Part.LIMB)
        program = self._gpu.program("hair", "hair_depth")
        set_uniforms(
            program,
            {"view_proj": lamp, "light_proj": lamp, "body_pose": body, "head_pose": head},
        )
        for cards in figure.cards:
            curl, fineness = cards.cards.curl, cards.cards.fineness
            set_uniforms(program, {"curl": curl, "fineness": fineness})
            cards.draw("hair_depth", 0.5, away=(lamp @ head)[2, :3], is_coarse=True)

    def _draw_skin(
        self,
        figure: Figure,
        actor: Actor,
        shared: dict[str, Any],
        body: Array,
        hand: Array | None,
    ) -> None:
        program = self._gpu.program("body", "skin")
        figure.skin.bind(0)
        person = actor.person
        wrinkles = wrinkle_strengths(person, actor.pose)
        effort = sum(max(sides) for sides in actor.pose.intensity.values())
        set_uniforms(program, shared)
        set_uniforms(
            program,
            {
                "model": body,
                "albedo_map": 0,
                "detail_map": 1,
                "wrinkles_a_map": 2,
                "wrinkles_b_map": 3,
                "wrinkles_a": wrinkles[:, :4].copy(),
                "wrinkles_b": wrinkles[:, 4:].copy(),
                "relief": 0.006 * figure.body.face_scale,
                "wrinkle_depth": 0.013 * figure.body.face_scale,
                "flush": min(0.4, 0.08 * effort) * person.skin.redness,
                "limb": skin_colour(person.skin.tone),
            },
        )
        figure.head.draw("body", "skin", Part.SKIN, is_front_first=True)
        figure.head.draw("body", "skin", Part.MOUTH)
        figure.torso.draw("body", "skin", Part.LIMB, is_front_first=True)
        if hand is not None:
            set_uniforms(program, {"model": hand})
            self._hand.draw("body", "skin", Part.LIMB, is_front_first=True)

    def _draw_eyes(
        self,
        figure: Figure,
        actor: Actor,
        shared: dict[str, Any],
        *,
        body: Array,
        head: Array,
        vertices: Array,
    ) -> None:
        program = self._gpu.program("body", "eye")
        shape = figure.body
        centres = np.array([(head @ np.append(centre, 1))[:3] for centre in shape.eye_centres])
        rest, _ = eye_balls(load_assets().vertices)
        turn = turn_matrix(*actor.pose.gaze_deg)
        inverse = np.linalg.inv(figure.body.head_matrix(actor.pose))
        lids = []
        for margins, centre in zip(figure.lid_vertices, shape.eye_centres, strict=True):
            heights = [
                float((vertices[margin].mean(axis=0) @ inverse[1, :3]) + inverse[1, 3])
                for margin in margins
            ]
            top, low = ((height - centre[1]) / shape.eye_radius for height in heights)
            lids.append([top, low, 0.0, 0.0])
        person = actor.person
        set_uniforms(program, shared)
        set_uniforms(
            program,
            {
                "model": body,
                "centre": centres,
                "rest_centre": rest,
                "gaze": np.stack([turn, turn]),
                "head": head[:3, :3],
                "lids": np.array(lids),
                "iris": person.iris,
                "iris_rim": tuple(c * 0.55 for c in person.iris),
                "sclera": (0.62, 0.585, 0.555),
                "pupil": person.pupil,
                "iris_size": 0.475,
                "radius": shape.eye_radius,
                "veins": 0.35 + 0.4 * person.skin.under_eye,
                "wet": 1.0,
            },
        )
        figure.head.draw("body", "eye", Part.LEFT_EYE)
        figure.head.draw("body", "eye", Part.RIGHT_EYE)

    def _draw_worn(
        self, figure: Figure, shared: dict[str, Any], body: Array, head: Array, actor: Actor
    ) -> None:
        program = self._gpu.program("body", "plain")
        person, clothes = actor.person, actor.person.clothes
        open_ = max(
            (max(actor.pose.intensity.get(au, (0, 0))) for au in (25, 26, 27, 19)), default=0
        )
        set_uniforms(program, shared)
        set_uniforms(
            program,
            {
                "model": body,
                "cloth": clothes.colour,
                "cloth_second": clothes.second,
                "trousers": clothes.trousers,
                "pattern": float(clothes.pattern),
                "neck_line": clothes.neck_line,
                "neck_dip": clothes.neck_dip,
                "neck_v": clothes.neck_v,
                "sleeve": clothes.sleeve,
                "lashes": tuple(c * 0.35 + 0.004 for c in person.hair),
                "seed": float(person.seed % 991),
                "mouth_dark": 0.55 + 0.35 * min(1.0, float(open_)),
                "thing_alpha": 1.0,
            },
        )
        figure.torso.draw("body", "plain", Part.CLOTH, is_front_first=True)
        set_uniforms(program, {"model": head})
        for thing in figure.things:
            if thing.thing.part != LENS_PART:
                set_uniforms(
                    program, {"thing": thing.thing.colour, "thing_gloss": thing.thing.gloss}
                )
                thing.draw("body", "plain")

    def _draw_mouth_and_lashes(self, figure: Figure, body: Array) -> None:
        """Draw what skin hides mostly; the program knows the rest from `_draw_worn`."""
        set_uniforms(self._gpu.program("body", "plain"), {"model": body})
        for part in (*_PLAIN_PARTS, Part.LASHES):
            figure.head.draw("body", "plain", part)

    def _draw_lenses(self, moment: Moment, drawn: tuple[DrawnActor, ...]) -> None:
        """Draw lenses last, mixed with what lies behind them; they hide nothing from truth."""
        context = self._gpu.context
        program = self._gpu.program("body", "plain")
        context.enable(context.BLEND)
        context.blend_func = context.SRC_ALPHA, context.ONE_MINUS_SRC_ALPHA
        set_uniforms(program, {"view_proj": moment.camera.matrix, "eye": moment.camera.eye})
        set_uniforms(program, _light_uniforms(moment))
        for item in drawn:
            set_uniforms(program, {"model": item.head})
            for thing in self.figure(item.actor.person).things:
                if thing.thing.part == LENS_PART:
                    set_uniforms(
                        program,
                        {
                            "thing": thing.thing.colour,
                            "thing_gloss": thing.thing.gloss,
                            "thing_alpha": thing.thing.alpha,
                        },
                    )
                    thing.draw("body", "plain")
        context.disable(context.BLEND)

    def _place_hand(self, figure: Figure, actor: Actor, head: Array) -> Array | None:
        """Put the hand's mesh where the actor holds it, and return its matrix; None without one."""
        if actor.hand is None:
            return None
        if self._hand_of != (figure, actor.hand):
            self._hand_of = (figure, actor.hand)
            mesh = hand_mesh()
            positions = mesh.positions(hold_hand(figure.body, actor.hand))
            self._hand.move(positions, mesh.normals(positions))
        return head


def _shadow_map(
    context: "moderngl.Context", side_px: int
) -> tuple["moderngl.Texture", "moderngl.Framebuffer"]:
    """Return the texture of a shadow map, and the target that draws into it."""
    texture = context.depth_texture((side_px, side_px))
    texture.compare_func = ""
    texture.repeat_x = texture.repeat_y = False
    texture.filter = (context.NEAREST, context.NEAREST)  # the mean of two depths is none
    return texture, context.framebuffer(depth_attachment=texture)


def _light_uniforms(moment: Moment) -> dict[str, Any]:
    light = moment.light
    return {
        name: getattr(light, name)
        for name in (
            "key_dir", "key", "fill_dir", "fill", "rim_dir", "rim", "sky_up", "sky_down",
            "sky_side", "exposure",
        )
    }  # fmt: skip


def _px_per_dm(moment: Moment, head: Array, figure: Figure) -> float:
    """Return how large a head is drawn."""
    eyes = (figure.body.eye_centres[0] + figure.body.eye_centres[1]) / 2
    middle = (head @ np.append(eyes, 1.0))[:3]
    up = middle + np.array([0.0, 1.0, 0.0])
    xy, _ = moment.camera.project(np.stack([middle, up]))
    return float(np.linalg.norm(xy[1] - xy[0]))
