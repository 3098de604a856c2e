"""Add to a YAML text without touching what stands there, comments included."""

from collections.abc import Sequence
from typing import Any

from cinefacs.errors import ConfigError

__all__ = ["append_items", "append_key"]


def append_key(text: str, place: Sequence[str | int], block: str, *, where: str) -> str:
    """Return the text with a block of lines at the end of a mapping.

    Parameters
    ----------
    text
        A YAML document.
    place
        Keys that lead to the mapping.
    block
        Lines of the new key and all below it; indented by two spaces.
    where
        Name of the file, for the error.

    Raises
    ------
    ConfigError
        The mapping is written in braces.
    """
    node, parent = _find(text, place, where=where)
    column = parent.start_mark.column + 2 if _is_empty(node) else node.start_mark.column
    lines = [line[2:] for line in block.splitlines()]
    return _insert(text, node, [" " * column + line for line in lines], place, where)


def append_items(text: str, place: Sequence[str | int], lines: Sequence[str], *, where: str) -> str:
    """Return the text with the lines of new items at the end of a list.

    Parameters
    ----------
    text, place, where
        As in `append_key`; `place` leads to a list.
    lines
        Lines of the items, each item beginning with ``- ``.

    Raises
    ------
    ConfigError
        The list is written in brackets.
    """
    node, parent = _find(text, place, where=where)
    column = parent.start_mark.column + 2 if _is_empty(node) else node.start_mark.column
    return _insert(text, node, [" " * column + line for line in lines], place, where)


def _insert(
    text: str, node: Any, lines: Sequence[str], place: Sequence[str | int], where: str  # noqa: ANN401
) -> str:  # fmt: skip
    """Put lines after the last line of a node."""
    if not _is_empty(node) and node.flow_style:
        raise ConfigError(
            f"{where}: {'.'.join(map(str, place))}: expected one entry a line, got brackets",
            hint="write the list without brackets, as the program does",
        )
    all_lines = text.splitlines()
    after = _last_line(node) + 1
    return "\n".join([*all_lines[:after], *lines, *all_lines[after:]]) + "\n"


def _find(text: str, place: Sequence[str | int], *, where: str) -> tuple[Any, Any]:
    """Return the node at a place, and the node of its key."""
    import yaml  # noqa: PLC0415  (kept out of `cinefacs --help`)

    node = yaml.compose(text, Loader=yaml.SafeLoader)
    key: Any = None
    for name in place:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        for key, value in pairs:
            if key.value == str(name):
                node = value
                break
        else:
            raise ConfigError(f"{where}: expected the key {name!r}, got none")
    return node, key


def _is_empty(node: Any) -> bool:  # noqa: ANN401
    """Return whether nothing stands after the key."""
    return isinstance(node.value, str) or not node.value


def _last_line(node: Any) -> int:  # noqa: ANN401
    """Return the line, from 0, on which the last word of a node stands."""
    while not isinstance(node.value, str) and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.line)
