"""One person's part in one shot: acts, speech, gaze and head, as a pose for each frame."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.act import Act, ActKind
from cinefacs.synth.body import Pose
from cinefacs.synth.drives import GAZE_AUS, HEAD_AUS

__all__ = ["HEAD_TURNS", "Performance", "merged"]

HEAD_TURNS: dict[int, tuple[float, float, float, float]] = {
    51: (32.0, 0.0, 0.0, 0.0),
    52: (-32.0, 0.0, 0.0, 0.0),
    53: (0.0, -22.0, 0.0, 0.0),
    54: (0.0, 22.0, 0.0, 0.0),
    55: (0.0, 0.0, -20.0, 0.0),
    56: (0.0, 0.0, 20.0, 0.0),
    57: (0.0, 4.0, 0.0, 0.7),
    58: (0.0, -4.0, 0.0, -0.5),
}
"""Yaw, pitch, roll (degrees) and shift (dm) of the head at intensity 1, by action unit."""
_GAZE_TURNS: dict[int, tuple[float, float]] = {
    61: (26.0, 0.0),
    62: (-26.0, 0.0),
    63: (0.0, -17.0),
    64: (0.0, 19.0),
}
"""Yaw and pitch of the eyes at intensity 1, degrees."""
_SYLLABLES: tuple[tuple[tuple[int, float], ...], ...] = (
    ((26, 0.55), (25, 0.6)),
    ((26, 0.25), (25, 0.5), (20, 0.35)),
    ((22, 0.55), (26, 0.3), (25, 0.35)),
    ((18, 0.5), (26, 0.15), (25, 0.2)),
    ((16, 0.4), (25, 0.45), (26, 0.15)),
    ((24, 0.35), (25, 0.1)),
    ((10, 0.3), (25, 0.5), (26, 0.3)),
)
"""Mouth shapes of speech as action units: open, spread, round, puckered, teeth, closed, raised."""


def merged(parts: Iterable[dict[int, tuple[float, float]]]) -> dict[int, tuple[float, float]]:
    """Return the stronger of each side, action unit by action unit."""
    found: dict[int, tuple[float, float]] = {}
    for part in parts:
        for au, (left, right) in part.items():
            old = found.get(au, (0.0, 0.0))
            found[au] = (max(old[0], left), max(old[1], right))
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Performance:
    """One person's part in one shot; a frame is counted from the shot's first."""

    n_frames: int
    """Length of the shot."""
    rate_fps: float
    """Frames per second."""
    acts: tuple[Act, ...] = ()
    """Expressions, blinks, speech and chewing."""
    head_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Where the head points between acts: yaw, pitch, roll."""
    unrest: float = 0.5
    """How much the head sways, 0 to 1."""
    gaze_deg: tuple[float, float] = (0.0, 0.0)
    """Where the eyes point between glances."""
    seed: int = 0
    """Of sway, glances and speech."""
    first_frame: int = 0
    """Frame of the acts that frame 0 shows: above 0 where only a later moment is shown."""

    def intensities(self, frame: int) -> dict[int, tuple[float, float]]:
        """Return left and right intensity of each action unit in a frame, 0 to 1."""
        return merged(self._parts(frame + self.first_frame))

    def _parts(self, frame: int) -> Iterable[dict[int, tuple[float, float]]]:
        for act in self.acts:
            if act.kind is ActKind.SPEECH:
                yield self._speech(act, frame)
            elif act.kind is ActKind.CHEWING:
                yield self._chewing(act, frame)
            else:
                yield act.intensities(frame)

    def _speech(self, act: Act, frame: int) -> dict[int, tuple[float, float]]:
        """Return the mouth of somebody who talks: some four syllables a second."""
        strength = act.strength(frame)
        if strength <= 0:
            return {}
        rng = np.random.default_rng([act.seed, 5])
        shapes = rng.integers(0, len(_SYLLABLES), 400)
        force = rng.uniform(0.5, 1.15, 400)
        place = (frame - act.onset) / self.rate_fps * float(rng.uniform(3.4, 5.2))
        index, share = int(place), place % 1
        share = share * share * (3 - 2 * share)
        found: dict[int, tuple[float, float]] = {
            25: (0.12 * strength, 0.12 * strength),
            26: (0.06 * strength, 0.06 * strength),
        }
        for k, weight in ((index, 1 - share), (index + 1, share)):
            for au, peak in _SYLLABLES[shapes[k % 400]]:
                value = min(1.0, peak * float(force[k % 400])) * weight * strength
                old = found.get(au, (0.0, 0.0))
                found[au] = (old[0] + value, old[1] + value)
        return {au: (min(1.0, a), min(1.0, b)) for au, (a, b) in found.items()}

    def _chewing(self, act: Act, frame: int) -> dict[int, tuple[float, float]]:
        """Return the jaw of somebody who eats with closed lips: 1.5 strokes a second."""
        strength = act.strength(frame)
        if strength <= 0:
            return {}
        turn = 2 * np.pi * 1.5 * (frame - act.onset) / self.rate_fps
        open_ = float(0.55 - 0.45 * np.cos(turn)) * strength
        side = float(0.3 * np.sin(turn / 2))
        return {
            26: (0.10 + 0.25 * open_, 0.10 + 0.25 * open_),
            8: (0.9 * open_, 0.9 * open_),
            14: (max(0.0, side) * strength, max(0.0, -side) * strength),
        }

    def pose(self, frame: int) -> Pose:
        """Return the pose of a frame."""
        intensities = self.intensities(frame)
        moment = frame + self.first_frame
        head = np.array([*self.head_deg, 0.0]) + self._sway(moment)
        gaze = np.array(self.gaze_deg) + self._glance(moment)
        shown: dict[int, tuple[float, float]] = {}
        for au, sides in intensities.items():
            strength = max(sides)
            if au in HEAD_AUS:
                head += strength * np.array(HEAD_TURNS[au])
            elif au in GAZE_AUS:
                gaze += strength * np.array(_GAZE_TURNS[au])
            else:
                shown[au] = sides
        gaze = np.clip(gaze, [-32, -22], [32, 24])
        return Pose(
            intensity=shown,
            head_deg=(float(head[0]), float(head[1]), float(head[2])),
            head_shift=float(head[3]),
            gaze_deg=(float(gaze[0]), float(gaze[1])),
        )

    def _sway(self, frame: int) -> npt.NDArray[Any]:
        """Return the slow sway of the head: sums of waves of a few seconds."""
        rng = np.random.default_rng([self.seed, 6])
        t = frame / self.rate_fps
        waves = rng.uniform(0.08, 0.55, (4, 3)) * 2 * np.pi
        phases = rng.uniform(0, 2 * np.pi, (4, 3))
        size = np.array([4.5, 3.0, 2.0, 0.05]) * self.unrest
        return np.asarray(size * np.sin(waves * t + phases).mean(axis=1) * 1.6)

    def _glance(self, frame: int) -> npt.NDArray[Any]:
        """Return where the eyes have jumped to: a new small goal every second or so."""
        rng = np.random.default_rng([self.seed, 7])
        starts = np.cumsum(rng.uniform(0.35, 1.8, 64)) * self.rate_fps
        goals = rng.normal(0, [4.0, 1.8], (65, 2))
        return np.asarray(goals[int(np.searchsorted(starts, frame))])
