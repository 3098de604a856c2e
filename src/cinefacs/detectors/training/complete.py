"""Choose what a configuration leaves open, by the classes and the device of the training."""

from dataclasses import replace

from cinefacs.detectors.training.config import SIDES_PX, TrainConfig
from cinefacs.detectors.training.precision import resolve_precision
from cinefacs.records.class_space import ClassSpace

__all__ = ["complete_config", "complete_input"]


def complete_input(config: TrainConfig, space: ClassSpace) -> TrainConfig:
    """Return a configuration that says what the network is shown.

    Expressions are read on face crops, since a face of 40 to 70 px in a whole picture shows none;
    faces themselves, and classes of another kind, are found in whole pictures.

    Parameters
    ----------
    config
        With ``auto`` or 0 where it leaves the choice open; what it names stays.
    space
        Classes of the training.
    """
    mode = config.mode
    if mode == "auto":
        mode = "crop" if space.is_of_expressions else "frame"
    colour = config.colour
    if colour == "auto":
        colour = "grey" if mode == "crop" else "rgb"
    return replace(config, mode=mode, colour=colour, side_px=config.side_px or SIDES_PX[mode])


def complete_config(config: TrainConfig, space: ClassSpace, device: str) -> TrainConfig:
    """Return a configuration that leaves nothing open.

    Parameters
    ----------
    config
        As for `complete_input`.
    space
        Classes of the training.
    device
        Where it runs: ``cpu``, ``cuda``, ...
    """
    known = complete_input(config, space)
    return replace(known, precision=resolve_precision(config.precision, device))
