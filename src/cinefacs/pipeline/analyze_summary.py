"""What `analyze` found, small enough to print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinefacs.errors import CinefacsError
from cinefacs.pipeline.cast import FilmCast
from cinefacs.records.found_event import FoundEvent

__all__ = ["AnalysisSummary", "FilmAnalysis"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmAnalysis:
    """What was found in one film."""

    cast: FilmCast
    """The film, its faces and characters."""
    n_read: int
    """Face-frames that the detector read."""
    seconds: float
    """What the film took in all: the pass over it, and its share of what came after, s."""
    n_frames_timed: int
    """Frames that were read in that time."""
    events: Sequence[FoundEvent]
    """By character, then by onset; blinks and openings of the mouth among them."""

    @property
    def frames_per_second(self) -> float:
        """Frames a second over the whole way, report included; 0 where nothing was timed."""
        return self.n_frames_timed / self.seconds if self.seconds else 0.0

    def as_document(self) -> dict[str, Any]:
        """Return the film's part of what ``--json`` prints."""
        film = self.cast.film
        return {
            "film_id": film.film_id,
            "film_number": film.film_number,
            "path": film.path,
            "n_frames": film.n_frames,
            "duration_s": float(film.span.duration_s),
            "n_damaged_frames": film.n_damaged_frames,
            "n_face_tracks": len(self.cast.faces.summaries),
            "n_characters": len(self.cast.characters),
            "coverage": self.cast.faces.coverage,
            "film_coverage": self.cast.faces.film_coverage,
            "n_read": self.n_read,
            "frames_per_second": self.frames_per_second,
            "events": [_event_document(each) for each in self.events],
        }


def _event_document(found: FoundEvent) -> dict[str, Any]:
    event = found.event
    return {
        "character": found.character_number,
        "name": found.name,
        "shot": found.shot_index + 1,
        "onset_s": float(event.span.start_s),
        "apex_s": float(event.apex_s),
        "offset_s": float(event.span.end_s),
        "is_onset_seen": event.is_onset_seen,
        "is_offset_seen": event.is_offset_seen,
        "aus": [each.au for each in event.aus],
        "emotion": event.emotion,
        "scored_emotion": event.scored_emotion,
        "emotion_score": event.emotion_score,
        "kind": str(event.kind),
        "duration_class": str(event.duration_class),
        "score": event.score,
        "has_baseline": event.has_baseline,
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalysisSummary:
    """What was found in all films of an analysis."""

    out: Path
    """The study's folder."""
    name: str
    """Of the analysis."""
    report_path: Path
    """The page to look at."""
    films: Sequence[FilmAnalysis]
    """By film number."""
    failed: Mapping[str, CinefacsError]
    """Why a source is not in the analysis, by its name."""
    notes: Sequence[str]
    """What a reader must know."""
    times_s: Mapping[str, float]
    """How long each stage of this run took, s."""
    was_done: bool
    """Whether there was nothing left to do."""

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "out": str(self.out),
            "name": self.name,
            "report_path": str(self.report_path),
            "films": [film.as_document() for film in self.films],
            "failed": [
                {"path": path, **error.as_document()["error"]}
                for path, error in self.failed.items()
            ],
            "notes": list(self.notes),
            "times_s": dict(self.times_s),
            "was_done": self.was_done,
        }
