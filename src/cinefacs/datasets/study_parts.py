"""What a study knows of each of its labelled films."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cinefacs.datasets.film_faces import FilmFaces
from cinefacs.datasets.film_samples import FilmParts
from cinefacs.datasets.moments import CharacterLabels, labels_by_character
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.film import Film
from cinefacs.records.labels import Labels
from cinefacs.records.shot import Shot
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout

if TYPE_CHECKING:
    from cinefacs.records.face_track import FaceTrack

__all__ = ["read_parts"]


def read_parts(
    layout: StudyLayout, films: Sequence[Film], labels: Labels, counts: Counter[str]
) -> Iterator[FilmParts]:
    """Yield the films that have labels, in the order given.

    Parameters
    ----------
    layout, films, labels
        The study, its films, and the labels that are to be used.
    counts
        Told of labels that belong to no film of the study.

    Raises
    ------
    StudyError, SchemaError
        A table of the study is missing or damaged.
    """
    by_character = labels_by_character(labels)
    known = {film.film_id for film in films}
    strangers = [film_id for film_id, _ in by_character if film_id not in known]
    if strangers:
        counts["labelled character of a film that is not in the study"] += len(strangers)
    labelled = {film_id for film_id, _ in by_character}
    tracks: dict[str, list[FaceTrack]] = defaultdict(list)
    for track in read_tracks(layout.tracks_path):
        if track.film_id in labelled:
            tracks[track.film_id].append(track)
    characters = read_records(layout.characters_path, Character)
    clips = read_records(layout.clips_path, Clip)
    shots = read_records(layout.shots_path, Shot)
    frames = read_records(layout.frames_path, ClipFrame) if layout.frames_path.exists() else []
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
        yield FilmParts(
            film=film,
            faces=FilmFaces(tracks[film_id], owner),
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
