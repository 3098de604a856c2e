"""What ``cinefacs collect`` says when it is done."""

import sys
from typing import TYPE_CHECKING

from cinefacs.timing.clock import format_timecode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cinefacs.pipeline.summary import CollectSummary, FilmSummary

__all__ = ["show_summary"]


def show_summary(summary: "CollectSummary") -> None:
    """Print a few lines per film: what was found, what cannot be coded and why, where to look."""
    lines = [line for film in summary.films for line in _film_lines(film)]
    lines += [f"note: {note}" for note in summary.notes]
    if summary.was_done:
        lines.append("nothing to do: the study was finished with this configuration")
    if summary.films:
        lines.append(f"look at: {summary.contact_sheet_path}")
    sys.stdout.write("\n".join(lines) + "\n" if lines else "")


def _film_lines(item: "FilmSummary") -> "Iterator[str]":
    """Yield what is said of one film."""
    film = item.film
    yield f"film {film.film_number:03d}: {film.path}"
    counts = {
        "shot": len(item.shots),
        "face track": item.n_tracks,
        "character": item.n_characters,
        "clip": item.n_clips,
    }
    found = ", ".join(f"{n:,} {name}{'' if n == 1 else 's'}" for name, n in counts.items())
    yield f"  {format_timecode(film.span.duration_s)}, {film.n_frames:,} frames: {found}"
    if not item.n_face_frames:
        yield "  coverage: no face was found"
        return
    yield (
        f"  coverage: {item.coverage:.1%} of {item.n_face_frames:,} faces found in frames can be "
        f"coded; {item.film_coverage:.1%} of frames show one"
    )
    reasons = [
        f"{reason.replace('_', ' ')} {n / item.n_face_frames:.1%}"
        for reason, n in item.not_codable.items()
    ]
    if reasons:
        yield f"  not codable: {', '.join(reasons)}"
