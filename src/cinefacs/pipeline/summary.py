"""What `collect` found, small enough to print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinefacs.errors import CinefacsError
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot
from cinefacs.shots.transitions import Transition

__all__ = ["CollectSummary", "FilmSummary"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmSummary:
    """What was found in one film."""

    film: Film
    """The film."""
    shots: Sequence[Shot]
    """All its shots."""
    transitions: Sequence[Transition]
    """Its gradual transitions."""
    n_tracks: int
    """Face tracks."""
    n_characters: int
    """Characters."""
    n_clips: int
    """Clips."""
    n_face_frames: int
    """Faces found, summed over frames."""
    coverage: float
    """Codable face-frames over face-frames found, 0 to 1 (DECISIONS 6)."""
    film_coverage: float
    """Frames with a codable face over frames, 0 to 1 (DECISIONS 6)."""
    not_codable: Mapping[str, int]
    """Face-frames that cannot be coded, by reason."""

    def as_document(self) -> dict[str, Any]:
        """Return the film's part of what ``--json`` prints."""
        return {
            "film_id": self.film.film_id,
            "film_number": self.film.film_number,
            "path": self.film.path,
            "n_frames": self.film.n_frames,
            "duration_s": float(self.film.span.duration_s),
            "n_damaged_frames": self.film.n_damaged_frames,
            "cut_frames": [shot.start_frame for shot in self.shots[1:]],
            "transitions": [
                {
                    "kind": str(transition.kind),
                    "start_frame": transition.start_frame,
                    "end_frame": transition.end_frame,
                }
                for transition in self.transitions
            ],
            "n_shots": len(self.shots),
            "n_tracks": self.n_tracks,
            "n_characters": self.n_characters,
            "n_clips": self.n_clips,
            "n_face_frames": self.n_face_frames,
            "coverage": self.coverage,
            "film_coverage": self.film_coverage,
            "not_codable": dict(self.not_codable),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectSummary:
    """What `collect` found in all films of a study."""

    out: Path
    """The study's folder."""
    contact_sheet_path: Path
    """The page to look at."""
    films: Sequence[FilmSummary]
    """By film number."""
    failed: Mapping[str, CinefacsError]
    """Why a film is not in the study, by its path."""
    notes: Sequence[str]
    """What a reader must know."""
    was_done: bool
    """Whether there was nothing left to do."""

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "out": str(self.out),
            "contact_sheet_path": str(self.contact_sheet_path),
            "films": [film.as_document() for film in self.films],
            "failed": [
                {"path": path, **error.as_document()["error"]}
                for path, error in self.failed.items()
            ],
            "notes": list(self.notes),
            "was_done": self.was_done,
        }
