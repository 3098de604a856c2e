"""Measure the shipped weights on real faces, beside MediaPipe's blendshapes.

Are faces found again, and do scores rise where the blendshapes rise?

Run from the repository's root::

    python -m benchmarks.real_check CLIP... --result benchmarks/results/real_check.json

Each clip is collected (`cinefacs collect`), and every face-frame of which the face mesh told
blendshapes is read by the weights, beside the calmest face of its track: least summed brow, eye
and mouth movement by the blendshapes, which is how `analyze` finds a face at rest. The
blendshapes are a reference and no truth; intervals are bootstrapped over clips, since the frames
of a clip are one face. Films that the weights were adapted on are left out by their SHA-256.

Two tables coded by eye, without a look at any score, are the only truth: when somebody smiles
(``tests/oracle/smiles_by_eye.csv``), and of 108 single frames whether AU4, 12, 26 and 45 are there
(``tests/oracle/real_faces_by_eye.csv``; what the eye could not settle is left empty). The
blendshapes are measured on it, too: they are what `adapt` learns from.
"""

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from cinefacs.datasets.frame_pictures import decode_frames
from cinefacs.engines.face_input import crops_as_input
from cinefacs.engines.network_input import cut_face, map_boxes_back
from cinefacs.geometry.boxes import pairwise_iou
from cinefacs.inference.exported import ExportedDetector
from cinefacs.media.seek import ResumePoint
from cinefacs.metrics.ranking import Ranking
from cinefacs.pipeline.collect import collect
from cinefacs.pipeline.config import CollectConfig
from cinefacs.records.blendshape_names import BLENDSHAPE_NAMES
from cinefacs.records.film import Film
from cinefacs.storage.atomic import write_json
from cinefacs.storage.face_tables import read_blendshapes, read_tracks
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout

Array = npt.NDArray[Any]

COMPARED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AU1", ("browInnerUp",)),
    ("AU2", ("browOuterUpLeft", "browOuterUpRight")),
    ("AU4", ("browDownLeft", "browDownRight")),
    ("AU12", ("mouthSmileLeft", "mouthSmileRight")),
    ("AU26", ("jawOpen",)),
    ("AU45", ("eyeBlinkLeft", "eyeBlinkRight")),
    ("surprise", ("browInnerUp", "browOuterUpLeft", "browOuterUpRight", "jawOpen")),
    ("happiness", ("mouthSmileLeft", "mouthSmileRight")),
)
_CALM = tuple(n for n in BLENDSHAPE_NAMES if n.startswith(("brow", "eyeBlink", "jaw", "mouth")))
_MOST_PER_TRACK = 150
_LEAST_ROWS = 10
_DRAWS = 1000
_SMILES = Path("tests/oracle/smiles_by_eye.csv")
_BY_EYE = Path("tests/oracle/real_faces_by_eye.csv")
_SHAPES_OF = dict(COMPARED)


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was said of the faces of one clip."""

    clip: str
    frames: Array
    scores: Array
    """(N, K) calibrated."""
    shapes: Array
    """(N, 52) blendshapes."""
    is_met: Array
    """(N,) whether the weights found the face that the finder or the tracker gave."""
    face_px: Array
    """(N,) height of the face's box."""
    is_sampled: Array
    """(N,) one of the frames spread evenly over the track; the others were coded by eye."""

    def sampled(self) -> "Read":
        """Return the frames spread evenly."""
        kept = {name: getattr(self, name)[self.is_sampled] for name in
                ("frames", "scores", "shapes", "is_met", "face_px", "is_sampled")}  # fmt: skip
        return Read(clip=self.clip, **kept)


