"""Paint the skin of a person into four textures, once; frames then only look them up."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cinefacs.synth.assets import load_assets
from cinefacs.synth.gpu import Gpu, set_uniforms
from cinefacs.synth.mesh import Part, head_mesh
from cinefacs.synth.people import skin_colour
from cinefacs.synth.person import HairStyle, Person

if TYPE_CHECKING:
    import moderngl

__all__ = ["SkinMaps", "SkinPainter"]

_SCALP_HAIR = {
    HairStyle.BALD: 0.0,
    HairStyle.BUZZ: 0.95,
}
"""How densely the painted scalp is covered by hair; 1 where cards of hair stand above it."""


@dataclass(frozen=True, slots=True)
class SkinMaps:
    """Colour, fine relief and two times four wrinkle patterns."""

    albedo: "moderngl.Texture"
    detail: "moderngl.Texture"
    wrinkles_a: "moderngl.Texture"
    wrinkles_b: "moderngl.Texture"

    def bind(self, first: int) -> None:
        """Bind the four to texture units from `first` on."""
        for k, texture in enumerate(
            (self.albedo, self.detail, self.wrinkles_a, self.wrinkles_b), first
        ):
            texture.use(k)

    def release(self) -> None:
        """Free the textures."""
        for texture in (self.albedo, self.detail, self.wrinkles_a, self.wrinkles_b):
            texture.release()


class SkinPainter:
    """Paints skins in one context.

    Parameters
    ----------
    gpu
        The context.
    side_px
        Width and height of the textures.
    """

    def __init__(self, gpu: Gpu, side_px: int) -> None:
        self._gpu = gpu
        self._side_px = side_px
        mesh = head_mesh(1)
        program = gpu.program("bake", "bake")
        triangles = np.concatenate([mesh.triangles[Part.SKIN], mesh.triangles[Part.MOUTH]])
        columns = np.concatenate([mesh.rest, mesh.uv, mesh.place], axis=1).astype(np.float32)
        self._surface = gpu.context.vertex_array(
            program,
            [(gpu.buffer(columns), "3f 2f 2f", "rest", "uv", "place")],
            gpu.buffer(triangles),
        )
        corners = gpu.buffer(np.array([-1, -1, 3, -1, -1, 3], np.float32))
        self._screen = gpu.context.vertex_array(
            gpu.program("screen", "dilate"), [(corners, "2f", "xy")]
        )
        self._masks = {
            "lips_map": gpu.texture(load_assets().mask("lips")),
            "lids_map": gpu.texture(load_assets().mask("eyelids")),
            "ears_map": gpu.texture(load_assets().mask("ears")),
        }
        size = (side_px, side_px)
        self._raw = [gpu.context.texture(size, 4) for _ in range(4)]
        self._target = gpu.context.framebuffer(self._raw, gpu.context.depth_renderbuffer(size))

    def paint(self, person: Person) -> SkinMaps:
        """Return the textures of a person's skin."""
        gpu = self._gpu
        context = gpu.context
        program = gpu.program("bake", "bake")
        set_uniforms(program, _skin_uniforms(person))
        for unit, (name, texture) in enumerate(self._masks.items()):
            texture.use(unit)
            set_uniforms(program, {name: unit})
        self._target.use()
        self._target.clear(0, 0, 0, 0, 1.0)
        context.disable(context.CULL_FACE | context.BLEND)
        context.enable(context.DEPTH_TEST)
        for shift in (0.0, -1.0):  # faces over the seam reach beyond the right border
            set_uniforms(program, {"shift": shift})
            self._surface.render()
        return self._dilated()

    def _dilated(self) -> SkinMaps:
        """Return the painted textures with their holes filled and smaller copies made."""
        context = self._gpu.context
        size = (self._side_px, self._side_px)
        finished = [context.texture(size, 4) for _ in range(4)]
        target = context.framebuffer(finished)
        target.use()
        context.disable(context.DEPTH_TEST)
        program = self._gpu.program("screen", "dilate")
        names = ("albedo", "detail", "first", "second")
        for unit, (name, texture) in enumerate(zip(names, self._raw, strict=True)):
            texture.use(unit)
            set_uniforms(program, {name: unit})
        set_uniforms(program, {"texel": 1.0 / self._side_px})
        self._screen.render()
        context.enable(context.DEPTH_TEST)
        target.release()
        for texture in finished:
            texture.build_mipmaps()
            texture.repeat_x, texture.repeat_y = True, False
        return SkinMaps(*finished)


def _skin_uniforms(person: Person) -> dict[str, object]:
    """Return what the paint shader must know of a person."""
    skin = person.skin
    return {
        "skin": skin_colour(skin.tone),
        "lip": skin.lip,
        "hair": person.hair,
        "scalp_hair": person.hair,
        "seed": float(person.seed % 997) * 1.37,
        "redness": skin.redness,
        "freckles": skin.freckles,
        "moles": skin.moles,
        "spots": skin.spots,
        "stubble": skin.stubble,
        "beard": skin.beard,
        "brow_density": skin.brow_density,
        "brow_thick": skin.brow_thick,
        "brow_arch": skin.brow_arch,
        "brow_lift": skin.brow_lift,
        "lines": skin.lines,
        "hair_amount": _SCALP_HAIR.get(person.hair_style, 1.0),
        "hair_line": person.hair_line,
        "pores": skin.pores,
        "under_eye": skin.under_eye,
        "makeup": skin.makeup,
        "wrinkle_shift": person.wrinkle_shift,
        "wrinkle_wave": person.wrinkle_wave,
    }
