"""Write one planned film into a folder of its own: the pictures or the film, and its truth."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.media.encode import ClipWriter
from cinefacs.media.frame import Frame
from cinefacs.storage.atomic import atomic_path
from cinefacs.synth.assets import ASSETS_SHA256
from cinefacs.synth.film_plan import FilmPlan
from cinefacs.synth.renderer import Renderer
from cinefacs.synth.shoot import ShotFrame, shoot
from cinefacs.synth.truth import FaceTruth
from cinefacs.synth.truth_tables import FaceRow

__all__ = ["RECIPE_VERSION", "FilmFile", "recipe_digest", "write_film", "write_png"]

RECIPE_VERSION = 3
"""Raised whenever the same plan gives another picture or another truth."""
_ROUNDING = 1e-9
"""What is left of numbers that should come to 0; all in plans that is not 0 is far larger."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmFile:
    """A film that was written."""

    film_id: str
    """SHA-256 of the file; of the recipe for a set of stills, which has no file."""
    rows: tuple[FaceRow, ...]
    """All faces of all frames."""
    pictures: tuple[int, ...]
    """Frames that were kept as pictures."""


def recipe_digest(plan: FilmPlan) -> str:
    """Return the SHA-256 of all that a film is made from: plan, assets and code version.

    Numbers count to six digits: sines and powers differ in their last bit between processors, and
    the same film must be known by the same name on all of them.
    """
    document = {
        "plan": _to_six_digits(dataclasses.asdict(plan)),
        "assets": ASSETS_SHA256,
        "version": RECIPE_VERSION,
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _to_six_digits(value: Any) -> Any:  # noqa: ANN401
    """Return nested values with every float at six digits, and 0 for what is only rounding."""
    if isinstance(value, dict):
        return {key: _to_six_digits(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [_to_six_digits(own) for own in value]
    if isinstance(value, np.ndarray | np.generic):
        return _to_six_digits(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.6g}") if abs(value) > _ROUNDING else 0.0
    return value


def write_film(
    plan: FilmPlan,
    path: Path,
    *,
    renderer: Renderer,
    picture_dir: Path,
    pictures: Collection[int] = (),
    motion_samples: int = 1,
    on_frame: Callable[[int], None] | None = None,
) -> FilmFile:
    """Shoot a film into a file, or a set of stills into pictures.

    Parameters
    ----------
    plan
        The film.
    path
        The ``.mp4``; stills have none.
    renderer
        Of the plan's picture size.
    picture_dir
        Where pictures go, as ``000000.png`` by frame.
    pictures
        Frames of a film that are kept as pictures too; of stills all are.
    motion_samples
        As in `cinefacs.synth.shoot.shoot`.
    on_frame
        Told the number of frames that are done.

    Raises
    ------
    StorageError
        The disk refused.
    """
    rows: list[FaceRow] = []
    kept = range(plan.n_frames) if plan.is_stills else sorted(pictures)
    with ExitStack() as stack:
        writer = None
        if not plan.is_stills:
            writer = stack.enter_context(
                ClipWriter(
                    path,
                    time_base=plan.time_base,
                    size_wh=plan.size_wh,
                    crf=plan.crf,
                    preset="fast",
                )
            )
        for shown in shoot(plan, renderer, motion_samples=motion_samples):
            if writer is not None:
                writer.push(_as_frame(plan, shown))
            if shown.frame in kept:
                write_png(picture_dir / f"{shown.frame:06d}.png", shown.rgb)
            rows += _rows(shown)
            if on_frame is not None:
                on_frame(shown.frame + 1)
    film_id = recipe_digest(plan) if plan.is_stills else _digest(path)
    return FilmFile(film_id=film_id, rows=tuple(rows), pictures=tuple(kept))


def write_png(path: Path, rgb: npt.NDArray[np.uint8]) -> None:
    """Write a picture atomically.

    Raises
    ------
    StorageError
        The disk refused.
    """
    _, coded = cv2.imencode(".png", rgb[..., ::-1], [int(cv2.IMWRITE_PNG_COMPRESSION), 1])
    with atomic_path(path) as temporary:
        temporary.write_bytes(coded.tobytes())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _as_frame(plan: FilmPlan, shown: ShotFrame) -> Frame:
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(shown.rgb), format="rgb24")
    tick = plan.ticks_per_frame
    return Frame(
        picture,
        index=shown.frame,
        pts=shown.frame * tick,
        duration=tick,
        time_base=plan.time_base,
        size_wh=plan.size_wh,
    )


def _rows(shown: ShotFrame) -> list[FaceRow]:
    rows = []
    for position, truth in shown.faces:
        sharpness, luma = _looks(shown.rgb, truth)
        rows.append(
            FaceRow(
                frame=shown.frame,
                shot_index=shown.shot_index,
                position=position,
                truth=truth,
                sharpness=sharpness,
                luma=luma,
            )
        )
    return rows


def _looks(rgb: npt.NDArray[np.uint8], truth: FaceTruth) -> tuple[float, float]:
    """Return sharpness and mean grey level of a face, as the tables of tracks define them."""
    height, width = rgb.shape[:2]
    box: Any = np.clip(np.round(truth.box_xyxy), 0, [width, height, width, height]).astype(int)
    patch = rgb[box[1] : max(box[3], box[1] + 1), box[0] : max(box[2], box[0] + 1)]
    if patch.size == 0:
        return 0.0, 0.0
    grey = cv2.cvtColor(np.ascontiguousarray(patch), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (112, 112), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(small, cv2.CV_64F).var()), float(small.mean())
