"""A clock of the test's own, and an analyser that sees what a script says."""

from collections.abc import Callable, Sequence

from cinefacs.media.frame import Frame
from cinefacs.records.face_track import Codability
from cinefacs.records.seen_frame import SeenFace, SeenFrame
from tests.support.scripted_faces import box_at

__all__ = ["ScriptedAnalyser", "TestClock"]

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


class ScriptedAnalyser:
    """See one face whose scores a script gives; frames come back some frames late.

    Parameters
    ----------
    levels
        Scores of the face in a frame; none where it cannot be read.
    lag
        Frames that are held back.
    clock, cost_s
        Reading a frame takes so long on this clock.
    stop_at
        Frame at which somebody presses Ctrl-C.
    """

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
        self._held: list[SeenFrame] = []

    def push(self, frames: Sequence[Frame]) -> Sequence[SeenFrame]:
        for frame in frames:
            if frame.index == self._stop_at:
                raise KeyboardInterrupt
            if self._clock is not None:
                self._clock.pass_s(self._cost_s)
            self._held.append(self._see(frame))
        n = max(0, len(self._held) - self._lag)
        ready, self._held = self._held[:n], self._held[n:]
        return ready

    def finish(self) -> Sequence[SeenFrame]:
        ready, self._held = self._held, []
        return ready

    def _see(self, frame: Frame) -> SeenFrame:
        scores = self._levels(frame.index)
        face = SeenFace(
            track_id=0,
            box_xyxy=box_at(100, 80),
            points_xy=None,
            face_score=0.9,
            codability=Codability.CODABLE if scores else Codability.BLURRED,
            scores=scores,
        )
        return SeenFrame(frame_index=frame.index, faces=(face,))
