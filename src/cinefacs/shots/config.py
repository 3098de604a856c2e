"""What can be set about cutting and measuring; imports no array library, for a quick ``--help``."""

from dataclasses import dataclass, field, fields
from typing import Literal

from cinefacs.errors import ConfigError

__all__ = ["CutConfig", "ScaleConfig", "ShotConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CutConfig:
    """Limits of the cutter's own method, ``luma``.

    Pictures are compared as 64 x 36 grey levels and 16 x 9 pairs of colour differences. The
    limits were set on real clips and on films made from them; ``benchmarks/shots.py`` shows what
    they yield.
    """

    min_change: float = 7.0
    """Smallest change from one frame to the next that can be a cut, grey levels: the mean
    absolute difference of luma, and twice that of the colours. Cuts between two dark shots
    measured 17 and more, calm shots 1 to 5."""
    change_ratio: float = 2.2
    """How many times greater than the usual change of the frames around it a cut must be. Lower
    finds cuts in fast action and takes camera shake for cuts."""
    sure_change_ratio: float = 1.5
    """The same where the pictures before and after have nothing in common (`max_sure_correlation`
    and `min_sure_levels`): grain in the dark changes as much as a cut between dark shots."""
    min_sure_levels: float = 0.12
    """How differently levels of grey and colour must be distributed for that, 0 to 1."""
    max_sure_correlation: float = 0.55
    """How little the pictures may correlate for that, -1 to 1."""
    min_cut_levels: float = 0.07
    """How differently levels must be distributed before and after any cut, 0 to 1, unless the
    pictures hardly correlate. Cuts measured .11 and more, in the dark less; a jolt or a skipped
    stretch of one shot up to .06."""
    context_frames: int = 10
    """Frames on each side that tell what change is usual: counted in frames, not seconds,
    because a quantile needs its samples at any rate."""
    max_flash_s: float = 0.13
    """Longest flash, s: what returns to the same picture within this time is no cut. 3 frames
    at 24 and 30 a second, so that a shot may be as short as 4 frames."""
    max_same_change: float = 0.45
    """Largest change between the frames before and after a flash, in shares of the flash's own
    change, 0 to 1."""
    min_same_correlation: float = 0.9
    """Normalised correlation, at the best shift, from which two pictures show one scene under
    another light or after a jolt of the camera, -1 to 1. Different shots measured .73 and less
    in 95 of 100 pairs."""
    min_gradual_change: float = 14.0
    """Smallest difference between the two ends of a dissolve or fade, root mean square grey
    levels."""
    max_gradual_s: float = 2.0
    """Longest dissolve, and longest darkening or brightening of a fade, s. While one may be
    under way its frames wait in memory: 2 s of 1080p at 24 a second are 150 MB."""
    max_gradual_frames: int = 72
    """Most frames of a dissolve, and of either half of a fade: bounds the memory at high
    rates."""
    max_mixture_residual: float = 0.45
    """What a mixture of both ends may leave unexplained in the middle of a dissolve, in shares
    of the difference of the ends, 0 to 1; short ones, in which nothing has time to move, may
    leave less. Dissolves between calm shots left .14 and less, between panning ones up to .45; an
    object that moves through the picture, or a wipe, leaves .5; a pan leaves .5 to .9."""
    min_gradual_levels: float = 0.1
    """How differently levels of grey and colour must be distributed at the two ends of a
    transition, 0 to 1. Frames of one shot differ by .14 at most 8 frames apart, and pairs of
    different shots by .15 and more in 95 of 100."""
    min_gradual_ratio: float = 1.25
    """How many times more the picture must change during a dissolve than in the same time before
    it and after it. Motion that looks like mixture measured 1.3 and less, dissolves between
    calm shots 3 and more, between panning ones 1.7 and more."""
    max_ramp_deviation: float = 0.1
    """How far the mixture's share may stray from a straight ramp, root mean square, 0 to 1."""
    max_flat_contrast: float = 3.0
    """Standard deviation of luma in the picture's middle below which it counts as one flat
    colour, grey levels: the noise of a coded black frame stays below 2."""
    max_flat_s: float = 1.0
    """Longest flat stretch in the middle of a fade, s; a longer one is a shot of its own."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        shares = ("min_sure_levels", "max_sure_correlation", "min_cut_levels", "max_same_change",
                  "min_same_correlation", "min_gradual_levels", "max_mixture_residual",
                  "max_ramp_deviation")  # fmt: skip
        for each in fields(self):
            value = getattr(self, each.name)
            if not value > 0:
                raise ConfigError(f"shots.luma.{each.name}: expected more than 0, got {value}")
            if each.name in shares and value > 1:
                raise ConfigError(f"shots.luma.{each.name}: expected 0 to 1, got {value}")
        if not 4 <= self.context_frames <= 30:
            raise ConfigError(
                f"shots.luma.context_frames: expected 4 to 30, got {self.context_frames}"
            )
        if self.max_gradual_frames < 12:
            raise ConfigError(
                f"shots.luma.max_gradual_frames: expected 12 or more, got {self.max_gradual_frames}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ScaleConfig:
    """Where one shot scale ends and the next begins, by face height over frame height.

    Film schools define scales by how much of a standing person the frame shows. A head, chin to
    crown, is 1/7.5 of a person (the canon of figure drawing), and the measured face, brow to
    chin with some margin, about 3/4 of a head. The frame's height in heads gives the bounds.
    """

    min_extreme_close_up: float = 0.75
    """The face fills the frame: less than one head fits in."""
    min_close_up: float = 0.4
    """Head and neck: less than about 1.9 heads."""
    min_medium_close_up: float = 0.25
    """Head and chest: 3 heads."""
    min_medium: float = 0.16
    """Down to the hips: 4.7 heads."""
    min_medium_long: float = 0.11
    """Down to the knees: 6.8 heads."""
    min_long: float = 0.05
    """The whole person, with at most as much room again above and below: 15 heads."""

    def __post_init__(self) -> None:
        """Check that the bounds descend."""
        bounds = [getattr(self, each.name) for each in fields(self)]
        if bounds != sorted(set(bounds), reverse=True) or bounds[-1] <= 0:
            raise ConfigError(
                f"shots.scale: expected bounds above 0 that descend, got {bounds}",
                hint="a closer scale needs a larger face",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ShotConfig:
    """How films are cut into shots, and how shots are measured."""

    method: Literal["luma", "adaptive", "content"] = "luma"
    """``luma`` is cinefacs' own cutter: cuts, fades and dissolves. ``adaptive`` and ``content``
    run PySceneDetect's detectors of these names with their own defaults, hard cuts only, for
    comparison; they need the ``scenedetect-headless`` package."""
    luma: CutConfig = field(default_factory=CutConfig)
    """Limits of ``luma``."""
    scale: ScaleConfig = field(default_factory=ScaleConfig)
    """Bounds of the shot scales."""
    trend_degree: int = 3
    """Degree of the polynomial trend line of shot lengths, 1 to 12. Lowered for a film with fewer
    than three shots for each degree, or whose shots lie too close together; ``cinemetrics.json``
    says what was used."""
    moving_average_shots: int = 15
    """Shots that the moving average of shot lengths spans, odd; a film with fewer averages those
    it has."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.method not in {"luma", "adaptive", "content"}:
            raise ConfigError(
                f"shots.method: expected luma, adaptive or content, got {self.method!r}"
            )
        if not 1 <= self.trend_degree <= 12:
            raise ConfigError(f"shots.trend_degree: expected 1 to 12, got {self.trend_degree}")
        if self.moving_average_shots < 1 or self.moving_average_shots % 2 == 0:
            raise ConfigError(
                "shots.moving_average_shots: expected an odd number of 1 or more, "
                f"got {self.moving_average_shots}"
            )
