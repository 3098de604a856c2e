"""Read a user's own mapping word by word, and say where it is wrong."""

from collections.abc import Iterable, Mapping
from typing import Any

from cinefacs.errors import ConfigError, did_you_mean

__all__ = ["as_mapping", "check_words", "read_flag", "read_text", "read_texts"]


def as_mapping(value: object, where: str) -> Mapping[Any, Any]:
    """Return the value, which must be keys with values.

    Raises
    ------
    ConfigError
        It is something else.
    """
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: expected keys with values, got {value!r}")
    return value


def check_words(found: Iterable[object], known: Iterable[str], where: str) -> None:
    """Raise unless every word is known.

    Raises
    ------
    ConfigError
        One is not; the hint names the nearest.
    """
    words = list(known)
    for word in found:
        if word not in words:
            raise ConfigError(
                f"{where}: expected a known word, got {word!r}", hint=did_you_mean(str(word), words)
            )


def read_text(value: object, where: str, key: str) -> str:
    """Return the value, which must be text.

    Raises
    ------
    ConfigError
        It is something else.
    """
    if not isinstance(value, str):
        raise ConfigError(f"{where}: {key}: expected text, got {value!r}")
    return value


def read_texts(value: object, where: str, key: str) -> tuple[str, ...]:
    """Return the value, which must be a list of texts or whole numbers, as texts.

    Raises
    ------
    ConfigError
        It is something else.
    """
    if not isinstance(value, list) or not all(isinstance(each, int | str) for each in value):
        raise ConfigError(f"{where}: {key}: expected a list of words or numbers, got {value!r}")
    return tuple(str(each) for each in value)


def read_flag(value: object, where: str, key: str) -> bool:
    """Return the value, which must be true or false.

    Raises
    ------
    ConfigError
        It is something else.
    """
    if not isinstance(value, bool):
        raise ConfigError(f"{where}: {key}: expected true or false, got {value!r}")
    return value
