"""Cut with PySceneDetect's detectors, for people who want to compare: hard cuts only.

The detectors run with their own defaults. A detector begins anew at each cut that it finds, so
that reading can go on at any shot with the same result; PySceneDetect's own command keeps one
detector for the whole film and may differ within the 15 frames after a cut.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cinefacs.errors import ConfigError
from cinefacs.media.frame import Frame
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.records.shot import ShotStart
from cinefacs.shots.assembly import ShotAssembler
from cinefacs.shots.boundaries import Verdict
from cinefacs.shots.config import ShotConfig
from cinefacs.shots.cutter_state import CutterState

__all__ = ["SceneDetectCutter"]

_LAG_FRAMES = 16  # the detectors' shortest scene, by which a cut may be told late, and one more
_ANY_RATE_FPS = 24.0  # the detectors' defaults count frames; the rate only makes a time code


class SceneDetectCutter:
    """Offer PySceneDetect's detectors as a cutter (``method: adaptive`` and ``content``).

    Parameters
    ----------
    film_id
        SHA-256 of the film.
    config
        Names the method.
    state
        Where to go on; None for the first frame of the film.

    Raises
    ------
    ConfigError
        The package is not installed.
    """

    def __init__(
        self, film_id: str, config: ShotConfig, *, state: CutterState | None = None
    ) -> None:
        try:
            import scenedetect  # noqa: PLC0415  (not in the base)
        except ImportError as error:
            raise ConfigError(
                f"shots.method: expected PySceneDetect for {config.method!r}, found none",
                hint="pip install scenedetect-headless, or use the method luma",
            ) from error
        self._package: Any = scenedetect
        self._method = config.method
        self._state = state or CutterState()
        self._assembler = ShotAssembler(
            film_id,
            shot_index=self._state.shot_index,
            start_frame=self._state.start_frame,
            starts_with=self._state.starts_with,
        )
        self._held: deque[Frame] = deque()
        self._detector = self._make_detector()

    def push(self, frames: Sequence[Frame]) -> Iterator[ShotFrames]:
        """Take the next frames, and return an iterator over what is certain now.

        Parameters
        ----------
        frames
            Consecutive, in display order.
        """
        released: list[tuple[ShotFrames, CutterState]] = []
        for frame in frames:
            self._assembler.push(frame)
            if frame.follows_gap and frame.index > self._assembler.start_frame:
                self._cut_at(frame.index, ShotStart.GAP, released)
            self._held.append(frame)
            self._detect([frame], released)
            self._assembler.apply(
                Verdict(end=max(frame.index + 1 - _LAG_FRAMES, self._assembler.next_frame))
            )
            while self._held and self._held[0].index < self._assembler.next_frame:
                self._held.popleft()
        return self._hand_on(released)

    def finish(self) -> Iterator[ShotFrames]:
        """Yield all frames that are left."""
        self._assembler.apply(Verdict(end=self._assembler.end))
        last = self._assembler.finish()
        if last is not None:
            self._note_state()
            yield last

    def state(self) -> CutterState:
        """Return what a new cutter needs to go on after the last shot that was handed on whole."""
        return self._state

    def _hand_on(self, released: list[tuple[ShotFrames, CutterState]]) -> Iterator[ShotFrames]:
        for piece, state in released:
            self._state = state
            yield piece
        yield from self._assembler.flush()

    def _detect(
        self, frames: Sequence[Frame], released: list[tuple[ShotFrames, CutterState]]
    ) -> None:
        """Show frames to the detector, and again to a new one from each cut on."""
        to_show = deque(frames)
        while to_show:
            frame = to_show.popleft()
            code = self._package.FrameTimecode(frame.index, _ANY_RATE_FPS)
            bgr = np.ascontiguousarray(frame.rgb()[:, :, ::-1])
            cuts = [each.frame_num for each in self._detector.process_frame(code, bgr)]
            cuts = [cut for cut in cuts if cut > self._assembler.start_frame]
            if cuts:
                self._cut_at(cuts[0], ShotStart.CUT, released)
                to_show = deque(each for each in self._held if each.index >= cuts[0])

    def _cut_at(
        self, boundary: int, kind: ShotStart, released: list[tuple[ShotFrames, CutterState]]
    ) -> None:
        """End the running shot before `boundary`, and begin with a new detector."""
        ended = self._assembler.apply(Verdict(end=boundary, boundary=boundary, starts_with=kind))
        if ended is not None:
            released.append((ended, self._next_state()))
        self._detector = self._make_detector()

    def _next_state(self) -> CutterState:
        return CutterState(
            shot_index=self._assembler.shot_index,
            start_frame=self._assembler.start_frame,
            starts_with=self._assembler.starts_with,
            certain_until=self._assembler.start_frame,
        )

    def _note_state(self) -> None:
        self._state = self._next_state()

    def _make_detector(self) -> Any:  # noqa: ANN401
        detectors = self._package.detectors
        if self._method == "adaptive":
            return detectors.AdaptiveDetector()
        return detectors.ContentDetector()
