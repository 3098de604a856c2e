"""Follow faces and read their expressions in frames as they come, for whoever shows them at once.

`analyze` knows a shot before it follows faces through it; here nothing may wait. Faces are followed
from frame to frame as in `analyze`, across cuts too until they are lost, and nothing is stored.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cinefacs.faces.config import FaceConfig, ReadabilityConfig
from cinefacs.inference.config import ReadConfig
from cinefacs.inference.exported import ExportedDetector
from cinefacs.inference.expressions import ExpressionReader, make_expression_reader
from cinefacs.media.frame import Frame
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.readers import FaceTools
from cinefacs.pipeline.reading import classes_of_events
from cinefacs.records.face_track import Codability
from cinefacs.records.seen_face import SeenFace

__all__ = ["LiveFace", "LiveFaces", "LiveFrame"]

_NOBODY = "0" * 64


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveFace:
    """One followed face in one frame."""

    face: int
    """Number of the face; a face that was lost and found again has another."""
    box_xyxy: npt.NDArray[np.float32]
    """(4,) px of the shown frame."""
    points_xy: npt.NDArray[np.float32]
    """(5, 2) px: left eye, right eye, nose, left and right mouth corner, as seen."""
    codability: Codability
    """Whether a coder could read it, and if not, why."""
    is_readable: bool
    """Whether expressions are read here."""
    scores: npt.NDArray[np.float32] | None
    """(K,) 0 to 1: the newest reading of this face; None before the first."""
    read_frame_index: int | None
    """Frame of that reading: this one, or an earlier one where the face could not be read here
    or the detector waits for later frames."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveFrame:
    """One frame with its faces."""

    frame: Frame
    """The frame; its pixels may be asked for."""
    faces: tuple[LiveFace, ...]
    """In order of first appearance."""


class LiveFaces:
    """Push frames, get them back with faces and scores.

    Memory does not grow with time: of each face the newest reading is kept, and what the face
    reader holds is bounded by `FaceConfig.max_track_s`.

    Parameters
    ----------
    detector
        Folder that ``cinefacs export`` made.
    faces, readability, read
        How faces are followed, which ones are read, and how; defaults when None.
    device
        OpenVINO device.

    Raises
    ------
    ModelError
        The detector or a face model cannot be read, or there is no such device.
    ConfigError
        The detector knows no action unit.
    """

    def __init__(
        self,
        detector: Path,
        *,
        faces: FaceConfig | None = None,
        readability: ReadabilityConfig | None = None,
        read: ReadConfig | None = None,
        device: str = "CPU",
    ) -> None:
        network = ExportedDetector(detector, device=device)
        self.class_names = classes_of_events(detector, network.card)
        """What the columns of `LiveFace.scores` are."""
        # One face at a time: a batch that waits to be full would be late.
        self._expressions = make_expression_reader(network, read or ReadConfig(batch=1))
        self._watcher = _Watcher(self._expressions, readability or ReadabilityConfig())
        config = CollectConfig(identity="off", faces=faces or FaceConfig())
        tools = FaceTools(config, device=device)
        self._reader = tools.make_reader(_NOBODY, 0, self._watcher)
        self._newest: dict[int, _Reading] = {}
        self._has_begun = False

    def push(self, frames: Sequence[Frame]) -> list[LiveFrame]:
        """Follow all faces through some frames, and read them.

        Parameters
        ----------
        frames
            The next frames, at least one, in display order.

        Returns
        -------
        list of LiveFrame
            One for each frame, in order.
        """
        piece = ShotFrames(
            shot_index=0,
            frames=tuple(frames),
            in_transition=(False,) * len(frames),
            starts_shot=not self._has_begun,
            shot=None,
        )
        self._has_begun = True
        self._reader.push(piece)  # whole tracks come back; nobody wants them here
        self._expressions.flush()
        seen, ended = self._watcher.take()
        numbers = {each.face for _, faces in seen for each in faces}
        read = {number: deque(self._readings(number)) for number in numbers}
        shown = [
            LiveFrame(
                frame=frame, faces=tuple(self._live(each, frame, read[each.face]) for each in faces)
            )
            for frame, faces in seen
        ]
        for number in ended:
            self._expressions.forget(number)
            self._newest.pop(number, None)
        return shown

    def close(self) -> None:
        """Let go of the networks."""
        self._expressions.close()

    def _readings(self, face: int) -> Iterator["_Reading"]:
        found = self._expressions.take(face)
        for frame_index, scores in zip(found.frame_index.tolist(), found.scores, strict=True):
            yield _Reading(frame_index, scores)

    def _live(self, seen: SeenFace, frame: Frame, read: "deque[_Reading]") -> LiveFace:
        while read and read[0].frame_index <= frame.index:
            self._newest[seen.face] = read.popleft()
        newest = self._newest.get(seen.face)
        return LiveFace(
            face=seen.face,
            box_xyxy=seen.box_xyxy,
            points_xy=seen.points_xy,
            codability=seen.codability,
            is_readable=seen.is_readable,
            scores=None if newest is None else newest.scores,
            read_frame_index=None if newest is None else newest.frame_index,
        )


class _Reading(NamedTuple):
    """Scores of a face in one frame."""

    frame_index: int
    scores: npt.NDArray[np.float32]


class _Watcher:
    """Note what the face reader follows, and have it read."""

    def __init__(self, expressions: ExpressionReader, readability: ReadabilityConfig) -> None:
        self._expressions = expressions
        self.readability = readability
        self._seen: list[tuple[Frame, Sequence[SeenFace]]] = []
        self._ended: list[int] = []

    def push(self, frame: Frame, faces: Sequence[SeenFace], /) -> None:
        self._seen.append((frame, faces))
        readable = [each for each in faces if each.is_readable]
        if readable:
            self._expressions.push(frame, readable)

    def end(self, face: int, /) -> None:
        self._expressions.end(face)
        self._ended.append(face)

    def forget(self, face: int, /) -> None:
        """Do nothing: it ended before, and its readings go with the others that ended."""

    def take(self) -> tuple[list[tuple[Frame, Sequence[SeenFace]]], list[int]]:
        """Return what was seen and what ended since the last time."""
        taken = self._seen, self._ended
        self._seen, self._ended = [], []
        return taken
