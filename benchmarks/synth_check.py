"""Synthetic films against the face networks: are faces found, are expressions read, is truth true?

Run from the repository's root::

    python -m benchmarks.synth_check --result benchmarks/results/synth_check.json

Measured are: the share of the faces that the truth calls visible and that are 60 px or higher
which CenterFace finds; how well its boxes and points agree with the truth; the rank correlation
of MediaPipe's blendshape scores with the intensity of each action unit, alone and mixed with
others; the landmark moves of AU9 and AU15, to which the blendshapes are nearly blind; whether two
processes give the same bytes; and the processor time of a picture. The networks were trained on
real people; they are a reference and no truth.
"""

import argparse
import hashlib
import json
import multiprocessing
import subprocess
import time
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av
import numpy as np
from scipy.stats import spearmanr

from benchmarks.collect_memory import cpu_name
from cinefacs.engines.catalog import model_path
from cinefacs.engines.session import Session
from cinefacs.faces.blendshapes import BLENDSHAPE_NAMES, BlendshapeReader
from cinefacs.faces.finder import FaceFinder
from cinefacs.faces.mesh import FaceMesh, FaceMesher
from cinefacs.geometry.boxes import pairwise_iou
from cinefacs.media.frame import Frame
from cinefacs.storage.atomic import write_json
from cinefacs.synth.backdrop import BackdropKind, draw_backdrop
from cinefacs.synth.body import Pose
from cinefacs.synth.camera import Camera
from cinefacs.synth.drives import SHAPE_AUS
from cinefacs.synth.film_draw import FilmConfig, draw_stills
from cinefacs.synth.light import LightKind, draw_light
from cinefacs.synth.people import draw_person
from cinefacs.synth.person import Person
from cinefacs.synth.renderer import DrawnMoment, Renderer
from cinefacs.synth.shoot import shoot
from cinefacs.synth.stage import Actor, Moment
from cinefacs.synth.truth import measure_face

__all__ = ["main"]

_PEOPLE_BASE = 7_000_000_000  # of no training set
_MUST_AUS = (1, 2, 4, 5, 12, 26, 43, 45)
_SCORES: dict[int, tuple[str, ...]] = {
    1: ("browInnerUp",), 2: ("browOuterUpLeft", "browOuterUpRight"),
    4: ("browDownLeft", "browDownRight"), 5: ("eyeWideLeft", "eyeWideRight"),
    6: ("cheekSquintLeft", "cheekSquintRight"), 7: ("eyeSquintLeft", "eyeSquintRight"),
    8: ("mouthClose",), 9: ("noseSneerLeft", "noseSneerRight"),
    10: ("mouthUpperUpLeft", "mouthUpperUpRight"), 11: ("mouthUpperUpLeft", "mouthUpperUpRight"),
    12: ("mouthSmileLeft", "mouthSmileRight"), 13: ("mouthSmileLeft", "mouthSmileRight"),
    14: ("mouthDimpleLeft", "mouthDimpleRight"), 15: ("mouthFrownLeft", "mouthFrownRight"),
    16: ("mouthLowerDownLeft", "mouthLowerDownRight"), 17: ("mouthShrugLower",),
    18: ("mouthPucker",), 19: ("jawOpen",), 20: ("mouthStretchLeft", "mouthStretchRight"),
    22: ("mouthFunnel",), 23: ("mouthPressLeft", "mouthPressRight"),
    24: ("mouthPressLeft", "mouthPressRight"), 25: ("mouthLowerDownLeft", "mouthLowerDownRight"),
    26: ("jawOpen",), 27: ("jawOpen",), 28: ("mouthRollLower", "mouthRollUpper"),
    43: ("eyeBlinkLeft", "eyeBlinkRight"), 45: ("eyeBlinkLeft", "eyeBlinkRight"),
    46: ("eyeBlinkLeft", "eyeBlinkRight"),
}  # fmt: skip
_SIZE = (240, 240)


def as_frame(rgb: Any) -> Frame:  # noqa: ANN401
    """Return a picture as a frame that the networks take."""
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
    height, width = rgb.shape[:2]
    return Frame(
        picture, index=0, pts=0, duration=1, time_base=Fraction(1, 25), size_wh=(width, height)
    )


