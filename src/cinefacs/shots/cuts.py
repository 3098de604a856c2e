"""Find hard cuts: jumps of the picture that neither motion, a flash nor light explains."""

from collections.abc import Sequence

from cinefacs.shots.config import CutConfig
from cinefacs.shots.signatures import best_correlation, levels_distance, mean_change
from cinefacs.shots.window import LOOK_BACK, SignatureWindow

__all__ = ["CutFinder"]

_USUAL_QUANTILE = 0.65
"""Share of the context's changes that are smaller than the usual one: it must lie above one half,
since every other frame of a 12-a-second animation repeats, and leave room for two more cuts
among ten frames."""

_RUSH_FRAMES, _RUSH_SHARE, _RUSH_RATIO, _RUSH_COUNT = 3, 0.4, 1.25, 2
"""A jump with more than 2 others of at least .4 its size, and 1.25 the usual size, among the 3
frames on each side is motion. Two others are a picture or two between cuts: a flash, a frame
mixed of both shots."""


class CutFinder:
    """Judge frame after frame whether a cut lies just before it.

    Parameters
    ----------
    window
        Knows the frames; the finder only reads it.
    config
        The limits.
    next_frame
        First frame to judge.
    last_cut
        Cut before `next_frame` that a new one must not follow at once; None where there is none.
    """

    def __init__(
        self,
        window: SignatureWindow,
        config: CutConfig,
        *,
        next_frame: int = 0,
        last_cut: int | None = None,
    ) -> None:
        self._window = window
        self._config = config
        self._next = next_frame
        self._cuts: list[int] = [] if last_cut is None else [last_cut]

    @property
    def next_frame(self) -> int:
        """First frame that is not judged yet."""
        return self._next

    def advance(self, end: int, *, is_last: bool) -> None:
        """Judge as many frames as can be.

        Parameters
        ----------
        end
            First frame that is not known, or that a gap lies before.
        is_last
            Whether nothing more will be known of this stretch.
        """
        while self._next < end:
            is_jump = self._judge(self._next, end, is_last=is_last)
            if is_jump is None:
                return
            if is_jump:
                self._keep(self._next)
            self._next += 1

    def restart(self, at: int, *, dismiss_from: int | None = None) -> None:
        """Judge anew from a frame on.

        Parameters
        ----------
        at
            First frame to judge.
        dismiss_from
            Cuts from this frame on are forgotten: something else explains them. None forgets
            all, as for a new stretch of the film.
        """
        start = 0 if dismiss_from is None else dismiss_from
        self._cuts = [cut for cut in self._cuts if cut < start]
        self._next = at

    def is_cut(self, at: int) -> bool:
        """Return whether a cut lies just before a frame that has been judged."""
        return at in self._cuts

    def next_cut(self, after: int) -> int | None:
        """Return the first known cut after a frame."""
        return next((cut for cut in self._cuts if cut > after), None)

    def last_cut(self, until: int) -> int | None:
        """Return the last cut before or at a frame."""
        return next((cut for cut in reversed(self._cuts) if cut <= until), None)

    def forget(self, before: int) -> None:
        """Forget all cuts before a frame but the last."""
        last = self.last_cut(before)
        if last is not None:
            self._cuts = [cut for cut in self._cuts if cut >= last]

    def is_brief(self, start: int, end: int) -> bool:
        """Return whether the frames ``start <= k < end`` last no longer than a flash."""
        if end - start > LOOK_BACK - 2 or start < self._window.first:
            return False
        return self._window.seconds(start, end) <= self._config.max_flash_s

    def _keep(self, at: int) -> None:
        """Note a jump; one that follows a cut at once starts no shot."""
        if not (self._cuts and self.is_brief(self._cuts[-1], at)):
            self._cuts.append(at)

    def _judge(self, at: int, end: int, *, is_last: bool) -> bool | None:
        """Return whether the picture jumps before frame `at`; None when more must be known."""
        window, config = self._window, self._config
        change = window.change(at)
        if change < config.min_change:
            return False
        first = max(
            window.reach_back(at, config.context_frames + 1),
            self._cuts[-1] if self._cuts else window.first,
        )
        usual = _usual([window.change(k) for k in range(first + 1, at)])
        if change < config.sure_change_ratio * usual:
            return False
        n_after = config.context_frames
        if not is_last and (end <= at + n_after or self.is_brief(at, end - 1)):
            return None
        after = [window.change(k) for k in range(at + 1, min(end, at + 1 + n_after))]
        usual = max(usual, _usual(after))
        if change < config.sure_change_ratio * usual:
            return False
        if self._is_rush(at, end, usual) or self._is_flash(at, end):
            return False
        return self._is_other_scene(at, is_marked=change >= config.change_ratio * usual)

    def _is_other_scene(self, at: int, *, is_marked: bool) -> bool:
        """Return whether the pictures before and after a jump differ as those of two shots do."""
        window, config = self._window, self._config
        correlation = best_correlation(window.signature(at - 1), window.signature(at))
        apart = float(levels_distance(*window.levels(at - 1, at + 1)))
        is_strange = correlation < config.max_sure_correlation
        if not is_marked:
            return is_strange and apart >= config.min_sure_levels
        if correlation >= config.min_same_correlation:
            return False
        return is_strange or apart >= config.min_cut_levels

    def _is_rush(self, at: int, end: int, usual: float) -> bool:
        """Return whether the jump is one of several in a row: a whip pan, a thing close by."""
        window = self._window
        start = window.reach_back(at, _RUSH_FRAMES + 1) + 1
        around = [
            window.change(k) for k in range(start, min(end, at + _RUSH_FRAMES + 1)) if k != at
        ]
        limit = max(_RUSH_SHARE * window.change(at), _RUSH_RATIO * usual)
        return sum(change > limit for change in around) > _RUSH_COUNT

    def _is_flash(self, at: int, end: int) -> bool:
        """Return whether the picture before the jump comes back at once."""
        window = self._window
        limit = self._config.max_same_change * window.change(at)
        earliest = window.reach_back(at, LOOK_BACK - 2)
        for first in range(at - 1, earliest - 1, -1):
            if not self.is_brief(first + 1, at):
                break
            for last in range(at, end):
                if not self.is_brief(first + 1, last):
                    break
                same = mean_change(window.signature(first), window.signature(last))
                if last > first + 1 and same < limit:
                    return True
        return False


def _usual(changes: Sequence[float]) -> float:
    """Return the change that most of the context's frames stay below; 0 without context."""
    if not changes:
        return 0.0
    return sorted(changes)[min(len(changes) - 1, int(_USUAL_QUANTILE * len(changes)))]
