"""Everything that can be set about an experiment; imports no array library."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Literal, get_args

from cinefacs.config import load_config
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.errors import ConfigError, did_you_mean

__all__ = [
    "DataConfig",
    "ExperimentConfig",
    "ExperimentName",
    "Scale",
    "SpeedConfig",
    "TableConfig",
    "TrialConfig",
    "load_experiment",
    "shipped_path",
]

ExperimentName = Literal["attention", "compare", "repeat", "confusion", "ablate", "robustness"]
Scale = Literal["smoke", "bench", "paper"]
Protocol = Literal["grouped", "random"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DataConfig:
    """The pictures: a synthetic set, unless a data set of one's own is given."""

    preset: str = "bench"
    """Preset of `cinefacs datasets synth`."""
    scale: float = 1.0
    """Factor on its number of pictures."""
    seed: int = 0
    """Which people."""
    texture_px: int = 512
    """Side of the skin textures."""
    space: Literal["emotion", "emotion7"] = "emotion"
    """Classes: the seven emotions, with or without neutral. One class a face, as the paper's."""
    frames: Literal["apex", "per-event", "all"] = "all"
    """Frames of an expression that are taken, as in `datasets build`."""
    n_per_event: int = 5
    """Frames of an expression with ``per-event``."""
    neutral_margin_frames: int = 0
    """Least distance of a neutral face from whatever was labelled; neighbours in a set of stills
    are different moments, so that 0 suits them, and 5 films."""
    folds: int = 5
    """Grouped division: films are dealt into so many folds, each once the test part."""
    val_ratio: float = 0.15
    """Share of a fold's other films that chooses the weights and the threshold."""
    random_ratios: tuple[float, float, float] = (0.8, 0.1, 0.1)
    """Random division: shares of train, val and test; the paper's are the default."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableConfig:
    """One table: networks that are given the same budget."""

    networks: tuple[str, ...] = ()
    """Names as in `cinefacs train --network`; the first is what the others are compared with."""
    n_samples: int = 30_000
    """Faces (or pictures) that each network is shown in training, repetitions counted: the nearest
    number of whole passes, at least one."""

    def __post_init__(self) -> None:
        """Check the names."""
        if not self.networks or self.n_samples < 1:
            raise ConfigError("table: expected networks and at least one sample, got none")
        for name in self.networks:
            find_network(name)
        if len(set(self.networks)) < len(self.networks):
            raise ConfigError(f"table: expected each network once, got {', '.join(self.networks)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialConfig:
    """Sets drawn for one question: a plain one, and the same pictures made hard in one way."""

    n_people: int = 0
    """People, none of whom any preset has; none leaves the experiment without such sets."""
    n_pictures: int = 20
    """Pictures of each person."""
    min_intensity: float = 0.5
    """Of an expression's strongest action unit, as a share of its range; 0.5 is what `bench` trains
    on."""
    conditions: tuple[str, ...] = ()
    """Of `cinefacs.synth.trials`."""
    strengths: tuple[float, ...] = (0.5, 1.0)
    """How hard, above 0, at most 1; 0, the same pictures without the condition, is always there."""
    texture_px: int = 512
    """Side of the skin textures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeedConfig:
    """How time is measured: in turns, one network after the other, medians over the rounds."""

    rounds: int = 5
    """Turns; 0 measures no time."""
    batch: int = 8
    """Pictures of a training step that is timed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExperimentConfig:
    """One experiment at one scale; the shipped files and ``--config`` have the same keys."""

    data: DataConfig = field(default_factory=DataConfig)
    """The pictures."""
    train: TrainConfig = field(default_factory=TrainConfig)
    """How networks are trained; epochs follow from the tables' budgets."""
    tables: Mapping[str, TableConfig] = field(default_factory=dict)
    """By name."""
    protocols: tuple[Protocol, ...] = ("grouped",)
    """How pictures are divided; ``random`` is the paper's way and leaks."""
    repeats: int = 3
    """Trainings of each network: repeat k has seed k and the k-th division."""
    resamples: int = 2000
    """Draws of each bootstrap."""
    cluster: Literal["character", "film"] = "character"
    """What is drawn anew: faces of one person are no independent draws."""
    speed: SpeedConfig = field(default_factory=SpeedConfig)
    """How time is measured."""
    trials: TrialConfig = field(default_factory=TrialConfig)
    """Sets that networks are measured on besides their test part."""

    def __post_init__(self) -> None:
        """Check what no type can say."""
        if not self.tables:
            raise ConfigError("tables: expected at least one, got none")
        if self.repeats < 1:
            raise ConfigError(f"repeats: expected at least 1, got {self.repeats}")
        if not self.protocols or len(set(self.protocols)) < len(self.protocols):
            raise ConfigError(f"protocols: expected each once, got {self.protocols}")

    def with_repeats(self, repeats: int | None) -> "ExperimentConfig":
        """Return the same with another number of trainings; None changes nothing."""
        return self if repeats is None else dataclasses.replace(self, repeats=repeats)


def shipped_path(name: str, scale: str) -> Path:
    """Return the configuration that comes along.

    Parameters
    ----------
    name
        Of the experiment.
    scale
        ``smoke`` (minutes), ``bench`` (hours on two cores) or ``paper`` (a graphics card).

    Raises
    ------
    ConfigError
        Unknown name or scale.
    """
    for what, value, kind in (("experiment", name, ExperimentName), ("scale", scale, Scale)):
        if value not in get_args(kind):
            raise ConfigError(
                f"{what}: expected one of {', '.join(get_args(kind))}, got {value!r}",
                hint=did_you_mean(value, get_args(kind)),
            )
    return Path(str(resources.files("cinefacs.experiments"))) / "configs" / f"{name}-{scale}.yaml"


def load_experiment(name: str, scale: str, path: Path | None = None) -> ExperimentConfig:
    """Return the configuration of an experiment.

    Parameters
    ----------
    name, scale
        As for `shipped_path`.
    path
        A file of one's own in place of the shipped one.

    Raises
    ------
    ConfigError
        Unknown name or scale; the file cannot be read or has an unknown key.
    """
    return load_config(ExperimentConfig, path or shipped_path(name, scale))
