"""Cut the labelled faces of a study out of its films, as a face set that weights adapt to."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.datasets.authors import check_alone, choose_authors
from cinefacs.datasets.emotions import emotion_reader
from cinefacs.datasets.film_faces import Face, FilmFaces
from cinefacs.datasets.frame_pictures import decode_frames
from cinefacs.datasets.moments import CharacterLabels
from cinefacs.datasets.study_parts import read_parts
from cinefacs.datasets.targets import HEAD_AND_EYES, aim
from cinefacs.engines.network_input import LUMA, cut_face
from cinefacs.errors import ConfigError, StudyError
from cinefacs.media.seek import ResumePoint
from cinefacs.records.class_space import ClassSpace, emotion_au_space
from cinefacs.records.face_set import PRESENT, UNKNOWN, FaceSet
from cinefacs.records.film import Film
from cinefacs.records.input_spec import InputSpec
from cinefacs.records.step import Step
from cinefacs.storage.face_sets import FacePart, write_face_part, write_face_set
from cinefacs.storage.label_tables import read_authors, read_labels
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout

__all__ = ["CutConfig", "CutSummary", "cut_study_faces"]

CROP_SPEC = InputSpec(side_px=160, mode="crop", colour="grey", crop_scale=1.625)
"""As `cinefacs.synth.takes` cuts faces: a quarter wider than a detector reads."""
_GAP_S = 1.0
"""Least time between a film's learned part and its held-out part where both lie in one shot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutConfig:
    """Which faces of a study are cut out."""

    labels: tuple[str, ...] = ("suggested",)
    """Whose labels, as CODER or CODER/LABEL_SET."""
    most_per_character: int = 600
    """Faces of a character in a film, spread evenly over the time in which it was gone through."""
    held_out_every: int = 4
    """Every so manieth shot of a film is held out; of films with fewer shots the last part."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.most_per_character < 1 or self.held_out_every < 2:
            raise ConfigError(
                "cut: expected at least 1 face a character and to hold out every second shot or "
                f"fewer, got {self.most_per_character} and {self.held_out_every}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class CutSummary:
    """What was cut."""

    folder: Path
    """The face set."""
    films: tuple[Film, ...]
    """Films that faces were taken from."""
    n_faces: dict[str, int]
    """Faces by split."""


@dataclass(slots=True)
class _Pile:
    """Crops and rows of one split."""

    crops: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One face that is cut out."""

    face: Face
    split: str
    person: int
    labels: npt.NDArray[np.uint8]
    is_calm: bool


def cut_study_faces(
    study: Path,
    out: Path,
    *,
    config: CutConfig | None = None,
    on_step: Callable[[Step], None] = lambda _step: None,
) -> CutSummary:
    """Cut out the faces that were labelled, each with its person at rest.

    At rest is a face of the same shot of which the coder looked for action units and marked none;
    where there is none, one of another shot of the film.

    Parameters
    ----------
    study
        Folder of the study.
    out
        Folder of the face set to make.
    config
        Which faces.
    on_step
        Told after each film.

    Raises
    ------
    StudyError
        The study lacks films, faces, or the labels asked for.
    FilmError
        A film is not what it was.
    StorageError
        The disk refused.
    """
    config = config or CutConfig()
    layout, space = StudyLayout(study), emotion_au_space()
    films = sorted(read_records(layout.films_path, Film), key=lambda film: film.film_number)
    authors = choose_authors(config.labels, read_authors(layout), allow_suggestions=True)
    labels = read_labels(layout, authors=authors)
    check_alone(labels)
    piles: dict[str, _Pile] = {"train": _Pile(), "val": _Pile()}
    used = []
    for n_done, parts in enumerate(read_parts(layout, films, labels, Counter()), start=1):
        wanted = list(_choose(parts.film, parts.faces, parts.labels, space, config))
        if wanted:
            used.append(parts.film)
            _cut(parts.film, wanted, piles)
        on_step(Step(name="cut faces", n_done=n_done, n_total=len(films), unit="films"))
    if not all(pile.rows for pile in piles.values()):
        raise StudyError(
            f"{study}: expected labelled faces to learn from and to hold out, got too few",
            hint="collect more of the film, or label more of it",
        )
    for split, pile in piles.items():
        write_face_part(out, split, _as_set(space, pile))
    facts = {
        "study": str(study), "config": asdict(config),
        "authors": [f"{coder}/{label_set}" for coder, label_set in authors],
        "films": [film.film_id for film in used],
    }  # fmt: skip
    write_face_set(out, [FacePart(name=split, split=split) for split in piles], space,
                   crop_scale=CROP_SPEC.crop_scale, step_ms=0, facts=facts)  # fmt: skip
    return CutSummary(
        folder=out,
        films=tuple(used),
        n_faces={split: len(pile.rows) for split, pile in piles.items()},
    )


