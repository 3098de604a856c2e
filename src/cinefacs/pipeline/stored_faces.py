"""Read expressions at faces that a study knows already: no finding, no following, one decode.

What is read equals what one pass over the film would have read: the same frames, boxes and eyes go
to the same reader (docs/decisions/0019-analyze.md).
"""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from functools import partial

import numpy as np
import numpy.typing as npt

from cinefacs.errors import FilmError
from cinefacs.faces.codability import FaceEvidence, is_readable_face
from cinefacs.faces.config import FaceLimits
from cinefacs.media.decode import ResumePoint, decode_film
from cinefacs.media.frame import Frame
from cinefacs.media.probe import FilmHeader
from cinefacs.media.read_ahead import read_ahead
from cinefacs.pipeline.reading import Reading, TimedReader, join_readings
from cinefacs.records.face_track import CODABILITY_ORDER, Blendshapes, FaceTrack
from cinefacs.records.film import Film
from cinefacs.records.film_pass import FilmPass
from cinefacs.records.seen_face import SeenFace, measure_activity
from cinefacs.records.shot import Shot
from cinefacs.records.step import Step
from cinefacs.storage.analysis_tables import scores_to_table
from cinefacs.storage.face_tables import read_blendshapes, read_tracks
from cinefacs.storage.film_parts import FilmParts, ShotParts
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import replace_rows

__all__ = ["read_stored_faces"]

_TracksOfShot = list[tuple[FaceTrack, Blendshapes | None]]


def read_stored_faces(
    film: Film,
    header: FilmHeader,
    layout: StudyLayout,
    reading: Reading,
    *,
    on_step: Callable[[Step], None],
) -> None:
    """Put a film's rows into the table of detections; go on where an earlier run was killed.

    Parameters
    ----------
    film
        As it stands in the study.
    header
        What its container says.
    layout
        The study.
    reading
        Reads the faces.
    on_step
        Told how far the pass has come.

    Raises
    ------
    FilmError
        The film cannot be read, or has other frames than when it was collected.
    StorageError
        The disk refused; what was finished is kept for the next run.
    """
    folder = layout.work_dir / f"{film.film_id[:16]}-{reading.digest[:8]}"
    parts = FilmParts(folder, {"scores": reading.schema})
    start_s = time.perf_counter()
    scan = _StoredScan(film, header, layout, reading, parts)
    scan.run(on_step)
    pieces = parts.iterate("scores")
    path = reading.layout.detections_path
    replace_rows(path, reading.schema, film_id=film.film_id, pieces=pieces)
    reading.note(
        FilmPass(
            film_id=film.film_id,
            read_digest=reading.digest,
            n_read=sum(piece.num_rows for piece in parts.iterate("scores")),
            n_frames_timed=scan.n_frames_timed,
            seconds=time.perf_counter() - start_s,
        )
    )


def _evidence(
    track: FaceTrack, rows: npt.NDArray[np.int64], pose_deg: npt.NDArray[np.float32]
) -> FaceEvidence:
    """Return what is known of a face in the frames in which it has a mesh."""
    return FaceEvidence(
        box_xyxy=track.box_xyxy[rows],
        points_xy=track.points_xy[rows],
        luma=track.luma[rows],
        sharpness=track.sharpness[rows],
        presence=np.ones(len(rows), np.float32),
        pose_deg=pose_deg,
    )


class _ShotFaces:
    """The tracks of one shot, laid out by frame."""

    def __init__(
        self,
        tracks: Sequence[tuple[FaceTrack, Blendshapes | None]],
        *,
        resolution_wh: tuple[int, int],
        readability: FaceLimits,
    ) -> None:
        self.tracks = [track for track, _ in tracks]
        self._faces: dict[int, list[SeenFace]] = {}
        self._last: dict[int, list[int]] = {}
        for track, shapes in tracks:
            self._last.setdefault(int(track.frame_index[-1]), []).append(track.track_id)
            if shapes is None:
                continue
            met = np.flatnonzero(np.isin(track.frame_index, shapes.frame_index))
            mesh_rows = np.searchsorted(shapes.frame_index, track.frame_index[met])
            can_be_read = is_readable_face(
                _evidence(track, met, shapes.pose_deg[mesh_rows]),
                resolution_wh=resolution_wh,
                config=readability,
            )
            readable = zip(met[can_be_read].tolist(), mesh_rows[can_be_read].tolist(), strict=True)
            for row, mesh_row in readable:
                frame = int(track.frame_index[row])
                seen = SeenFace(
                    face=track.track_id,
                    box_xyxy=track.box_xyxy[row],
                    points_xy=track.points_xy[row],
                    codability=CODABILITY_ORDER[track.codability_code[row]],
                    activity=measure_activity(shapes.scores[mesh_row]),
                    is_readable=True,
                )
                self._faces.setdefault(frame, []).append(seen)

    def of_frame(self, frame_index: int) -> list[SeenFace]:
        """Return the faces that can be read in a frame."""
        return self._faces.get(frame_index, [])

    def ended_with(self, frame_index: int) -> list[int]:
        """Return the tracks whose last frame it is."""
        return self._last.get(frame_index, [])