def read_clip(layout: StudyLayout, film: Film, detector: ExportedDetector) -> Read:
    """Read the faces of one collected clip."""
    shapes = {each.track_id: each for each in read_blendshapes(layout.blendshapes_path,
                                                               film_id=film.film_id)}  # fmt: skip
    spec = detector.card.input_spec
    calm = [BLENDSHAPE_NAMES.index(name) for name in _CALM]
    frames, scores, told, met, heights, sampled = [], [], [], [], [], []
    coded = {frame for clip, frame, _ in _coded_by_eye() if clip == Path(film.path).name}
    for track in read_tracks(layout.tracks_path, film_id=film.film_id):
        mesh = shapes.get(track.track_id)
        if mesh is None or len(mesh) < 2:
            continue
        chosen = np.unique(np.linspace(0, len(mesh) - 1, min(len(mesh), _MOST_PER_TRACK)).round())
        of_eye = np.flatnonzero(np.isin(mesh.frame_index, list(coded)))
        rows = np.union1d(chosen.astype(int), of_eye)
        rest = int(rows[mesh.scores[rows][:, calm].sum(axis=1).argmin()])
        place = {int(frame): n for n, frame in enumerate(track.frame_index)}
        begin = {
            int(mesh.frame_index[row]): ResumePoint(
                frame_index=int(mesh.frame_index[row]),
                pts=int(track.pts[place[int(mesh.frame_index[row])]]),
            )
            for row in rows.tolist()
        }
        crops = {}
        for shown in decode_frames(film, begin):
            n = place[shown.frame_index]
            crops[shown.frame_index] = (
                *cut_face(shown.rgb, track.box_xyxy[n], spec, eyes_xy=track.points_xy[n, :2]),
                track.box_xyxy[n],
            )
        rest_crop = crops[int(mesh.frame_index[rest])][0]
        for row in rows.tolist():
            crop, matrix, box = crops[int(mesh.frame_index[row])]
            shown_with = [crop, rest_crop] if spec.has_rest else [crop]
            found = detector.read_crops(crops_as_input(shown_with, spec)[None])
            back = map_boxes_back(matrix, found.boxes_xyxy).astype(np.float32)
            overlap = pairwise_iou(back, box[None].astype(np.float32))[0, 0]
            frames.append(int(mesh.frame_index[row]))
            scores.append(found.class_scores[0])
            told.append(mesh.scores[row])
            heights.append(float(box[3] - box[1]))
            sampled.append(row in chosen)
            met.append(bool(found.score[0] >= (detector.card.threshold or 0.25)
                            and overlap >= 0.5))  # fmt: skip
    return Read(clip=Path(film.path).name, frames=np.array(frames), scores=np.array(scores),
                shapes=np.array(told), is_met=np.array(met), face_px=np.array(heights),
                is_sampled=np.array(sampled, bool))  # fmt: skip


def _coded_by_eye() -> list[tuple[str, int, dict[str, bool]]]:
    """Return clip, frame, and whether an action unit is there, of those that the eye settled."""
    with _BY_EYE.open(encoding="utf-8", newline="") as file:
        return [
            (row["file"], int(row["frame"]),
             {name: value == "1" for name, value in row.items() if name.startswith("AU") and value})
            for row in csv.DictReader(file)
        ]  # fmt: skip


def rank_correlation(a: Array, b: Array) -> float | None:
    """Return Spearman's rank correlation, None where one side never changes."""
    if len(a) < _LEAST_ROWS or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    ranks = [np.unique(v, return_inverse=True, return_counts=True) for v in (a, b)]
    means = [(np.cumsum(counts) - (counts - 1) / 2)[inverse] for _, inverse, counts in ranks]
    return float(np.corrcoef(*means)[0, 1])


def compare(reads: Sequence[Read], name: str, shapes: Sequence[str], column: int) -> dict[str, Any]:
    """Return pooled and within-clip correlations of one class, with intervals over clips."""
    places = [BLENDSHAPE_NAMES.index(shape) for shape in shapes]
    pairs = [(read.scores[:, column], read.shapes[:, places].mean(axis=1)) for read in reads]
    inside = [value for a, b in pairs if (value := rank_correlation(a, b)) is not None]

    def pooled(chosen: Sequence[int]) -> float | None:
        a, b = (np.concatenate([pairs[n][side] for n in chosen]) for side in (0, 1))
        return rank_correlation(a, b)

    rng = np.random.default_rng(0)
    n = len(pairs)
    draws = [pooled(rng.integers(0, n, n).tolist()) for _ in range(_DRAWS)] if n > 1 else []
    means = [np.mean(rng.choice(inside, len(inside))) for _ in range(_DRAWS)] if inside else []
    low, high = _interval([draw for draw in draws if draw is not None])
    within_low, within_high = _interval(means)
    return {
        "name": name, "blendshapes": ", ".join(shapes), "pooled": _round(pooled(range(n))),
        "pooled_low": low, "pooled_high": high, "n_clips_within": len(inside),
        "within": _round(float(np.mean(inside)) if inside else None),
        "within_low": within_low, "within_high": within_high,
    }  # fmt: skip


