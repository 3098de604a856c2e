"""What reads expressions in a run, and how its rows belong to face tracks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cinefacs.config import as_document, document_digest
from cinefacs.engines.catalog import sha256_of
from cinefacs.engines.exported_card import CARD_NAME, ExportedCard, read_exported
from cinefacs.errors import ConfigError
from cinefacs.events.finder import au_columns
from cinefacs.faces.config import FaceLimits
from cinefacs.inference.config import ReadConfig
from cinefacs.inference.exported import ExportedDetector
from cinefacs.inference.expressions import ExpressionReader, make_expression_reader
from cinefacs.inference.readings import FaceReadings, columns_read
from cinefacs.media.frame import Frame
from cinefacs.pipeline.stage_clock import StageClock
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.face_track import FaceTrack
from cinefacs.records.film_pass import FilmPass
from cinefacs.records.seen_face import SeenFace
from cinefacs.storage.analysis_tables import score_schema
from cinefacs.storage.record_tables import read_records, record_schema, records_to_table
from cinefacs.storage.study import AnalysisLayout
from cinefacs.storage.tables import replace_rows

__all__ = ["Reading", "TimedReader", "classes_of_events", "join_readings"]


def classes_of_events(detector: Path, card: ExportedCard) -> tuple[str, ...]:
    """Return the classes that a detector reads, action units among them.

    Raises
    ------
    ConfigError
        It knows no action unit, so that no event could be found.
    """
    names = columns_read(card.class_space)
    if not au_columns(names):
        raise ConfigError(
            f"{detector}: expected a detector of action units, got one of {', '.join(names)}",
            hint="events are found in action units: train with the class space au or emotion+au",
        )
    return names


class Reading:
    """A detector that reads all films of an analysis; loaded when the first film needs it.

    Parameters
    ----------
    detector
        Folder that ``cinefacs export`` made.
    layout
        Where the detections go.
    config
        How faces are read.
    readability
        Which faces are read.
    device
        OpenVINO device.
    clock
        Counts the time that reading takes.

    Raises
    ------
    ModelError
        The folder is no exported detector.
    ConfigError
        The detector knows no action unit, so that no event could be found.
    """

    def __init__(
        self,
        detector: Path,
        layout: AnalysisLayout,
        config: ReadConfig,
        *,
        readability: FaceLimits,
        device: str,
        clock: StageClock,
    ) -> None:
        self.folder = detector
        self.layout = layout
        self.card: ExportedCard = read_exported(detector)
        self.class_names = classes_of_events(detector, self.card)
        self.clock = clock
        self.sha256 = sha256_of(detector / self.card.graph)
        self.models: Mapping[str, str] = {
            CARD_NAME: sha256_of(detector / CARD_NAME),
            self.card.graph: self.sha256,
        }
        self.readability = readability
        self.digest = document_digest(
            {
                "config": as_document(config),
                "readability": as_document(readability),
                "models": dict(self.models),
            }
        )
        self.schema = score_schema(self.class_names)
        self._config = config
        self._device = device
        self._detector: ExportedDetector | None = None

    def make_reader(self) -> "TimedReader":
        """Return a reader for one pass over a film.

        Raises
        ------
        ModelError
            The graph cannot be read, or there is no such device.
        """
        if self._detector is None:
            self._detector = ExportedDetector(self.folder, device=self._device)
        reader = make_expression_reader(self._detector, self._config)
        return TimedReader(reader, self.readability, self.clock)

    def unload(self) -> None:
        """Forget the network."""
        self._detector = None

    def has(self, film_id: str) -> bool:
        """Return whether a film was read as it would be read now."""
        return any(
            each.film_id == film_id and each.read_digest == self.digest for each in self.passes()
        )

    def passes(self) -> list[FilmPass]:
        """Return what was read so far, of other detectors too."""
        path = self.layout.passes_path
        return read_records(path, FilmPass) if path.exists() else []

    def note(self, film_pass: FilmPass) -> None:
        """Note that a film was read; its rows lie in the table already."""
        row = records_to_table(FilmPass, [film_pass])
        path = self.layout.passes_path
        replace_rows(path, record_schema(FilmPass), film_id=film_pass.film_id, pieces=[row])


class TimedReader:
    """An `ExpressionReader` whose time is counted apart."""

    def __init__(
        self, reader: ExpressionReader, readability: FaceLimits, clock: StageClock
    ) -> None:
        self._reader = reader
        self.readability = readability
        self._clock = clock

    def push(self, frame: Frame, faces: Sequence[SeenFace], /) -> None:
        """Read the faces of a frame that can be read."""
        readable = [each for each in faces if each.is_readable]
        if readable:
            with self._clock.measure("expressions"):
                self._reader.push(frame, readable)

    def end(self, face: int, /) -> None:
        """Take note that a face will not be seen again."""
        with self._clock.measure("expressions"):
            self._reader.end(face)

    def forget(self, face: int, /) -> None:
        """Forget a face that ended."""
        with self._clock.measure("expressions"):
            self._reader.forget(face)

    def take(self, face: int, /) -> FaceReadings:
        """Return what was read of a face, and forget it."""
        with self._clock.measure("expressions"):
            return self._reader.take(face)

    def close(self) -> None:
        """Let go of the network."""
        self._reader.close()


def join_readings(
    track: FaceTrack, readings: FaceReadings, class_names: tuple[str, ...]
) -> FaceScores:
    """Return what was read of a track, with the times of its frames.

    Readings of frames that do not belong to the track any more, since it was found to follow
    another face there, are left out.

    Parameters
    ----------
    track
        The track.
    readings
        What was read of its face.
    class_names
        Columns of the scores.
    """
    is_kept = np.isin(readings.frame_index, track.frame_index)
    rows = np.searchsorted(track.frame_index, readings.frame_index[is_kept])
    return FaceScores(
        film_id=track.film_id,
        time_base=track.time_base,
        class_names=class_names,
        track_id=np.full(len(rows), track.track_id),
        frame_index=track.frame_index[rows],
        pts=track.pts[rows],
        end_pts=np.append(track.pts[1:], track.end_pts)[rows],
        box_xyxy=readings.box_xyxy[is_kept],
        face_score=readings.face_score[is_kept],
        scores=readings.scores[is_kept],
    )
