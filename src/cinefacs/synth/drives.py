"""Which shapes show which action unit: ``drives.csv``, and how sides and lids are settled."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from cinefacs.synth.assets import load_assets

__all__ = [
    "GAZE_AUS",
    "HEAD_AUS",
    "SHAPE_AUS",
    "SHOWABLE_AUS",
    "Drive",
    "drives_of",
    "shape_weights",
    "unit_moves",
]

HEAD_AUS = (51, 52, 53, 54, 55, 56, 57, 58)
"""Head turns left, right, up, down, tilts left, right, forward, back: a pose, not a shape."""
GAZE_AUS = (61, 62, 63, 64)
"""Eyes turn left, right, up, down."""


@dataclass(frozen=True, slots=True)
class Drive:
    """One shape that an action unit moves."""

    unit: str
    """Name of the shape target; one of a pair where `side` is given."""
    weight: float
    """Weight of the shape at intensity 1."""
    side: str
    """``L`` or ``R`` of the person, or ``B``: one shape for both, parted by its left and right."""


@cache
def _table() -> dict[int, tuple[Drive, ...]]:
    text = resources.files("cinefacs.synth").joinpath("drives.csv").read_text(encoding="utf-8")
    found: dict[int, list[Drive]] = {}
    for row in csv.DictReader(text.splitlines()):
        unit, weight = row["unit"], float(row["weight"])
        drives = found.setdefault(int(row["au"]), [])
        if unit.endswith("*"):
            drives.append(Drive(f"{unit[:-1]}Left", weight, "L"))
            drives.append(Drive(f"{unit[:-1]}Right", weight, "R"))
        elif "/l-" in unit:
            drives.append(Drive(unit, weight, "L"))
            drives.append(Drive(unit.replace("/l-", "/r-"), weight, "R"))
        elif "-left-" in unit or "-right-" in unit:
            drives.append(Drive(unit, weight, "L" if "-left-" in unit else "R"))
        else:
            drives.append(Drive(unit, weight, "B"))
    return {au: tuple(drives) for au, drives in found.items()}


SHAPE_AUS = tuple(sorted(_table()))
"""Action units that the face shows by its shape."""
SHOWABLE_AUS = tuple(sorted((*SHAPE_AUS, *HEAD_AUS, *GAZE_AUS)))
"""All action units that the rig can show: the paper's 42 (docs/decisions/0012)."""


def drives_of(au: int) -> tuple[Drive, ...]:
    """Return the shapes of an action unit; none for head and gaze, which are poses."""
    return _table().get(au, ())


@cache
def unit_moves(unit: str, side: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the vertices of a shape and their moves, of one side or of both.

    A shape of one side fades out between the midline and 0.16 dm beyond it.

    Parameters
    ----------
    unit
        Name of the shape target.
    side
        ``L``, ``R``: only that side, with a soft border 0.16 dm wide; else the whole.

    Returns
    -------
    vertices : (N,) int64
    moves : (N, 3) float32, dm on the base mesh
    """
    assets = load_assets()
    target = assets.target(unit)
    if unit.endswith(("Left", "Right")):  # some of these shapes pull at the other eye's corner
        x = assets.vertices[target.vertices, 0] * (1 if unit.endswith("Left") else -1)
        return target.vertices, target.moves * np.clip(1 + x / 0.16, 0, 1)[:, None]
    if side not in {"L", "R"}:
        return target.vertices, target.moves
    x = assets.vertices[target.vertices, 0] / 0.08
    if side == "R":
        x = -x
    share = np.clip(0.5 + x / 2, 0, 1)
    share = share * share * (3 - 2 * share)
    is_kept = share > 0
    moves = target.moves[is_kept] * share[is_kept, None]
    return target.vertices[is_kept], np.asarray(moves, np.float32)


def shape_weights(
    intensity: Mapping[int, tuple[float, float]],
) -> dict[tuple[str, str], float]:
    """Return the weight of each shape (name and side) for some action units.

    Lids that close leave less to AU5, AU6 and AU7, and never close more than fully.

    Parameters
    ----------
    intensity
        Left and right intensity, 0 to 1, by action unit.
    """
    weights: dict[tuple[str, str], float] = {}
    for au, (left, right) in intensity.items():
        for drive in drives_of(au):
            for side, value in (("L", left), ("R", right)):
                if value and drive.side in {side, "B"}:
                    key = (drive.unit, side if drive.side == "B" else "")
                    weights[key] = weights.get(key, 0.0) + drive.weight * value
    for side in ("Left", "Right"):
        closed = weights.get((f"unit/eyeBlink{side}", ""), 0.0)
        if not closed:
            continue
        weights[f"unit/eyeBlink{side}", ""] = min(1.0, closed)
        for name in ("eyeWide", "eyeSquint", "cheekSquint"):
            key = (f"unit/{name}{side}", "")
            if key in weights:
                weights[key] *= max(0.0, 1 - closed)
    return weights
