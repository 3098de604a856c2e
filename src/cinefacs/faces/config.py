"""What can be set about faces and characters; imports no array library, for a quick ``--help``."""

from dataclasses import dataclass, field, fields

from cinefacs.errors import ConfigError

__all__ = ["CodabilityConfig", "FaceConfig", "FaceLimits", "ReadabilityConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceLimits:
    """When a face can be read by somebody or something."""

    min_height_px: float = 48.0
    """Smallest face, forehead to chin, px: below it a lip corner moves by less than a pixel."""
    min_share_inside: float = 0.9
    """Share of the face's box that must lie inside the frame, 0 to 1."""
    min_luma: float = 25.0
    """Darkest mean grey level of a face, 0 to 255: low, so that dark skin in a dim room is not
    lost as long as its features can be seen."""
    max_luma: float = 230.0
    """Brightest mean grey level of a face, 0 to 255."""
    max_yaw_deg: float = 45.0
    """Largest turn to a side, degrees: beyond it the far half of the face is hidden."""
    max_pitch_deg: float = 35.0
    """Largest turn up or down, degrees."""
    min_sharpness: float = 35.0
    """Smallest variance of the Laplacian of the grey face at 112 px, in grey levels squared, as it
    would be at a mean grey level of 100. A sharp face 120 px high has 350; blurred by a Gaussian
    of 1 px, 64; of 1.5 px, where all wrinkles are gone and only brows and lips are left, 31."""

    def __post_init__(self) -> None:
        """Check the limits."""
        _require_share(self, "min_share_inside")
        for name in ("min_height_px", "max_yaw_deg", "max_pitch_deg"):
            _require_above_zero(self, name)
        if not 0 <= self.min_luma < self.max_luma <= 255:
            raise ConfigError(
                "limits of light: expected 0 <= min_luma < max_luma <= 255, "
                f"got {self.min_luma} and {self.max_luma}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class CodabilityConfig(FaceLimits):
    """When a coder could read FACS from a face.

    The limits were set by looking at faces of real films on both sides of each limit. Hands and
    microphones before the face are not noticed: the landmark model guesses what they hide.
    """

    min_presence: float = 0.5
    """Smallest presence that the landmark model must report, 0 to 1."""

    def __post_init__(self) -> None:
        """Check the limits."""
        FaceLimits.__post_init__(self)
        _require_share(self, "min_presence")


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadabilityConfig(FaceLimits):
    """When a detector reads a face that has a mesh, which it can where a coder could not.

    Measured with the shipped weights: docs/decisions/0028-what-a-detector-reads.md.
    """

    min_height_px: float = 32.0
    """Smallest face, forehead to chin, px."""
    min_share_inside: float = 0.75
    """Share of the face's box that must lie inside the frame, 0 to 1."""
    min_sharpness: float = 10.0
    """Smallest variance of the Laplacian, measured as `FaceLimits.min_sharpness`, in grey
    levels squared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceConfig:
    """How faces are found, followed, judged and told apart."""

    finder_width_px: int = 320
    """Width to which a frame is scaled for the face finder, px; wider finds smaller faces and
    takes longer in proportion to the area."""
    min_find_score: float = 0.5
    """Smallest score of a found face, 0 to 1."""
    find_rate_hz: float = 6.0
    """How often the finder looks for new faces, 1/s; between, faces are followed."""
    weak_find_rate_hz: float = 12.0
    """How often the finder looks while some face can be guessed but not followed, 1/s."""
    min_follow_presence: float = 0.5
    """Smallest presence, 0 to 1, at which the landmark model's face counts as seen."""
    min_match_iou: float = 0.2
    """Smallest overlap at which a found face may go on a track, 0 to 1."""
    max_match_distance: float = 0.6
    """Largest distance of centres, in face sides, at which it may do so without that overlap."""
    max_double_iou: float = 0.5
    """Largest overlap of two tracks; above it both follow one face, and one of them ends."""
    max_lost_s: float = 0.5
    """How long a face may stay unseen before its track ends, s."""
    max_unfound_s: float = 1.5
    """How long the landmark model may follow a face that the finder does not see, s."""
    min_sightings: int = 3
    """Sightings by finder or landmark model, both counted, below which a track is dropped as a
    false alarm: a real face that stays for two frames has three."""
    max_track_s: float = 60.0
    """Longest track, s; longer ones are handed on in pieces so that memory stays flat."""
    portraits_per_track: int = 5
    """Pictures kept of each track."""
    embeddings_per_track: int = 3
    """How many of them get an identity vector, the best first; each takes some 0.1 s. The mean of
    3 brings 95 in 100 pairs of one person below a distance of 0.35, of 5 below 0.27, of 1 below
    0.59, while two people stay above 0.59 in 99 of 100 pairs."""
    identity_distance: float = 0.55
    """Distance of identity vectors, root mean square over pairs of tracks, up to which two groups
    of tracks show one person. On a glued film of 11 people, tracks of one person lay up to .54
    from each other and the nearest two people .58; at the model's own limit of 0.6 for single
    pictures, three women became one. A false match is harder to mend by hand than a missed one."""
    unreadable_identity_distance: float = 0.45
    """The same for two tracks of which neither can be coded in any frame; between one that can
    and one that cannot the limit lies half-way (in squares). Profiles and faces in the dark look
    alike to the identity network: in the team's clip two different men lay .53 apart."""
    codability: CodabilityConfig = field(default_factory=CodabilityConfig)
    """When a face counts as codable."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        shares = {"min_find_score", "min_follow_presence", "min_match_iou", "max_double_iou"}
        for each in fields(self):
            if each.name in shares:
                _require_share(self, each.name)
            elif each.name not in {"codability", "max_match_distance"}:
                _require_above_zero(self, each.name)
        if self.unreadable_identity_distance > self.identity_distance:
            raise ConfigError(
                "faces: expected unreadable_identity_distance of at most identity_distance="
                f"{self.identity_distance}, got {self.unreadable_identity_distance}"
            )
        if self.weak_find_rate_hz < self.find_rate_hz:
            raise ConfigError(
                f"faces: expected weak_find_rate_hz of at least find_rate_hz={self.find_rate_hz}, "
                f"got {self.weak_find_rate_hz}"
            )


def _require_share(config: FaceConfig | FaceLimits, name: str) -> None:
    """Raise unless the value lies between 0 and 1."""
    value = getattr(config, name)
    if not 0 <= value <= 1:
        raise ConfigError(f"{name}: expected 0 to 1, got {value}")


def _require_above_zero(config: FaceConfig | FaceLimits, name: str) -> None:
    """Raise unless the value is above 0."""
    value = getattr(config, name)
    if not value > 0:
        raise ConfigError(f"{name}: expected more than 0, got {value}")
