"""Compare what a face is shown with: nothing, itself before and after, its person at rest.

Run from the repository's root, with the extras ``train`` and ``synth``::

    cinefacs datasets synth --preset limits --out build/limits
    python -m benchmarks.face_inputs --scale 0.15 --epochs 14 --films build/limits \
      --result benchmarks/results/face_inputs.json

Draws one face set with neighbours (`cinefacs datasets faces --step-ms 125`), trains the same
network on it four times as the shipped one was trained, with the same seed and views, and measures
AUROC on people that were not learned from, and on films of other people: every frame, faces at
intensities 0.2 to 0.5, and events. Chance is 0.5, for events nearly 0.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from cinefacs.config import as_document, load_config
from cinefacs.detectors.evaluation.faces import read_scores
from cinefacs.detectors.export.export import export_detector
from cinefacs.detectors.shipping.measure import measure_reading
from cinefacs.detectors.tasks import DataSource, load_network, train_detector
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.yolo_detection import YoloDetection
from cinefacs.pipeline.exam.config import ExamConfig
from cinefacs.pipeline.exam.run import take_exam
from cinefacs.storage.atomic import write_json
from cinefacs.storage.face_sets import read_face_set
from cinefacs.synth.make_faces import FacesOptions, make_faces
from cinefacs.synth.takes import TakeConfig

NETWORK = "yolov8n-smart+crop-reader"
"""Of the shipped weights."""
RECIPE = Path("src/cinefacs/weights/train.yaml")
"""How those were trained; fewer views want a shorter average of weights."""
STEP_MS = 125
"""Three frames at 24 a second: a micro-expression rises or falls within it."""
Shown = Literal["single", "neighbours", "neutral", "fitted_neutral"]


def train_and_measure(shown: Shown, faces: Path, folder: Path, epochs: int) -> dict[str, Any]:
    """Train with one input, and return what it reads of the validation's people."""
    config = replace(
        load_config(TrainConfig, RECIPE), temporal=shown, epochs=epochs, validate_every=epochs,
        step_ms=STEP_MS if shown == "neighbours" else 0, ema_steps=300, ema_decay=0.995,
    )  # fmt: skip
    started = time.process_time()
    train_detector(NETWORK, DataSource(path=faces), out=folder, config=config)
    card, network = load_network(folder / "weights.safetensors")
    if not isinstance(network, YoloDetection):
        raise TypeError(f"expected a YOLO, got {card.network.name}")
    scores = read_scores(network, DataSource(path=faces).read("val"), card.input_spec)
    parts = read_face_set(faces, "val")
    labels = np.concatenate([part.labels for part in parts])
    found = measure_reading(
        scores, labels == 1, labels != 2, card.class_space,
        intensity=np.concatenate([part.intensity for part in parts]),
    )  # fmt: skip
    return {"cpu_s": round(time.process_time() - started), "config": as_document(config), **found}


def measure_in_films(weights: Path, folder: Path, films: Path) -> dict[str, Any]:
    """Return what the weights read in films at the truth's boxes, and what events come of it."""
    detector = export_detector(weights, out=folder, precision="fp16", force=True).folder
    marks = take_exam(
        detector, study=films, out=folder / "marks", config=ExamConfig(chance_draws=0)
    ).document
    read, in_films, events = marks["faces_read"], marks["faces_read_in_films"], marks["events"]
    return {
        "films": marks["exam"]["digest"],
        "action_units": in_films["action_units"]["mean_auroc"],
        "action_units_weak": in_films["action_units"]["mean_auroc_weak"],
        "emotions_map50": read["emotions"]["map50"],
        "f1": events["f1"],
        "false_alarms_a_minute": events["false_alarms"]["a_film_minute"],
    }


def main() -> None:
    """Draw, train four times, and write what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.2)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--films", type=Path, required=True)
    parser.add_argument("--folder", type=Path, default=Path("build/face-inputs"))
    parser.add_argument("--result", type=Path, required=True)
    options = parser.parse_args()
    drawn = make_faces(
        options.folder / "faces",
        options=FacesOptions(scale=options.scale, takes=TakeConfig(step_ms=STEP_MS)),
        seed=1,
    )
    result: dict[str, Any] = {
        "faces": {"n_faces": drawn.n_faces, "n_people": drawn.n_people, "step_ms": STEP_MS}
    }
    for shown in get_args(Shown):
        result[shown] = train_and_measure(shown, drawn.out, options.folder / shown, options.epochs)
        result[shown]["in_films"] = measure_in_films(
            options.folder / shown / "weights.safetensors",
            options.folder / shown / "fp16",
            options.films,
        )
        print(shown, result[shown]["in_films"])
        print(shown, result[shown]["mean_auroc"], result[shown]["bands"], result[shown]["emotion"])
    write_json(options.result, result)


if __name__ == "__main__":
    main()
