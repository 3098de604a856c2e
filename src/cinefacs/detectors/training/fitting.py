"""What a training is made of."""

from dataclasses import dataclass
from pathlib import Path

from cinefacs.detectors.data.labelled_set import LabelledSet
from cinefacs.detectors.protocol import DetectionNetwork
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.errors import ConfigError
from cinefacs.records.input_spec import InputSpec

__all__ = ["WEIGHTS_NAME", "Fitting"]

WEIGHTS_NAME = "weights.safetensors"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitting:
    """What a training is made of."""

    network: DetectionNetwork
    """To be trained; changed in place."""
    train_set: LabelledSet
    """What it learns from."""
    val_set: LabelledSet
    """What it is measured on after each epoch; chooses the best weights and the threshold."""
    config: TrainConfig
    """How; complete, see `cinefacs.detectors.training.complete`."""
    folder: Path
    """Where the results go."""
    digest: str
    """Of everything that decides the result."""
    seed: int = 0
    """Of everything random."""
    device: str = "cpu"
    """``cpu``, ``cuda`` or another accelerator that Lightning knows."""

    def __post_init__(self) -> None:
        """Check that nothing is left open, and that the network can read what it is shown.

        Raises
        ------
        ConfigError
            A crop reader is shown whole pictures.
        """
        left = [name for name in ("mode", "colour", "precision")
                if getattr(self.config, name) == "auto"]  # fmt: skip
        if left or not self.config.side_px:
            raise ValueError(f"config: expected a complete one, got {left or ['side_px']} open")
        if self.network.config.reader == "crop" and self.config.mode != "crop":
            raise ConfigError(
                f"mode: expected crop for {self.network.config.name}, got {self.config.mode}",
                hint="it reads one face a picture; leave +crop-reader out for whole pictures",
            )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What whoever reports the scores must say, each once."""
        return tuple(dict.fromkeys([*self.train_set.warnings, *self.val_set.warnings]))

    @property
    def input_spec(self) -> InputSpec:
        """What the network is shown."""
        c = self.config
        return InputSpec(
            side_px=c.side_px,
            mode="crop" if c.mode == "crop" else "frame",
            colour="grey" if c.colour == "grey" else "rgb",
            crop_scale=c.crop_scale,
            temporal=c.temporal,
            step_ms=c.step_ms,
        )
