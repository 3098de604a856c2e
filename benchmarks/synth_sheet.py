"""Draw the contact sheets of the documentation: ``python -m benchmarks.synth_sheet``.

48 random people, and eight expressions on four of them.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.synth.backdrop import BackdropKind, draw_backdrop
from cinefacs.synth.body import Pose
from cinefacs.synth.camera import Camera
from cinefacs.synth.light import LightKind, draw_light
from cinefacs.synth.people import draw_person
from cinefacs.synth.person import Person
from cinefacs.synth.renderer import Renderer
from cinefacs.synth.stage import Actor, Moment

__all__ = ["main"]

_BASE = 6_000_000_000  # of no training set
_SIZE = (184, 208)
_EXPRESSIONS: dict[str, dict[int, tuple[float, float]]] = {
    "neutral": {},
    "happiness 6+12+25": {6: (0.9, 0.9), 12: (1.0, 1.0), 25: (0.6, 0.6)},
    "sadness 1+4+15": {1: (1.0, 1.0), 4: (0.6, 0.6), 15: (1.0, 1.0)},
    "anger 4+5+7+23": {4: (1.0, 1.0), 5: (0.6, 0.6), 7: (0.8, 0.8), 23: (1.0, 1.0)},
    "fear 1+2+4+5+7+20+26": {
        1: (1.0, 1.0), 2: (0.8, 0.8), 4: (0.6, 0.6), 5: (1.0, 1.0), 7: (0.3, 0.3),
        20: (1.0, 1.0), 26: (0.6, 0.6), 25: (0.6, 0.6),
    },
    "surprise 1+2+5+26": {
        1: (1.0, 1.0), 2: (1.0, 1.0), 5: (0.9, 0.9), 26: (1.0, 1.0), 25: (0.8, 0.8),
    },
    "disgust 9+15+16": {9: (1.0, 1.0), 15: (0.6, 0.6), 16: (0.8, 0.8)},
    "contempt L12+L14": {12: (0.5, 0.0), 14: (1.0, 0.0)},
}  # fmt: skip


def portrait(renderer: Renderer, person: Person, pose: Pose, seed: int) -> npt.NDArray[np.uint8]:
    """Return a portrait in a random light before a random backdrop."""
    rng = np.random.default_rng(seed)
    body = renderer.figure(person).body
    eyes = (body.eye_centres[0] + body.eye_centres[1]) / 2
    middle = eyes + np.array([0.0, -0.30, -0.3]) * body.face_scale
    yaw = np.radians(rng.uniform(-28, 28))
    away = np.array([np.sin(yaw), 0.02, np.cos(yaw)]) * 9.5 * body.face_scale
    camera = Camera(
        eye=tuple((middle + away).tolist()),
        target=tuple(middle.tolist()),
        height_deg=18.5,
        size_wh=_SIZE,
    )
    kinds = (LightKind.SOFT, LightKind.KEY, LightKind.SOFT, LightKind.TOP, LightKind.SIDE)
    light = draw_light(rng, kinds[seed % len(kinds)], facing_deg=float(np.degrees(yaw)))
    kind = list(BackdropKind)[seed % len(BackdropKind)]
    backdrop = draw_backdrop(rng, kind, blur_px=8.0, brightness=0.75)
    moment = Moment(
        camera=camera,
        light=light,
        actors=(Actor(person=person, pose=pose),),
        backdrop=backdrop,
        window=(0.2, 0.15, 0.5, 0.7),
    )
    return renderer.draw(moment).rgb


def _write(path: Path, rows: list[list[npt.NDArray[np.uint8]]]) -> None:
    sheet = np.concatenate([np.concatenate(row, axis=1) for row in rows], axis=0)
    _, coded = cv2.imencode(".jpg", sheet[..., ::-1], [int(cv2.IMWRITE_JPEG_QUALITY), 85])
    path.write_bytes(coded.tobytes())
    print(f"{path}: {sheet.shape[1]}x{sheet.shape[0]} px, {len(coded) / 1e6:.2f} MB")


def main() -> None:
    """Write both sheets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    out = parser.parse_args().out
    with Renderer(_SIZE, levels=1, texture_px=768, n_kept=2) as renderer:
        rows = []
        for row in range(6):
            cells = []
            for column in range(8):
                k = row * 8 + column
                pose = Pose(gaze_deg=(float(k % 5 - 2) * 3, 0.0))
                cells.append(portrait(renderer, draw_person(_BASE + k), pose, k))
            rows.append(cells)
        _write(out / "synthetic-people.jpg", rows)
        rows = []
        for k, (seed, age) in enumerate(((101, 8.0), (102, 29.0), (103, 44.0), (104, 66.0))):
            person = draw_person(
                _BASE + seed, age_years=age, is_male=k % 2 == 1, glasses_share=0, hat_share=0
            )
            rows.append(
                [
                    portrait(renderer, person, Pose(intensity=intensity), 200 + k)
                    for intensity in _EXPRESSIONS.values()
                ]
            )
        _write(out / "synthetic-expressions.jpg", rows)


if __name__ == "__main__":
    main()
