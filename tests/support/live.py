"""A clock of the test's own, and an analyser that sees what a script says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.media.frame import Frame
from cinefacs.records.face_track import Codability
from tests.support.scores import AU_NAMES
from tests.support.scripted_faces import box_at

__all__ = ["Levels", "ScriptedAnalyser", "ScriptedFace", "ScriptedFrame", "TestClock"]

Levels = Callable[[int], dict[str, float]]


class TestClock:
    """Time that passes when the test says so, or when somebody waits."""

    __test__ = False

    def __init__(self) -> None:
        self._now_s = 100.0

    def now_s(self) -> float:
        return self._now_s

    def wait_until(self, time_s: float) -> None:
        self._now_s = max(self._now_s, time_s)

    def pass_s(self, seconds: float) -> None:
        self._now_s += seconds


@dataclass(frozen=True)
class ScriptedFace:
    """A face as the script has it."""

    face: int
    box_xyxy: npt.NDArray[np.float32]
    points_xy: npt.NDArray[np.float32]
    codability: Codability
    is_readable: bool
    scores: npt.NDArray[np.float32] | None
    read_frame_index: int | None


@dataclass(frozen=True)
class ScriptedFrame:
    """A frame with the one face."""

    frame: Frame
    faces: tuple[ScriptedFace, ...]


class ScriptedAnalyser:
    """See one face whose scores a script gives; readings are some frames late.

    Parameters
    ----------
    levels
        Scores of the face in a frame; none where it cannot be read.
    lag
        Frames that a reading is late.
    clock, cost_s
        Reading a frame takes so long on this clock.
    stop_at
        Frame at which somebody presses Ctrl-C.
    """

    class_names = AU_NAMES

    def __init__(
        self,
        levels: Levels,
        *,
        lag: int = 0,
        clock: TestClock | None = None,
        cost_s: float = 0.0,
        stop_at: int | None = None,
    ) -> None:
        self._levels = levels
        self._lag = lag
        self._clock = clock
        self._cost_s = cost_s
        self._stop_at = stop_at
        self._newest: tuple[npt.NDArray[np.float32], int] | None = None

    def push(self, frames: Sequence[Frame]) -> Sequence[ScriptedFrame]:
        for frame in frames:
            if frame.index == self._stop_at:
                raise KeyboardInterrupt
            if self._clock is not None:
                self._clock.pass_s(self._cost_s)
        return [self._see(frame) for frame in frames]

    def close(self) -> None:
        pass

    def _see(self, frame: Frame) -> ScriptedFrame:
        late = frame.index - self._lag
        if late >= 0 and (read := self._levels(late)):
            self._newest = np.array([read[name] for name in AU_NAMES], np.float32), late
        scores, index = self._newest or (None, None)
        is_read = bool(self._levels(frame.index))
        face = ScriptedFace(
            face=0,
            box_xyxy=box_at(100, 80),
            points_xy=np.array([[85, 70], [115, 70], [100, 82], [88, 98], [112, 98]], np.float32),
            codability=Codability.CODABLE if is_read else Codability.BLURRED,
            is_readable=is_read,
            scores=scores,
            read_frame_index=index,
        )
        return ScriptedFrame(frame, (face,))
