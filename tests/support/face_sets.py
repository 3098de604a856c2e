"""Small face sets for tests: drawn with numbers, no rendering."""

from pathlib import Path

import numpy as np

from cinefacs.records.class_space import ClassSpace, emotion_au_space
from cinefacs.records.face_set import PRESENT, UNKNOWN, FaceSet
from cinefacs.storage.face_sets import FacePart, write_face_part, write_face_set

__all__ = ["SIDE_PX", "draw_faces", "write_drawn_set"]

SIDE_PX = 80
CROP_SCALE = 1.625


def draw_faces(
    n: int, *, seed: int = 0, space: ClassSpace | None = None, step_ms: int = 0
) -> FaceSet:
    """Return faces whose brows are a dark bar (AU1 lifts it) and whose mouth AU12 widens.

    Each face is another person; crop 2 k + 1 is person k at rest, which differs from person to
    person as much as AU1 lifts the bar.
    """
    space = space or emotion_au_space()
    rng = np.random.default_rng(seed)
    crops, labels = [], np.zeros((n, len(space)), np.uint8)
    labels[:, space.names.index("face")] = PRESENT
    for k in range(n):
        ground = float(rng.uniform(90, 160))
        height = int(rng.integers(24, 32))
        lifts, smiles = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
        labels[k, space.names.index("AU1")] = lifts
        labels[k, space.names.index("AU12")] = smiles
        if k % 5 == 0:
            labels[k, space.names.index("AU4")] = UNKNOWN
        for brow, mouth in ((height - 6 * lifts, 8 + 8 * smiles), (height, 8)):
            crop = rng.normal(ground, 4, (SIDE_PX, SIDE_PX))
            crop[brow : brow + 4, 24:56] -= 60
            crop[54:58, 40 - mouth : 40 + mouth] -= 60
            crops.append(np.clip(crop, 0, 255).astype(np.uint8))
    now = np.arange(0, 2 * n, 2, dtype=np.int32)
    nothing = np.full(n, -1, np.int32)
    return FaceSet(
        class_space=space,
        crop_scale=CROP_SCALE,
        crops=np.stack(crops),
        now=now,
        before=now if step_ms else nothing,
        after=now if step_ms else nothing,
        neutral=(now + 1).astype(np.int32),
        step_ms=step_ms,
        box_xyxy=np.tile(np.array([16, 14, 64, 66], np.float32), (n, 1)),
        labels=labels,
        intensity=rng.uniform(0.1, 1, n).astype(np.float32),
        face_px=np.full(n, 52, np.float32),
        person=np.arange(n),
    )


def write_drawn_set(folder: Path, *, n_train: int = 24, n_val: int = 12, step_ms: int = 0) -> Path:
    """Write a face set of two parts, and return its folder."""
    for seed, (split, n) in enumerate((("train", n_train), ("val", n_val))):
        write_face_part(folder, split, draw_faces(n, seed=seed, step_ms=step_ms))
    parts = [FacePart(name=split, split=split) for split in ("train", "val")]
    write_face_set(folder, parts, emotion_au_space(), crop_scale=CROP_SCALE,
                   step_ms=step_ms, facts={"made": "for a test"})  # fmt: skip
    return folder
