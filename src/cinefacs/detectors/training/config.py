"""Everything that can be set about a training; imports no array library."""

from dataclasses import dataclass, field
from typing import Literal

from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.detectors.losses.config import LossConfig
from cinefacs.errors import ConfigError

__all__ = ["SIDES_PX", "TrainConfig"]

SIDES_PX = {"frame": 640, "crop": 128}
"""Side of the input where none is asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    """Configuration of `train`; a YAML file for ``--config`` has the same keys."""

    epochs: int = 100
    """Times that each picture or face is seen."""
    batch: int = 16
    """Views of one step in each process."""
    side_px: int = 0
    """Side of the square input, a multiple of 32; 0: 640 for frames, 128 for crops."""
    mode: Literal["auto", "frame", "crop"] = "auto"
    """``frame``: whole pictures, as in the paper; ``crop``: one square around each face; ``auto``:
    crops where the classes are expressions or action units, frames where they are anything else."""
    colour: Literal["auto", "rgb", "grey"] = "auto"
    """``grey`` shows brightness alone, normalised in each picture; ``auto``: grey on crops."""
    crop_scale: float = 1.3
    """Side of the square around a face over the longer side of its box."""
    temporal: Literal["single", "neighbours", "neutral", "fitted_neutral"] = "single"
    """What a face is shown with: nothing, itself before and after, or its person at rest, as cut
    out or laid on the face first; all but the first need a face set that has them."""
    step_ms: int = 0
    """Time to a neighbour, as in the face set; 0 unless `temporal` is ``neighbours``."""
    optimizer: Literal["adamw", "sgd"] = "adamw"
    """What follows the slopes."""
    learning_rate: float = 0.002
    """Highest rate; 0.01 and more suits ``sgd``."""
    last_rate_share: float = 0.01
    """Rate of the last step over the highest."""
    momentum: float = 0.937
    """Of ``sgd``, and the first beta of ``adamw``."""
    weight_decay: float = 0.0005
    """On weights of convolutions and linear layers; never on biases and normalisations."""
    warmup_epochs: float = 3.0
    """Epochs in which the rate rises from 0; at most a third of all."""
    clip_norm: float = 10.0
    """Largest length of the slopes' vector."""
    ema_decay: float = 0.9999
    """Of the averaged weights, which are those that are kept."""
    ema_steps: float = 2000.0
    """Steps in which the averaging's memory grows to its length."""
    settle_batches: int = 0
    """Batches over which the statistics of normalisation are taken anew before each validation; a
    few help trainings of some hundred steps, which end before the running statistics arrive."""
    validate_every: int = 1
    """Epochs from one validation to the next; the last epoch is always measured."""
    patience: int = 50
    """Epochs without a better score after which training stops, at a validation; 0: never."""
    precision: Literal["auto", "fp32", "bf16"] = "fp32"
    """Arithmetic of the layers; losses and boxes are always computed in fp32. ``auto``: bf16 where
    the processor or graphics card computes in it (half the time), else fp32."""
    channels_last: bool = True
    """Memory layout that convolutions on processors like better."""
    workers: int = 0
    """Processes that prepare views beside the training; 0: the training does it itself."""
    devices: int = 1
    """Graphics cards, or processes on the processor, of each machine."""
    nodes: int = 1
    """Machines."""
    tensorboard: bool = False
    """Write what TensorBoard shows."""
    mlflow: bool = False
    """Write what MLflow shows, into ``mlruns`` beside the results, or to the server that
    MLFLOW_TRACKING_URI names; needs the package mlflow-skinny or mlflow."""
    loss: LossConfig = field(default_factory=LossConfig)
    """Gains of the YOLO family's loss."""
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    """How pictures are changed."""

    def __post_init__(self) -> None:
        """Check what no type can say."""
        for name in ("epochs", "batch", "devices", "nodes", "validate_every"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name}: expected at least 1, got {getattr(self, name)}")
        for name in (
            "side_px",
            "workers",
            "patience",
            "settle_batches",
            "warmup_epochs",
            "weight_decay",
        ):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name}: expected 0 or more, got {getattr(self, name)}")
        for name in ("learning_rate", "clip_norm", "ema_steps"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name}: expected more than 0, got {getattr(self, name)}")
        for name in ("last_rate_share", "momentum", "ema_decay"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name}: expected 0 to 1, got {getattr(self, name)}")