def _choose(
    film: Film,
    faces: FilmFaces,
    labels: Mapping[int, CharacterLabels],
    space: ClassSpace,
    config: CutConfig,
) -> Iterable[_Wanted]:
    """Yield the faces of a film that are cut out, character by character."""
    reader = emotion_reader("labels", "paper")
    for number, said in sorted(labels.items()):
        positions = faces.of_character(number)
        positions = positions[faces.codable_of(positions)]
        pts = faces.pts_of(positions)
        is_coded = np.zeros(len(pts), bool)
        for start, end in said.coded_ranges():
            is_coded |= (pts >= start) & (pts < end)
        positions = positions[is_coded]
        if not len(positions):
            continue
        most = min(len(positions), config.most_per_character)
        chosen = positions[np.linspace(0, len(positions) - 1, most).round().astype(int)]
        held = [faces.face(int(position)) for position in np.unique(chosen)]
        splits = _splits(film, held, config.held_out_every)
        for face, split in zip(held, splits, strict=True):
            if not split or face.points_xy is None:
                continue
            moment = said.at(face.pts)
            target = aim(space, moment, reader)
            row = np.zeros(len(space), np.uint8)
            row[list(space.indices(target.unknown))] = UNKNOWN
            row[list(space.indices(target.classes))] = PRESENT
            acting = {label.au for label in moment.aus} | moment.hidden | moment.unclear
            yield _Wanted(face, split, film.film_number * 1000 + number, row,
                          not acting - HEAD_AND_EYES)  # fmt: skip


def _splits(film: Film, faces: Sequence[Face], every: int) -> list[str]:
    """Return ``train``, ``val`` or nothing (too near to both) for each face, by time."""
    shots = sorted({face.shot_index for face in faces})
    if len(shots) >= every:
        held = set(shots[every - 1 :: every])
        return ["val" if face.shot_index in held else "train" for face in faces]
    border = faces[len(faces) * (every - 1) // every].pts
    gap = round(_GAP_S / film.span.time_base)
    return [
        "val" if face.pts >= border else "train" if face.pts < border - gap else ""
        for face in faces
    ]


def _cut(film: Film, wanted: Sequence[_Wanted], piles: dict[str, _Pile]) -> None:
    """Decode a film once and put its faces on the piles."""
    frames = {each.face.frame_index: each.face.pts for each in wanted}
    begin = {frame: ResumePoint(frame_index=frame, pts=pts) for frame, pts in frames.items()}
    of_frame: dict[int, list[_Wanted]] = {}
    for each in wanted:
        of_frame.setdefault(each.face.frame_index, []).append(each)
    calm: dict[tuple[str, int], list[tuple[int, int, int]]] = {}
    first = {split: len(pile.rows) for split, pile in piles.items()}
    for shown in decode_frames(film, begin):
        for each in of_frame[shown.frame_index]:
            pile = piles[each.split]
            pile.rows.append(_cut_one(shown.rgb, each, pile))
            if each.is_calm:
                place = (each.face.shot_index, each.face.frame_index, len(pile.crops) - 1)
                calm.setdefault((each.split, each.person), []).append(place)
    for split, pile in piles.items():
        for row in pile.rows[first[split] :]:
            near = _nearest_first(calm.get((split, row["person"]), []), row)
            others = [c for c in near if c[2] != row["now"]] or near
            row["neutral"] = others[0][2] if others else -1


def _cut_one(rgb: npt.NDArray[np.uint8], each: _Wanted, pile: _Pile) -> dict[str, Any]:
    points = np.array(each.face.points_xy, np.float64).reshape(-1, 2)
    box = np.array(each.face.box_xyxy, np.float64)
    crop, matrix = cut_face(rgb, box, CROP_SPEC, eyes_xy=points[:2])
    pile.crops.append((crop.astype(np.float32) @ LUMA + 0.5).astype(np.uint8))
    size = (box[2:] - box[:2]) * np.linalg.norm(matrix[:, :2], axis=1)
    middle = CROP_SPEC.side_px / 2
    return {
        "now": len(pile.crops) - 1,
        "box": np.concatenate([middle - size / 2, middle + size / 2]),
        "labels": each.labels,
        "px": float(box[3] - box[1]),
        "person": each.person,
        "shot": each.face.shot_index,
        "frame": each.face.frame_index,
    }


def _nearest_first(
    calm: list[tuple[int, int, int]], row: Mapping[str, Any]
) -> list[tuple[int, int, int]]:
    """Return a person's calm crops (shot, frame, place), those near a row's frame first."""
    return sorted(calm, key=lambda c: (c[0] != row["shot"], abs(c[1] - row["frame"])))


def _as_set(space: ClassSpace, pile: _Pile) -> FaceSet:
    n = len(pile.rows)
    nobody = np.full(n, -1, np.int32)
    return FaceSet(
        class_space=space,
        crop_scale=CROP_SPEC.crop_scale,
        crops=np.stack(pile.crops),
        now=np.array([row["now"] for row in pile.rows], np.int32),
        before=nobody,
        after=nobody.copy(),
        neutral=np.array([row["neutral"] for row in pile.rows], np.int32),
        step_ms=0,
        box_xyxy=np.array([row["box"] for row in pile.rows], np.float32),
        labels=np.stack([row["labels"] for row in pile.rows]),
        intensity=np.zeros(n, np.float32),
        face_px=np.array([row["px"] for row in pile.rows], np.float32),
        person=np.array([row["person"] for row in pile.rows], np.int64),
    )