def _interval(values: Sequence[Any]) -> tuple[float | None, float | None]:
    if len(values) < _DRAWS / 2:
        return None, None
    low, high = np.percentile(values, [2.5, 97.5])
    return _round(float(low)), _round(float(high))


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def smiles(reads: Sequence[Read], names: Sequence[str]) -> dict[str, Any] | None:
    """Return how well AU12 and happiness tell smiles that were coded by eye, pooled and by clip."""
    with _SMILES.open(encoding="utf-8", newline="") as file:
        rows = [(r["file"], int(r["start_frame"]), int(r["end_frame"]))
                for r in csv.DictReader(file)]  # fmt: skip
    coded = [read for read in reads if read.clip in {row[0] for row in rows}]
    if not coded:
        return None
    truth = [
        np.array([any(name == read.clip and low <= frame < high for name, low, high in rows)
                  for frame in read.frames])
        for read in coded
    ]  # fmt: skip
    found: dict[str, Any] = {"clips": [read.clip for read in coded]}
    for name in ("AU12", "happiness"):
        values = [read.scores[:, names.index(name)] for read in coded]
        found[name] = {
            "pooled": _round(Ranking(np.concatenate(values), np.concatenate(truth)).auroc()),
            "by_clip": [_round(Ranking(v, t).auroc()) for v, t in zip(values, truth, strict=True)],
        }
    return found


def by_eye(reads: Sequence[Read], names: Sequence[str]) -> dict[str, Any]:
    """Return how well single frames that were coded by eye are told apart.

    For each action unit: by the weights and by the blendshapes, pooled, and the mean over clips
    that have both kinds. Of several faces in a frame the largest was coded.
    """
    rows = []
    for clip, frame, said in _coded_by_eye():
        for read in reads:
            here = np.flatnonzero(read.frames == frame) if read.clip == clip else []
            if len(here):
                rows.append((clip, read, int(here[read.face_px[here].argmax()]), said))
    found: dict[str, Any] = {"n_frames": len(rows)}
    for au in ("AU4", "AU12", "AU26", "AU45"):
        places = [BLENDSHAPE_NAMES.index(shape) for shape in _SHAPES_OF[au]]
        known = [row for row in rows if au in row[3]]
        truth = np.array([said[au] for *_, said in known])
        clips = np.array([clip for clip, *_ in known])
        both = [c for c in np.unique(clips) if 0 < truth[clips == c].mean() < 1]
        found[au] = {"n_present": int(truth.sum()), "n_absent": int((~truth).sum()),
                     "n_clips_with_both": len(both)}  # fmt: skip
        for who, values in (
            ("weights", [read.scores[n, names.index(au)] for _, read, n, _ in known]),
            ("blendshapes", [read.shapes[n, places].mean() for _, read, n, _ in known]),
        ):
            value = np.array(values)
            inside = [Ranking(value[clips == c], truth[clips == c]).auroc() for c in both]
            found[au][who] = {
                "pooled": _round(Ranking(value, truth).auroc()),
                "within": _round(float(np.mean(inside)) if inside else None),
            }
    return found


def main() -> None:
    """Collect the clips, read them, and write what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--weights", type=Path, default=Path("src/cinefacs/weights/smart"))
    parser.add_argument("--precision", choices=("fp16", "int8"), default="fp16")
    parser.add_argument("--study", type=Path, default=Path("build/real-check/study"))
    parser.add_argument("--result", type=Path, required=True)
    options = parser.parse_args()
    detector = ExportedDetector(options.weights / options.precision)
    origin = yaml.safe_load((options.weights / "weights.yaml").read_text(encoding="utf-8"))
    adapted = {film["sha256"] for film in origin["adapted_on"]}
    collect(options.clips, out=options.study, config=CollectConfig())
    layout = StudyLayout(options.study)
    films = [film for film in read_records(layout.films_path, Film) if film.film_id not in adapted]
    every = [read for film in films if len((read := read_clip(layout, film, detector)).frames)]
    reads = [read.sampled() for read in every]
    names = detector.card.class_space.names
    met = np.concatenate([read.is_met for read in reads])
    result = {
        "n_clips": len(reads),
        "n_faces": len(met),
        "clips": {read.clip: len(read.frames) for read in reads},
        "precision": options.precision,
        "weights_sha256": origin["files"]["weights.safetensors"],
        "adapted_on": len(adapted),
        "face_recall": round(float(met.mean()), 4),
        "correlations": [
            compare(reads, name, shapes, names.index(name)) for name, shapes in COMPARED
        ],
        "smiles_by_eye": smiles(reads, names),
        "frames_by_eye": by_eye(every, names),
    }
    write_json(options.result, result)
    print(f"{result['n_faces']} faces of {result['n_clips']} clips; met {result['face_recall']}")
    for row in result["correlations"]:
        print(f"{row['name']:<10} pooled {row['pooled']} ({row['pooled_low']} to "
              f"{row['pooled_high']}) within {row['within']}")  # fmt: skip
    print("smiles by eye:", result["smiles_by_eye"])
    print("frames by eye:", result["frames_by_eye"])


if __name__ == "__main__":
    main()
