"""What a study knows of each of its labelled films."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from cinefacs.datasets.film_faces import FilmFaces
from cinefacs.datasets.film_samples import FilmParts
from cinefacs.datasets.moments import CharacterLabels, labels_by_character
from cinefacs.errors import StudyError
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.film import Film
from cinefacs.records.labels import Labels
from cinefacs.records.shot import Shot
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.record_tables import read_records, record_schema
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import iterate_table

if TYPE_CHECKING:
    from cinefacs.records.face_track import FaceTrack

__all__ = ["read_parts"]


def read_parts(
    layout: StudyLayout,
    films: Sequence[Film],
    labels: Labels,
    counts: Counter[str],
    *,
    whole_pictures: bool = False,
) -> Iterator[FilmParts]:
    """Yield the films that have labels, in the order given.

    Parameters
    ----------
    layout, films, labels
        The study, its films, and the labels that are to be used.
    counts
        Told of labels that belong to no film of the study.
    whole_pictures
        Take whole pictures for faces in films without any track.

    Raises
    ------
    StudyError, SchemaError
        A table of the study is missing or damaged, or nobody looked for faces.
    """
    by_character = labels_by_character(labels)
    known = {film.film_id for film in films}
    strangers = [film_id for film_id, _ in by_character if film_id not in known]
    if strangers:
        counts["labelled character of a film that is not in the study"] += len(strangers)
    labelled = {film_id for film_id, _ in by_character}
    tracks: dict[str, list[FaceTrack]] = defaultdict(list)
    if layout.tracks_path.exists():
        for track in read_tracks(layout.tracks_path):
            if track.film_id in labelled:
                tracks[track.film_id].append(track)
    elif not whole_pictures:
        raise StudyError(
            f"{layout.root}: expected faces that were followed, got a study in which nobody "
            "looked for any",
            hint="--whole-pictures takes each picture for a face: for cropped pictures",
        )
    characters = read_records(layout.characters_path, Character)
    clips = read_records(layout.clips_path, Clip)
    shots = read_records(layout.shots_path, Shot)
    has_pictures = layout.frame_dir.is_dir() and layout.frames_path.exists()
    frames = read_records(layout.frames_path, ClipFrame) if has_pictures else []
    for film in films:
        film_id = film.film_id
        if film_id not in labelled:
            continue
        owner = {
            track_id: each.character_number
            for each in characters
            if each.film_id == film_id
            for track_id in each.track_ids
        }
        faces = FilmFaces(tracks[film_id], owner)
        people = [each.character_number for each in characters if each.film_id == film_id]
        if whole_pictures and not len(faces) and len(people) == 1:
            frame_index, pts = _frames_of(layout, film_id)
            faces = FilmFaces.of_whole_pictures(film, people[0], frame_index=frame_index, pts=pts)
        yield FilmParts(
            film=film,
            faces=faces,
            names={
                each.character_number: each.name
                for each in characters
                if each.film_id == film_id and each.name
            },
            labels={
                number: CharacterLabels(part, time_base=film.span.time_base)
                for (labelled_id, number), part in by_character.items()
                if labelled_id == film_id
            },
            clips=[clip for clip in clips if clip.film_id == film_id],
            shots=sorted(
                (shot for shot in shots if shot.film_id == film_id),
                key=lambda shot: shot.start_frame,
            ),
            pictures={
                frame.frame_index: f"{layout.frame_dir.name}/{frame.tag}.png"
                for frame in frames
                if frame.film_id == film_id
            },
        )


def _frames_of(
    layout: StudyLayout, film_id: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return frames and ticks of a film whose every frame is a picture."""
    columns = ["film_id", "frame_index", "pts"]
    found: list[npt.NDArray[np.int64]] = [np.zeros((0, 2), np.int64)]
    for piece in iterate_table(layout.frames_path, record_schema(ClipFrame), columns=columns):
        own = piece.filter(pc.equal(piece.column("film_id"), film_id))
        rows = [own.column(name).to_numpy() for name in columns[1:]]
        found.append(np.stack(rows, axis=1))
    frames = np.unique(np.concatenate(found), axis=0)
    return frames[:, 0], frames[:, 1]
