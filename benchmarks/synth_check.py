"""Measure synthetic films against the face networks.

Are faces found, are expressions read, is the truth true?

Run from the repository's root::

    python -m benchmarks.synth_check --result benchmarks/results/synth_check.json

Measured are: the share of the faces that the truth calls visible and that are 60 px or higher
which CenterFace finds; how well its boxes and points agree with the truth; the rank correlation
of MediaPipe's blendshape scores with the intensity of each action unit, alone and mixed with
others, as read and less what is read from the same person at rest; the same in close-ups of the
films' own scripts (`benchmarks.synth_scripts`); the landmark moves of AU9 and
AU15, to which the blendshapes are nearly blind; whether two processes give the same bytes; and the
processor time of a picture. The networks were trained on real people; they are a reference and no
truth.
"""

import argparse
import hashlib
import json
import multiprocessing
import subprocess
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from benchmarks.blendshape_scores import MUST_AUS, SCORES, Networks, as_frame, landmark_move
from benchmarks.collect_memory import cpu_name
from benchmarks.synth_scripts import check_scripts
from cinefacs.faces.mesh import FaceMesh
from cinefacs.geometry.boxes import pairwise_iou
from cinefacs.storage.atomic import write_json
from cinefacs.synth.backdrop import BackdropKind, draw_backdrop
from cinefacs.synth.body import Pose
from cinefacs.synth.camera import Camera
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
_SIZE = (200, 200)
_SET_PICTURES = 30
_FOUND_IOU = 0.4
_PARTS = ("finding", "expressions", "scripted_expressions", "same_bytes_in_two_processes", "speed")
_MIXED = 0
"""Stands for three action units at once where the number of one is asked."""
_NEUTRAL = -1
"""Stands for a face at rest where the number of an action unit is asked."""
_N_NEUTRAL = 3
"""Close-ups at rest of each person; the median of their scores is the person's neutral."""

Task = tuple[int, int, int]
"""Person, action unit, number of the frame."""


def find_in_set(k: int) -> list[dict[str, Any]]:
    """Draw 30 pictures of five people; return what CenterFace makes of each visible face."""
    size = (640, 480)
    finder = Networks(finder_width_px=640).finder
    people = [draw_person(_PEOPLE_BASE + k * 10 + j) for j in range(5)]
    config = FilmConfig(size_wh=size, n_shots=_SET_PICTURES, condition_share=0.06)
    plan = draw_stills(f"check-{k}", _PEOPLE_BASE + k, people, config)
    rows: list[dict[str, Any]] = []
    with Renderer(size, levels=0, texture_px=512, n_kept=10) as renderer:
        for shown in shoot(plan, renderer):
            faces = finder.find(as_frame(shown.rgb))
            for _, truth in shown.faces:
                if not truth.is_visible:
                    continue
                overlap = pairwise_iou(truth.box_xyxy[None], faces.box_xyxy)[0]
                best = int(np.argmax(overlap)) if len(overlap) else -1
                row: dict[str, Any] = {
                    "face_px": truth.face_px,
                    "inside": truth.inside_share,
                    "conditions": list(map(str, plan.shots[shown.shot_index].conditions)),
                    "iou": float(overlap[best]) if len(overlap) else 0.0,
                }
                if row["iou"] >= _FOUND_IOU:
                    gap = np.linalg.norm(faces.points_xy[best] - truth.points_xy, axis=1)
                    row["error"] = float(gap.mean() / truth.face_px)
                rows.append(row)
    return rows


def sum_up_finding(rows: list[dict[str, Any]], n_pictures: int) -> dict[str, Any]:
    """Return how many of the visible faces CenterFace finds, and how its boxes and points agree."""
    large = [row for row in rows if row["face_px"] >= 60]
    small = [row for row in rows if row["face_px"] < 60]
    whole = [row for row in large if row["inside"] >= 0.9]
    names = sorted({name for row in large for name in row["conditions"]})
    found = [row for row in large if "error" in row]
    return {
        "n_pictures": n_pictures,
        "iou_that_counts_as_found": _FOUND_IOU,
        "visible_60_px_and_more": _share(large),
        "of_these_whole_in_the_picture": _share(whole),
        "visible_24_to_60_px": _share(small),
        "by_condition": {
            name: _share([row for row in large if name in row["conditions"]]) for name in names
        },
        "median_iou_with_truth": round(float(np.median([row["iou"] for row in found])), 3),
        "iou_5_percent": round(float(np.quantile([row["iou"] for row in found], 0.05)), 3),
        "median_point_error_of_face_height": round(
            float(np.median([row["error"] for row in found])), 4
        ),
        "point_error_95_percent": round(
            float(np.quantile([row["error"] for row in found], 0.95)), 4
        ),
    }


