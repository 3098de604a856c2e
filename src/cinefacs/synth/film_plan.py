"""The plan of a film: people, shots, light, camera, parts; all that rendering needs."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from cinefacs.records.checks import require
from cinefacs.records.shot import ShotStart
from cinefacs.synth.backdrop import BackdropKind
from cinefacs.synth.framing import CameraPath, ShotScale
from cinefacs.synth.grade import Grade
from cinefacs.synth.light import Light
from cinefacs.synth.performance import Performance
from cinefacs.synth.person import Person
from cinefacs.synth.stage import HeldHand

__all__ = ["Backing", "FilmPlan", "HardCondition", "Part", "ShotPlan"]

_TICKS_PER_FRAME = 512


class HardCondition(StrEnum):
    """What makes faces hard to read: the seven that the paper's limitations name."""

    BACK_LIGHT = "back_light"
    OVER_EXPOSURE = "over_exposure"
    HAIR = "hair"
    GLASSES = "glasses"
    HANDS = "hands"
    VERY_LARGE = "very_large"
    VERY_SMALL = "very_small"


@dataclass(frozen=True, kw_only=True, slots=True)
class Backing:
    """What stands behind the people."""

    kind: BackdropKind
    """Of which kind."""
    seed: int
    """What it is drawn from."""
    blur_px: float
    """How far it is out of focus."""
    brightness: float
    """Factor on its light."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One character in one shot."""

    character: int
    """Position in `FilmPlan.people`."""
    person: Person
    """The person as in this shot: hair over the face and glasses may differ."""
    place: tuple[float, float, float]
    """Where the middle of the base mesh's ground is, dm."""
    facing_deg: float
    """Yaw of the body."""
    performance: Performance
    """What the face does; frame 0 is the first of the shot's core."""
    hand: HeldHand | None = None
    """A hand before the face."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShotPlan:
    """One shot."""

    start_frame: int
    """First frame; a transition's boundary is its middle frame."""
    end_frame: int
    """First frame after the shot."""
    lead_in: int
    """Frames from the boundary to the core: half of the transition before it."""
    lead_out: int
    """Frames from the core's end to the boundary: half of the transition after it."""
    starts_with: ShotStart
    """How it begins."""
    scale: ShotScale
    """How large the first character's face is."""
    camera: CameraPath
    """The camera."""
    light: Light
    """The lamps."""
    backing: Backing
    """What stands behind."""
    grade: Grade
    """How pictures are finished."""
    parts: tuple[Part, ...]
    """Who is in it."""
    conditions: tuple[HardCondition, ...]
    """What makes it hard."""

    def __post_init__(self) -> None:
        """Check the frames."""
        frames = (self.start_frame, self.core_start_frame, self.core_end_frame, self.end_frame)
        require(
            frames[0] <= frames[1] < frames[2] <= frames[3],
            "ShotPlan frames",
            "start <= core start < core end <= end",
            frames,
        )

    @property
    def core_start_frame(self) -> int:
        """First frame that no transition touches."""
        return self.start_frame + self.lead_in

    @property
    def core_end_frame(self) -> int:
        """First frame after the core."""
        return self.end_frame - self.lead_out


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmPlan:
    """One film."""

    name: str
    """What it is called, such as ``train-003``."""
    seed: int
    """What it was drawn from."""
    size_wh: tuple[int, int]
    """Size of the pictures, px."""
    rate_fps: int
    """Frames per second."""
    people: tuple[Person, ...]
    """The characters, in the order of their numbers."""
    shots: tuple[ShotPlan, ...]
    """The shots, one after the other."""
    is_stills: bool
    """Whether each frame is a picture of its own rather than part of a film."""
    crf: int
    """Constant rate factor of the film's coding."""

    def __post_init__(self) -> None:
        """Check that the shots follow each other without gap."""
        ends = [0, *(shot.end_frame for shot in self.shots)]
        starts = [shot.start_frame for shot in self.shots]
        require(starts == ends[:-1], "FilmPlan.shots", "shots without gaps from frame 0", starts)

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.shots[-1].end_frame

    @property
    def time_base(self) -> Fraction:
        """Seconds per tick."""
        return Fraction(1, self.rate_fps * _TICKS_PER_FRAME)

    @property
    def ticks_per_frame(self) -> int:
        """Duration of a frame, ticks."""
        return _TICKS_PER_FRAME

    def shares(self, frame: int) -> tuple[tuple[int, float], ...]:
        """Return which shots a frame shows and with which share; shares under 1 leave black.

        Parameters
        ----------
        frame
            Frame of the film.
        """
        starts = np.array([shot.start_frame for shot in self.shots])
        k = int(np.searchsorted(starts, frame, side="right")) - 1
        shot = self.shots[k]
        if frame < shot.core_start_frame and k > 0:
            share = (frame - (shot.start_frame - shot.lead_in) + 0.5) / (2 * shot.lead_in)
            return self._mixed(k - 1, k, share, shot.starts_with)
        if frame >= shot.core_end_frame and k + 1 < len(self.shots):
            following = self.shots[k + 1]
            share = (frame - shot.core_end_frame + 0.5) / (2 * shot.lead_out)
            return self._mixed(k, k + 1, share, following.starts_with)
        return ((k, 1.0),)

    @staticmethod
    def _mixed(
        before: int, after: int, share: float, kind: ShotStart
    ) -> tuple[tuple[int, float], ...]:
        """Return the shares of two shots in a transition of which `share` is over."""
        if kind is ShotStart.DISSOLVE:
            return ((before, 1 - share), (after, share))
        if share < 0.5:  # a fade through black
            return ((before, 1 - 2 * share),)
        return ((after, 2 * share - 1),)
