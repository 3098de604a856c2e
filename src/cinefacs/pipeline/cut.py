"""The clips of all characters and their frames: a second pass, over the clips' own spans only.

Who a face belongs to is known only when all films were read, and a clip bears its character in
its name; so clips are cut after the one pass that reads everything else.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count, groupby
from pathlib import Path

import numpy as np

from cinefacs.films.clips import ClipSpan, plan_clips
from cinefacs.films.export import export_clips
from cinefacs.pipeline.cast import FilmCast
from cinefacs.pipeline.config import CollectConfig
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.face_track import FaceTrack
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot
from cinefacs.records.step import Step
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.record_tables import (
    read_records,
    record_schema,
    records_to_table,
    write_records,
)
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import TableWriter

__all__ = ["cut_clips"]


def cut_clips(
    casts: Sequence[FilmCast],
    layout: StudyLayout,
    config: CollectConfig,
    *,
    on_step: Callable[[Step], None],
) -> None:
    """Plan and write the clips of all characters, their frames, and both tables.

    What an earlier run wrote stays if the plan has not changed; clips that the plan no longer
    has, or that now mean other frames, are deleted first.

    Parameters
    ----------
    casts
        Faces and characters of each film.
    layout, config
        The study and the configuration.
    on_step
        Told how far the work has come.

    Raises
    ------
    FilmError, StorageError
        A film can no longer be read; the disk refused.
    """
    clips = list(_plan(casts, layout, config))
    if layout.clips_path.exists():
        kept = set(clips)
        for stale in (clip for clip in read_records(layout.clips_path, Clip) if clip not in kept):
            _delete(stale, layout)
    write_records(layout.clips_path, Clip, clips)
    with TableWriter(layout.frames_path, record_schema(ClipFrame)) as table:
        for cast in casts:
            for rows in _export(cast.film, clips, layout, config, on_step):
                table.write(records_to_table(ClipFrame, rows))


def _export(
    film: Film,
    clips: Sequence[Clip],
    layout: StudyLayout,
    config: CollectConfig,
    on_step: Callable[[Step], None],
) -> Iterator[list[ClipFrame]]:
    """Write one film's clips and pictures; yield the rows of each clip's pictures."""

    def report(n_done: int, n_total: int) -> None:
        name = f"film {film.film_number:03d}: clips and frames"
        on_step(Step(name=name, n_done=n_done, n_total=n_total, unit="frames"))

    yield from export_clips(
        Path(film.path),
        [clip for clip in clips if clip.film_id == film.film_id],
        clip_dir=layout.clip_dir,
        frame_dir=layout.frame_dir,
        clip_config=config.clips,
        frame_config=config.frames,
        allow_damaged=film.n_damaged_frames > 0,
        on_progress=report,
    )


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


def _delete(clip: Clip, layout: StudyLayout) -> None:
    """Delete a clip and its frames."""
    (layout.clip_dir / f"{clip.tag}.mp4").unlink(missing_ok=True)
    for picture in layout.frame_dir.glob(f"{clip.tag}-*.png"):
        picture.unlink()
