"""The shared 2x2 filter of a box, against the textbook's filter of eight states.

Reference: the equations of R. E. Kalman, "A new approach to linear filtering and prediction
problems", 1960, written out with full matrices: state (cx, cy, w, h, and their speeds), measured
centre and size. The noises are those that `box_motion` documents.
"""

import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.faces.box_motion import BoxMotion

MEASURE, ACCELERATION, START_SPEED, MEMORY_S = 0.04, 4.0, 1.0, 0.5


class TextbookFilter:
    """Eight states, full covariance, the inverse of a matrix."""

    def __init__(self, box: npt.NDArray[np.float64]) -> None:
        self.x = np.concatenate([to_centre(box), np.zeros(4)])
        side = self.side()
        self.p = np.diag([(MEASURE * side) ** 2] * 4 + [(START_SPEED * side) ** 2] * 4)

    def side(self) -> float:
        return float(np.sqrt(self.x[2] * self.x[3]))

    def predict(self, dt: float) -> None:
        fade = np.exp(-dt / MEMORY_S)
        f = np.eye(8)
        f[:4, 4:] = np.eye(4) * MEMORY_S * (1 - fade)
        f[4:, 4:] = np.eye(4) * fade
        push = np.concatenate([np.full(4, dt**2 / 2), np.full(4, dt)])
        alike = np.tile(np.eye(4), (2, 2))  # the four axes are pushed independently
        q = (ACCELERATION * self.side()) ** 2 * np.outer(push, push) * alike
        self.x = f @ self.x
        self.p = f @ self.p @ f.T + q

    def update(self, box: npt.NDArray[np.float64]) -> None:
        h = np.eye(4, 8)
        r = np.eye(4) * (MEASURE * self.side()) ** 2
        gain = self.p @ h.T @ np.linalg.inv(h @ self.p @ h.T + r)
        self.x = self.x + gain @ (to_centre(box) - h @ self.x)
        self.p = (np.eye(8) - gain @ h) @ self.p

    def box(self) -> npt.NDArray[np.float64]:
        return np.concatenate([self.x[:2] - self.x[2:4] / 2, self.x[:2] + self.x[2:4] / 2])


def to_centre(box: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.concatenate([(box[:2] + box[2:]) / 2, box[2:] - box[:2]])


@pytest.mark.parametrize("seed", range(5))
def test_both_filters_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    box = np.array([100, 80, 160, 150], float)
    ours, theirs = BoxMotion(box.astype(np.float32)), TextbookFilter(box)
    for _ in range(60):
        dt = float(rng.choice([1 / 24, 1 / 12, 1 / 6]))
        box = box + np.tile(rng.normal(0, 3, 2), 2) + rng.normal(0, 0.5, 4)
        predicted = ours.predict(dt)
        theirs.predict(dt)
        assert predicted == pytest.approx(theirs.box(), abs=1e-3)
        if rng.random() < 0.7:
            filtered = ours.update(box.astype(np.float32))
            theirs.update(box.astype(np.float32).astype(float))
            assert filtered == pytest.approx(theirs.box(), abs=1e-3)


def test_a_filter_without_news_trusts_the_next_measurement_more() -> None:
    start = np.array([0, 0, 60, 60], np.float32)
    moved = start + 20
    soon, late = BoxMotion(start), BoxMotion(start)
    soon.predict(1 / 24)
    late.predict(0.5)
    assert soon.update(moved)[0] < late.update(moved)[0] <= 20
