"""Read the tensors of a PyTorch checkpoint without running any of its code.

A checkpoint is a zip file: ``data.pkl`` describes objects, ``data/0``, ``data/1``... hold the
numbers. Unpickling normally imports and calls whatever the file names, so a file can run anything.
Here nothing is ever imported: every name in the file becomes an inert stand-in that keeps what it
is given, and the three functions that put tensors together are our own, which only take notes.
"""

import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cinefacs.errors import ModelError

__all__ = ["Checkpoint", "read_checkpoint"]

MOST_BYTES = 4 << 30
"""Unpacked size from which on a checkpoint is refused: the largest public one has 0.3 GB."""
_MOST_DESCRIPTION_BYTES = 64 << 20
_DEEPEST = 64
"""Modules inside modules."""
_TYPES = {
    "FloatStorage": "<f4", "HalfStorage": "<f2", "DoubleStorage": "<f8", "BFloat16Storage": "<u2",
    "LongStorage": "<i8", "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "<i1",
    "ByteStorage": "<u1", "BoolStorage": "<u1",
}  # fmt: skip


class _Inert:
    """What every object of the file becomes: it keeps its state and does nothing."""

    path = ""
    """Module and name that the file gave it."""

    def __init__(self, *_args: object, **_options: object) -> None:
        self.state: Any = None

    def __call__(self, *_args: object, **_options: object) -> "_Inert":
        return self

    def __setstate__(self, state: object) -> None:
        self.state = state

    def __setitem__(self, key: object, value: object) -> None:
        """Take an item of a mapping and forget it."""

    def append(self, item: object) -> None:
        """Take an item of a list and forget it."""

    def extend(self, items: object) -> None:
        """Take items of a list and forget them."""

    def add(self, item: object) -> None:
        """Take an item of a set and forget it."""


class _Storage(NamedTuple):
    key: str
    type_name: str


@dataclass(frozen=True, slots=True, eq=False)
class _Tensor:
    """Where a tensor's numbers lie; made instead of calling torch."""

    storage: object
    offset: object
    shape: object
    strides: object


def _rebuild_tensor(storage: object, offset: object, shape: object, strides: object,
                    *_rest: object) -> _Tensor:  # fmt: skip
    return _Tensor(storage, offset, shape, strides)


def _rebuild_parameter(data: object, *_rest: object) -> object:
    return data


_OWN = {
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("collections", "OrderedDict"): OrderedDict,
}
"""The only names in a file that mean something; all are ours or hold plain values."""


class _Reader(pickle.Unpickler):
    """An unpickler that imports nothing."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:  # noqa: ANN401
        own = _OWN.get((module_name, global_name))
        if own is not None:
            return own
        return type("Inert", (_Inert,), {"path": f"{module_name}.{global_name}"})

    def persistent_load(self, pid: Any) -> Any:  # noqa: ANN401
        """Return a note of the storage that an identifier names."""
        if not (isinstance(pid, tuple) and len(pid) == 5 and pid[0] == "storage"):
            raise pickle.UnpicklingError(f"unknown persistent identifier {pid!r}")
        kind = getattr(pid[1], "path", "")
        return _Storage(key=str(pid[2]), type_name=str(kind).rpartition(".")[2])


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """The tensors of a checkpoint."""

    tensors: Mapping[str, npt.NDArray[Any]]
    """By the names of the file's modules, such as ``model.0.conv.weight``."""
    class_names: tuple[str, ...]
    """Names of the classes where the file tells them, else empty."""


