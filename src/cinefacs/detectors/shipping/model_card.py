"""Write the model card: every figure comes from a file that a measurement wrote."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

from cinefacs.detectors.weights.card import read_card
from cinefacs.errors import ModelError
from cinefacs.storage.atomic import write_json, write_text

__all__ = ["MEASURED_NAME", "add_measurement", "read_measurement", "write_model_card"]

MEASURED_NAME = "measured.json"
CARD_NAME = "MODEL_CARD.md"
LEAST_AUROC = 0.6
"""Classes that rank faces less well are named as of no use; chance is 0.5."""


def add_measurement(folder: Path, name: str, document: Mapping[str, Any]) -> None:
    """Add what was measured of the weights in a folder, and write their card anew.

    Parameters
    ----------
    folder
        That `cinefacs.detectors.shipping.pack.pack_weights` made.
    name
        ``exam`` (films of people who were in no training), ``real`` (real clips), or
        ``real_adapted`` (the same clips, by weights adapted on others).
    document
        What was measured.

    Raises
    ------
    ModelError
        It is no folder of weights.
    """
    measured = dict(_read_json(folder / MEASURED_NAME))
    measured[name] = dict(document)
    write_json(folder / MEASURED_NAME, measured)
    write_model_card(folder)


def write_model_card(folder: Path) -> None:
    """Write ``MODEL_CARD.md`` from the weights' page, origin and measurements.

    Parameters
    ----------
    folder
        Of the weights.

    Raises
    ------
    ModelError
        A file is missing or cannot be read.
    """
    card, _ = read_card(folder / "weights.safetensors")
    page = _read_json(folder / "weights.json")
    measured = _read_json(folder / MEASURED_NAME)
    origin = yaml.safe_load((folder / "weights.yaml").read_text(encoding="utf-8"))
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("cinefacs.detectors.shipping"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  (Markdown from our own files)
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = _figure
    text = environment.get_template("model_card.md.jinja").render(
        card=card,
        page=page,
        origin=origin,
        measured=measured,
        least_auroc=LEAST_AUROC,
        weak=[
            name for name, value in measured["validation"]["auroc"].items()
            if value is not None and value < LEAST_AUROC
        ],
        size_bytes=sum(
            path.stat().st_size for path in folder.rglob("*")
            if path.suffix in {".safetensors", ".bin", ".xml", ".json", ".yaml"}
        ),
    )  # fmt: skip
    write_text(folder / CARD_NAME, text)


def _figure(value: float | None) -> str:
    """Return a share with two digits, or a dash where nothing could be measured."""
    return "-" if value is None else f"{value:.2f}"


def read_measurement(path: Path) -> dict[str, Any]:
    """Return what a measurement wrote.

    Raises
    ------
    ModelError
        It is no JSON document.
    """
    return _read_json(path)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path}: expected a page of packed weights, got: {error}",
            hint="make the folder with `cinefacs models pack`",
        ) from error
    if not isinstance(document, dict):
        raise ModelError(f"{path}: expected a page of packed weights, got another document")
    return document