def _share(rows: list[dict[str, Any]]) -> dict[str, float]:
    n_found = sum("error" in row for row in rows)
    return {"n": len(rows), "found": n_found, "share": round(n_found / max(1, len(rows)), 4)}


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What the networks read from one close-up."""

    person: int
    """Which of the check's people."""
    au: int
    """Action unit that acts alone, `_MIXED` or `_NEUTRAL`."""
    values: dict[int, float]
    """True intensity of each action unit that acts, 0 to 1."""
    scores: dict[int, float]
    """Blendshape score that answers to each action unit, 0 to 1 (AU46: left less right)."""
    moves: dict[int, float]
    """Landmark measures of AU9 and AU15, eye distances."""


def read_people(task: tuple[list[Task], int]) -> list[Reading]:
    """Draw and read the frames of some people."""
    tasks, first_seed = task
    networks = Networks(finder_width_px=640)
    found = []
    with Renderer(_SIZE, levels=1, texture_px=384, n_kept=2) as renderer:
        for who, au, k in sorted(tasks):  # person by person: each skin is painted once
            person = draw_person(first_seed + who, glasses_share=0.1, hat_share=0.05)
            rng = np.random.default_rng([41, au + 1, k])
            values = _draw_intensities(rng, au)
            sides = {each: (x, 0.0 if each == 46 else x) for each, x in values.items()}
            drawn, moment = close_up(renderer, person, Pose(intensity=sides), rng)
            mesh = read_face(networks, drawn, moment)
            if mesh is None:
                continue
            found.append(
                Reading(
                    person=who,
                    au=au,
                    values=values,
                    scores=networks.scores(mesh, _SIZE),
                    moves={each: landmark_move(each, mesh) for each in (9, 15)},
                )
            )
    return found


def _draw_intensities(rng: np.random.Generator, au: int) -> dict[int, float]:
    """Return the intensities of a frame: none, of one action unit, or of three at once."""
    if au == _NEUTRAL:
        return {}
    if au != _MIXED:
        return {au: float(rng.uniform(0, 1))}
    chosen = (rng.choice([1, 2, 4]), rng.choice([12, 26]), rng.choice([5, 43, 45]))
    return {int(each): float(rng.uniform(0, 1)) for each in chosen}


def sum_up_expressions(readings: list[Reading]) -> dict[str, Any]:
    """Return the rank correlation of each action unit's intensity with its blendshape score.

    Twice: with the score as it is read, and less the median score of that person at rest.
    """
    at_rest: dict[int, list[Reading]] = {}
    for reading in readings:
        if reading.au == _NEUTRAL:
            at_rest.setdefault(reading.person, []).append(reading)
    readings = [r for r in readings if r.person in at_rest]
    alone: dict[str, Any] = {}
    for au, names in SCORES.items():
        own = [r for r in readings if r.au == au]
        if not own:
            continue
        alone[str(au)] = {"blendshapes": list(names)} | _agreement(au, own, at_rest)
        if au in {9, 15}:
            truth = [r.values[au] for r in own]
            moves = [r.moves[au] for r in own]
            rest = [np.median([n.moves[au] for n in at_rest[r.person]]) for r in own]
            alone[str(au)]["spearman_landmark_move"] = _rank_correlation(truth, moves)
            alone[str(au)]["spearman_landmark_move_from_rest"] = _rank_correlation(
                truth, np.subtract(moves, rest)
            )
    mixed = [r for r in readings if r.au == _MIXED]
    return {
        "alone": alone,
        "three_at_once": {str(au): _agreement(au, mixed, at_rest) for au in MUST_AUS},
    }


