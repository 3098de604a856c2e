"""The clips of all characters and their frames: a second pass, over the clips' own spans only.

Who a face belongs to is known only when all films were read, and a clip bears its character in
its name; so clips are cut after the one pass that reads everything else.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count, groupby
from pathlib import Path

import numpy as np
import pyarrow as pa

from cinefacs.errors import FilmError
from cinefacs.facs.tags import FrameTag
from cinefacs.films.clips import ClipSpan, plan_clips
from cinefacs.films.export import export_clips
from cinefacs.pipeline.cast import FilmCast
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.sources import find_same_film
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.face_track import FaceTrack
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot
from cinefacs.records.step import Step
from cinefacs.storage.atomic import disk_errors
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.record_tables import (
    read_records,
    record_schema,
    records_to_table,
    write_records,
)
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import iterate_table, replace_rows

__all__ = ["cut_clips"]


def cut_clips(
    casts: Sequence[FilmCast],
    layout: StudyLayout,
    config: CollectConfig,
    *,
    on_step: Callable[[Step], None],
) -> dict[str, FilmError]:
    """Plan and write the clips of all characters, their frames, and both tables.

    What an earlier run wrote stays if the plan has not changed; clips that the plan no longer
    has, or that now mean other frames, are deleted first. A film of which nothing is missing is
    not opened.

    Parameters
    ----------
    casts
        Faces and characters of each film.
    layout, config
        The study and the configuration.
    on_step
        Told how far the work has come.

    Returns
    -------
    dict
        Why clips of a film could not be cut, by its path.

    Raises
    ------
    StorageError
        The disk refused.
    """
    clips = list(_plan(casts, layout, config))
    if not layout.frames_path.exists():
        write_records(layout.frames_path, ClipFrame, [])
    _delete_stale(clips, layout)
    write_records(layout.clips_path, Clip, clips)
    failed: dict[str, FilmError] = {}
    for film in (cast.film for cast in casts):
        own = [clip for clip in clips if clip.film_id == film.film_id]
        if _is_complete(film, own, layout, config):
            continue
        rows = _export(film, own, layout, config, on_step)
        try:
            replace_rows(
                layout.frames_path, record_schema(ClipFrame), film_id=film.film_id, pieces=rows
            )
        except FilmError as error:
            failed[film.path] = error
    return failed


def _is_complete(
    film: Film, clips: Sequence[Clip], layout: StudyLayout, config: CollectConfig
) -> bool:
    """Return whether all clips of a film and the rows of their pictures are there."""
    if not all((layout.clip_dir / f"{clip.tag}.mp4").exists() for clip in clips):
        return False
    wanted = set() if config.frames.mode == "none" else {clip.tag for clip in clips}
    found: set[str] = set()
    columns = ["film_id", "clip_tag"]
    for piece in iterate_table(layout.frames_path, record_schema(ClipFrame), columns=columns):
        pairs = piece.group_by(columns).aggregate([]).to_pylist()
        found |= {pair["clip_tag"] for pair in pairs if pair["film_id"] == film.film_id}
    return found == wanted


def _export(
    film: Film,
    clips: Sequence[Clip],
    layout: StudyLayout,
    config: CollectConfig,
    on_step: Callable[[Step], None],
) -> Iterator[pa.Table]:
    """Write one film's clips and pictures; yield the rows of each clip's pictures."""
    if clips and find_same_film(film.film_id, [Path(film.path)]) is None:
        raise FilmError(
            f"{film.path}: expected the film that was read, to cut its clips, got another one or "
            "none",
            hint="put the film back, or name it where it lies now",
        )

    def report(n_done: int, n_total: int) -> None:
        name = f"film {film.film_number:03d}: clips and frames"
        on_step(Step(name=name, n_done=n_done, n_total=n_total, unit="frames"))

    for rows in export_clips(
        Path(film.path),
        clips,
        clip_dir=layout.clip_dir,
        frame_dir=layout.frame_dir,
        clip_config=config.clips,
        frame_config=config.frames,
        allow_damaged=film.n_damaged_frames > 0,
        on_progress=report,
    ):
        yield records_to_table(ClipFrame, rows)


def _plan(casts: Sequence[FilmCast], layout: StudyLayout, config: CollectConfig) -> Iterator[Clip]:
    """Yield all clips: film by film, character by character, in order of time."""
    shots = {
        (shot.film_id, shot.shot_index): shot for shot in read_records(layout.shots_path, Shot)
    }
    owners = {
        (character.film_id, track_id): character.character_number
        for cast in casts
        for character in cast.characters
        for track_id in character.track_ids
    }
    numbers = {cast.film.film_id: cast.film.film_number for cast in casts}
    planned: list[Clip] = []
    clip_numbers: dict[tuple[str, int], Iterator[int]] = {}
    tracks = read_tracks(layout.tracks_path)
    for (film_id, shot_index), in_shot in groupby(
        tracks, key=lambda track: (track.film_id, track.shot_index)
    ):
        by_character: dict[int, list[FaceTrack]] = {}
        for track in in_shot:
            owner = owners.get((film_id, track.track_id))
            if owner is not None:
                by_character.setdefault(owner, []).append(track)
        for owner, own_tracks in sorted(by_character.items()):
            number = clip_numbers.setdefault((film_id, owner), count(1))
            spans = _spans(shots[film_id, shot_index], own_tracks, config)
            planned += [
                Clip(
                    film_id=film_id,
                    film_number=numbers[film_id],
                    character_number=owner,
                    clip_number=next(number),
                    shot_index=shot_index,
                    start_frame=span.start_frame,
                    end_frame=span.end_frame,
                    span=span.span,
                    n_codable_frames=span.n_codable,
                    is_short=span.is_short,
                )
                for span in spans
            ]
    yield from sorted(
        planned, key=lambda clip: (clip.film_number, clip.character_number, clip.clip_number)
    )


def _spans(shot: Shot, tracks: Sequence[FaceTrack], config: CollectConfig) -> list[ClipSpan]:
    """Return where one character's clips lie in one shot."""
    return plan_clips(
        shot,
        frame_index=np.concatenate([track.frame_index for track in tracks]),
        pts=np.concatenate([track.pts for track in tracks]),
        end_pts=np.concatenate([np.append(track.pts[1:], track.end_pts) for track in tracks]),
        is_codable=np.concatenate([track.is_codable for track in tracks]),
        config=config.clips,
    )


def _delete_stale(clips: Sequence[Clip], layout: StudyLayout) -> None:
    """Delete the clips of an earlier plan that this one does not have, and their pictures.

    The rows of the pictures go first and ``clips.parquet`` comes after: a run that is killed
    on the way finds the same clips to delete, and never old rows of a new clip.
    """
    if not layout.clips_path.exists():
        return
    kept = set(clips)
    stale = [clip for clip in read_records(layout.clips_path, Clip) if clip not in kept]
    for film_id in sorted({clip.film_id for clip in stale}):
        replace_rows(layout.frames_path, record_schema(ClipFrame), film_id=film_id, pieces=())
    tags = {clip.tag for clip in stale}
    with disk_errors(layout.root):
        for tag in tags:
            (layout.clip_dir / f"{tag}.mp4").unlink(missing_ok=True)
        for picture in layout.frame_dir.glob("*.png") if tags else ():
            if FrameTag.is_tag(picture.stem) and str(FrameTag.parse(picture.stem).clip) in tags:
                picture.unlink()