class _StoredScan:
    """The pass over one film."""

    def __init__(
        self,
        film: Film,
        header: FilmHeader,
        layout: StudyLayout,
        reading: Reading,
        parts: FilmParts,
    ) -> None:
        self._film = film
        self._header = header
        self._reading = reading
        self._parts = parts
        shots = [
            shot
            for shot in read_records(layout.shots_path, Shot)
            if shot.film_id == film.film_id
        ]  # fmt: skip
        self._shots = sorted(shots, key=lambda shot: shot.shot_index)
        self._starts = [shot.start_frame for shot in self._shots]
        checkpoint = parts.checkpoint() or {"n_shots": 0}
        self._n_shots: int = checkpoint["n_shots"]
        self._start = ResumePoint(**checkpoint["next"]) if "next" in checkpoint else None
        self._make = partial(
            _ShotFaces, resolution_wh=film.size_wh, readability=reading.readability
        )
        self._faces = _faces_by_shot(layout, film.film_id)
        self._ahead: tuple[int, _ShotFaces] | None = None
        self.n_frames_timed = 0

    def run(self, on_step: Callable[[Step], None]) -> None:
        """Read from the checkpoint to the end."""
        if self._n_shots == len(self._shots):
            return
        reader = self._reading.make_reader()
        is_damaged = self._film.n_damaged_frames > 0
        frames = read_ahead(decode_film(self._header, start=self._start, allow_damaged=is_damaged))
        step = Step(
            name=f"film {self._film.film_number:03d}: expressions",
            n_done=0,
            n_total=self._film.n_frames,
            unit="frames",
        )
        with ExitStack() as ending, closing(frames):
            ending.callback(reader.close)
            self._read(_Chunks(frames, self._reading, on_step, step), reader)
        if self._n_shots != len(self._shots):
            raise FilmError(
                f"{self._film.path}: expected the {self._film.n_frames} frames that were "
                "collected, got fewer",
                hint="put the film back that was collected, or collect this one anew",
            )

    def _read(self, frames: "_Chunks", reader: TimedReader) -> None:
        """Read shot by shot."""
        shot: Shot | None = None
        faces = self._make([])
        parts_stack = ExitStack()
        shot_parts: ShotParts | None = None
        with parts_stack:
            for frame in frames:
                self.n_frames_timed = frames.n_frames
                if shot is None:
                    shot = self._shots[bisect_right(self._starts, frame.index) - 1]
                    faces = self._faces_of(shot.shot_index)
                    shot_parts = self._parts.start_shot(shot.shot_index)
                    parts_stack.enter_context(shot_parts)
                reader.push(frame, faces.of_frame(frame.index))
                frame.drop_pixels()
                for face in faces.ended_with(frame.index):
                    reader.end(face)
                if frame.index == shot.end_frame - 1 and shot_parts is not None:
                    self._write(shot_parts, faces, reader)
                    parts_stack.pop_all().close()
                    self._save(shot, frame)
                    shot = None

    def _faces_of(self, shot_index: int) -> _ShotFaces:
        """Return the faces of a shot; those of shots before it are passed over."""
        while self._ahead is None or self._ahead[0] < shot_index:
            found = next(self._faces, None)
            if found is None:
                return self._make([])
            self._ahead = found[0], self._make(found[1])
        return self._ahead[1] if self._ahead[0] == shot_index else self._make([])

    def _write(self, parts: ShotParts, faces: _ShotFaces, reader: TimedReader) -> None:
        for track in faces.tracks:
            found = reader.take(track.track_id)
            scores = join_readings(track, found, self._reading.class_names)
            parts.write("scores", scores_to_table(scores))

    def _save(self, shot: Shot, last: Frame) -> None:
        self._n_shots = shot.shot_index + 1
        self._start = ResumePoint(frame_index=last.index + 1, pts=last.end_pts)
        self._parts.save({"n_shots": self._n_shots, "next": asdict(self._start)}, {})


class _Chunks:
    """Frames one by one; counts them, and says how far the pass has come."""

    def __init__(
        self,
        chunks: Iterator[tuple[Frame, ...]],
        reading: Reading,
        on_step: Callable[[Step], None],
        step: Step,
    ) -> None:
        self._chunks = chunks
        self._clock = reading.clock
        self._on_step = on_step
        self._step = step
        self.n_frames = 0

    def __iter__(self) -> Iterator[Frame]:
        while True:
            with self._clock.measure("waiting for frames"):
                chunk = next(self._chunks, None)
            if chunk is None:
                return
            self.n_frames += len(chunk)
            yield from chunk
            step = self._step
            self._on_step(
                Step(
                    name=step.name,
                    n_done=chunk[-1].index + 1,
                    n_total=step.n_total,
                    unit=step.unit,
                )
            )


def _faces_by_shot(layout: StudyLayout, film_id: str) -> Iterator[tuple[int, _TracksOfShot]]:
    """Yield the tracks of each shot that has any; memory holds one shot."""
    shapes = read_blendshapes(layout.blendshapes_path, film_id=film_id)
    own = next(shapes, None)
    shot_index: int | None = None
    held: _TracksOfShot = []
    for track in read_tracks(layout.tracks_path, film_id=film_id):
        if shot_index is not None and track.shot_index != shot_index:
            yield shot_index, held
            held = []
        shot_index = track.shot_index
        while own is not None and own.track_id < track.track_id:
            own = next(shapes, None)
        is_own = own is not None and own.track_id == track.track_id
        held.append((track, own if is_own else None))
    if shot_index is not None:
        yield shot_index, held
