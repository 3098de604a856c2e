"""The repository as files: what is kept, and what a tool or a run has left behind."""

from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from tests.support.media import REPOSITORY

__all__ = ["REPOSITORY", "kept_files", "kept_texts", "python_files"]


@cache
def _left_out() -> tuple[str, ...]:
    """Return the names and patterns that git leaves out, and git's own folder."""
    lines = (REPOSITORY / ".gitignore").read_text(encoding="utf-8").split()
    return (".git", *(line.rstrip("/") for line in lines))


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if any(fnmatch(path.name, pattern) for pattern in _left_out()):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


@cache
def kept_files() -> tuple[Path, ...]:
    """Return every file that belongs to the repository."""
    return tuple(_walk(REPOSITORY))


@cache
def kept_texts() -> dict[Path, str]:
    """Return the text of every kept file that is text."""
    texts = {}
    for path in kept_files():
        content = path.read_bytes()
        if b"\0" not in content:
            texts[path] = content.decode("utf-8")
    return texts


def python_files(*folders: str) -> list[Path]:
    """Return the kept Python files in the named folders of the repository."""
    roots = [REPOSITORY / folder for folder in folders]
    return [
        path
        for path in kept_files()
        if path.suffix == ".py" and any(path.is_relative_to(root) for root in roots)
    ]
