"""Guess how a box moves on: a constant-velocity Kalman filter."""

import numpy as np

from cinefacs.geometry.boxes import Boxes

__all__ = ["BoxMotion"]

_MEASURE_SHARE = 0.04
"""Standard deviation of a measured side or centre, in sides of the face."""
_ACCELERATION_SHARE = 4.0
"""Standard deviation of the acceleration, in sides of the face per s^2: a head that turns
quickly crosses its own width in about 0.7 s."""
_START_SPEED_SHARE = 1.0
"""Standard deviation of an unknown speed, in sides of the face per s."""
_MEMORY_S = 0.5
"""How long an unseen face keeps its speed, s: people start and stop."""


class BoxMotion:
    """Centre and size of a box with their speeds.

    The four numbers (centre x, centre y, width, height) move independently and are measured with
    equal noise, so they share one 2x2 covariance of value and speed.

    Parameters
    ----------
    box_xyxy : (4,) px
        Where the box is first seen.

    References
    ----------
    Kalman, "A new approach to linear filtering and prediction problems", 1960. Differs from the
    textbook in one place: the speed fades while nothing is measured.
    """

    def __init__(self, box_xyxy: Boxes) -> None:
        self._value = _to_centre(box_xyxy)  # (4,) px
        self._speed = np.zeros(4)  # (4,) px/s
        side = self._side()
        self._covariance = np.diag([_MEASURE_SHARE * side, _START_SPEED_SHARE * side]) ** 2

    def predict(self, elapsed_s: float) -> Boxes:
        """Move on by `elapsed_s` and return where the box should be.

        Parameters
        ----------
        elapsed_s : s, 0 or more

        Returns
        -------
        (4,) float32, px
        """
        fade = float(np.exp(-elapsed_s / _MEMORY_S))
        way_s = _MEMORY_S * (1 - fade)  # integral of the fading speed
        step = np.array([[1.0, way_s], [0.0, fade]])
        push = _ACCELERATION_SHARE * self._side() * np.array([elapsed_s**2 / 2, elapsed_s])
        self._value = self._value + way_s * self._speed
        self._value[2:] = np.maximum(self._value[2:], 1)
        self._speed = fade * self._speed
        self._covariance = step @ self._covariance @ step.T + np.outer(push, push)
        return self._as_box()

    def update(self, box_xyxy: Boxes) -> Boxes:
        """Learn from a measured box and return the filtered one.

        Parameters
        ----------
        box_xyxy : (4,) px

        Returns
        -------
        (4,) float32, px
        """
        noise = (_MEASURE_SHARE * self._side()) ** 2
        gain = self._covariance[:, 0] / (self._covariance[0, 0] + noise)  # (2,)
        surprise = _to_centre(box_xyxy) - self._value  # (4,)
        self._value = self._value + gain[0] * surprise
        self._speed = self._speed + gain[1] * surprise
        self._covariance = self._covariance - np.outer(gain, self._covariance[0])
        return self._as_box()

    def _side(self) -> float:
        """Return the mean side of the box, px."""
        return float(np.sqrt(max(self._value[2] * self._value[3], 1.0)))

    def _as_box(self) -> Boxes:
        """Return the corners."""
        half = self._value[2:] / 2
        return np.concatenate(
            [self._value[:2] - half, self._value[:2] + half], dtype=np.float32
        )  # fmt: skip


def _to_centre(box_xyxy: Boxes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return centre and size."""
    box = np.asarray(box_xyxy, np.float64)
    return np.concatenate([(box[:2] + box[2:]) / 2, np.maximum(box[2:] - box[:2], 1)])
