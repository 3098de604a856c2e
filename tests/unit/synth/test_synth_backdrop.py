"""Backdrops: a wide blur done on a smaller copy looks like the whole one."""

import cv2
import numpy as np
import pytest

from cinefacs.synth import backdrop
from cinefacs.synth.backdrop import BackdropKind, draw_backdrop


@pytest.mark.parametrize("kind", list(BackdropKind))
@pytest.mark.parametrize("blur_px", [3.2, 9.0])
def test_a_wide_blur_equals_the_one_at_full_size(
    kind: BackdropKind, blur_px: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = draw_backdrop(np.random.default_rng(3), kind, blur_px=blur_px, brightness=1.0)
    monkeypatch.setattr(
        backdrop, "_blurred", lambda canvas, width: cv2.GaussianBlur(canvas, (0, 0), width)
    )
    whole = draw_backdrop(np.random.default_rng(3), kind, blur_px=blur_px, brightness=1.0)
    sharp = draw_backdrop(np.random.default_rng(3), kind, blur_px=0.4, brightness=1.0)
    inner = (slice(30, -30), slice(30, -30))
    error = np.abs(quick[inner].astype(int) - whole[inner]).mean()
    assert error < 1.0
    assert error < 0.25 * np.abs(sharp[inner].astype(int) - whole[inner]).mean()
