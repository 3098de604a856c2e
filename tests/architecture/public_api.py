"""The public names of every module, and the file that they are held against.

``python -m tests.architecture.public_api`` compares; with ``--write`` it writes the file anew
(``make api``).
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import cinefacs

__all__ = ["LISTED_PATH", "compare", "main", "module_names", "public_names"]

LISTED_PATH = Path(__file__).with_name("public_api.txt")


def module_names() -> list[str]:
    """Return the name of every module of cinefacs but ``__main__``, which runs on import."""
    walk = pkgutil.walk_packages(cinefacs.__path__, "cinefacs.")
    return sorted({"cinefacs", *(item.name for item in walk)} - {"cinefacs.__main__"})


def public_names() -> Iterator[str]:
    """Yield ``module.name`` for every name in the ``__all__`` of every module.

    Raises
    ------
    AttributeError
        A module lists a name that it does not have.
    """
    for module_name in module_names():
        module = importlib.import_module(module_name)
        for name in getattr(module, "__all__", ()):
            getattr(module, name)
            yield f"{module_name}.{name}"


def compare(listed: Iterable[str], found: Iterable[str]) -> list[str]:
    """Return a line for every name that vanished and every one that nobody listed."""
    listed, found = set(listed), set(found)
    gone = [f"gone: {name}" for name in sorted(listed - found)]
    return gone + [f"not listed: {name}" for name in sorted(found - listed)]


def main(arguments: list[str]) -> int:
    """Compare the names with the file, or write the file; return 1 where they differ."""
    found = sorted(public_names())
    if arguments == ["--write"]:
        LISTED_PATH.write_text("\n".join(found) + "\n", encoding="utf-8")
        return 0
    differences = compare(LISTED_PATH.read_text(encoding="utf-8").split(), found)
    for line in differences:
        sys.stdout.write(f"{line}\n")
    if differences:
        sys.stdout.write("hint: a change that is meant is written down by `make api`\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