def read_checkpoint(path: Path) -> Checkpoint:
    """Return the tensors of a ``.pt`` file: those of its averaged model where it has one.

    Parameters
    ----------
    path
        A zip file as ``torch.save`` has written it since PyTorch 1.6, with a dictionary of
        tensors, a module, or a dictionary with a module under ``ema`` or ``model``.

    Raises
    ------
    ModelError
        Not such a file, damaged, too large, or without tensors.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            root = _folder(archive, path)
            with archive.open(f"{root}/data.pkl") as file:
                content = _Reader(file).load()
            found = dict(_tensors_of(_model_of(content), "", 0))
            tensors = {name: _read_tensor(archive, root, t, name) for name, t in found.items()}
    except OSError as error:
        raise ModelError(f"{path}: expected a checkpoint, got: {error.strerror}") from error
    except ModelError as error:
        raise ModelError(f"{path}: {error.message}", hint=error.hint) from error
    except zipfile.BadZipFile as error:
        raise ModelError(
            f"{path}: expected a checkpoint in zip form, got something else",
            hint="files from before PyTorch 1.6 must be saved anew with a newer one",
        ) from error
    except Exception as error:
        raise ModelError(
            f"{path}: expected a checkpoint, got a damaged one: {type(error).__name__}: {error}"
        ) from error
    if not tensors:
        raise ModelError(f"{path}: expected tensors, got none that can be read without code")
    return Checkpoint(tensors=tensors, class_names=_class_names(_model_of(content)))


def _folder(archive: zipfile.ZipFile, path: Path) -> str:
    """Return the folder inside the zip, after a check of the sizes."""
    infos = archive.infolist()
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise ModelError(f"expected at most {MOST_BYTES >> 30} GB unpacked, got more")
    descriptions = [info for info in infos if info.filename.endswith("/data.pkl")]
    if len(descriptions) != 1:
        raise ModelError(f"expected one data.pkl in {path.name}, got {len(descriptions)}")
    if descriptions[0].file_size > _MOST_DESCRIPTION_BYTES:
        raise ModelError("expected a data.pkl of at most 64 MB, got a larger one")
    return descriptions[0].filename.removesuffix("/data.pkl")


def _model_of(content: object) -> object:
    """Return the part of a checkpoint that holds the network."""
    if isinstance(content, dict):
        for key in ("ema", "model", "state_dict"):
            if content.get(key) is not None:
                return content[key]
    return content


def _tensors_of(thing: object, prefix: str, depth: int) -> Iterator[tuple[str, _Tensor]]:
    """Yield every tensor of a module or of a dictionary, by name."""
    if depth > _DEEPEST:
        raise ModelError(f"expected modules at most {_DEEPEST} deep, got more")
    if isinstance(thing, dict):
        for key, value in thing.items():
            if isinstance(value, _Tensor):
                yield f"{prefix}{key}", value
        return
    state = getattr(thing, "state", None)
    if not (isinstance(thing, _Inert) and isinstance(state, dict)):
        return
    for group in ("_parameters", "_buffers"):
        members = state.get(group)
        if isinstance(members, dict):
            yield from _tensors_of(members, prefix, depth + 1)
    children = state.get("_modules")
    if isinstance(children, dict):
        for name, child in children.items():
            yield from _tensors_of(child, f"{prefix}{name}.", depth + 1)


def _read_tensor(
    archive: zipfile.ZipFile, root: str, tensor: _Tensor, name: str
) -> npt.NDArray[Any]:
    """Return the numbers of a tensor, after a check that they lie inside its storage."""
    storage, shape, strides = tensor.storage, tensor.shape, tensor.strides
    if not isinstance(storage, _Storage) or storage.type_name not in _TYPES:
        raise ModelError(f"tensor {name}: expected a known type of storage, got {storage!r}")
    is_sane = all(
        isinstance(axes, tuple) and all(isinstance(n, int) and n >= 0 for n in axes)
        for axes in (shape, strides)
    )
    if not is_sane or not isinstance(tensor.offset, int) or tensor.offset < 0:
        raise ModelError(f"tensor {name}: expected a shape and strides, got {shape} and {strides}")
    assert isinstance(shape, tuple)  # noqa: S101  (for the type checker; checked above)
    assert isinstance(strides, tuple)  # noqa: S101
    member = f"{root}/data/{storage.key}"
    values = np.frombuffer(archive.read(member), dtype=_TYPES[storage.type_name])
    last = tensor.offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    n_values = math.prod(shape)
    if n_values > len(values) or (n_values and last >= len(values)):
        raise ModelError(f"tensor {name}: expected {n_values} numbers, got {len(values)}")
    width = values.dtype.itemsize
    view = np.lib.stride_tricks.as_strided(
        values[tensor.offset :], shape, tuple(step * width for step in strides)
    )
    if storage.type_name == "BFloat16Storage":
        return (view.astype(np.uint32) << 16).view(np.float32)
    return np.array(view)


def _class_names(model: object) -> tuple[str, ...]:
    """Return the class names that a module carries as plain values."""
    state = getattr(model, "state", None)
    names = state.get("names") if isinstance(state, dict) else None
    listed = list(names.values()) if isinstance(names, dict) else names
    is_list = isinstance(listed, list) and all(isinstance(name, str) and name for name in listed)
    return tuple(listed) if is_list and listed and len(set(listed)) == len(listed) else ()
