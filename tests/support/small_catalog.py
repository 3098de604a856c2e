"""A small catalogue of models that fit into a test, and the wheels that carry them."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cinefacs.engines.catalog import ModelEntry

__all__ = ["SmallCatalog", "make_small_catalog"]

INNER = "points.tflite"


@dataclass(frozen=True, kw_only=True)
class SmallCatalog:
    """Two models in one package, a third in another of an extra."""

    entries: tuple[ModelEntry, ...]
    build_wheel: Callable[..., Path]
    """Write the wheel of a package: ``build_wheel(folder, package, **replaced members)``."""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def _entry(name: str, package: str, member: str, outer: bytes, **changes: object) -> ModelEntry:
    fields: dict[str, object] = {
        "name": name,
        "role": "a role",
        "file_name": member.rsplit("/", maxsplit=1)[-1],
        "size_bytes": len(outer),
        "sha256": _sha256(outer),
        "package": package,
        "version": "1.0",
        "wheel_bytes": 1000,
        "wheel_member": member,
        "wheel_member_sha256": _sha256(outer),
        "zip_member": None,
        "extra": None,
        "licence": "MIT",
        "origin": "a test",
        "training_data": "none",
    }
    return ModelEntry(**(fields | changes))  # type: ignore[arg-type]


def make_small_catalog() -> SmallCatalog:
    """Return three small models: two in one package, one that belongs to an extra."""
    box, points, person = b"finds boxes", b"finds points", b"tells people apart"
    task = _zip({INNER: points, "other.tflite": b"not wanted"})
    entries = (
        _entry("box", "alpha-models", "alpha/box.onnx", box),
        _entry(
            "points", "alpha-models", "alpha/bundle.task", task,
            zip_member=INNER, file_name=INNER, size_bytes=len(points), sha256=_sha256(points),
        ),
        _entry("person", "beta-models", "beta/person.dat", person, extra="identity"),
    )  # fmt: skip
    contents = {
        "alpha-models": {"alpha/box.onnx": box, "alpha/bundle.task": task},
        "beta-models": {"beta/person.dat": person, "beta/points_68.dat": b"never taken"},
    }

    def build_wheel(folder: Path, package: str, **replaced: bytes | None) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        members: dict[str, bytes] = dict(contents[package])
        for name, content in replaced.items():
            path = next(member for member in members if Path(member).stem == name)
            if content is None:
                del members[path]
            else:
                members[path] = content
        stem = f"{package.replace('-', '_')}-1.0"
        info = f"{stem}.dist-info"
        members[f"{info}/METADATA"] = (
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n".encode()
        )
        members[f"{info}/WHEEL"] = (
            b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        members[f"{info}/RECORD"] = b""
        wheel = folder / f"{stem}-py3-none-any.whl"
        wheel.write_bytes(_zip(members))
        return wheel

    return SmallCatalog(entries=entries, build_wheel=build_wheel)
