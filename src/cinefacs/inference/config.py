"""What can be set about reading faces; imports no array library, for a quick ``--help``."""

from dataclasses import dataclass

from cinefacs.errors import ConfigError

__all__ = ["ReadConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadConfig:
    """How an exported detector reads faces that were found and followed."""

    min_face_score: float = 0.1
    """Score below which the detector itself sees no face where one is followed, 0 to 1: such a
    frame is unread, which is not the same as neutral. Apart from the scores of expressions."""
    min_match_iou: float = 0.3
    """Overlap from which a box that was found in a whole frame belongs to a followed face, 0 to 1;
    of no use where faces are cut out."""
    batch: int = 8
    """Faces that the network reads at a time, 1 or more."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("min_face_score", "min_match_iou"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ConfigError(f"read.{name}: expected 0 to 1, got {value}")
        if not 1 <= self.batch <= 256:
            raise ConfigError(f"read.batch: expected 1 to 256, got {self.batch}")
