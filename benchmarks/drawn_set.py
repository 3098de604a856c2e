"""A small labelled set for detectors, drawn anew wherever it is needed, in YOLO's layout.

Shapes of several classes, textures, sizes and turns on a mottled ground; some cover others, bars
cover some, all under noise. Picture and labels are functions of the seed and the picture's number.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["CLASSES", "SIDE_PX", "draw_picture", "write_drawn_set"]

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

CLASSES = ("disc", "ring", "square", "triangle", "star", "cross")
SIDE_PX = 320
_SMALLEST_PX, _LARGEST_PX = 30, 150
_LEAST_VISIBLE = 0.45  # of a shape's area; what shows less is painted, but not labelled
_JPEG_QUALITY = 92


def _outline(name: str) -> npt.NDArray[np.float64]:
    """Return the corners of a shape around (0, 0), radius 1: (C, 2)."""
    if name == "star":
        turns = np.arange(10) / 10
        radii = np.where(np.arange(10) % 2 == 0, 1.0, 0.42)
        return np.stack([np.sin(turns * math.tau), -np.cos(turns * math.tau)], 1) * radii[:, None]
    if name == "cross":
        a, b = 0.3, 0.95
        return np.array([
            (-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a),
            (a, b), (-a, b), (-a, a), (-b, a), (-b, -a), (-a, -a),
        ])  # fmt: skip
    n_corners = {"square": 4, "triangle": 3}.get(name, 64)
    turns = (np.arange(n_corners) + 0.5) / n_corners * math.tau
    return np.stack([np.sin(turns), -np.cos(turns)], 1)


def _shape_mask(name: str, rng: np.random.Generator) -> Mask:
    """Return where a shape of random size, place and turn lies."""
    size = math.exp(rng.uniform(math.log(_SMALLEST_PX), math.log(_LARGEST_PX)))
    centre = rng.uniform(size / 2, SIDE_PX - size / 2, 2)
    turn, stretch = rng.uniform(0, math.tau), rng.uniform(0.75, 1.0)
    spin = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    corners = (_outline(name) * (1, stretch)) @ spin.T  # (C, 2)
    mask = np.zeros((SIDE_PX, SIDE_PX), dtype=np.uint8)
    for radius, value in ((size / 2, 1), (size / 4 if name == "ring" else 0.0, 0)):
        if radius > 0:
            cv2.fillPoly(mask, [(corners * radius + centre).round().astype(np.int32)], value)
    return mask.astype(np.bool_)


def _mottled(rng: np.random.Generator, *, cells: int, low: float, high: float) -> Rgb:
    """Return a picture of soft patches of colour."""
    coarse = rng.uniform(low, high, (cells, cells, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, dtype=np.float32).clip(0, 255).astype(np.uint8)


def _texture(rng: np.random.Generator) -> Rgb:
    """Return a picture to fill a shape with: plain, striped or mottled."""
    first, second = rng.uniform(20, 235, (2, 3))
    kind = int(rng.integers(3))
    if kind == 0:
        return np.full((SIDE_PX, SIDE_PX, 3), first, dtype=np.uint8)
    if kind == 1:
        angle, width = rng.uniform(0, math.pi), rng.uniform(4, 14)
        y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
        is_first = ((x * math.cos(angle) + y * math.sin(angle)) // width) % 2 == 0
        return np.asarray(np.where(is_first[..., None], first, second), dtype=np.uint8)
    return _mottled(rng, cells=12, low=float(first.min()), high=float(first.max()) + 1)


def draw_picture(seed: Sequence[int]) -> tuple[Rgb, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return a picture, its boxes and their classes.

    Parameters
    ----------
    seed
        Of everything in it.

    Returns
    -------
    (320, 320, 3) uint8, (M, 4) px, (M,)
        Boxes ``x1, y1, x2, y2`` of the whole shape, also where another one covers a part of it.
    """
    rng = np.random.default_rng(seed)
    rgb = _mottled(rng, cells=int(rng.integers(4, 14)), low=80, high=180)
    names = rng.integers(0, len(CLASSES), int(rng.integers(1, 6)))
    masks: list[Mask] = []
    covered = np.zeros((len(names), SIDE_PX, SIDE_PX), dtype=np.bool_)
    for number, name in enumerate(names):
        mask = _shape_mask(CLASSES[name], rng)
        rgb = np.where(mask[..., None], _texture(rng), rgb)
        covered[:number] |= mask
        masks.append(mask)
    for _ in range(int(rng.integers(0, 3))):
        bar = np.zeros((SIDE_PX, SIDE_PX), dtype=np.uint8)
        ends = rng.integers(0, SIDE_PX, (2, 2))
        cv2.line(bar, ends[0].tolist(), ends[1].tolist(), 1, int(rng.integers(3, 12)))
        rgb = np.where(bar[..., None] > 0, rng.uniform(0, 255, 3).astype(np.uint8), rgb)
        covered |= bar > 0
    noisy = rgb + rng.normal(0, rng.uniform(2, 16), rgb.shape)
    boxes, classes = [], []
    for name, mask, over in zip(names.tolist(), masks, covered, strict=True):
        if (mask & ~over).sum() >= _LEAST_VISIBLE * mask.sum():
            ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            boxes.append((xs[0], ys[0], xs[-1] + 1, ys[-1] + 1))
            classes.append(name)
    return (
        noisy.clip(0, 255).astype(np.uint8),
        np.array(boxes, dtype=np.int64).reshape(-1, 4),
        np.array(classes, dtype=np.int64),
    )


def write_drawn_set(folder: Path, *, n_train: int, n_val: int, seed: int = 0) -> Path:
    """Write the pictures and labels, and return the path of ``data.yaml``.

    Parameters
    ----------
    folder
        Made where it is missing; what is there is kept, as it would be drawn the same again.
    n_train, n_val
        Pictures of each split.
    seed
        Of the whole set.
    """
    page = folder / "data.yaml"
    if page.is_file():
        return page
    for split_number, (split, n) in enumerate((("train", n_train), ("val", n_val))):
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
        for number in range(n):
            rgb, boxes, classes = draw_picture((seed, split_number, number))
            _, packed = cv2.imencode(
                ".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
            )
            (folder / "images" / split / f"{number:05d}.jpg").write_bytes(packed.tobytes())
            middles = (boxes[:, :2] + boxes[:, 2:]) / 2 / SIDE_PX
            sizes = (boxes[:, 2:] - boxes[:, :2]) / SIDE_PX
            lines = [
                f"{c} {m[0]:.6f} {m[1]:.6f} {s[0]:.6f} {s[1]:.6f}\n"
                for c, m, s in zip(classes, middles, sizes, strict=True)
            ]
            (folder / "labels" / split / f"{number:05d}.txt").write_text(
                "".join(lines), encoding="utf-8"
            )
    names = "".join(f"  {i}: {name}\n" for i, name in enumerate(CLASSES))
    page.write_text(
        f"path: {folder.resolve()}\ntrain: images/train\nval: images/val\nnames:\n{names}",
        encoding="utf-8",
    )
    return page
