"""Which characters of several films are one person: a file of the user's."""

import re
from pathlib import Path

from cinefacs.config import read_yaml
from cinefacs.errors import ConfigError

__all__ = ["read_persons"]

_TAG = re.compile(r"\d{3,}-\d{2,}")


def read_persons(path: Path) -> dict[str, str]:
    """Return the person's name by character tag such as ``003-06``.

    Parameters
    ----------
    path
        YAML: a name, and the tags of the characters as whom the person appears.

    Raises
    ------
    ConfigError
        The file is not of this form, or a character is two persons.
    """
    names: dict[str, str] = {}
    for name, tags in read_yaml(path).items():
        where = f"{path}: {name}"
        if not str(name).strip() or not isinstance(tags, list):
            raise ConfigError(
                f"{where}: expected a name with a list of characters, got {tags!r}",
                hint='such as  anna: ["001-02", "004-01"]',
            )
        for tag in tags:
            if not isinstance(tag, str) or not _TAG.fullmatch(tag):
                raise ConfigError(f"{where}: expected a character such as '003-06', got {tag!r}")
            if tag in names:
                raise ConfigError(
                    f"{where}: expected each character once, got {tag} for {names[tag]} too"
                )
            names[tag] = str(name)
    return names
