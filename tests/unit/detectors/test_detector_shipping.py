"""Calibration and what is measured of a detector of crops."""

import numpy as np
import pytest

from cinefacs.detectors.shipping.calibrate import calibrate, calibration_error
from cinefacs.detectors.shipping.measure import measure_reading
from cinefacs.records.calibration import Calibration
from cinefacs.records.class_space import ClassSpace, emotion_au_space

SPACE = ClassSpace(name="made-up", names=("AU1", "AU2", "face"), multi_label=True)


def _drawn(n: int, *, slope: float, offset: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return scores whose true probability is ``sigmoid(slope logit(score) + offset)``."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, n)
    chance = 1 / (1 + np.exp(-(slope * logits + offset)))
    return (1 / (1 + np.exp(-logits))).astype(np.float32), rng.random(n) < chance


def test_calibration_finds_what_the_scores_were_drawn_with() -> None:
    first = _drawn(20_000, slope=0.5, offset=-1.0, seed=1)
    second = _drawn(20_000, slope=1.7, offset=0.4, seed=2)
    scores = np.stack([first[0], second[0], np.full(20_000, 0.9, np.float32)], axis=1)
    labels = np.stack([first[1], second[1], np.ones(20_000, bool)], axis=1)
    made = calibrate(scores, labels, np.ones_like(labels), SPACE)
    # standard errors at 20,000 draws are 0.01 to 0.03
    np.testing.assert_allclose(made.calibration.slope[:2], [0.5, 1.7], atol=0.08)
    np.testing.assert_allclose(made.calibration.offset[:2], [-1.0, 0.4], atol=0.08)
    before = calibration_error(scores[:, :2], labels[:, :2], np.ones_like(labels[:, :2]))
    after_scores = made.calibration.apply(scores)[:, :2]
    after = calibration_error(after_scores, labels[:, :2], np.ones_like(labels[:, :2]))
    assert before > 0.05
    assert after < 0.02


def test_the_box_is_left_alone_and_so_is_what_too_few_faces_show() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((200, 3)).astype(np.float32)
    labels = np.zeros((200, 3), bool)
    labels[:100, 0] = True
    labels[:9, 1] = True
    labels[:, 2] = True
    made = calibrate(scores, labels, np.ones_like(labels), SPACE)
    assert made.left == ("AU2",)
    assert made.calibration.slope[1:] == (1.0, 1.0)
    before = Calibration(slope=(2.0, 3.0, 1.0), offset=(0.0, 1.0, 0.0))
    taken = calibrate(scores, labels, np.ones_like(labels), SPACE, before=before).calibration
    assert (taken.slope[1], taken.offset[1]) == (3.0, 1.0)


def test_unknown_labels_say_nothing() -> None:
    scores, labels = _drawn(4000, slope=1.0, offset=0.0, seed=3)
    known = np.zeros((4000, 3), bool)
    known[:2000] = True
    wrong = np.stack([labels, labels, labels], axis=1)
    wrong[2000:] = ~wrong[2000:]
    told = np.stack([scores] * 3, axis=1)
    half = calibrate(told, wrong, known, SPACE).calibration
    alone = calibrate(told[:2000], wrong[:2000], known[:2000], SPACE).calibration
    assert half == alone


def test_scores_that_are_upside_down_keep_their_order() -> None:
    scores, labels = _drawn(2000, slope=-1.0, offset=0.0, seed=4)
    told, true = np.stack([scores] * 3, axis=1), np.stack([labels] * 3, axis=1)
    assert min(calibrate(told, true, np.ones_like(true), SPACE).calibration.slope) > 0


def test_error_by_hand() -> None:
    # two bins: 0.25 said of four faces of which one is, 0.95 of two of which one is
    scores = np.array([[0.25], [0.25], [0.25], [0.25], [0.95], [0.95]], np.float32)
    labels = np.array([[True], [False], [False], [False], [True], [False]])
    expected = abs(4 * 0.25 - 1) / 6 + abs(2 * 0.95 - 1) / 6
    assert calibration_error(scores, labels, np.ones_like(labels)) == pytest.approx(expected)
    assert calibration_error(scores, labels, np.zeros_like(labels)) == 0


def test_a_reading_is_measured_by_class_and_by_band() -> None:
    space = emotion_au_space()
    n = 120
    labels = np.zeros((n, len(space)), bool)
    scores = np.full((n, len(space)), 0.5, np.float32)
    au, joy, rest = (space.names.index(name) for name in ("AU12", "happiness", "neutral"))
    labels[:60, [au, joy]] = True
    labels[60:, rest] = True
    intensity = np.where(np.arange(n) < 30, 0.15, np.where(np.arange(n) < 60, 0.8, 0)).astype("f4")
    scores[:30, au] = 0.4  # weak smiles look less like smiles than faces at rest
    scores[30:60, au] = 0.9
    scores[:60, joy], scores[60:, rest] = 0.8, 0.8
    scores[60:63, joy], scores[60:63, rest] = 0.9, 0.1  # three of sixty are taken for joy
    got = measure_reading(scores, labels, np.ones_like(labels), space, intensity=intensity)
    assert got["auroc"]["AU12"] == 0.5  # half of the pairs right
    assert got["bands"]["0.1-0.2"]["action_units"] == 0.0
    assert got["bands"]["0.5-1"]["action_units"] == 1.0
    assert got["bands"]["0.2-0.5"]["action_units"] is None
    assert got["auroc"]["AU1"] is None
    assert got["n_present"]["AU12"] == 60
    assert got["emotion"] == {
        "n_faces": 120, "top1": 0.975, "balanced": 0.975, "chance": 0.125, "most_frequent": 0.5
    }  # fmt: skip
