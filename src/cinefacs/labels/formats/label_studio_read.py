"""Read Label Studio's JSON export of tasks with video timelines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinefacs.errors import SchemaError
from cinefacs.facs.au_text import AuToken
from cinefacs.labels.formats.au_names import fields_of_name, read_au_name
from cinefacs.labels.formats.cvat_read import read_detail
from cinefacs.labels.formats.files import read_json
from cinefacs.labels.formats.frame_clock import FrameClock, clock_at
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.labelled_films import LabelledFilm

__all__ = ["read_label_studio"]

_MARKS = {"expression", "coded"}
_SHAPE = "a list of Label Studio tasks, each with data and annotations"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Region:
    """What one region of a timeline says."""

    name: str
    numbers: tuple[float, float]
    controls: Mapping[str, Any]
    detail: Mapping[str, Any]


class _NotTasksError(ValueError):
    """The document is JSON, but no tasks of Label Studio."""


def read_label_studio(path: Path, intake: Intake) -> None:
    """Take in the labels of one file.

    Parameters
    ----------
    path
        The JSON file.
    intake
        Gathers them.

    Raises
    ------
    SchemaError
        The file is no list of tasks.
    StudyError
        It is not said to which film or character the labels belong.
    FilmError
        The film is not there.
    """
    document = read_json(path)
    tasks = document if isinstance(document, list) else [document]
    try:
        for number, task in enumerate(tasks):
            _read_task(_mapping(task), intake, where=f"{path.name}, task {number + 1}")
    except _NotTasksError as error:
        raise SchemaError(
            f"{path}: expected {_SHAPE}, got {error}",
            hint="export the project from Label Studio as JSON (not JSON-MIN)",
        ) from error


def _read_task(task: Mapping[str, Any], intake: Intake, *, where: str) -> None:
    data = _mapping(task.get("data"))
    film_number = data.get("film_number")
    film = intake.film(
        where,
        number=film_number if isinstance(film_number, int) else None,
        film_id=str(data.get("film_id") or ""),
        name=str(data.get("video") or ""),
    )
    rate = data.get("fps")
    clock = clock_at(film, float(rate) if isinstance(rate, int | float) else None, where=where)
    if rate is None:
        intake.tally.assume(
            "frames counted at the film's own rate: the file does not say",
            f"{where}: {clock.rate_fps}",
        )
    if task.get("predictions"):
        intake.tally.skip("predictions of a model: only people's annotations are read", where)
    for number, annotation in enumerate(_sequence(task.get("annotations"))):
        here = f"{where}, annotation {number + 1}"
        if _mapping(annotation).get("was_cancelled"):
            intake.tally.skip("annotation that was cancelled", here)
            continue
        coder = _coder(_mapping(annotation), intake, here)
        for region in _regions(_sequence(annotation.get("result")), intake, here):
            _take_in(region, coder, film, clock, intake, where=here)


def _coder(annotation: Mapping[str, Any], intake: Intake, where: str) -> str | None:
    """Return who made an annotation, as far as the file tells."""
    user = annotation.get("completed_by")
    if isinstance(user, dict):
        return str(user.get("email") or user.get("username") or f"user {user.get('id')}")
    if user is None:
        return None
    intake.tally.assume("coder named by the user's number in Label Studio", f"{where}: {user}")
    return f"user {user}"


def _regions(results: list[Any], intake: Intake, where: str) -> Iterator[_Region]:
    """Yield each timeline region with what its controls say, and boxes that name a unit."""
    controls: dict[str, dict[str, Any]] = {}
    for item in map(_mapping, results):
        value = _mapping(item.get("value"))
        kind = str(item.get("type"))
        if kind in {"choices", "number", "textarea"}:
            said = value.get("text" if kind == "textarea" else kind)
            first = said[0] if isinstance(said, list) and said else said
            controls.setdefault(str(item.get("id")), {})[str(item.get("from_name"))] = first
    for item in map(_mapping, results):
        value, kind = _mapping(item.get("value")), str(item.get("type"))
        if kind == "timelinelabels":
            spans = [_ends(span) for span in map(_mapping, _sequence(value.get("ranges")))]
            names = _sequence(value.get("timelinelabels"))
        elif kind == "videorectangle":
            spans = _shown(_sequence(value.get("sequence")), value.get("framesCount"))
            names = [name for name in _sequence(value.get("labels")) if not _is_person(name)]
        else:
            continue
        text = "\n".join(map(str, _sequence(_mapping(item.get("meta") or {}).get("text") or [])))
        for name in map(str, names):
            if read_au_name(name) is None and name not in _MARKS:
                intake.tally.skip("region whose label is no action unit", f"{where}: {name}")
                continue
            for span in spans:
                said = controls.get(str(item.get("id")), {})
                yield _Region(name=name, numbers=span, controls=said, detail=read_detail(text))


def _is_person(name: object) -> bool:
    return str(name).startswith("character ")


def _ends(span: Mapping[str, Any]) -> tuple[float, float]:
    start, end = span.get("start"), span.get("end")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        raise _NotTasksError(f"a range from {start!r} to {end!r}")
    return start, end


def _shown(sequence: list[Any], n_frames: object) -> list[tuple[float, float]]:
    """Return from where to where a box is shown: from an enabled key frame to a disabled one."""
    spans: list[tuple[float, float]] = []
    start: float | None = None
    last = 0.0
    for key in map(_mapping, sequence):
        frame = key.get("frame")
        if not isinstance(frame, int | float):
            raise _NotTasksError(f"a box in frame {frame!r}")
        start = frame if start is None else start
        last = frame
        if not key.get("enabled", True):
            spans.append((start, frame))
            start = None
    if start is not None:
        spans.append((start, n_frames if isinstance(n_frames, int) else last))
    return spans


def _take_in(
    region: _Region,
    coder: str | None,
    film: LabelledFilm,
    clock: FrameClock,
    intake: Intake,
    *,
    where: str,
) -> None:
    here = f"{where}, {region.name} in frames {region.numbers[0]:g} to {region.numbers[1]:g}"
    apexes = region.detail.get("apex_frames", region.controls.get("apex_frame"))
    numbers = apexes if isinstance(apexes, list) else [] if apexes is None else [apexes]
    if not all(isinstance(number, int | float) for number in numbers):
        intake.tally.skip("apex that is no frame number", f"{here}: {numbers}")
        return
    try:
        frames = clock.frame_starting(region.numbers[0]), clock.frame_ending(region.numbers[1])
        apex_frames = [clock.frame_starting(number) for number in numbers]
    except SchemaError as error:
        intake.tally.skip(error.message, here)
        return
    character = region.controls.get("character")
    au = read_au_name(region.name)
    intake.add_frames(
        "au" if au is not None else region.name,
        {"coder": coder, **_said(au), **_chosen(region.controls), **region.detail},
        film=film,
        character_number=int(character) if isinstance(character, int | float) else None,
        frames=frames,
        apex_frames=apex_frames,
        where=here,
    )


def _said(au: AuToken | None) -> dict[str, Any]:
    return {} if au is None else fields_of_name(au)


def _chosen(controls: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in controls.items() if name not in {"character"} | _APEX}


_APEX = {"apex_frame"}


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _NotTasksError(f"{value!r:.60} where an object belongs")
    return value


def _sequence(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise _NotTasksError(f"{value!r:.60} where a list belongs")
    return value
