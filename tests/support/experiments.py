"""Experiments on drawn faces: small networks, no rendering."""

from pathlib import Path
from typing import Any

from cinefacs.cli.app import run
from cinefacs.records.experiment import BoxAnswer, CellState, ExperimentRow, FaceAnswer
from tests.support.drawn_study import draw_study

__all__ = ["box", "face", "own_data", "row", "write_config"]

_CONFIG = """
train:
  batch: 8
  side_px: 64
  mode: crop
  learning_rate: 0.005
  warmup_epochs: 0.5
  ema_decay: 0.9
  ema_steps: 20.0
  settle_batches: 1
  patience: 0
  augment: {{mosaic: 0.0}}
data: {{folds: 4, val_ratio: 0.3}}
tables:
  a: {{networks: [{networks}], n_samples: {n_samples}}}
repeats: {repeats}
resamples: 50
speed: {{rounds: 0}}
"""


def own_data(root: Path) -> Path:
    """Draw a study of four films and build a data set of its emotions."""
    study = draw_study(root, n_films=4).root
    words = ["datasets", "build", str(study), "own", "--space", "emotion", "--frames", "per-event"]
    assert run([*words, "--n-per-event", "3"]) == 0
    return study / "datasets" / "own"


def write_config(
    path: Path,
    *,
    networks: str = "yolov8n-smart*0.25, yolov8n*0.25",
    n_samples: int = 40,
    repeats: int = 2,
) -> Path:
    """Write a configuration that trains for seconds."""
    text = _CONFIG.format(networks=networks, n_samples=n_samples, repeats=repeats)
    path.write_text(text, encoding="utf-8")
    return path


def row(network: str = "yolov8n", repeat: int = 0, **changes: Any) -> ExperimentRow:  # noqa: ANN401
    """Return a row of a cell that was run."""
    values: dict[str, Any] = {
        "experiment": "compare", "table": "a", "network": network, "protocol": "grouped",
        "repeat": repeat, "state": CellState.DONE, "cell": f"{network}-{repeat}",
        "data_digest": "d" * 64, "n_samples": 100, "accuracy": 0.5, "accuracy_all": 0.5,
        "chance": 0.125, "majority": 0.2, "map50": 0.4, "map50_95": 0.3, "precision": 0.6,
        "recall": 0.5, "f1": 0.55, "macro_f1": 0.5, "threshold": 0.3, "n_faces": 4, "n_found": 4,
        "n_parameters": 1000, "gflops": 0.1, "file_mb": 0.2, "peak_memory_mb": 500.0,
        "train_s": 60.0, "n_pieces": 1,
    }  # fmt: skip
    return ExperimentRow(**{**values, **changes})


def face(view: int, true: str, found: str, *, subject: str = "p", score: float = 0.5) -> FaceAnswer:
    """Return what was said of a face."""
    return FaceAnswer(
        view_index=view, subject=subject, film="001", sample_id=f"s{view}", true_class=true,
        found_class=found, score=score,
    )  # fmt: skip


def box(
    view: int, found: str, score: float, *, is_right: bool, face_index: int | None = None
) -> BoxAnswer:
    """Return a judged box: of the face whose number is the view's, unless told otherwise."""
    return BoxAnswer(
        view_index=view, found_class=found, score=score, is_right=is_right,
        face_index=view if face_index is None else face_index,
    )  # fmt: skip
