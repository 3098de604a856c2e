"""Compare what our YOLOv8 and the public one answer, on the same weights and pictures.

`ultralytics` saves a checkpoint in an environment of its own and says what it finds in two drawn
pictures; ``cinefacs models convert`` reads the checkpoint, and our network is asked the same. Only
files pass between the two. From the repository's root (``make bench-train`` does it too)::

    python -m benchmarks.convert --rival build/bench-ultralytics/.venv/bin/python
"""

import argparse
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.collect_memory import commit, cpu_name
from benchmarks.drawn_set import draw_picture
from cinefacs.detectors.tasks import load_network
from cinefacs.detectors.weights.convert import convert_checkpoint
from cinefacs.detectors.yolo_detection import YoloDetection

__all__ = ["compare", "main"]

TOLERANCE = 1e-4
"""Of scores, and of boxes over the input's side."""
NETWORKS = ("yolov8n", "yolov8s")
N_PICTURES = 2


def compare(rival: Path, folder: Path, network: str, checkpoint: Path | None) -> dict[str, Any]:
    """Return how far our answers are from those of the checkpoint's maker.

    Parameters
    ----------
    rival
        Python of the environment of `ultralytics`.
    folder
        For the files between the two.
    network
        To be saved anew.
    checkpoint
        To be read instead of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = checkpoint or folder / f"{network}.pt"
    if checkpoint is None:
        path.unlink(missing_ok=True)
    images = np.stack([draw_picture((0, 0, n))[0] for n in range(N_PICTURES)])  # (B, H, W, 3)
    values = np.ascontiguousarray(images.transpose(0, 3, 1, 2), dtype=np.float32) / 255
    np.save(folder / "images.npy", values)
    answer = folder / f"{path.stem}.npz"
    command = [
        str(rival), "benchmarks/rivals/ultralytics_save.py", str(path), "--network", network,
        "--images", str(folder / "images.npy"), "--answer", str(answer),
    ]  # fmt: skip
    environment = {**os.environ, "YOLO_CONFIG_DIR": str(folder.resolve() / "ultralytics"),
                   "YOLO_AUTOINSTALL": "false"}  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise SystemExit(f"ultralytics failed:\n{done.stderr}")
    converted = convert_checkpoint(path, folder / f"{path.stem}.safetensors")
    _, ours = load_network(converted.out)
    if not isinstance(ours, YoloDetection):
        raise SystemExit(f"expected one of the YOLO family, got {type(ours).__name__}")
    with torch.no_grad():
        boxes, scores = (part.numpy() for part in ours.eval().predict_raw(torch.from_numpy(values)))
    want = np.load(answer)
    return {
        "network": converted.network.name,
        "n_classes": len(converted.class_space),
        "n_tensors_taken": converted.count.n_taken,
        "n_tensors_wanted": converted.count.n_wanted,
        "n_points": int(scores.shape[1]),
        "score_range": [round(float(f(want["scores"])), 4) for f in (np.min, np.max)],
        "largest_difference_between_pictures": float(np.ptp(want["scores"], axis=0).max()),
        "largest_difference_of_scores": float(np.abs(scores - want["scores"]).max()),
        "largest_difference_of_boxes_px": float(np.abs(boxes - want["boxes"]).max()),
        "side_px": int(values.shape[2]),
        "libraries": {**json.loads(str(want["facts"])), "cinefacs": version("cinefacs")},
    }


def main() -> int:
    """Compare, print, write, and return 1 where the two differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rival", type=Path, required=True, help="Python with ultralytics")
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--checkpoint", type=Path, help="one that is there, instead of new ones")
    parser.add_argument("--folder", type=Path, default=Path("build/bench-convert"))
    parser.add_argument("--result", type=Path, help="JSON file")
    options = parser.parse_args()
    names = options.networks if options.checkpoint is None else [options.checkpoint.stem]
    rows = [compare(options.rival, options.folder, name, options.checkpoint) for name in names]
    is_same = True
    for row in rows:
        scores, boxes = (row[f"largest_difference_of_{n}"] for n in ("scores", "boxes_px"))
        # Where two pictures got the same answer, equal answers would say nothing.
        is_same &= row["largest_difference_between_pictures"] > 100 * TOLERANCE
        is_same &= scores <= TOLERANCE and boxes / row["side_px"] <= TOLERANCE
        print(f"{row['network']}: {row['n_tensors_taken']} of {row['n_tensors_wanted']} tensors; "
              f"scores differ by {scores:.1e}, boxes by {boxes:.1e} px (two pictures: scores by "
              f"{row['largest_difference_between_pictures']:.2f})")  # fmt: skip
    document = {"commit": commit(), "cpu": cpu_name(), "tolerance": TOLERANCE, "is_met": is_same,
                "networks": rows}  # fmt: skip
    if options.result is not None:
        options.result.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main())
