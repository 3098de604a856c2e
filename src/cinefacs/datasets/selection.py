"""Choose the frames of a film that go into a data set."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.datasets.config import BuildConfig
from cinefacs.datasets.film_faces import FilmFaces
from cinefacs.datasets.moments import CharacterLabels, Event, Moment
from cinefacs.datasets.targets import Target
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.sample import SampleRole

__all__ = ["Pick", "draw", "events_wanted", "pick_events", "pick_neutral"]

Indices = npt.NDArray[np.int64]
Aim = Callable[[Moment], Target]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pick:
    """A face that goes into the data set."""

    position: int
    """Of the face in `FilmFaces`."""
    role: SampleRole
    """Why."""
    event_id: str
    """Event that it was taken from; empty: of none."""
    moment: Moment
    """What the coders say."""
    target: Target
    """Its classes."""


def events_wanted(labels: CharacterLabels, config: BuildConfig) -> list[Event]:
    """Return the events that frames are taken from.

    Lone action units are of no kind, and say nothing where emotions come from words.
    """
    by_word = config.space in {"emotion", "emotion7"} and config.emotions_from == "labels"
    takes_lone = config.lone_aus and config.kinds == "any" and not by_word
    return [event for event in labels.events() if _is_wanted(event, config.kinds, takes_lone)]


def _is_wanted(event: Event, kinds: str, takes_lone: bool) -> bool:  # noqa: FBT001
    if isinstance(event.label, ExpressionLabel):
        return kinds in {"any", event.label.kind}
    return takes_lone


def pick_events(
    faces: FilmFaces,
    number: int,
    labels: CharacterLabels,
    *,
    aim: Aim,
    config: BuildConfig,
    is_allowed: Callable[[int], bool],
    counts: Counter[str],
) -> list[Pick]:
    """Return the labelled faces of one character, one a frame, by time.

    Parameters
    ----------
    faces, number, labels
        Faces of the film, the character, and what is said of it.
    aim
        Finds the classes.
    config
        Which frames are wanted.
    is_allowed
        Whether a frame may be taken at all.
    counts
        Told what is left out, and why.
    """
    positions = faces.of_character(number)
    pts, codable = faces.pts_of(positions), faces.codable_of(positions)
    frames = faces.frames_of(positions)
    picked: dict[int, Pick] = {}
    for event in events_wanted(labels, config):
        inside = np.flatnonzero((pts >= event.start_pts) & (pts < event.end_pts))
        for index, role in _rows_of_event(
            event, inside, clock=(pts, frames), config=config, counts=counts
        ):
            if not is_allowed(int(frames[index])):
                counts["face outside the clips that the paper takes"] += 1
                continue
            if config.codable_only and not codable[index]:
                counts["face not codable"] += 1
                continue
            moment = labels.at(int(pts[index]))
            target = aim(moment)
            if target.reason:
                counts[target.reason] += 1
                continue
            known = picked.get(index)
            if known is None or (role is SampleRole.APEX and known.role is not SampleRole.APEX):
                picked[index] = Pick(
                    position=int(positions[index]),
                    role=role,
                    event_id=event.event_id,
                    moment=moment,
                    target=target,
                )
    return [picked[index] for index in sorted(picked)]


def _rows_of_event(
    event: Event,
    inside: Indices,
    *,
    clock: tuple[Indices, Indices],
    config: BuildConfig,
    counts: Counter[str],
) -> list[tuple[int, SampleRole]]:
    """Return the faces of an event that are wanted, with their roles.

    `clock` holds ticks and frames of all faces of the character.
    """
    pts, frames = clock
    if not inside.size:
        counts["event without a face"] += 1
        return []
    apexes = set()
    for apex in event.apex_pts:
        row = int(np.searchsorted(pts, apex, side="right")) - 1  # the frame on the screen then
        is_followed = row + 1 < len(pts) and frames[row + 1] == frames[row] + 1
        if row in inside and (pts[row] == apex or is_followed):
            apexes.add(row)
        else:
            counts["apex without a face"] += 1
    if not event.apex_pts:
        if config.unknown_apex == "middle":
            apexes = {int(inside[len(inside) // 2])}
        elif config.frames == "apex":
            counts["apex not known"] += 1
    if config.frames == "apex":
        return [(row, SampleRole.APEX) for row in sorted(apexes)]
    rows = set(inside.tolist())
    if config.frames == "per-event":
        n = min(config.n_per_event, len(inside))
        spread = inside[np.linspace(0, len(inside) - 1, n).round().astype(int)]
        rows = _with_apexes(set(spread.tolist()), apexes, n)
    return [(row, SampleRole.APEX if row in apexes else SampleRole.EVENT) for row in sorted(rows)]


def _with_apexes(rows: set[int], apexes: set[int], n: int) -> set[int]:
    """Return `n` rows, the apexes among them in place of the rows nearest to them."""
    chosen = set(rows)
    for apex in sorted(apexes)[:n]:
        if apex not in chosen:
            others = sorted(chosen - apexes, key=lambda row: (abs(row - apex), row))
            chosen -= set(others[:1])
            chosen.add(apex)
    return chosen


def pick_neutral(
    faces: FilmFaces,
    number: int,
    labels: CharacterLabels,
    *,
    aim: Aim,
    config: BuildConfig,
    is_allowed: Callable[[int], bool],
) -> list[Pick]:
    """Return every face of a character that may stand for neutral, by time.

    It was gone through by a coder, shows nothing that was marked, and keeps its distance from
    whatever was.

    Parameters
    ----------
    faces, number, labels, aim, config, is_allowed
        As for `pick_events`.
    """
    positions = faces.of_character(number)
    pts, codable = faces.pts_of(positions), faces.codable_of(positions)
    frames = faces.frames_of(positions)
    is_free = _inside_any(pts, labels.coded_ranges())
    near = frames[_inside_any(pts, labels.labelled_ranges())]
    if near.size:
        before = np.searchsorted(near, frames, side="right") - 1
        after = np.minimum(before + 1, len(near) - 1)
        distance = np.minimum(
            np.abs(frames - near[np.maximum(before, 0)]), np.abs(near[after] - frames)
        )
        is_free &= distance > config.neutral_margin_frames
    if config.codable_only:
        is_free &= codable
    picks = []
    for index in np.flatnonzero(is_free):
        moment = labels.at(int(pts[index]))
        target = aim(moment)
        if not target.reason and not moment.is_labelled and is_allowed(int(frames[index])):
            picks.append(
                Pick(
                    position=int(positions[index]),
                    role=SampleRole.NEUTRAL,
                    event_id="",
                    moment=moment,
                    target=target,
                )
            )
    return picks


def draw(choices: list[Pick], n: int, *, rng: np.random.Generator) -> list[Pick]:
    """Return `n` of the choices, or all where they are fewer, in their order."""
    if n >= len(choices):
        return choices
    chosen = rng.choice(len(choices), size=n, replace=False)
    return [choices[index] for index in sorted(chosen.tolist())]


def _inside_any(pts: Indices, ranges: tuple[tuple[int, int], ...]) -> npt.NDArray[np.bool_]:
    is_inside = np.zeros(len(pts), np.bool_)
    for start, end in ranges:
        is_inside |= (pts >= start) & (pts < end)
    return is_inside
