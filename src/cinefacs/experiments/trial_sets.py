"""Sets of pictures that are hard in one way, and trained networks measured on them."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cinefacs.detectors.data.labelled_set import LabelledPicture, LabelledSet
from cinefacs.detectors.tasks import load_network
from cinefacs.errors import ConfigError, did_you_mean
from cinefacs.experiments.cells import Cell
from cinefacs.experiments.config import TrialConfig
from cinefacs.experiments.durations import Movement
from cinefacs.experiments.machine import code_name, machine_name
from cinefacs.experiments.measure import Who, chosen_threshold, measure_network
from cinefacs.experiments.run_cell import CellTask
from cinefacs.experiments.store import CellFolder, CellResult, read_json
from cinefacs.records.class_space import NEUTRAL, ClassSpace
from cinefacs.storage.atomic import write_json
from cinefacs.synth.film_file import RECIPE_VERSION, write_film
from cinefacs.synth.film_plan import FilmPlan
from cinefacs.synth.renderer import Renderer
from cinefacs.synth.trials import TrialCondition, draw_trial, harden

__all__ = [
    "DrawTask",
    "Trial",
    "TrialTask",
    "draw_person_trials",
    "list_trials",
    "measure_trial",
    "missing_people",
    "read_trial",
    "read_trial_movements",
    "read_trial_result",
    "trial_key",
    "trial_path",
    "trial_result_path",
]

TRIAL_RECIPE = 2
"""Raised whenever the same trial gives other pictures."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One condition at one strength; no condition at strength 0 is the plain set."""

    condition: str
    """Of `TrialCondition`, or empty."""
    strength: float
    """0 to 1."""

    @property
    def name(self) -> str:
        """Return a name for files."""
        return f"-{self.condition}-{self.strength:g}" if self.condition else "-plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawTask:
    """All trials of one person."""

    config: TrialConfig
    """Which trials."""
    person: int
    """Which person, from 0."""
    store: Path
    """Folder of all experiments."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialTask:
    """A trained cell and the trial that it is measured on."""

    task: CellTask
    """The cell."""
    config: TrialConfig
    """Of the sets."""
    trial: Trial
    """Which set."""


def list_trials(config: TrialConfig) -> list[Trial]:
    """Return the plain set and every condition at every strength.

    Raises
    ------
    ConfigError
        An unknown condition, or a strength that is not above 0 and at most 1.
    """
    known = [str(each) for each in TrialCondition]
    for name in config.conditions:
        if name not in known:
            raise ConfigError(
                f"robustness: expected a known condition, got {name!r}",
                hint=did_you_mean(name, known),
            )
    for strength in config.strengths:
        if not 0 < strength <= 1:
            raise ConfigError(
                f"robustness: expected strengths above 0 and at most 1, got {strength}"
            )
    hard = [Trial(name, strength) for name in config.conditions for strength in config.strengths]
    return [Trial("", 0.0), *hard]


def _digest(config: TrialConfig) -> str:
    """Return what tells the pictures apart; which conditions are asked for does not matter."""
    document = [
        TRIAL_RECIPE, RECIPE_VERSION, config.n_pictures, config.min_intensity, config.texture_px
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(document).encode()).hexdigest()[:12]


def trial_path(store: Path, config: TrialConfig, person: int, trial: Trial) -> Path:
    """Return the page of a person's pictures in a trial; the pictures lie beside it."""
    folder = store / "trials" / _digest(config) / f"person-{person:03d}"
    return folder / trial.name.lstrip("-") / "faces.json"


def draw_person_trials(task: DrawTask, tell: Callable[[float], None]) -> None:
    """Draw what is missing of one person's trials.

    Parameters
    ----------
    task
        The person.
    tell
        Told the share that is done.

    Raises
    ------
    ModelError
        The extra ``synth``, the head data or EGL is missing.
    StorageError
        The disk refused.
    """
    config = task.config
    pages = {
        trial: trial_path(task.store, config, task.person, trial) for trial in list_trials(config)
    }
    missing = [trial for trial, page in pages.items() if not page.is_file()]
    if not missing:
        return
    plain = draw_trial(task.person, config.n_pictures, min_intensity=config.min_intensity)
    with Renderer(
        plain.size_wh, supersample=2, levels=0, texture_px=config.texture_px, n_kept=2
    ) as renderer:
        for number, trial in enumerate(missing):
            plan = plain
            if trial.condition:
                plan = harden(plain, TrialCondition(trial.condition), trial.strength)
            _draw(plan, pages[trial], renderer)
            tell((number + 1) / len(missing))


def _draw(plan: FilmPlan, page: Path, renderer: Renderer) -> None:
    """Draw a set; its page is written last."""
    file = write_film(plan, page.parent / "none.mp4", renderer=renderer, picture_dir=page.parent)
    faces = [
        {
            "picture": f"{row.frame:06d}.png",
            **_expression_at(plan, row.frame),
            "box_xyxy": [round(float(value), 3) for value in row.truth.box_xyxy],
            "eyes_xy": [round(float(value), 3) for value in row.truth.points_xy[:2].ravel()],
        }
        for row in file.rows
    ]
    write_json(page, {"faces": faces})


