"""``events.csv``: a row per event for spreadsheets and statistics, every column documented."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from cinefacs.records.found_event import FoundEvent
from cinefacs.storage.atomic import write_text

__all__ = ["EVENT_COLUMNS", "EventRow", "write_event_rows"]

EVENT_COLUMNS: Mapping[str, str] = MappingProxyType({
    "film_number": "position of the film, from 1",
    "film_id": "SHA-256 of the film",
    "character_number": "character of the film, from 1",
    "character_name": "as in characters.yaml; may be empty",
    "shot_index": "shot that it lies in, from 0",
    "track_id": "face track of the film, from 0",
    "event_number": "event of the track, from 0, by onset",
    "kind": "micro, macro or undetermined; blink, mouth and movement are no expressions",
    "duration_class": "low (under 200 ms), high, or undetermined",
    "emotion": "named by rule, or none, ambiguous or undetermined",
    "emotion_candidates": "between which it is open, best first, joined by ;",
    "scored_emotion": "most probable by the detector over the event; empty where it tells none",
    "emotion_score": "calibrated probability of that emotion, mean over the event, 0 to 1",
    "onset_s": "onset frame begins, s on the film's clock",
    "apex_s": "apex frame begins, s on the film's clock",
    "offset_s": "offset frame ends, s on the film's clock",
    "duration_ms": "offset_s less onset_s, ms; a least one where onset or offset was not seen",
    "uncertainty_ms": "one frame: how far the duration may be off either way, ms",
    "onset_frame": "onset frame, from 0",
    "apex_frame": "apex frame, from 0",
    "offset_frame": "offset frame, from 0: the last that belongs to the event",
    "is_onset_seen": "1, or 0 where the face was seen only after it had begun",
    "is_offset_seen": "1, or 0 where the face was lost before it ended",
    "has_baseline": "1, or 0 where the person's own neutral is not known",
    "score": "of an expression the probability at its apex that any emotion shows, of others the "
    "highest of au_scores; 0 to 1",
    "aus": "action units, ascending, joined by ;",
    "au_onsets_s": "onset of each of them, s on the film's clock, joined by ;",
    "au_apexes_s": "apex of each of them, s on the film's clock, joined by ;",
    "au_offsets_s": "end of each of them, s on the film's clock, joined by ;",
    "au_scores": "score of each at its apex, 0 to 1, joined by ;: a probability where the weights "
    "calibrate it",
    "au_rises": "rise of each above the own neutral at its apex, by odds, 0 to 1, joined by ;",
    "context_aus": "positions of head and eyes that go with it, joined by ;",
    "start_pts": "onset, ticks",
    "apex_pts": "apex, ticks",
    "end_pts": "end, ticks",
    "time_base_s": "seconds of a tick, an exact fraction",
})  # fmt: skip
"""What each column means, in the order of the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EventRow:
    """An event and the frames that it lies in."""

    found: FoundEvent
    """The event, and whose it is."""
    onset_frame: int
    """Frame of the film, from 0."""
    apex_frame: int
    """Frame of the film, from 0."""
    offset_frame: int
    """Last frame of the event, from 0."""


def write_event_rows(path: Path, rows: Iterable[EventRow]) -> None:
    """Write ``events.csv`` atomically: UTF-8, commas, a header.

    Raises
    ------
    StorageError
        The disk refused.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(EVENT_COLUMNS), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(_cells(row))
    write_text(path, text.getvalue())


def _cells(row: EventRow) -> dict[str, object]:
    event = row.found.event
    time_base = event.span.time_base
    return {
        "film_number": row.found.film_number,
        "film_id": event.film_id,
        "character_number": row.found.character_number,
        "character_name": row.found.name,
        "shot_index": row.found.shot_index,
        "track_id": event.track_id,
        "event_number": event.event_number,
        "kind": event.kind,
        "duration_class": event.duration_class,
        "emotion": event.emotion,
        "emotion_candidates": _list(event.emotion_candidates),
        "scored_emotion": event.scored_emotion or "",
        "emotion_score": "" if event.emotion_score is None else f"{event.emotion_score:.4f}",
        "onset_s": _seconds(event.span.start_s),
        "apex_s": _seconds(event.apex_s),
        "offset_s": _seconds(event.span.end_s),
        "duration_ms": f"{float(1000 * event.span.duration_s):.3f}",
        "uncertainty_ms": f"{float(1000 * event.uncertainty_s):.3f}",
        "onset_frame": row.onset_frame,
        "apex_frame": row.apex_frame,
        "offset_frame": row.offset_frame,
        "is_onset_seen": int(event.is_onset_seen),
        "is_offset_seen": int(event.is_offset_seen),
        "has_baseline": int(event.has_baseline),
        "score": f"{event.score:.4f}",
        "aus": _list(each.au for each in event.aus),
        "au_onsets_s": _list(_seconds(each.span.start_s) for each in event.aus),
        "au_apexes_s": _list(_seconds(each.apex_pts * time_base) for each in event.aus),
        "au_offsets_s": _list(_seconds(each.span.end_s) for each in event.aus),
        "au_scores": _list(f"{each.score:.4f}" for each in event.aus),
        "au_rises": _list(f"{each.rise:.4f}" for each in event.aus),
        "context_aus": _list(each.au for each in event.context_aus),
        "start_pts": event.span.start_pts,
        "apex_pts": event.apex_pts,
        "end_pts": event.span.end_pts,
        "time_base_s": time_base,
    }


def _seconds(value: Fraction) -> str:
    return f"{float(value):.6f}"


def _list(values: Iterable[object]) -> str:
    return ";".join(map(str, values))
