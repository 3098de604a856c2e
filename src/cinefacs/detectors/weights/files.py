"""Write and read weights: whole, strict, and without pickle."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from cinefacs.detectors.weights.card import WeightsCard, card_path, read_card
from cinefacs.engines.catalog import sha256_of
from cinefacs.errors import ModelError
from cinefacs.storage.atomic import atomic_path, write_json

__all__ = [
    "FitCount",
    "copy_fitting",
    "load_strictly",
    "read_tensors",
    "read_weights",
    "save_tensors",
    "tensors_digest",
    "write_weights",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class FitCount:
    """How many tensors of a file found a place in a network."""

    n_taken: int
    """Tensors whose name and shape fit, and were copied."""
    n_wanted: int
    """Tensors that the network has."""
    missing: tuple[str, ...]
    """Names that the network has and the file has not."""
    unexpected: tuple[str, ...]
    """Names that the file has and the network has not."""
    other_shape: tuple[str, ...]
    """Names that both have, in different shapes."""

    @property
    def is_complete(self) -> bool:
        """Whether everything fitted on both sides."""
        return not (self.missing or self.unexpected or self.other_shape)

    def __str__(self) -> str:
        """Say it in one line."""
        parts = [f"{self.n_taken} of {self.n_wanted} tensors fit"]
        for label, names in (
            ("missing", self.missing),
            ("unexpected", self.unexpected),
            ("of another shape", self.other_shape),
        ):
            if names:
                more = ", ..." if len(names) > 3 else ""
                parts.append(f"{len(names)} {label} ({', '.join(names[:3])}{more})")
        return "; ".join(parts)


def copy_fitting(network: nn.Module, tensors: Mapping[str, Tensor]) -> FitCount:
    """Copy what fits by name and shape into a network, and say what did not.

    Parameters
    ----------
    network
        Changed in place.
    tensors
        By the network's names; types are converted.
    """
    own = network.state_dict()
    fitting = {
        name: tensor
        for name, tensor in tensors.items()
        if name in own and own[name].shape == tensor.shape
    }
    for name, tensor in fitting.items():
        own[name].copy_(tensor)
    return FitCount(
        n_taken=len(fitting),
        n_wanted=len(own),
        missing=tuple(name for name in own if name not in tensors),
        unexpected=tuple(name for name in tensors if name not in own),
        other_shape=tuple(
            name for name in tensors if name in own and own[name].shape != tensors[name].shape
        ),
    )


def load_strictly(network: nn.Module, tensors: Mapping[str, Tensor], *, where: str) -> None:
    """Copy all tensors into a network.

    Parameters
    ----------
    network
        Left half changed when an error is raised.
    tensors
        By the network's names.
    where
        Name of the file, for the error.

    Raises
    ------
    ModelError
        One does not fit, is missing, or is one too many; the message counts them.
    """
    count = copy_fitting(network, tensors)
    if not count.is_complete:
        raise ModelError(
            f"{where}: expected every tensor of the network and no other, got: {count}",
            hint="start a training from it with --weights, which takes what fits and says so",
        )


def save_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors as safetensors, atomically.

    Raises
    ------
    StorageError
        The disk refused.
    """
    with atomic_path(path) as temporary:
        save_file({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, temporary)


def tensors_digest(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 over names, types, shapes and numbers, 64 hexadecimal digits.

    Parameters
    ----------
    tensors
        In any order and memory layout.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        raw = tensor.detach().cpu().contiguous().flatten().view(torch.uint8)
        digest.update(raw.numpy().data)
    return digest.hexdigest()


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file.

    Raises
    ------
    ModelError
        The file is missing, cut off, or something else.
    """
    try:
        return load_file(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError(f"{path}: expected a readable weights file, got: {reason}") from error
    except SafetensorError as error:
        raise ModelError(
            f"{path}: expected safetensors, got: {error}",
            hint="a .pt file is turned into one by `cinefacs models convert`",
        ) from error


def write_weights(
    path: Path, network: nn.Module, card: WeightsCard, *, is_half: bool = False
) -> None:
    """Write the numbers of a network, then the page beside them.

    Parameters
    ----------
    path
        Ends in ``.safetensors``; the page has the same name with ``.json``.
    network
        Whose parameters and buffers are written.
    card
        What they are for.
    is_half
        Store the numbers in 16 bits.

    Raises
    ------
    ModelError
        The name ends otherwise, or a number is too large for 16 bits.
    StorageError
        The disk refused.
    """
    _check_suffix(path)
    tensors = network.state_dict()
    if is_half:
        tensors = {name: _halved(name, tensor) for name, tensor in tensors.items()}
    save_tensors(path, tensors)
    facts = {
        "file": path.name,
        "sha256": sha256_of(path),
        "n_tensors": len(tensors),
        "n_parameters": sum(p.numel() for p in network.parameters()),
    }
    write_json(card_path(path), {**card.as_document(), "tensors": facts})


def read_weights(path: Path) -> tuple[WeightsCard, dict[str, Tensor]]:
    """Return the page and the tensors of a weights file, after a check of its digest.

    Raises
    ------
    ModelError
        A file is missing, is something else, or the two do not belong together.
    """
    _check_suffix(path)
    card, digest = read_card(path)
    tensors = read_tensors(path)
    got = sha256_of(path)
    if got != digest:
        raise ModelError(
            f"{path}: expected SHA-256 {digest[:12]}... as its page says, got {got[:12]}...",
            hint="the two files do not belong together, or one was damaged",
        )
    return card, tensors


def _halved(name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point():
        return tensor
    half = tensor.half()
    if not bool(torch.isfinite(half).all()):
        most = float(tensor.abs().max())
        raise ModelError(f"{name}: expected numbers that 16 bits can hold, got {most:g}")
    return half


def _check_suffix(path: Path) -> None:
    if path.suffix != ".safetensors":
        raise ModelError(
            f"{path}: expected a file that ends in .safetensors, got {path.suffix!r}",
            hint="a .pt file is turned into one by `cinefacs models convert`",
        )
