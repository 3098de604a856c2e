"""What ``cinefacs analyze`` says when it is done."""

import sys
from collections import Counter
from typing import TYPE_CHECKING

from cinefacs.reports.analysis_words import tell_emotion
from cinefacs.timing.clock import format_timecode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cinefacs.pipeline.analyze_summary import AnalysisSummary, FilmAnalysis
    from cinefacs.records.found_event import FoundEvent

__all__ = ["show_analysis"]

_MOST_LISTED = 20
"""Events of a film that are listed; all stand in the report and in the table."""


def show_analysis(summary: "AnalysisSummary") -> None:
    """Print what was found in each film, and where to look."""
    lines = [line for film in summary.films for line in _film_lines(film)]
    lines += [f"note: {note}" for note in summary.notes]
    if summary.was_done:
        lines.append("nothing to do: the analysis was finished with these options")
    if summary.films:
        lines.append(f"look at: {summary.report_path}")
    sys.stdout.write("\n".join(lines) + "\n" if lines else "")


def _film_lines(item: "FilmAnalysis") -> "Iterator[str]":
    """Yield what is said of one film."""
    film, faces = item.cast.film, item.cast.faces
    yield f"film {film.film_number:03d}: {film.path}"
    counts = {
        "face track": len(faces.summaries),
        "character": len(item.cast.characters),
        "face-frame": item.n_read,
    }
    found = ", ".join(f"{n:,} {name}{'' if n == 1 else 's'}" for name, n in counts.items())
    yield f"  {format_timecode(film.span.duration_s)}, {film.n_frames:,} frames: {found} read"
    if not faces.n_face_frames:
        yield "  no face was found: nothing is known of expressions"
        return
    yield (
        f"  read: {item.n_read / faces.n_face_frames:.1%} of {faces.n_face_frames:,} faces in "
        f"frames; a coder could read {faces.coverage:.1%}"
    )
    if item.seconds:
        times = item.frames_per_second / float(film.rate_fps)
        yield f"  {item.frames_per_second:.0f} frames a second, {times:.1f} times real time"
    shown = [each for each in item.events if each.event.kind.is_expression]
    n = Counter(each.event.kind.value for each in item.events)
    yield (f"  expressions: {len(shown)}; no expressions: {n['blink']} blinks, the mouth only "
           f"opens {n['mouth']} times, {n['movement']} movements without an emotion")  # fmt: skip
    shown.sort(key=lambda each: each.event.span.start_pts)
    yield from (_event_line(each) for each in shown[:_MOST_LISTED])
    if len(shown) > _MOST_LISTED:
        yield f"  ... and {len(shown) - _MOST_LISTED} more in the report"


def _event_line(found: "FoundEvent") -> str:
    event = found.event
    who = f"{found.character_number:02d} {found.name}".strip()
    aus = "+".join(str(each.au) for each in event.aus)
    ms = 1000 * float(event.span.duration_s)
    return (
        f"  {format_timecode(event.span.start_s)}  character {who}: {tell_emotion(event)}, "
        f"AU {aus}, {ms:.0f} ms ({event.kind}), score {event.score:.2f}"
    )
