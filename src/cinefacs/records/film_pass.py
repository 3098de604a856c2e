"""That a film was read by a detector, and how long that took."""

from dataclasses import dataclass

from cinefacs.records.checks import require

__all__ = ["VOID_READING", "FilmPass"]

VOID_READING = "0" * 64
"""In place of `FilmPass.read_digest` where the faces that were read are not there any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmPass:
    """One film of an analysis; its rows among the detections are complete."""

    film_id: str
    """SHA-256 of the film."""
    read_digest: str
    """SHA-256 over the detector and how it reads, or `VOID_READING`; rows of another one are
    void."""
    n_read: int
    """Face-frames that were read."""
    n_frames_timed: int
    """Frames of the last run over the film: all, unless an earlier run was killed."""
    seconds: float
    """How long that run took, s."""

    def __post_init__(self) -> None:
        """Check the counts."""
        require(len(self.read_digest) == 64, "FilmPass.read_digest", "a SHA-256", self.read_digest)
        counts = (self.n_read, self.n_frames_timed)
        require(min(counts) >= 0 and self.seconds >= 0, "FilmPass", "0 or more", counts)
