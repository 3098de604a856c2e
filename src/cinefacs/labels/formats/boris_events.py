"""Events as BORIS logs them, and labels made of them: starts and stops in pairs, apexes as points.

A label is a state event of a behaviour such as ``AU12`` or ``L12``; its modifier is the intensity,
its remark holds all the rest. Times are seconds from the film's first frame, to the millisecond,
and are read as the frame that begins, or ends, nearest.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from cinefacs.errors import SchemaError
from cinefacs.facs.codes import Intensity
from cinefacs.labels.formats.au_names import fields_of_name, read_au_name, sided_name
from cinefacs.labels.formats.contract import Tally
from cinefacs.labels.formats.fields import list_text, pack_text, unpack_text
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.formats.milliseconds import span_ms, whole_ms
from cinefacs.labels.formats.placing import PlacedLabel, tally_unplayed
from cinefacs.labels.labelled_films import LabelledFilm
from cinefacs.records.au_label import AuLabel
from cinefacs.records.expression_label import ExpressionLabel

__all__ = [
    "APEX",
    "BorisEvent",
    "Observation",
    "behavior_of",
    "observations_of",
    "take_in_events",
]

APEX = "apex"
NO_MODIFIER = "None"
"""What BORIS writes where none was chosen."""
_SUBJECT = re.compile(r"(?:character )?(\d{1,9})(?: \(.*\))?", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class BorisEvent:
    """One line of a log."""

    time_ms: Fraction
    """From the film's first frame, ms."""
    subject: str
    """Whom it is about."""
    behavior: str
    """What was seen."""
    modifiers: str = ""
    """How, parted by bars."""
    status: str = ""
    """START, STOP or POINT; empty where the log does not say."""
    comment: str = ""
    """Remark."""
    image_index: int | None = None
    """Frame of the film, where known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """All events that one coder logged of one film."""

    name: str
    film: LabelledFilm
    coder: str
    label_set: str
    events: tuple[BorisEvent, ...]
    """In the order of time; a stop before a start of the same time."""


def behavior_of(item: PlacedLabel) -> str:
    """Return the behaviour's code of a label."""
    if isinstance(item.label, AuLabel):
        return sided_name(item.label.au, item.label.side)
    return "expression" if isinstance(item.label, ExpressionLabel) else "coded"


def observations_of(placed: Iterable[PlacedLabel], tally: Tally) -> list[Observation]:
    """Return observations in which no behaviour of a subject overlaps with itself.

    BORIS pairs starts and stops in their order, so what overlaps goes to an observation of its
    own, ``#2``.
    """
    lanes: dict[tuple[int, str, str, int], list[tuple[PlacedLabel, int, int]]] = {}
    taken: dict[tuple[object, ...], list[tuple[int, int]]] = {}
    listed = list(placed)
    tally_unplayed(listed, tally)
    for item in listed:
        span = span_ms(item, tally)
        if span is None:
            continue
        start, end = span
        number = 1
        while any(start < b and a < end for a, b in taken.get((*_whose(item), number), [])):
            number += 1
        taken.setdefault((*_whose(item), number), []).append((start, end))
        lane = lanes.setdefault((item.film.number, *item.author, number), [])
        lane.append((item, start, end))
    return [
        _observation(key, items) for key, items in sorted(lanes.items(), key=lambda pair: pair[0])
    ]


def _whose(item: PlacedLabel) -> tuple[object, ...]:
    """Return what must differ, or not overlap, within an observation."""
    return item.film.number, *item.author, item.label.character_number, behavior_of(item)


def _observation(
    key: tuple[int, str, str, int], items: Sequence[tuple[PlacedLabel, int, int]]
) -> Observation:
    _, coder, label_set, number = key
    film = items[0][0].film
    events = [event for item, start, end in items for event in _events(item, start, end)]
    order = {"STOP": 0, "START": 1, "POINT": 2}
    name = f"{film.number:03d} {coder} {label_set}" + (f" #{number}" if number > 1 else "")
    return Observation(
        name=name,
        film=film,
        coder=coder,
        label_set=label_set,
        events=tuple(sorted(events, key=lambda event: (event.time_ms, order[event.status]))),
    )