class Networks:
    """The face networks."""

    def __init__(self, finder_width_px: int) -> None:
        self.finder = FaceFinder(
            Session(model_path("centerface")), min_score=0.5, width_px=finder_width_px
        )
        self.mesher = FaceMesher(Session(model_path("face-landmarks")))
        self.blendshapes = BlendshapeReader(Session(model_path("face-blendshapes")))


def check_finding(n_pictures: int, networks: Networks) -> dict[str, Any]:
    """Return how many of the visible faces CenterFace finds, and how its boxes and points agree."""
    size = (640, 480)
    found: dict[str, list[bool]] = {"60 px and more": [], "24 to 60 px": []}
    by_condition: dict[str, list[bool]] = {}
    ious: list[float] = []
    errors: list[float] = []
    n_sets = max(1, n_pictures // 30)
    with Renderer(size, levels=0, texture_px=512, n_kept=10) as renderer:
        for k in range(n_sets):
            people = [draw_person(_PEOPLE_BASE + k * 10 + j) for j in range(5)]
            config = FilmConfig(size_wh=size, n_shots=30, condition_share=0.06)
            plan = draw_stills(f"check-{k}", _PEOPLE_BASE + k, people, config)
            for shown in shoot(plan, renderer):
                faces = networks.finder.find(as_frame(shown.rgb))
                for _, truth in shown.faces:
                    if not truth.is_visible or truth.inside_share < 0.6:
                        continue
                    overlap = pairwise_iou(truth.box_xyxy[None], faces.box_xyxy)[0]
                    best = int(np.argmax(overlap)) if len(overlap) else -1
                    is_found = bool(len(overlap)) and float(overlap[best]) >= 0.4
                    size_class = "60 px and more" if truth.face_px >= 60 else "24 to 60 px"
                    found[size_class].append(is_found)
                    for name in plan.shots[shown.shot_index].conditions:
                        if truth.face_px >= 60:
                            by_condition.setdefault(str(name), []).append(is_found)
                    if is_found and truth.face_px >= 60:
                        ious.append(float(overlap[best]))
                        gap = np.linalg.norm(faces.points_xy[best] - truth.points_xy, axis=1)
                        errors.append(float(gap.mean() / truth.face_px))
    return {
        "n_pictures": n_sets * 30,
        "found": {name: _share(flags) for name, flags in found.items()},
        "found_by_condition": {name: _share(flags) for name, flags in sorted(by_condition.items())},
        "median_iou_with_truth": round(float(np.median(ious)), 3),
        "lowest_iou_5_percent": round(float(np.quantile(ious, 0.05)), 3),
        "median_point_error_of_face_height": round(float(np.median(errors)), 4),
        "point_error_95_percent": round(float(np.quantile(errors, 0.95)), 4),
    }


def _share(flags: list[bool]) -> dict[str, float]:
    return {"n": len(flags), "share": round(float(np.mean(flags)), 4) if flags else 0.0}


def close_up(
    renderer: Renderer, person: Person, pose: Pose, rng: np.random.Generator
) -> tuple[DrawnMoment, Moment]:
    """Draw a close-up of a person; return what was drawn, and the moment."""
    body = renderer.figure(person).body
    eyes = (body.eye_centres[0] + body.eye_centres[1]) / 2
    middle = eyes + np.array([0.0, -0.25, -0.3]) * body.face_scale
    yaw = np.radians(rng.uniform(-14, 14))
    away = np.array([np.sin(yaw), rng.uniform(-0.08, 0.12), np.cos(yaw)]) * 9.0 * body.face_scale
    camera = Camera(
        eye=tuple((middle + away).tolist()),
        target=tuple(middle.tolist()),
        height_deg=float(rng.uniform(17, 21)),
        size_wh=_SIZE,
    )
    kinds = (LightKind.SOFT, LightKind.KEY, LightKind.TOP, LightKind.SIDE)
    kind = kinds[int(rng.integers(4))]
    backdrop = draw_backdrop(rng, BackdropKind.ROOM, blur_px=6.0, brightness=0.8)
    moment = Moment(
        camera=camera,
        light=draw_light(rng, kind),
        actors=(Actor(person=person, pose=pose),),
        backdrop=backdrop,
        window=(0.2, 0.2, 0.5, 0.6),
    )
    return renderer.draw(moment), moment


def read_face(networks: Networks, drawn: DrawnMoment, moment: Moment) -> FaceMesh | None:
    """Return the mesh of the drawn face."""
    truth = measure_face(drawn.actors[0], moment.camera, drawn.depth, {})
    return networks.mesher.read(as_frame(drawn.rgb), truth.points_xy)


def check_expressions(
    n_must: int, n_other: int, networks: Networks, people: list[Person], renderer: Renderer
) -> dict[str, Any]:
    """Return the rank correlation of each action unit's intensity with its blendshape score."""
    rows: dict[str, Any] = {}
    rng = np.random.default_rng(41)
    plans: list[tuple[int, int]] = []
    for au in _SCORES:
        n = n_must if au in _MUST_AUS else n_other
        plans += [(k * len(people) // n, au) for k in range(n)]
    scores: dict[int, list[tuple[float, float]]] = {au: [] for au in _SCORES}
    moves: dict[int, list[tuple[float, float]]] = {9: [], 15: []}
    for who, au in sorted(plans):  # person by person: each skin is painted once
        value = float(rng.uniform(0, 1))
        sides = (value, 0.0) if au == 46 else (value, value)
        drawn, moment = close_up(renderer, people[who], Pose(intensity={au: sides}), rng)
        mesh = read_face(networks, drawn, moment)
        if mesh is None:
            continue
        read = networks.blendshapes.read(mesh, _SIZE)
        named = dict(zip(BLENDSHAPE_NAMES, read.tolist(), strict=True))
        own = [named[name] for name in _SCORES[au]]
        scores[au].append((value, own[0] - own[1] if au == 46 else float(np.mean(own))))
        if au in moves:
            moves[au].append((value, _landmark_move(au, mesh)))
    for au, pairs in scores.items():
        table = np.array(pairs)
        rows[str(au)] = {
            "n": len(pairs),
            "blendshapes": list(_SCORES[au]),
            "spearman": round(float(spearmanr(table[:, 0], table[:, 1]).statistic), 3),
        }
    for au, pairs in moves.items():
        table = np.array(pairs)
        rows[str(au)]["spearman_landmark_move"] = round(
            float(spearmanr(table[:, 0], table[:, 1]).statistic), 3
        )
    return rows


def _landmark_move(au: int, mesh: FaceMesh) -> float:
    """Return what AU9 or AU15 moves on the mesh, in eye distances.

    AU9: the nose's wings rise towards the inner eye corners. AU15: the mouth's corners fall
    below the middle of the lips.
    """
    xy = mesh.landmarks_xyz[:, :2]
    scale = float(np.linalg.norm(xy[33] - xy[263]))
    if au == 9:
        gap = (np.linalg.norm(xy[129] - xy[133]) + np.linalg.norm(xy[358] - xy[362])) / 2
        return -float(gap) / scale
    down = np.array([-(xy[263] - xy[33])[1], (xy[263] - xy[33])[0]]) / scale
    corners = (xy[61] + xy[291]) / 2
    lips = (xy[13] + xy[14]) / 2
    return float((corners - lips) @ down) / scale


def check_mixed(
    n: int, networks: Networks, people: list[Person], renderer: Renderer
) -> dict[str, float]:
    """Return the correlations over frames in which three action units act at once."""
    rng = np.random.default_rng(42)
    table: dict[int, list[tuple[float, float]]] = {au: [] for au in _MUST_AUS}
    for k in range(n):
        upper = int(rng.choice([1, 2, 4]))
        lower = int(rng.choice([12, 26]))
        lid = int(rng.choice([5, 43, 45]))
        values = {au: float(rng.uniform(0, 1)) for au in (upper, lower, lid)}
        pose = Pose(intensity={au: (value, value) for au, value in values.items()})
        drawn, moment = close_up(renderer, people[k * len(people) // n], pose, rng)
        mesh = read_face(networks, drawn, moment)
        if mesh is None:
            continue
        named = dict(
            zip(BLENDSHAPE_NAMES, networks.blendshapes.read(mesh, _SIZE).tolist(), strict=True)
        )
        for au in _MUST_AUS:
            score = float(np.mean([named[name] for name in _SCORES[au]]))
            is_other_lid = au in {43, 45} and lid in {43, 45}
            value = values[lid] if is_other_lid else values.get(au, 0.0)
            table[au].append((value, score))
    return {
        str(au): round(float(spearmanr(*np.array(pairs).T).statistic), 3)
        for au, pairs in table.items()
    }


def picture_digest(_: int) -> str:
    """Return the digest of three pictures and their depth, for a process of its own."""
    people = [draw_person(_PEOPLE_BASE + 900 + k) for k in range(3)]
    plan = draw_stills("same", 5, people, FilmConfig(size_wh=(320, 240), n_shots=3))
    digest = hashlib.sha256()
    with Renderer((320, 240), levels=0, texture_px=256) as renderer:
        for shown in shoot(plan, renderer):
            digest.update(shown.rgb.tobytes())
            for _, truth in shown.faces:
                digest.update(truth.box_xyxy.tobytes() + truth.au_share.tobytes())
    return digest.hexdigest()


def check_same_bytes() -> bool:
    """Return whether two processes draw the same bytes."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(2, maxtasksperchild=1) as pool:
        first, second = pool.map(picture_digest, [0, 1], chunksize=1)
    return first == second


def check_speed(n: int) -> dict[str, float]:
    """Return the time of a still of the bench preset in one process, painting included."""
    people = [draw_person(_PEOPLE_BASE + 800 + k) for k in range(6)]
    config = FilmConfig(size_wh=(320, 240), n_shots=n, people_odds=(0.7, 0.3))
    plan = draw_stills("speed", 6, people, config)
    with Renderer((320, 240), levels=0, texture_px=512, n_kept=16) as renderer:
        wall, cpu = time.perf_counter(), time.process_time()
        n_faces = sum(len(shown.faces) for shown in shoot(plan, renderer))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "n": n,
        "faces": n_faces,
        "cpu_ms_per_picture": round(cpu / n * 1000, 1),
        "wall_ms_per_picture": round(wall / n * 1000, 1),
        "pictures_per_s_of_two_free_cores": round(2 * n / cpu, 1),
    }


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def main() -> None:
    """Measure, print and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--frames", type=int, default=200, help="for each of the eight AUs")
    parser.add_argument("--other-frames", type=int, default=60, help="for each other AU")
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--result", type=Path, default=None)
    arguments = parser.parse_args()
    networks = Networks(finder_width_px=640)
    people = [
        draw_person(_PEOPLE_BASE + 500 + k, glasses_share=0.1, hat_share=0.05)
        for k in range(arguments.people)
    ]
    document: dict[str, Any] = {
        "commit": _commit(),
        "cpu": cpu_name(),
        "config": {key: str(value) for key, value in vars(arguments).items() if key != "result"},
        "libraries": {name: version(name) for name in ("moderngl", "numpy", "openvino")},
        "n_shape_aus": len(SHAPE_AUS),
    }
    document["finding"] = check_finding(arguments.pictures, networks)
    print(json.dumps(document["finding"], indent=1), flush=True)
    with Renderer(_SIZE, levels=1, texture_px=512, n_kept=3) as renderer:
        document["device"] = renderer.device
        document["alone"] = check_expressions(
            arguments.frames, arguments.other_frames, networks, people, renderer
        )
        document["mixed"] = check_mixed(arguments.frames, networks, people, renderer)
    for au, row in document["alone"].items():
        print(f"AU{au}: {row}")
    print("mixed:", document["mixed"])
    document["same_bytes_in_two_processes"] = check_same_bytes()
    document["speed"] = check_speed(120)
    print(document["same_bytes_in_two_processes"], document["speed"])
    if arguments.result is not None:
        write_json(arguments.result, document)


if __name__ == "__main__":
    main()