def _expression_at(plan: FilmPlan, frame: int) -> dict[str, Any]:
    """Return what a still shows: its class, empty of several; length and peak of a single act."""
    performance = plan.shots[frame].parts[0].performance
    moment = performance.first_frame
    acts = [
        act
        for act in performance.acts
        if act.kind.value in {"micro", "macro"} and act.onset <= moment <= act.offset
    ]
    emotions = {act.emotion for act in acts}
    if not emotions:
        return {"class": NEUTRAL}
    shown: dict[str, Any] = {"class": emotions.pop() if len(emotions) == 1 else ""}
    if len(acts) == 1:
        shown |= {
            "n_frames": acts[0].n_frames, "rate_fps": plan.rate_fps, "peak": acts[0].strongest
        }  # fmt: skip
    return shown


def read_trial(
    store: Path, config: TrialConfig, trial: Trial, space: ClassSpace
) -> tuple[LabelledSet, dict[str, Who]]:
    """Return the pictures of a trial, and who is on them.

    Parameters
    ----------
    store
        Folder of all experiments.
    config, trial
        Which set; it must have been drawn.
    space
        Classes; faces of others are left out.
    """
    pictures: list[LabelledPicture] = []
    who: dict[str, Who] = {}
    for person in range(config.n_people):
        page = trial_path(store, config, person, trial)
        document = read_json(page)
        for face in [] if document is None else document["faces"]:
            if face["class"] not in space.names:
                continue
            name = _face_name(person, face)
            labels = space.multi_hot((face["class"],)).astype(np.uint8)[None]
            pictures.append(
                LabelledPicture(
                    path=page.parent / face["picture"],
                    boxes_xyxy=np.array([face["box_xyxy"]], np.float32),
                    labels=labels,
                    eyes_xy=(np.array(face["eyes_xy"], np.float32).reshape(2, 2),),
                    names=(name,),
                )
            )
            who[name] = Who(subject=f"trial-{person:03d}", film=f"trial-{person:03d}")
    return LabelledSet(class_space=space, pictures=tuple(pictures)), who


def read_trial_movements(store: Path, config: TrialConfig, trial: Trial) -> dict[str, Movement]:
    """Return length and intensity by the faces' names, of those that show one expression.

    Parameters
    ----------
    store
        Folder of all experiments.
    config, trial
        Which set; it must have been drawn.
    """
    movements = {}
    for person in range(config.n_people):
        document = read_json(trial_path(store, config, person, trial))
        for face in [] if document is None else document["faces"]:
            if "peak" in face:
                movements[_face_name(person, face)] = Movement.of_act(
                    face["n_frames"], face["rate_fps"], face["peak"]
                )
    return movements


def _face_name(person: int, face: Mapping[str, Any]) -> str:
    return f"{person:03d}/{face['picture']}"


def trial_key(config: TrialConfig, trial: Trial) -> str:
    """Return what tells the numbers of a trial from those of others, for names of files."""
    return f"-{_digest(config)}-{config.n_people}{trial.name}"


def trial_result_path(cell: Cell, store: Path, config: TrialConfig, trial: Trial) -> Path:
    """Return where the numbers of a cell in a trial lie."""
    return CellFolder.of(store, cell.address).root / f"trial{trial_key(config, trial)}.json"


def measure_trial(task: TrialTask, tell: Callable[[float], None]) -> None:
    """Measure a trained cell on a trial and write the numbers, unless they are there.

    Parameters
    ----------
    task
        Cell and trial.
    tell
        Told the share that is done.

    Raises
    ------
    ModelError
        The weights cannot be read.
    SchemaError
        The set has no face of the network's classes.
    """
    cell, store = task.task.cell, task.task.store
    path = trial_result_path(cell, store, task.config, task.trial)
    if path.is_file():
        return
    folder = CellFolder.of(store, cell.address)
    card, network = load_network(folder.training_dir / "weights.safetensors", device=cell.device)
    labelled, who = read_trial(store, task.config, task.trial, card.class_space)
    measured = measure_network(
        network, labelled, card.input_spec, threshold=chosen_threshold(card), who=who,
        batch=cell.train.batch, device=cell.device, tell=tell,
    )  # fmt: skip
    folder.write_answers(measured.answers, trial_key(task.config, task.trial))
    result = CellResult(
        error="", scores=measured.scores, facts={}, device=machine_name(), code=code_name()
    )
    write_json(path, asdict(result))


def read_trial_result(path: Path) -> CellResult | None:
    """Return the numbers of a trial; None where it was not measured.

    Raises
    ------
    SchemaError
        The file is damaged.
    """
    document = read_json(path)
    return None if document is None else CellResult(**document)


def missing_people(config: TrialConfig, store: Path) -> list[int]:
    """Return the people whose trials are not all drawn."""
    trials = list_trials(config)
    return [
        person
        for person in range(config.n_people)
        if not all(trial_path(store, config, person, trial).is_file() for trial in trials)
    ]
