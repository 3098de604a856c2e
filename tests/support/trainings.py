"""Short trainings for tests."""

from pathlib import Path
from typing import Any

from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.detectors.data.labelled_set import LabelledSet
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.fitting import Fitting
from tests.support.detectors import small_network

__all__ = ["STILL", "make_fitting", "short_training"]

STILL = AugmentConfig(
    mosaic=0, scale=0, shift=0, flip=0, hue=0, saturation=0, brightness=0, exposure=0, grey=0,
    blur=0, jpeg=0,
)  # fmt: skip
"""Pictures as they are."""


def short_training(**changes: Any) -> TrainConfig:  # noqa: ANN401
    """Return a configuration for some tens of steps on a handful of small pictures."""
    options: dict[str, Any] = {
        "epochs": 4, "batch": 4, "side_px": 64, "mode": "frame", "colour": "rgb",
        "precision": "fp32", "learning_rate": 0.005, "warmup_epochs": 1.0, "ema_decay": 0.9,
        "ema_steps": 20.0, "patience": 0, "augment": STILL,
    }  # fmt: skip
    return TrainConfig(**{**options, **changes})


def make_fitting(
    name: str,
    labelled: LabelledSet,
    folder: Path,
    config: TrainConfig,
    *,
    seed: int = 0,
    digest: str = "x",
) -> Fitting:
    """Return a training of a small network on a set, measured on the same set."""
    network = small_network(name, labelled.class_space, side_px=config.side_px, seed=seed)
    return Fitting(
        network=network, train_set=labelled, val_set=labelled, config=config, folder=folder,
        digest=digest, seed=seed,
    )  # fmt: skip