def _events(item: PlacedLabel, start: int, end: int) -> Iterator[BorisEvent]:
    label, times = item.label, item.film.times
    subject = f"character {label.character_number}"
    behavior = behavior_of(item)
    modifiers = NO_MODIFIER
    if isinstance(label, AuLabel) and label.intensity is not None:
        modifiers = str(label.intensity)
    detail = pack_text(label, without={"au", "side", "intensity", "coder", "label_set"})
    common: dict[str, Any] = {"subject": subject, "behavior": behavior, "modifiers": modifiers}
    yield BorisEvent(
        time_ms=Fraction(start),
        status="START",
        comment=detail,
        image_index=item.first_frame,
        **common,
    )
    yield BorisEvent(time_ms=Fraction(end), status="STOP", image_index=item.last_frame, **common)
    for apex in item.apex_frames:
        yield BorisEvent(
            time_ms=Fraction(whole_ms(times.start_s(apex))),
            subject=subject,
            behavior=APEX,
            modifiers=behavior,
            status="POINT",
            image_index=apex,
        )


def take_in_events(
    events: Iterable[BorisEvent],
    film: LabelledFilm,
    intake: Intake,
    *,
    coder: str,
    label_set: str,
    where: str,
) -> None:
    """Take in the labels of one observation.

    Parameters
    ----------
    events
        In the order of the log.
    film
        Its film.
    intake
        Gathers them.
    coder, label_set
        As the file says it; empty where it does not.
    where
        File and observation, for notes.
    """
    in_order = sorted(events, key=lambda event: event.time_ms)
    apexes = [event for event in in_order if event.behavior == APEX]
    for start, end in _pairs([e for e in in_order if e.behavior != APEX], intake, where):
        kind, said = _said(start)
        if kind is None:
            intake.tally.skip("behaviour that is no action unit", f"{where}: {start.behavior}")
            continue
        here = f"{where}, {start.behavior} at {float(start.time_ms) / 1000:.3f} s"
        inside = [
            event.time_ms
            for event in apexes
            if event.subject == start.subject
            and event.modifiers in {start.behavior, "", NO_MODIFIER}
            and start.time_ms <= event.time_ms < end.time_ms
        ]
        try:
            frames = (
                film.times.starting_at(start.time_ms / 1000),
                film.times.ending_at(end.time_ms / 1000),
            )
            apex_frames = [film.times.starting_at(time_ms / 1000) for time_ms in inside]
        except SchemaError as error:
            intake.tally.skip(error.message, here)
            continue
        person = _SUBJECT.fullmatch(start.subject)
        intake.add_frames(
            kind,
            {"coder": coder, "label_set": label_set, **said, **unpack_text(start.comment)},
            film=film,
            character_number=int(person[1]) if person else None,
            frames=frames,
            apex_frames=apex_frames,
            where=here,
        )


def _pairs(
    events: list[BorisEvent], intake: Intake, where: str
) -> Iterator[tuple[BorisEvent, BorisEvent]]:
    """Yield start and stop of each state; what has only one of them is passed over."""
    running: dict[tuple[str, str], BorisEvent] = {}
    for event in events:
        key = event.subject, event.behavior
        here = f"{where}, {event.behavior} at {float(event.time_ms) / 1000:.3f} s"
        if event.status == "POINT":
            intake.tally.skip("point event: an action unit needs a start and a stop", here)
        elif key in running and event.status != "START":
            yield running.pop(key), event
        elif event.status == "STOP":
            intake.tally.skip("stop without a start", here)
        else:
            if key in running:
                intake.tally.skip("start without a stop", here)
            running[key] = event
    for event in running.values():
        here = f"{where}, {event.behavior} at {float(event.time_ms) / 1000:.3f} s"
        intake.tally.skip("start without a stop", here)


def _said(event: BorisEvent) -> tuple[str | None, dict[str, Any]]:
    """Return what kind of label an event begins, and what behaviour and modifiers say of it."""
    au = read_au_name(event.behavior)
    if au is None:
        kind = event.behavior if event.behavior in {"expression", "coded"} else None
        return kind, {}
    said = fields_of_name(au)
    words = [word.strip() for word in event.modifiers.split("|")]
    known = [word for word in words if word in set(Intensity)]
    if known:
        said["intensity"] = known[0]
    others = [word for word in words if word not in {"", NO_MODIFIER, *known}]
    if others:
        said["text"] = list_text(tuple(others))
    return "au", said
