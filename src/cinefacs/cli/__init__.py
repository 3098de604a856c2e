"""The command line: parse, call, show."""

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the ``cinefacs`` command and leave with its exit code.

    Parameters
    ----------
    arguments
        Words after ``cinefacs``; those of the process when None.
    """
    from cinefacs.cli.app import run  # noqa: PLC0415  (so that importing the package stays free)

    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))
