"""Everything that can be set about `collect`; imports no array library, for a quick ``--help``."""

from dataclasses import dataclass, field
from typing import Literal

from cinefacs.faces.config import FaceConfig
from cinefacs.films.config import ClipConfig, FrameConfig
from cinefacs.shots.config import ShotConfig

__all__ = ["CollectConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectConfig:
    """Configuration of `collect`; a YAML file for ``--config`` has the same keys."""

    identity: Literal["auto", "on", "off"] = "auto"
    """Tell characters apart by identity vectors: ``auto`` does so where the ``identity`` extra
    is installed and says so where it is not, ``on`` insists, ``off`` makes each face track a
    character of its own."""
    shots: ShotConfig = field(default_factory=ShotConfig)
    """How films are cut into shots."""
    faces: FaceConfig = field(default_factory=FaceConfig)
    """How faces are found, followed, judged and told apart."""
    clips: ClipConfig = field(default_factory=ClipConfig)
    """How clips are cut."""
    frames: FrameConfig = field(default_factory=FrameConfig)
    """Which frames of the clips become pictures."""