def _agreement(au: int, own: list[Reading], at_rest: dict[int, list[Reading]]) -> dict[str, Any]:
    truth = [_true_value(au, r.values) for r in own]
    scores = [r.scores[au] for r in own]
    rest = [np.median([n.scores[au] for n in at_rest[r.person]]) for r in own]
    return {
        "n": len(own),
        "spearman": _rank_correlation(truth, scores),
        "spearman_from_rest": _rank_correlation(truth, np.subtract(scores, rest)),
    }


def _true_value(au: int, values: dict[int, float]) -> float:
    """Return an action unit's intensity; AU43 and AU45 both close the lids."""
    if au in {43, 45}:
        return max(values.get(43, 0.0), values.get(45, 0.0))
    return values.get(au, 0.0)


def _rank_correlation(one: Any, other: Any) -> float:  # noqa: ANN401
    return round(float(spearmanr(one, other).statistic), 3)


def check_finding(n_pictures: int, n_processes: int) -> dict[str, Any]:
    """Return what `sum_up_finding` says of some pictures."""
    n_sets = max(1, n_pictures // _SET_PICTURES)
    with multiprocessing.get_context("spawn").Pool(n_processes, maxtasksperchild=4) as pool:
        found = pool.map(find_in_set, range(n_sets), chunksize=1)
    return sum_up_finding([row for each in found for row in each], n_sets * _SET_PICTURES)


def check_expressions(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what `sum_up_expressions` says of close-ups of some people."""
    tasks: list[Task] = []
    for au in (*SCORES, _MIXED):
        n = arguments.alone_frames if au in MUST_AUS else arguments.other_frames
        n = arguments.frames if au == _MIXED else n
        tasks += [(k * arguments.people // n, au, k) for k in range(n)]
    tasks += [
        (who, _NEUTRAL, who * _N_NEUTRAL + k)
        for who in range(arguments.people)
        for k in range(_N_NEUTRAL)
    ]
    chunks = [
        ([task for task in tasks if task[0] == who], _PEOPLE_BASE + 500)
        for who in range(arguments.people)
    ]
    context = multiprocessing.get_context("spawn")
    with context.Pool(arguments.processes, maxtasksperchild=8) as pool:
        read = pool.map(read_people, chunks, chunksize=1)
    return sum_up_expressions([row for each in read for row in each])


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
    parser.add_argument("--pictures", type=int, default=360)
    parser.add_argument("--frames", type=int, default=200, help="with three AUs at once")
    parser.add_argument("--alone-frames", type=int, default=60, help="for each of eight AUs")
    parser.add_argument("--other-frames", type=int, default=12, help="for each other AU")
    parser.add_argument(
        "--scripted-frames", type=int, nargs="+", default=[200, 400],
        help="by the films' own scripts; the first of the last number are taken for the others",
    )  # fmt: skip
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--result", type=Path, default=None)
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=list(_PARTS))
    arguments = parser.parse_args()
    config = {key: str(value) for key, value in vars(arguments).items() if key != "result"}
    about = {
        "commit": _commit(),
        "cpu": cpu_name(),
        "config": config,
        "libraries": {name: version(name) for name in ("moderngl", "numpy", "openvino")},
    }
    document: dict[str, Any] = {}
    if arguments.result is not None and arguments.result.is_file():
        document = json.loads(arguments.result.read_text(encoding="utf-8"))
    measures = {
        "finding": lambda: check_finding(arguments.pictures, arguments.processes),
        "expressions": lambda: check_expressions(arguments),
        "scripted_expressions": lambda: check_scripts(
            arguments.people, arguments.scripted_frames, arguments.processes
        ),
        "same_bytes_in_two_processes": check_same_bytes,
        "speed": lambda: check_speed(60),
    }
    for part in arguments.parts:
        document[part] = {"about": about, "measured": measures[part]()}
        print(json.dumps({part: document[part]["measured"]}, indent=1), flush=True)
        if arguments.result is not None:
            write_json(arguments.result, document)


if __name__ == "__main__":
    main()
