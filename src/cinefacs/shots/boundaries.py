"""Decide frame after frame where shots end: cuts, fades, dissolves and gaps, in one order.

The judge reads a `SignatureWindow` and returns one `Verdict` after the other, each about the next
frames. It looks ahead only as far as the evidence asks: some 10 frames where nothing happens, up
to `CutConfig.max_gradual_s` where a gradual transition may be under way.
"""

from dataclasses import dataclass
from enum import Enum

from cinefacs.records.shot import ShotStart
from cinefacs.shots.config import CutConfig
from cinefacs.shots.cuts import CutFinder
from cinefacs.shots.ramps import NeedMoreFrames, Ramp, RampFinder, mixture_share
from cinefacs.shots.signatures import best_correlation
from cinefacs.shots.window import SignatureWindow

__all__ = ["BoundaryJudge", "Verdict"]

_MOST_MIXED = 2
"""Most mixed frames at a cut; more are a dissolve."""
_DIM_FRAMES = 12
"""Most frames at the start of a fade that are still taken for flat ones."""
_REST_S = 0.5
"""Time after a dissolve in which no other starts: it would be the end of one that is longer than
the limit, s."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What is certain about the next frames."""

    end: int
    """First frame that nothing is said about."""
    in_transition: bool = False
    """Whether a transition touches the frames."""
    boundary: int | None = None
    """Frame among them, or `end`, at which a new shot starts."""
    starts_with: ShotStart = ShotStart.CUT
    """How that shot begins."""


class _Origin(Enum):
    """What a flat stretch began with."""

    STRETCH = "stretch"
    CUT = "cut"
    FADE = "fade"


