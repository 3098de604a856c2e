"""The renderer's ground: an off-screen OpenGL context, programs from ``shaders/``, buffers."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import ModelError

if TYPE_CHECKING:
    import moderngl

__all__ = ["EGL_HINT", "Gpu", "open_gpu", "set_uniforms"]

EGL_HINT = (
    "install the Debian packages libegl1 libegl-mesa0 libgl1-mesa-dri, "
    "such as with apt-get install libegl1 libegl-mesa0 libgl1-mesa-dri"
)
"""What to do where there is no off-screen OpenGL."""
_LIBEGL = "libEGL.so.1"
_INCLUDE = re.compile(r'^#include "(\w+\.glsl)"$', re.MULTILINE)

Array = npt.NDArray[Any]


def open_gpu() -> "Gpu":
    """Return a new off-screen context on the processor (Mesa's llvmpipe) or a graphics card.

    Mesa is asked to draw in the calling thread (``LP_NUM_THREADS=0``): the same scene gives the
    same bytes (DECISIONS 11), as it does with one thread of its own, and nobody waits for anybody.

    Raises
    ------
    ModelError
        The extra ``synth`` or the system's EGL is missing.
    """
    try:
        import moderngl  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise ModelError(
            "synthetic films: expected the package moderngl, got none",
            hint="install the extra: pip install 'cinefacs[synth]'",
        ) from error
    os.environ["LP_NUM_THREADS"] = "0"
    _load_other_llvm()
    try:
        # EGL hands out OpenGL's functions too, so that no libGL need be there.
        context = moderngl.create_context(
            standalone=True,
            backend="egl",  # type: ignore[arg-type]
            libgl=_LIBEGL,  # type: ignore[arg-type]
            libegl=_LIBEGL,  # type: ignore[arg-type]
        )
    except Exception as error:  # the library raises bare exceptions
        raise ModelError(
            f"synthetic films: expected off-screen OpenGL (EGL), got: {error}", hint=EGL_HINT
        ) from error
    return Gpu(context)


def _load_other_llvm() -> None:
    """Load triton before Mesa where torch brought it.

    Each brings an LLVM of its own. Mesa's hands its names to whatever is loaded later: a process
    that drew first and imported torch then crashed.
    """
    with suppress(ImportError):
        import_module("triton")


def _source(name: str) -> str:
    """Return a shader's text with its includes put in."""
    folder = resources.files("cinefacs.synth").joinpath("shaders")
    text = folder.joinpath(name).read_text(encoding="utf-8")

    def included(match: re.Match[str]) -> str:
        return _source(match.group(1))

    return _INCLUDE.sub(included, text)


class Gpu:
    """Programs, buffers and uniforms of one context.

    Parameters
    ----------
    context
        Current in this thread.
    """

    def __init__(self, context: "moderngl.Context") -> None:
        self.context = context
        self._programs: dict[tuple[str, str], moderngl.Program] = {}

    def make_current(self) -> None:
        """Make this the context that calls go to: a process may have several."""
        self.context.__enter__()  # type: ignore[no-untyped-call]

    @property
    def renderer(self) -> str:
        """Name of what draws, such as ``llvmpipe (LLVM 15.0.6, 256 bits)``."""
        return str(self.context.info["GL_RENDERER"])

    def program(self, vertex: str, fragment: str) -> "moderngl.Program":
        """Return the program of two shaders by their names without ending; made once."""
        key = (vertex, fragment)
        if key not in self._programs:
            self._programs[key] = self.context.program(
                vertex_shader=_source(f"{vertex}.vert"), fragment_shader=_source(f"{fragment}.frag")
            )
        return self._programs[key]

    def buffer(self, array: Array) -> "moderngl.Buffer":
        """Return a buffer that holds the array's bytes."""
        return self.context.buffer(np.ascontiguousarray(array).tobytes())

    def texture(self, array: Array, *, has_mipmaps: bool = True) -> "moderngl.Texture":
        """Return a texture of (H, W) or (H, W, C) uint8, row 0 at the bottom."""
        components = 1 if array.ndim == 2 else array.shape[2]
        texture = self.context.texture(
            array.shape[1::-1], components, np.ascontiguousarray(array).tobytes(), alignment=1
        )
        if has_mipmaps:
            texture.build_mipmaps()
        return texture


def set_uniforms(program: "moderngl.Program", values: Mapping[str, Any]) -> None:
    """Set those uniforms that the program has; a compiler drops the ones that it does not use.

    Parameters
    ----------
    program
        Which one.
    values
        Numbers, tuples, or arrays: 4x4 and 3x3 matrices as usual on paper (row by row).
    """
    for name, value in values.items():
        if name not in program:
            continue
        uniform: Any = program[name]
        if isinstance(value, np.ndarray):
            is_matrix = (
                value.ndim >= 2 and value.shape[-1] == value.shape[-2] and value.shape[-1] > 2
            )
            plain = np.swapaxes(value, -1, -2) if is_matrix else value
            uniform.write(np.ascontiguousarray(plain, np.float32).tobytes())
        else:
            uniform.value = value
