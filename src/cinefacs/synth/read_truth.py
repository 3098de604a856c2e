"""Read the truth of a finished set back from its study: faces, people, which exam it is."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import ConfigError, SchemaError, StudyError
from cinefacs.records.class_space import EMOTIONS, NEUTRAL
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.film import Film
from cinefacs.records.labels import Labels
from cinefacs.records.true_faces import PersonFacts, TrueFaces
from cinefacs.storage.division import read_division
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.run_records import read_run_record
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import read_table
from cinefacs.synth.drives import GAZE_AUS, HEAD_AUS, SHOWABLE_AUS
from cinefacs.synth.film_plan import HardCondition
from cinefacs.synth.presets import draw_people, heldout_document, preset_films
from cinefacs.synth.study_file import face_truth_path
from cinefacs.synth.truth import MIN_SHARE, MIN_SHIFT_PX
from cinefacs.synth.truth_tables import TRUTH_SCHEMA

__all__ = ["SetFacts", "read_people", "read_set_facts", "read_true_faces"]

Array = npt.NDArray[Any]

_NEUTRAL_AUS = (45, *HEAD_AUS, *GAZE_AUS)
"""What a face without expression may do: blink, turn the head, look around."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SetFacts:
    """Which set of synthetic films a study is."""

    digest: str
    """Of all plans: the same digest means the same films and truth."""
    is_heldout: bool
    """Whether it is the whole of ``heldout-v1``, and nothing else."""
    splits: dict[int, str]
    """Split of each film by its number: ``train``, ``val`` or ``test``."""


def read_set_facts(layout: StudyLayout) -> SetFacts:
    """Return which set a study is.

    Raises
    ------
    StudyError
        The study has no truth: it is no finished set of synthetic films.
    SchemaError
        What it says of itself cannot be read.
    """
    path = layout.synth_path
    if not path.is_file() or not face_truth_path(layout).is_file():
        raise StudyError(
            f"{layout.root}: expected a finished set of synthetic films with truth, "
            f"found no {path.name if not path.is_file() else face_truth_path(layout).name}",
            hint="make the exam with `cinefacs datasets synth --preset heldout-v1 --out FOLDER`",
        )
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        digest = str(document["digest"])
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaError(f"{path}: expected the facts of a synthetic set, got: {error}") from error
    heldout = heldout_document()
    n_wanted = len(heldout["films"])
    if digest == heldout["digest"] and len(read_records(layout.films_path, Film)) != n_wanted:
        raise StudyError(
            f"{layout.root}: expected the {n_wanted} films of the exam, "
            f"got {len(read_records(layout.films_path, Film))}",
            hint="make the exam anew: `cinefacs datasets synth --preset heldout-v1 --force`",
        )
    splits = {number: str(part) for number, part in read_division(layout).items()}
    return SetFacts(digest=digest, is_heldout=digest == heldout["digest"], splits=splits)


def read_people(layout: StudyLayout) -> dict[int, PersonFacts]:
    """Return age, gender and skin of the people of a set, by seed; drawn anew from its options.

    Raises
    ------
    StudyError
        The study has no record of how it was made.
    ModelError
        The head data is not installed.
    """
    record = read_run_record(layout.run_path)
    if record is None:
        raise StudyError(f"{layout.run_path}: expected the record of a synthetic set, found none")
    try:
        options = record.config["options"]
        specs = preset_films(
            options["preset"],
            seed=record.seed,
            scale=options["scale"],
            conditions=[HardCondition(name) for name in options["conditions"]],
        )
    except (KeyError, TypeError, ValueError, ConfigError) as error:
        raise SchemaError(
            f"{layout.run_path}: expected the options of a synthetic set, got: {error}"
        ) from error
    return {
        person.seed: PersonFacts(
            age_years=person.age_years,
            is_male=person.maleness > 0.5,
            skin_tone=person.skin.tone,
        )
        for spec in specs
        for person in draw_people(spec)
    }