class BoundaryJudge:
    """Decide about frame after frame.

    Parameters
    ----------
    window
        Knows the frames; the judge only reads it.
    config
        The limits.
    shot_start
        First frame of the running shot.
    next_frame
        First frame to decide about.
    last_cut
        As for `CutFinder`.
    rest_from
        End of the last dissolve; None where there is none.
    """

    def __init__(
        self,
        window: SignatureWindow,
        config: CutConfig,
        *,
        shot_start: int = 0,
        next_frame: int = 0,
        last_cut: int | None = None,
        rest_from: int | None = None,
    ) -> None:
        self._window = window
        self._config = config
        self._shot_start = shot_start
        self._next = next_frame
        self._rest_from = rest_from
        self._is_faded_out = False
        # A jump at the first frame would be the boundary that the shot starts with.
        self._cuts = CutFinder(window, config, next_frame=next_frame + 1, last_cut=last_cut)
        self._ramps = RampFinder(window, self._cuts, config)
        self._known = next_frame
        self._is_last = False

    @property
    def rest_from(self) -> int | None:
        """End of the last dissolve."""
        return self._rest_from

    @property
    def last_cut(self) -> int | None:
        """Last cut up to the start of the running shot."""
        return self._cuts.last_cut(self._shot_start)

    def next_verdict(self, end: int, *, is_last: bool) -> Verdict | None:
        """Return the next verdict, or None when more frames must be known.

        Parameters
        ----------
        end
            First frame that is not known, or that a gap lies before.
        is_last
            Whether nothing more will be known of this stretch.
        """
        self._cuts.advance(end, is_last=is_last)
        self._known, self._is_last = min(end, self._cuts.next_frame), is_last
        if self._next >= self._known:
            return None
        try:
            verdict = self._decide(self._next)
        except NeedMoreFrames:
            return None
        self._next = verdict.end
        if verdict.boundary is not None:
            self._shot_start = verdict.boundary
            self._cuts.forget(verdict.boundary)
        return verdict

    def start_stretch(self, at: int) -> Verdict:
        """Begin a shot after a gap in the film."""
        self._cuts.restart(at)
        self._shot_start = at
        self._rest_from = None
        return Verdict(end=at, boundary=at, starts_with=ShotStart.GAP)

    def _decide(self, at: int) -> Verdict:
        """Return what is certain about frame `at` and perhaps more.

        Raises
        ------
        NeedMoreFrames
            More frames must be known.
        """
        window = self._window
        verdict = None
        if self._is_faded_out:
            verdict = self._judge_flat(at, _Origin.FADE)
            self._is_faded_out = False
        elif self._cuts.is_cut(at) and at != self._shot_start:
            verdict = self._judge_cut(at)
        elif window.is_flat(at) and (at == 0 or window.follows_gap(at)):
            verdict = self._judge_flat(at, _Origin.STRETCH)
        elif at > self._shot_start:
            verdict = self._judge_ramp(at)
        return verdict or Verdict(end=at + 1)

    def _judge_cut(self, at: int) -> Verdict:
        """Return what a jump just before frame `at` means."""
        if self._window.is_flat(at):
            verdict = self._judge_flat(at, _Origin.CUT)
            return verdict or Verdict(end=at, boundary=at)
        if at + _MOST_MIXED >= self._known and not self._is_last:
            raise NeedMoreFrames
        for end in range(at + 1, at + _MOST_MIXED + 1):
            if end < self._known and self._is_mixed(at, end):
                return self._transition(at, end, boundary=at, starts_with=ShotStart.CUT)
        return Verdict(end=at, boundary=at)

    def _is_mixed(self, start: int, end: int) -> bool:
        """Return whether the frames are mixtures of the pictures before and after.

        Conversion between frame rates leaves such a frame at a cut.
        """
        share, residual = mixture_share(self._window.mixtures(start - 1, end + 1))
        inner, left = share[1:-1], residual[1:-1]
        is_between = bool(((inner > 0.1) & (inner < 0.9)).all())
        return is_between and float(left.max()) <= self._config.max_mixture_residual

    def _transition(
        self, start: int, end: int, *, boundary: int | None, starts_with: ShotStart
    ) -> Verdict:
        """Return the verdict on a transition, and judge the cuts after it without it."""
        keeps_cut = boundary == start and starts_with is ShotStart.CUT
        self._cuts.restart(end + 1, dismiss_from=start + 1 if keeps_cut else start)
        return Verdict(end=end, in_transition=True, boundary=boundary, starts_with=starts_with)

    def _judge_flat(self, start: int, origin: _Origin) -> Verdict | None:
        """Return what a flat stretch means; None where it is a shot of its own.

        It is the middle of a fade if the picture darkened before or brightens after it (darkens
        or brightens: goes to or comes from any one colour), or if it is too short for a shot.
        """
        window = self._window
        end = self._flat_end(start)
        own_shot = Verdict(end=start, boundary=start, starts_with=ShotStart.FADE)
        if end is None:
            return own_shot if origin is _Origin.FADE else None
        if self._is_last and end == self._known:
            is_brief = origin is _Origin.CUT and self._cuts.is_brief(start - 1, end - 1)
            if origin is _Origin.FADE or is_brief:
                return Verdict(end=end, in_transition=True)
            return None
        is_brief = self._cuts.is_brief(start, end)
        ramp = self._find_brightening(start, end)
        fade_end = end if ramp is None else ramp.end
        if origin is _Origin.CUT and ramp is None:
            pictures = window.signature(start - 1), window.signature(end)
            if best_correlation(*pictures) >= self._config.min_same_correlation:
                self._cuts.restart(end + 1, dismiss_from=start)  # the light went out and on
                return Verdict(end=end)
        if ramp is None and origin is not _Origin.FADE and not is_brief:
            return None
        flat_end = end if ramp is None else max(start, ramp.start)
        boundary = None if origin is _Origin.STRETCH else start + (flat_end - start) // 2
        return self._transition(start, fade_end, boundary=boundary, starts_with=ShotStart.FADE)

    def _flat_end(self, start: int) -> int | None:
        """Return the first frame that is not flat; None where the stretch is long."""
        for end in range(start + 1, self._known):
            if not self._window.is_flat(end):
                return end
            if self._window.seconds(start, end) > self._config.max_flat_s:
                return None
        if not self._is_last:
            raise NeedMoreFrames
        return self._known

    def _judge_ramp(self, at: int) -> Verdict | None:
        """Return the verdict on a gradual transition that starts at frame `at`, if one does."""
        window = self._window
        ramp = self._find_ramp(at)
        if ramp is None:
            return None
        if window.is_flat(at - 1):
            return self._transition(at, ramp.end, boundary=at, starts_with=ShotStart.FADE)
        if window.is_flat(ramp.last):
            self._is_faded_out = True
            flat = next(frame for frame in range(at, ramp.last + 1) if window.is_flat(frame))
            end = max(ramp.end, flat)
            return self._transition(at, end, boundary=None, starts_with=ShotStart.FADE)
        if self._is_rest(at) or not self._is_dissolve(ramp):
            return None
        self._rest_from = ramp.end
        return self._transition(
            at,
            ramp.end,
            boundary=at + (ramp.end - at) // 2,
            starts_with=ShotStart.DISSOLVE,
        )

    def _is_dissolve(self, ramp: Ramp) -> bool:
        """Return whether the ramp leads from one shot into another."""
        return self._ramps.is_dissolve(ramp, self._known, is_last=self._is_last)

    def _find_ramp(self, at: int) -> Ramp | None:
        """Return the ramp whose first mixed frame is `at`, if there is one."""
        return self._ramps.find(at, self._known, is_last=self._is_last)

    def _find_brightening(self, start: int, end: int) -> Ramp | None:
        """Return the ramp out of the flat stretch ``start <= k < end``, if there is one.

        Its first frames hardly differ from the flat ones and are among them.
        """
        if self._cuts.is_cut(end):
            return None
        at = max(start + 1, end - _DIM_FRAMES)
        return self._ramps.find(at, self._known, is_last=self._is_last, latest=end)

    def _is_rest(self, at: int) -> bool:
        """Return whether frame `at` follows a dissolve too closely to start another."""
        rest = self._rest_from
        if rest is None or rest < self._window.first:
            return False
        return self._window.seconds(rest, at) < _REST_S
