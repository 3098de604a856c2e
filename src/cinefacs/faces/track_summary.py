"""The few facts about a face track that telling characters apart needs."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cinefacs.records.checks import require
from cinefacs.records.face_track import FaceTrack

__all__ = ["TrackSummary", "digest_tracks", "summarise_track"]

_MIN_RECOGNISABLE = 12  # half a second at 24 a second; a glimpse of a turned head is nobody yet


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackSummary:
    """One face track without its arrays; thousands of them fit into memory."""

    track_id: int
    """Number of the track in the film."""
    shot_index: int
    """Shot that the track lies in."""
    start_frame: int
    """First frame."""
    end_frame: int
    """First frame after the track."""
    n_frames: int
    """Frames in which the face was found."""
    n_codable: int
    """Frames in which a coder could read it."""
    n_recognisable: int
    """Frames in which one can tell who it is: `cinefacs.records.face_track.recognisable`."""

    def __post_init__(self) -> None:
        """Check frames and counts."""
        frames = (self.start_frame, self.end_frame)
        require(0 <= frames[0] < frames[1], "TrackSummary frames", "0 <= start < end", frames)
        counts = (self.n_codable, self.n_recognisable, self.n_frames)
        require(
            0 <= counts[0] <= counts[1] <= counts[2],
            "TrackSummary counts",
            "0 <= codable <= recognisable <= frames",
            counts,
        )

    @property
    def shows_somebody(self) -> bool:
        """Whether the face can be coded, or was seen for a while, such as a profile."""
        return self.n_codable > 0 or self.n_recognisable >= _MIN_RECOGNISABLE


def summarise_track(track: FaceTrack) -> TrackSummary:
    """Return the facts about a track."""
    return TrackSummary(
        track_id=track.track_id,
        shot_index=track.shot_index,
        start_frame=int(track.frame_index[0]),
        end_frame=int(track.frame_index[-1]) + 1,
        n_frames=len(track),
        n_codable=int(track.is_codable.sum()),
        n_recognisable=int(track.is_recognisable.sum()),
    )


def digest_tracks(tracks: Iterable[TrackSummary]) -> str:
    """Return what tells whether track numbers still mean the same faces.

    Parameters
    ----------
    tracks
        All tracks of a film, in any order. How many frames are codable does not count: other
        limits of codability leave the tracks as they are.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    facts = sorted((each.track_id, each.shot_index, each.start_frame, each.end_frame)
                   for each in tracks)  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
