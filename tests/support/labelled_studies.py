"""A study on disk with real films, two characters each, whose faces are in every frame."""

from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import numpy as np

from cinefacs.labels.labelled_films import LabelledFilms, read_labelled_films
from cinefacs.media.decode import decode_film
from cinefacs.media.probe import digest_file, read_header
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.face_track import FaceTrack
from cinefacs.records.film import Film
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.face_tables import TRACK_SCHEMA, track_to_table
from cinefacs.storage.record_tables import write_records
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import TableWriter
from tests.support.films import barcode_frames, write_film
from tests.support.labelled_films import CHARACTERS, faces_of

N_FRAMES = 48
UNEVEN_STEPS = [1001, 1001, 2002, 1001, 3003]
"""Ticks of 1/24000 s: frames of 41.7, 83.4 and 125.1 ms, as telephones make them."""


def film_record(path: Path, *, number: int) -> Film:
    """Return a film as `collect` would describe it."""
    header = read_header(path)
    frames = [
        (frame.pts, frame.end_pts) for chunk in decode_film(header) for frame in chunk
    ]  # fmt: skip
    steps = np.diff([pts for pts, _ in frames])
    span = TimeSpan(start_pts=frames[0][0], end_pts=frames[-1][1], time_base=header.time_base)
    return Film(
        film_id=digest_file(path),
        film_number=number,
        path=str(path.resolve()),
        width_px=header.size_wh[0],
        height_px=header.size_wh[1],
        rotation_deg=0,
        sample_aspect_ratio=Fraction(1),
        n_frames=len(frames),
        span=span,
        is_constant_rate=bool(steps.max() - steps.min() <= 1),
        rate_fps=len(frames) / span.duration_s,
        is_interlaced=False,
        has_audio=False,
        codec=header.codec,
    )


def write_uneven_film(path: Path, *, n_frames: int = N_FRAMES) -> Path:
    """Write a film whose frames last unlike times."""
    steps = (UNEVEN_STEPS * n_frames)[: n_frames - 1]
    return write_film(
        path,
        barcode_frames(n_frames),
        time_base=Fraction(1, 24_000),
        pts=list(accumulate(steps, initial=0)),
        n_b_frames=2,
    )


def make_study(
    folder: Path, *, n_films: int = 1, pictures: bool = False
) -> tuple[StudyLayout, LabelledFilms]:
    """Write films and the tables that labels need; odd films have a variable frame rate."""
    layout = StudyLayout(folder / "study")
    layout.root.mkdir(parents=True)
    films: list[Film] = []
    for number in range(1, n_films + 1):
        path = folder / f"film-{number}.mp4"
        if number % 2:
            write_uneven_film(path)
        else:
            write_film(path, barcode_frames(N_FRAMES + number), rate_fps=Fraction(25))
        films.append(film_record(path, number=number))
    write_records(layout.films_path, Film, films)
    characters = [character for film in films for character in _characters(film)]
    write_records(layout.characters_path, Character, characters)
    shelf = read_labelled_films(layout)
    clips: list[Clip] = []
    frames: list[ClipFrame] = []
    with TableWriter(layout.tracks_path, TRACK_SCHEMA) as writer:
        for labelled in shelf.films:
            for number, faces in faces_of(labelled.times).items():
                n = len(faces.frame_index)
                writer.write(
                    track_to_table(
                        FaceTrack(
                            film_id=labelled.film.film_id,
                            track_id=number,
                            shot_index=0,
                            time_base=labelled.times.time_base,
                            frame_index=faces.frame_index,
                            pts=faces.pts,
                            end_pts=int(labelled.times.end_pts[-1]),
                            box_xyxy=(faces.box_xyxy / 5).astype(np.float32),
                            points_xy=np.zeros((n, 5, 2), np.float32),
                            score=np.ones(n, np.float32),
                            is_measured=np.ones(n, np.bool_),
                            sharpness=np.ones(n, np.float32),
                            luma=np.ones(n, np.float32),
                            codability_code=np.zeros(n, np.uint8),
                        )
                    )
                )
            clip = Clip(
                film_id=labelled.film.film_id,
                film_number=labelled.number,
                character_number=1,
                clip_number=1,
                shot_index=0,
                start_frame=0,
                end_frame=24,
                span=labelled.times.span_of(0, 23),
                n_codable_frames=24,
                is_short=False,
            )
            clips.append(clip)
            frames += [
                ClipFrame(
                    film_id=clip.film_id,
                    clip_tag=clip.tag,
                    picture_number=frame + 1,
                    frame_index=frame,
                    pts=int(labelled.times.pts[frame]),
                    shown_at_s=labelled.times.start_s(frame),
                )
                for frame in range(24)
            ]
    write_records(layout.clips_path, Clip, clips)
    if pictures:
        write_records(layout.frames_path, ClipFrame, frames)
    return layout, read_labelled_films(layout)


def _characters(film: Film) -> list[Character]:
    return [
        Character(
            film_id=film.film_id,
            character_number=number,
            name="Vivian" if number == 1 else "",
            is_under_study=True,
            track_ids=(number,),
            n_face_frames=film.n_frames,
            n_codable_frames=film.n_frames,
        )
        for number in CHARACTERS
    ]