def read_true_faces(layout: StudyLayout, films: Sequence[Film], labels: Labels) -> TrueFaces:
    """Return every face of every frame with its truth.

    An action unit is *shown* where it acts and half of its region is seen and it moves the skin
    by half a pixel; it is *known* where it is shown, or does not act and its region is seen. A
    face has the emotion of an expression of which an action unit is shown in that very frame; it
    is neutral where nothing acts but blinks and positions of head and eyes. Faces that only
    speak, show several emotions, or act unseen have no known class.

    Parameters
    ----------
    layout
        The study.
    films
        Those of the set.
    labels
        By the coder ``truth``.

    Raises
    ------
    StudyError, SchemaError
        A table is missing or damaged, or tables do not fit together.
    """
    table = read_table(face_truth_path(layout), TRUTH_SCHEMA)
    place = {film.film_id: k for k, film in enumerate(films)}
    strange = set(table.column("film_id").to_pylist()) - set(place)
    if strange:
        raise SchemaError(f"{face_truth_path(layout)}: expected films of the study, got {strange}")
    n, k = table.num_rows, len(SHOWABLE_AUS)

    def column(name: str, width: int = 1) -> Array:
        chunk = table.column(name).combine_chunks()
        values = chunk.flatten() if width > 1 else chunk
        array = np.asarray(values.to_numpy(zero_copy_only=False))
        return array.reshape(n, width) if width > 1 else array

    both = [column(name, 2 * k).reshape(n, k, 2) for name in ("intensity", "au_share",
                                                              "au_shift_px")]  # fmt: skip
    side = (both[0][:, :, 1] > both[0][:, :, 0]).astype(np.int64)[..., None]  # the stronger one
    intensity, share, shift = (np.take_along_axis(part, side, axis=2)[..., 0] for part in both)
    is_visible = column("is_visible").astype(bool)
    acts, is_seen = intensity > 0, share >= MIN_SHARE
    is_shown = acts & is_seen & (shift >= MIN_SHIFT_PX) & is_visible[:, None]
    film_index = np.array([place[name] for name in table.column("film_id").to_pylist()], np.int64)
    pts, end_pts, eyes_xy = _track_rows(
        layout, film_index, column("track_id"), column("frame_index"), place
    )
    characters = column("character_number").astype(np.int64)
    held = np.zeros((n, len(EMOTIONS) + 1), bool)
    for label, own in _columns_of(labels):
        of_film = film_index == place.get(label.film_id, -1)
        in_time = (pts >= label.span.start_pts) & (pts < label.span.end_pts)
        rows = np.flatnonzero(of_film & (characters == label.character_number) & in_time)
        seen = rows[is_shown[rows][:, own].any(axis=1)]
        for name in label.emotions:
            held[seen, EMOTIONS.index(name)] = True
    calm = ~(acts & ~np.isin(SHOWABLE_AUS, _NEUTRAL_AUS)).any(axis=1)
    held[:, -1] = calm & ~held[:, :-1].any(axis=1)
    is_emotion_known = (held.sum(axis=1) == 1) & is_visible
    return TrueFaces(
        film_ids=tuple(place),
        time_bases=tuple(film.span.time_base for film in films),
        aus=SHOWABLE_AUS,
        emotion_names=(*EMOTIONS, NEUTRAL),
        film_index=film_index,
        track_id=column("track_id").astype(np.int64),
        character_number=characters,
        person=column("person_seed").astype(np.int64),
        frame_index=column("frame_index").astype(np.int64),
        pts=pts,
        end_pts=end_pts,
        box_xyxy=column("box_xyxy", 4).astype(np.float32),
        eyes_xy=eyes_xy,
        face_px=column("face_px").astype(np.float32),
        is_visible=is_visible,
        conditions=np.array(table.column("conditions").to_pylist(), np.str_),
        intensity=intensity.astype(np.float32),
        is_shown=is_shown,
        is_known=(is_shown | (~acts & is_seen)) & is_visible[:, None],
        is_held=held,
        is_emotion_known=is_emotion_known,
    )


def _track_rows(
    layout: StudyLayout,
    film_index: Array,
    track_id: Array,
    frame_index: Array,
    place: dict[str, int],
) -> tuple[Array, Array, Array]:
    """Return start and end of each row's frame, ticks, and both eyes, from the tracks."""
    n = len(film_index)
    rows = {
        key: row
        for row, key in enumerate(
            zip(film_index.tolist(), track_id.tolist(), frame_index.tolist(), strict=True)
        )
    }
    times, eyes = np.zeros((n, 2), np.int64), np.zeros((n, 2, 2), np.float32)
    is_there = np.zeros(n, bool)
    for track in read_tracks(layout.tracks_path):
        ends = np.append(track.pts[1:], track.end_pts)  # no gap lies within a track
        film = place[track.film_id]
        own = [rows.get((film, track.track_id, frame), -1) for frame in track.frame_index.tolist()]
        to, of = np.array(own)[np.array(own) >= 0], np.array(own) >= 0
        times[to] = np.stack([track.pts, ends], axis=1)[of]
        eyes[to] = track.points_xy[of, :2]
        is_there[to] = True
    if not is_there.all():
        raise SchemaError(
            f"{layout.tracks_path}: expected a row for each of {n} faces of the truth, "
            f"found {int(is_there.sum())}",
            hint="the study is damaged: make it anew with --force",
        )
    return times[:, 0], times[:, 1], eyes


def _columns_of(labels: Labels) -> Iterator[tuple[ExpressionLabel, list[int]]]:
    """Yield each expression with an emotion, and the columns of its action units."""
    columns = {au: c for c, au in enumerate(SHOWABLE_AUS)}
    parts: dict[str, list[int]] = {}
    for au in labels.aus:
        if au.expression_id and au.au in columns:
            parts.setdefault(au.expression_id, []).append(columns[au.au])
    for label in labels.expressions:
        if label.emotions and parts.get(label.expression_id):
            yield label, parts[label.expression_id]
