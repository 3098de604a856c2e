"""A person of a film: all face tracks that show the same one."""

from dataclasses import dataclass

from cinefacs.records.checks import require

__all__ = ["Character"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Character:
    """One character of one film."""

    film_id: str
    """SHA-256 of the film."""
    character_number: int
    """Number in the film, from 1; the tag's second field."""
    name: str
    """As the user called the character in ``characters.yaml``; empty until then."""
    is_under_study: bool
    """Whether the study is about this character."""
    track_ids: tuple[int, ...]
    """Face tracks that show the character, ascending; none where no face was looked for, as in
    a data set that was imported."""
    n_face_frames: int
    """Frames in which the character's face was found."""
    n_codable_frames: int
    """Frames in which a coder could read it."""

    def __post_init__(self) -> None:
        """Check numbering, tracks and counts."""
        number = self.character_number
        require(number >= 1, "Character.character_number", "1 or more", number)
        ascending = tuple(sorted(set(self.track_ids)))
        require(
            self.track_ids == ascending,
            "Character.track_ids",
            "different numbers, ascending",
            self.track_ids,
        )
        has_tracks = bool(self.track_ids) or self.n_face_frames == 0
        require(has_tracks, "Character.track_ids", "at least one for its faces", self.track_ids)
        require(
            0 <= self.n_codable_frames <= self.n_face_frames,
            "Character.n_codable_frames",
            f"0 to {self.n_face_frames}",
            self.n_codable_frames,
        )
