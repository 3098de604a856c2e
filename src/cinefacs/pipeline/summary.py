"""What `collect` found, small enough to print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinefacs.errors import CinefacsError
from cinefacs.pipeline.cast import FilmCast
from cinefacs.records.clip import Clip
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot
from cinefacs.shots.transitions import Transition, find_transitions
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout

__all__ = ["CollectSummary", "FilmSummary", "summarise_films"]


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


def summarise_films(casts: Sequence[FilmCast], layout: StudyLayout) -> list[FilmSummary]:
    """Return what was found in each film, read from the study's tables.

    Parameters
    ----------
    casts
        Faces and characters of each film.
    layout
        The study.
    """
    shots = read_records(layout.shots_path, Shot)
    clips = read_records(layout.clips_path, Clip)
    summaries = []
    for cast in casts:
        film_id = cast.film.film_id
        own = [shot for shot in shots if shot.film_id == film_id]
        summaries.append(
            FilmSummary(
                film=cast.film,
                shots=own,
                transitions=find_transitions(own),
                n_tracks=len(cast.faces.summaries),
                n_characters=len(cast.characters),
                n_clips=sum(clip.film_id == film_id for clip in clips),
                n_face_frames=cast.faces.n_face_frames,
                coverage=cast.faces.coverage,
                film_coverage=cast.faces.film_coverage,
                not_codable={str(k): n for k, n in cast.faces.not_codable().items()},
            )
        )
    return summaries
