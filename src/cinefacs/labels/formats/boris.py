"""BORIS: its project file, and the table of events that it exports.

Only the documented layout of the files is used: BORIS itself is under the GPL, and nothing of it
is contained here.

References
----------
O. Friard, M. Gamba, "BORIS: a free, versatile open-source event-logging software for video/audio
coding and live observations", Methods in Ecology and Evolution 7, 2016; boris.unito.it.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from cinefacs.errors import SchemaError
from cinefacs.facs.codes import Intensity
from cinefacs.labels.formats.boris_events import (
    APEX,
    NO_MODIFIER,
    BorisEvent,
    Observation,
    observations_of,
    take_in_events,
)
from cinefacs.labels.formats.contract import Exported, Imported, ImportOptions, Tally
from cinefacs.labels.formats.files import read_json
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.formats.placing import place_labels
from cinefacs.labels.labelled_films import LabelledFilms
from cinefacs.records.labels import Labels
from cinefacs.storage.atomic import write_json

__all__ = ["BORIS"]

PROJECT_VERSION = "7.0"
N_PLAYERS = 8


class _BorisFormat:
    name = "boris"
    title = "BORIS, project file of version 7.0"
    suffixes = (".boris",)
    not_held: frozenset[str] = frozenset()

    def export(self, labels: Labels, films: LabelledFilms, out: Path) -> Exported:
        tally = Tally()
        path = out if out.suffix.lower() == ".boris" else out / "labels.boris"
        observations = observations_of(place_labels(labels, films, tally), tally)
        moment = max((label.changed_at for label in labels.coded), default="")[:19]
        write_json(path, _project(observations, moment))
        return Exported(paths=(path,), losses=tally.losses)

    def read(self, paths: Sequence[Path], films: LabelledFilms, options: ImportOptions) -> Imported:
        intake = Intake(films, options, source=self.name)
        for path in paths:
            _read(path, intake)
        return intake.finish()


def _project(observations: Sequence[Observation], moment: str) -> dict[str, Any]:
    """Return the whole project."""
    events = [event for observation in observations for event in observation.events]
    codes = sorted({event.behavior for event in events})
    subjects = sorted({event.subject for event in events})
    texts = ("coder", "label_set")
    return {
        "time_format": "hh:mm:ss",
        "project_date": moment,
        "project_name": "FACS labels by cinefacs",
        "project_description": "",
        "project_format_version": PROJECT_VERSION,
        "subjects_conf": {
            str(number): {"key": "", "name": subject, "description": ""}
            for number, subject in enumerate(subjects)
        },
        "behaviors_conf": {
            str(number): _behavior(code, [c for c in codes if c != APEX])
            for number, code in enumerate(codes)
        },
        "behavioral_categories": [],
        "independent_variables": {
            str(number): {
                "label": name, "description": "", "type": "text",
                "default value": "", "possible values": "",
            }
            for number, name in enumerate(texts)
        },
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
        "observations": {each.name: _observation(each, moment) for each in observations},
    }  # fmt: skip


def _behavior(code: str, others: Sequence[str]) -> dict[str, Any]:
    """Return an entry of the ethogram; an apex says by its modifier whose it is."""
    choices = list(others) if code == APEX else list(Intensity)
    name = "of" if code == APEX else "intensity"
    modifiers: Any = {"0": {"name": name, "type": 0, "values": [str(each) for each in choices]}}
    if code in {"expression", "coded"}:
        modifiers = ""
    return {
        "type": "Point event" if code == APEX else "State event",
        "key": "",
        "code": code,
        "description": "",
        "color": "",
        "category": "",
        "modifiers": modifiers,
        "excluded": "",
        "coding map": "",
    }


def _observation(each: Observation, moment: str) -> dict[str, Any]:
    film = each.film
    path = film.film.path
    return {
        "file": {str(number): [path] if number == 1 else [] for number in range(1, N_PLAYERS + 1)},
        "type": "MEDIA",
        "date": moment,
        "description": "",
        "time offset": 0.0,
        "events": [
            [
                float(event.time_ms) / 1000,
                event.subject,
                event.behavior,
                event.modifiers,
                event.comment,
                event.image_index,
            ]
            for event in each.events
        ],
        "observation time interval": [0, 0],
        "independent_variables": {"coder": each.coder, "label_set": each.label_set},
        "media_info": {
            "length": {path: float(film.film.span.duration_s)},
            "fps": {path: float(film.film.rate_fps)},
            "hasVideo": {path: True},
            "hasAudio": {path: film.film.has_audio},
            "offset": {"1": 0.0},
        },
    }


class _NotBorisError(ValueError):
    """The document is JSON, but no project of BORIS."""


def _read(path: Path, intake: Intake) -> None:
    document = read_json(path)
    try:
        project = _mapping(document, "the project")
        observations = _mapping(project.get("observations"), "observations")
        states = _states(project)
        for name, observation in observations.items():
            _read_observation(name, _mapping(observation, name), states, intake, path.name)
    except _NotBorisError as error:
        raise SchemaError(
            f"{path}: expected a BORIS project with observations, got {error}",
            hint="give the .boris file, or a table of events with --format boris-events",
        ) from error


def _states(project: Mapping[str, Any]) -> dict[str, bool]:
    """Return for each behaviour whether it is a state, with a start and a stop."""
    ethogram = project.get("behaviors_conf")
    entries = ethogram.values() if isinstance(ethogram, dict) else ()
    return {
        str(entry.get("code")): "state" in str(entry.get("type")).lower()
        for entry in entries
        if isinstance(entry, dict)
    }


def _read_observation(
    name: str,
    observation: Mapping[str, Any],
    states: Mapping[str, bool],
    intake: Intake,
    file_name: str,
) -> None:
    where = f"{file_name}, observation {name!r}"
    players = _mapping(observation.get("file") or {}, "file")
    media = next((str(names[0]) for names in players.values() if names), "")
    film = intake.film(where, name=media)
    variables = _mapping(observation.get("independent_variables") or {}, "variables")
    events = observation.get("events")
    if not isinstance(events, list):
        raise _NotBorisError(f"no list of events in {name!r}")
    take_in_events(
        [_event(event, states) for event in events],
        film,
        intake,
        coder=str(variables.get("coder") or ""),
        label_set=str(variables.get("label_set") or ""),
        where=where,
    )


def _event(event: object, states: Mapping[str, bool]) -> BorisEvent:
    """Return an event; the project does not say of a state's whether it starts or stops."""
    if not isinstance(event, list) or len(event) < 3:
        raise _NotBorisError(f"the event {event!r:.60}")
    time_s = event[0]
    if isinstance(time_s, bool) or not isinstance(time_s, int | float) or abs(time_s) > 1e9:
        raise _NotBorisError(f"an event at {time_s!r:.60}")
    words = ["" if word is None else str(word) for word in event[1:5]] + [""] * 4
    is_state = states.get(words[1], True)
    return BorisEvent(
        time_ms=Fraction(round(Fraction(time_s) * 1_000_000), 1000),
        subject=words[0],
        behavior=words[1],
        modifiers="" if words[2] == NO_MODIFIER else words[2],
        status="" if is_state else "POINT",
        comment=words[3],
    )


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _NotBorisError(f"{value!r:.60} as {name}")
    return value


BORIS = _BorisFormat()
