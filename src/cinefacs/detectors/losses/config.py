"""How the parts of the loss are weighed; imports no array library."""

from dataclasses import dataclass
from typing import Literal

from cinefacs.errors import ConfigError

__all__ = ["LossConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LossConfig:
    """Gains of the loss of the YOLO family, and its assigner."""

    box_gain: float = 7.5
    """Of the overlap of boxes."""
    class_gain: float = 0.5
    """Of the classes. On face crops 2.5 to 3 learned expressions that 0.5 did not."""
    distance_gain: float = 1.5
    """Of the distribution of distances."""
    reading_gain: float = 1.0
    """Of what a crop reader says of the face's labels."""
    top_k: int = 10
    """Anchor points that answer for each box."""
    labels: Literal["joint", "given_face"] = "joint"
    """What the scores of several labels say. ``joint``: that there is a face and that it shows the
    label, learned at every point, as of any other class. ``given_face``: that a face shows the
    label if there is one, learned only at the points that answer for a face; whether there is one
    the class ``face`` says alone."""

    def __post_init__(self) -> None:
        """Check what no type can say."""
        if self.labels not in {"joint", "given_face"}:
            raise ConfigError(f"loss.labels: expected joint or given_face, got {self.labels!r}")
