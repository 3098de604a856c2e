"""Everything that can be set about `live`; imports no array library, for a quick ``--help``."""

from dataclasses import dataclass, field

from cinefacs.events.config import EventConfig
from cinefacs.faces.config import FaceConfig, ReadabilityConfig
from cinefacs.inference.config import ReadConfig
from cinefacs.reports.config import (
    AnnotatedFilmConfig,
    DeidentifyConfig,
    LivePageConfig,
    require_between,
)

__all__ = ["LiveConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveConfig:
    """Configuration of `live`; a YAML file for ``--config`` has the same keys."""

    drops_frames: bool = True
    """Whether frames of a file are dropped where reading faces is too slow, as those of cameras
    and streams always are; else all are read, as slowly as that takes."""
    window_s: float = 60.0
    """Stretch of a face's past from which its own neutral is taken, s."""
    event_window_s: float = 6.0
    """Stretch of a face's past in which events are looked for, s; longer ones are cut off."""
    page: LivePageConfig = field(default_factory=LivePageConfig)
    """The page that shows it."""
    picture: AnnotatedFilmConfig = field(default_factory=AnnotatedFilmConfig)
    """What is drawn into the frames; sound and libx264 are those of films, of no effect here."""
    hide: DeidentifyConfig = field(default_factory=DeidentifyConfig)
    """How faces are hidden; without effect unless ``--deidentify`` is given."""
    faces: FaceConfig = field(default_factory=FaceConfig)
    """How faces are found, followed and judged, as in `collect`."""
    readability: ReadabilityConfig = field(default_factory=ReadabilityConfig)
    """Which faces the detector reads."""
    read: ReadConfig = field(default_factory=lambda: ReadConfig(batch=1))
    """How the detector reads faces."""
    events: EventConfig = field(default_factory=EventConfig)
    """How scores over time become events."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        require_between("event_window_s", self.event_window_s, 1, 600)
        require_between("window_s", self.window_s, self.event_window_s, 600)
