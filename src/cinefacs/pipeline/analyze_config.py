"""Everything that can be set about `analyze`; imports no array library, for a quick ``--help``."""

from dataclasses import dataclass, field
from typing import Literal

from cinefacs.events.config import EventConfig
from cinefacs.faces.config import FaceConfig, ReadabilityConfig
from cinefacs.inference.config import ReadConfig
from cinefacs.reports.config import DeidentifyConfig
from cinefacs.shots.config import ShotConfig

__all__ = ["AnalyzeConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalyzeConfig:
    """Configuration of `analyze`; a YAML file for ``--config`` has the same keys."""

    input: Literal["auto", "crop", "frame"] = "auto"
    """What the detector is shown: ``crop``, each face cut out; ``frame``, the whole picture, as in
    the paper; ``auto``, whatever it was trained on."""
    identity: Literal["auto", "on", "off"] = "auto"
    """Tell characters apart by identity vectors, as in `collect`."""
    shots: ShotConfig = field(default_factory=ShotConfig)
    """How films are cut into shots, as in `collect`."""
    faces: FaceConfig = field(default_factory=FaceConfig)
    """How faces are found, followed, judged and told apart, as in `collect`."""
    readability: ReadabilityConfig = field(default_factory=ReadabilityConfig)
    """Which faces the detector reads; `faces.codability` says which ones a coder could."""
    read: ReadConfig = field(default_factory=ReadConfig)
    """How the detector reads faces."""
    events: EventConfig = field(default_factory=EventConfig)
    """How scores over time become events."""
    deidentify: bool = False
    """Hide all faces in the report; clips, pictures and tables of the study show them as before."""
    hide: DeidentifyConfig = field(default_factory=DeidentifyConfig)
    """How faces are hidden; without effect unless ``deidentify`` is set."""
