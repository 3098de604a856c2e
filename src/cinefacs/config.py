"""Configuration: strict YAML into frozen dataclasses, and back into a digest.

Order: defaults, then the YAML file, then flags. The dataclasses stand beside the code that they
steer; this module knows none of them.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from cinefacs.errors import ConfigError, did_you_mean

__all__ = [
    "as_document",
    "check_keys",
    "config_digest",
    "did_you_mean",
    "document_digest",
    "load_config",
    "read_yaml",
]

T = TypeVar("T")


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file.

    Raises
    ------
    ConfigError
        The file is missing, cannot be read, is not YAML, names a key twice, or holds no mapping.
    """
    import yaml  # noqa: PLC0415  (kept out of `cinefacs --help`)

    class StrictLoader(yaml.SafeLoader):
        """YAML without custom tags, and without a key given twice."""

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
        keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            where = f"{path}, line {node.start_mark.line + 1}"
            raise ConfigError(f"{where}: expected each key once, got {twice[0]!r} twice")
        return dict(loader.construct_mapping(node, deep=True))

    StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=StrictLoader)  # noqa: S506
    except OSError as error:
        raise ConfigError(f"{path}: expected a readable file, got: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a day that is none, say
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path}: expected YAML, got: {reason}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: expected keys with values, got {type(document).__name__}")
    return document


def check_keys(document: Mapping[Any, Any], config_type: type, *, where: str) -> None:
    """Raise if the document has a key that no field of the dataclass answers to.

    Parameters
    ----------
    document
        As read from YAML.
    config_type
        A dataclass, whose fields may be dataclasses themselves, or mappings of names to such.
    where
        Name of the file, for the error.

    Raises
    ------
    ConfigError
        An unknown key, with the nearest known one as hint.
    """
    kinds = get_type_hints(config_type)
    known = [field.name for field in dataclasses.fields(config_type)]
    for key, value in document.items():
        if key not in known:
            raise ConfigError(
                f"{where}: expected a known key, got {str(key)!r}",
                hint=did_you_mean(str(key), known),
            )
        kind = kinds[key]
        parts: Mapping[str, Any] = {str(key): value}
        if get_origin(kind) is Mapping:  # several of one kind, each under a name
            kind = get_args(kind)[1]
            parts = value if isinstance(value, Mapping) else parts
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            for name, part in parts.items():
                if not isinstance(part, Mapping):
                    raise ConfigError(f"{where}: {name}: expected keys with values, got {part!r}")
                check_keys(part, kind, where=f"{where}: {name}")


def load_config(config_type: type[T], path: Path) -> T:
    """Return the configuration that a YAML file describes; what it leaves out is default.

    Raises
    ------
    ConfigError
        Unknown key or a value of the wrong type; says where, and what was expected.
    """
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415  (slow to import)

    document = read_yaml(path)
    check_keys(document, config_type, where=str(path))
    try:
        return TypeAdapter(config_type).validate_json(json.dumps(document), strict=True)
    except (ValidationError, TypeError) as error:
        raise ConfigError(f"{path}: {_first_reason(error)}") from error


def _first_reason(error: Exception) -> str:
    """Say which value is wrong, in one line."""
    if not hasattr(error, "errors"):
        return str(error)
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return (
        f"{place}: expected {first['msg'].removeprefix('Input should be ')}, got {first['input']!r}"
    )


def as_document(config: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a configuration as plain JSON values, every default included.

    Raises
    ------
    ConfigError
        A number is infinite or none.
    """
    try:
        text = json.dumps(dataclasses.asdict(config), default=str, allow_nan=False)
    except ValueError as error:
        raise ConfigError("configuration: expected finite numbers, got inf or nan") from error
    return dict(json.loads(text))


def config_digest(config: Any, models: Mapping[str, str]) -> str:  # noqa: ANN401
    """Return what tells two configurations apart.

    Parameters
    ----------
    config
        A dataclass of configuration.
    models
        SHA-256 of each model file by its name.

    Returns
    -------
    str
        SHA-256 over the canonical JSON of both, 64 hexadecimal digits.

    Raises
    ------
    ConfigError
        As `as_document`.
    """
    return document_digest({"config": as_document(config), "models": dict(models)})


def document_digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 over the canonical JSON of plain values, 64 hexadecimal digits."""
    canonical = json.dumps(dict(document), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
