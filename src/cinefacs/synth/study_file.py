"""Films into a study: tables of one film in a folder of parts, then all of them together.

The tables are those that `collect` and the labels' importers write, and one more with the whole
truth of each face.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pyarrow as pa

from cinefacs.records.au_label import AuLabel
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.film import Film
from cinefacs.records.labels import Labels
from cinefacs.records.shot import Shot
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.face_tables import TRACK_SCHEMA, track_to_table
from cinefacs.storage.label_tables import add_labels
from cinefacs.storage.record_tables import (
    read_records,
    record_schema,
    records_to_table,
    write_records,
)
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import TableWriter, iterate_table
from cinefacs.synth.film_file import FilmFile
from cinefacs.synth.film_plan import FilmPlan
from cinefacs.synth.truth_labels import label_truth
from cinefacs.synth.truth_tables import TRUTH_SCHEMA, FilmTruth, gather_truth

__all__ = [
    "PictureName",
    "face_truth_path",
    "has_parts",
    "merge_parts",
    "name_pictures",
    "write_parts",
]

_ONE = Fraction(1)
_LAST = "film.parquet"
"""Written last: with it the parts of a film are whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureName:
    """A picture of a film, and the row that it has in ``frames.parquet``."""

    frame: int
    """Frame of the film."""
    row: ClipFrame
    """Its row; the picture's name is its tag."""


def face_truth_path(layout: StudyLayout) -> Path:
    """Return where the row per face with the whole truth lies."""
    return layout.root / "face_truth.parquet"


def name_pictures(plan: FilmPlan, truth: FilmTruth, pictures: Sequence[int]) -> list[PictureName]:
    """Return the names of the chosen frames that show a codable face.

    A picture with several such faces stands under the lowest character's clip.

    Parameters
    ----------
    plan
        The film.
    truth
        Its records.
    pictures
        Chosen frames.
    """
    wanted = sorted(set(pictures))
    counts: dict[str, int] = {}
    found: list[PictureName] = []
    for frame in wanted:
        clips = [clip for clip in truth.clips if clip.start_frame <= frame < clip.end_frame]
        if not clips:
            continue
        clip = min(clips, key=lambda each: each.character_number)
        counts[clip.tag] = counts.get(clip.tag, 0) + 1
        pts = frame * plan.ticks_per_frame
        row = ClipFrame(
            film_id=clip.film_id,
            clip_tag=clip.tag,
            picture_number=counts[clip.tag],
            frame_index=frame,
            pts=pts,
            shown_at_s=pts * plan.time_base,
        )
        found.append(PictureName(frame=frame, row=row))
    return found


def write_parts(
    folder: Path, plan: FilmPlan, file: FilmFile, *, film_number: int, path: str
) -> list[PictureName]:
    """Write the tables of one film into a folder, and return the names of its pictures.

    Parameters
    ----------
    folder
        Of this film alone.
    plan, file
        What was planned and what came of it.
    film_number
        Number in the study, from 1.
    path
        Where the film lies.

    Raises
    ------
    StorageError
        The disk refused.
    """
    truth = gather_truth(plan, file.rows, film_id=file.film_id, film_number=film_number)
    labels = label_truth(plan, file.rows, file.film_id)
    names = name_pictures(plan, truth, file.pictures)
    with TableWriter(folder / "tracks.parquet", TRACK_SCHEMA) as writer:
        for track in truth.tracks:
            writer.write(track_to_table(track))
    with TableWriter(folder / "face_truth.parquet", TRUTH_SCHEMA) as writer:
        writer.write(truth.faces)
    write_records(folder / "shots.parquet", Shot, truth.shots)
    write_records(folder / "characters.parquet", Character, truth.characters)
    write_records(folder / "clips.parquet", Clip, truth.clips)
    write_records(folder / "frames.parquet", ClipFrame, [name.row for name in names])
    write_records(folder / "aus.parquet", AuLabel, labels.aus)
    write_records(folder / "expressions.parquet", ExpressionLabel, labels.expressions)
    write_records(folder / "coded.parquet", CodedSpan, labels.coded)
    write_records(folder / _LAST, Film, [_film(plan, file, film_number, path)])
    return names


def has_parts(folder: Path) -> bool:
    """Return whether a film's tables are whole."""
    return (folder / _LAST).is_file()


def merge_parts(layout: StudyLayout, folders: Sequence[Path]) -> list[Film]:
    """Write the tables of a study from its films' parts, and return the films.

    The caller holds the study.

    Raises
    ------
    StudyError, SchemaError
        Parts are missing or damaged.
    StorageError
        The disk refused.
    """
    tables: dict[Path, tuple[str, pa.Schema]] = {
        layout.tracks_path: ("tracks", TRACK_SCHEMA),
        face_truth_path(layout): ("face_truth", TRUTH_SCHEMA),
        layout.shots_path: ("shots", record_schema(Shot)),
        layout.characters_path: ("characters", record_schema(Character)),
        layout.clips_path: ("clips", record_schema(Clip)),
        layout.frames_path: ("frames", record_schema(ClipFrame)),
    }
    for path, (kind, schema) in tables.items():
        with TableWriter(path, schema) as writer:
            for piece in _pieces(folders, kind, schema):
                writer.write(piece)
    labels = Labels()
    for folder in folders:
        labels = labels + Labels(
            aus=tuple(read_records(folder / "aus.parquet", AuLabel)),
            expressions=tuple(read_records(folder / "expressions.parquet", ExpressionLabel)),
            coded=tuple(read_records(folder / "coded.parquet", CodedSpan)),
        )
    add_labels(layout, labels, replace=True)
    films = [film for folder in folders for film in read_records(folder / _LAST, Film)]
    films_table = records_to_table(Film, films)
    with TableWriter(layout.films_path, films_table.schema) as writer:
        writer.write(films_table)
    return films


def _pieces(folders: Sequence[Path], kind: str, schema: pa.Schema) -> Iterator[pa.Table]:
    for folder in folders:
        yield from iterate_table(folder / f"{kind}.parquet", schema)


def _film(plan: FilmPlan, file: FilmFile, film_number: int, path: str) -> Film:
    return Film(
        film_id=file.film_id,
        film_number=film_number,
        path=path,
        width_px=plan.size_wh[0],
        height_px=plan.size_wh[1],
        rotation_deg=0,
        sample_aspect_ratio=_ONE,
        n_frames=plan.n_frames,
        span=TimeSpan(
            start_pts=0,
            end_pts=plan.n_frames * plan.ticks_per_frame,
            time_base=plan.time_base,
        ),
        is_constant_rate=True,
        rate_fps=_ONE * plan.rate_fps,
        is_interlaced=False,
        has_audio=False,
        codec="png" if plan.is_stills else "h264",
    )
