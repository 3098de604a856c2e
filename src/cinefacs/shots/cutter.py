"""Cut a film into shots while it is being decoded."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol

from cinefacs.media.frame import Frame
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.shots.assembly import ShotAssembler
from cinefacs.shots.boundaries import BoundaryJudge, Verdict
from cinefacs.shots.config import ShotConfig
from cinefacs.shots.cutter_state import CutterState
from cinefacs.shots.window import SignatureWindow

__all__ = ["Cutter", "ShotCutter", "make_cutter"]


class Cutter(Protocol):
    """What every method of cutting offers."""

    def push(self, frames: Sequence[Frame]) -> Iterator[ShotFrames]:
        """Take the next frames; yield those whose shot is certain."""
        ...

    def finish(self) -> Iterator[ShotFrames]:
        """Yield the rest: the film is over."""
        ...

    def state(self) -> CutterState:
        """Return what a new cutter needs to go on after the last shot that ended."""
        ...


class ShotCutter:
    """Cut at jumps of the picture, fades and dissolves (``method: luma``).

    Frames are handed on as soon as it is certain that they belong to their shot; what is handed
    on does not depend on how many frames are pushed at a time.

    Parameters
    ----------
    film_id
        SHA-256 of the film.
    config
        The limits.
    state
        Where to go on: the next frame pushed must be `CutterState.start_frame`. None for the
        first frame of the film.
    """

    def __init__(
        self, film_id: str, config: ShotConfig, *, state: CutterState | None = None
    ) -> None:
        self._state = state = state or CutterState()
        self._window = SignatureWindow(config.luma.max_flat_contrast)
        if state.window:
            self._window.restore(state.window)
        self._judge = BoundaryJudge(
            self._window,
            config.luma,
            shot_start=state.start_frame,
            next_frame=state.certain_until,
            last_cut=state.last_cut,
            rest_from=state.rest_from,
        )
        self._assembler = ShotAssembler(
            film_id,
            shot_index=state.shot_index,
            start_frame=state.start_frame,
            starts_with=state.starts_with,
        )
        self._gaps: deque[int] = deque()

    def push(self, frames: Sequence[Frame]) -> Iterator[ShotFrames]:
        """Take the next frames, and return an iterator over what is certain now.

        The frames are taken at once, whether or not the iterator is used.

        Parameters
        ----------
        frames
            Consecutive, in display order.

        Raises
        ------
        SchemaError
            Frames are missing.
        """
        for frame in frames:
            self._assembler.push(frame)
            self._window.push(frame)
            if frame.follows_gap and frame.index > self._state.start_frame:
                self._gaps.append(frame.index)
        return self._release(is_over=False)

    def finish(self) -> Iterator[ShotFrames]:
        """Yield all frames that are left."""
        yield from self._release(is_over=True)
        last = self._assembler.finish()
        if last is not None:
            self._save(self._assembler.next_frame)
            yield last

    def state(self) -> CutterState:
        """Return what a new cutter needs to go on after the last shot that was handed on whole.

        Taken between two pieces that the iterator of `push` or `finish` yields, it belongs to
        the last one that ended a shot; before the first such piece, to the start.
        """
        return self._state

    def _release(self, *, is_over: bool) -> Iterator[ShotFrames]:
        """Yield the frames about which a verdict can be had."""
        while (verdict := self._next_verdict(is_over=is_over)) is not None:
            ended = self._assembler.apply(verdict)
            if ended is not None:
                self._save(verdict.end)
                yield ended
            self._window.forget(self._assembler.next_frame)
        yield from self._assembler.flush()

    def _next_verdict(self, *, is_over: bool) -> Verdict | None:
        """Return the next verdict; None when more frames must be known."""
        at = self._assembler.next_frame
        if at < self._state.certain_until:
            return Verdict(end=at + 1, in_transition=True) if at < self._window.end else None
        if self._gaps and self._gaps[0] == at:
            return self._judge.start_stretch(self._gaps.popleft())
        end = self._gaps[0] if self._gaps else self._window.end
        return self._judge.next_verdict(end, is_last=is_over or bool(self._gaps))

    def _save(self, certain_until: int) -> None:
        """Note the state at the start of the running shot."""
        start = self._assembler.start_frame
        self._state = CutterState(
            shot_index=self._assembler.shot_index,
            start_frame=start,
            starts_with=self._assembler.starts_with,
            certain_until=certain_until,
            last_cut=self._judge.last_cut,
            rest_from=self._judge.rest_from,
            window=self._window.to_arrays(start),
        )


def make_cutter(film_id: str, config: ShotConfig, *, state: CutterState | None = None) -> Cutter:
    """Return a cutter of the method that the configuration names.

    Parameters
    ----------
    film_id
        SHA-256 of the film.
    config
        Method and limits.
    state
        As for `ShotCutter`.

    Raises
    ------
    ConfigError
        The method needs a package that is not installed.
    """
    if config.method == "luma":
        return ShotCutter(film_id, config, state=state)
    from cinefacs.shots.scenedetect_cutter import SceneDetectCutter  # noqa: PLC0415  (an extra)

    return SceneDetectCutter(film_id, config, state=state)
