"""Read one film once, from its first frame to its last: shots, faces, expressions, shot by shot.

Every per-frame stage is an incremental object that is pushed what the one before released
(DECISIONS 1). After each shot the parts and a checkpoint are on the disk; a run that is killed
goes on from there and ends with the same tables.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import numpy.typing as npt

from cinefacs.faces.reader import FaceReader, FaceReading, FaceWatcher
from cinefacs.films.facts import FilmTally
from cinefacs.media.decode import DecodeStats, ResumePoint, decode_film
from cinefacs.media.frame import Frame
from cinefacs.media.probe import FilmHeader
from cinefacs.media.read_ahead import read_ahead
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.pipeline.reading import Reading, TimedReader, join_readings
from cinefacs.pipeline.stage_clock import StageClock
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot, ShotPicture
from cinefacs.records.step import Step
from cinefacs.shots.config import ShotConfig
from cinefacs.shots.cutter import make_cutter
from cinefacs.shots.cutter_state import CutterState
from cinefacs.shots.picture import PictureTaker
from cinefacs.storage.analysis_tables import scores_to_table
from cinefacs.storage.face_tables import (
    BLENDSHAPE_SCHEMA,
    PORTRAIT_SCHEMA,
    TRACK_SCHEMA,
    blendshapes_to_table,
    portraits_to_table,
    track_to_table,
)
from cinefacs.storage.film_parts import FilmParts, ShotParts
from cinefacs.storage.record_tables import record_schema, records_to_table

__all__ = ["PART_SCHEMAS", "FilmScan"]

PART_SCHEMAS = {
    "shots": record_schema(Shot),
    "pictures": record_schema(ShotPicture),
    "tracks": TRACK_SCHEMA,
    "blendshapes": BLENDSHAPE_SCHEMA,
    "portraits": PORTRAIT_SCHEMA,
}
"""Kinds of rows that a shot leaves; one more, ``scores``, where expressions are read."""


class FilmScan:
    """The one pass over a film.

    Parameters
    ----------
    header
        What the container says.
    film_id
        SHA-256 of the film.
    parts
        Where parts and checkpoint go.
    shot_config
        How to cut.
    make_reader
        Makes the face reader; gets the number of the first new track, and who is shown the faces.
    reading
        Reads expressions in the same pass; None reads none.
    clock
        Counts the time of each stage.
    """

    def __init__(
        self,
        header: FilmHeader,
        *,
        film_id: str,
        parts: FilmParts,
        shot_config: ShotConfig,
        make_reader: Callable[[int, FaceWatcher | None], FaceReader],
        reading: Reading | None = None,
        clock: StageClock | None = None,
    ) -> None:
        self._header = header
        self._film_id = film_id
        self._parts = parts
        checkpoint = parts.checkpoint() or {"n_shots": 0, "next_track_id": 0, "is_complete": False}
        self._n_shots: int = checkpoint["n_shots"]
        self._start = ResumePoint(**checkpoint["next"]) if "next" in checkpoint else None
        self._is_complete: bool = checkpoint["is_complete"]
        self._n_lost_at_end: int = checkpoint.get("n_lost_at_end", 0)
        self._tally = FilmTally(header, state=checkpoint.get("tally"))
        state = CutterState.from_arrays(parts.arrays()) if self._start is not None else None
        self._cutter = make_cutter(film_id, shot_config, state=state)
        self._reading = reading
        self._clock = clock or StageClock()
        self._expressions: TimedReader | None = None
        if reading is not None and not self._is_complete:
            self._expressions = reading.make_reader()
        self._reader = make_reader(checkpoint["next_track_id"], self._expressions)
        self.n_frames_timed = 0
        """Frames that were decoded since the scan was made."""
        self._pictures = PictureTaker(film_id)
        self._shot_stack = ExitStack()
        self._shot_parts: ShotParts | None = None

    def run(self, *, allow_damaged: bool, on_step: Callable[[Step], None], name: str) -> None:
        """Read the film to its end, from the checkpoint if there is one.

        Parameters
        ----------
        allow_damaged
            Go on with the readable part of a damaged film.
        on_step
            Told how far the pass has come.
        name
            What to call the step.

        Raises
        ------
        DamagedFilmError
            The film is damaged and that was not allowed.
        FilmError, StorageError
            The film has no frame; the disk refused.
        """
        if self._is_complete:
            return
        stats = DecodeStats()
        chunks = read_ahead(
            decode_film(self._header, start=self._start, allow_damaged=allow_damaged, stats=stats)
        )
        with self._shot_stack, closing(chunks), ExitStack() as ending:
            if self._expressions is not None:
                ending.callback(self._expressions.close)
            while (chunk := self._next(chunks)) is not None:
                with self._clock.measure("shots"):
                    released = list(self._cutter.push(chunk))
                self._take(released)
                on_step(
                    Step(
                        name=name,
                        n_done=chunk[-1].index + 1,
                        n_total=self._header.n_frames or None,
                        unit="frames",
                    )
                )
            self._take(self._cutter.finish())
        self._is_complete = True
        self._n_lost_at_end = stats.n_lost_at_end
        self._save(self._cutter.state().to_arrays())

    def film(self, film_number: int) -> Film:
        """Return the film that was read; `run` has ended.

        Parameters
        ----------
        film_number
            Position in the study, from 1.
        """
        return self._tally.finish(
            film_id=self._film_id, film_number=film_number, n_lost_at_end=self._n_lost_at_end
        )

    def _next(self, chunks: Iterator[tuple[Frame, ...]]) -> tuple[Frame, ...] | None:
        """Wait for the next decoded frames."""
        with self._clock.measure("waiting for frames"):
            chunk = next(chunks, None)
        self.n_frames_timed += len(chunk or ())
        return chunk

    def _take(self, released: Iterable[ShotFrames]) -> None:
        """Hand released frames to the stages; close the shot when it ends."""
        for shot_frames in released:
            parts = self._open_shot(shot_frames)
            self._tally.push(shot_frames)
            self._pictures.push(shot_frames)
            with self._clock.measure("faces"):
                readings = self._reader.push(shot_frames)
            self._write_readings(parts, readings)
            for frame in shot_frames.frames:
                frame.drop_pixels()
            if shot_frames.shot is not None:
                self._close_shot(parts, shot_frames.shot, shot_frames)

    def _open_shot(self, shot_frames: ShotFrames) -> ShotParts:
        if self._shot_parts is None:
            parts = self._parts.start_shot(shot_frames.shot_index)
            self._shot_parts = self._shot_stack.enter_context(parts)
        return self._shot_parts

    def _close_shot(self, parts: ShotParts, shot: Shot, shot_frames: ShotFrames) -> None:
        parts.write("shots", records_to_table(Shot, [shot]))
        parts.write("pictures", records_to_table(ShotPicture, [self._pictures.finish_shot()]))
        self._shot_stack.pop_all().close()
        self._shot_parts = None
        self._n_shots = shot.shot_index + 1
        last = shot_frames.frames[-1]
        self._start = ResumePoint(frame_index=last.index + 1, pts=last.end_pts)
        self._save(self._cutter.state().to_arrays())

    def _write_readings(self, parts: ShotParts, readings: Iterable[FaceReading]) -> None:
        for reading in readings:
            parts.write("tracks", track_to_table(reading.track))
            parts.write("blendshapes", blendshapes_to_table(reading.blendshapes))
            parts.write("portraits", portraits_to_table(reading.portraits))
            if self._reading is not None and self._expressions is not None:
                found = self._expressions.take(reading.face)
                scores = join_readings(reading.track, found, self._reading.class_names)
                parts.write("scores", scores_to_table(scores))

    def _save(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        checkpoint: dict[str, Any] = {
            "n_shots": self._n_shots,
            "next_track_id": self._reader.next_track_id,
            "is_complete": self._is_complete,
            "n_lost_at_end": self._n_lost_at_end,
            "tally": self._tally.state(),
        }
        if self._start is not None:
            checkpoint["next"] = dataclasses.asdict(self._start)
        self._parts.save(checkpoint, arrays)
