"""Identity vectors: what may be asked of dlib, and what is said where it is missing."""

import sys
from pathlib import Path

import numpy as np
import pytest

from cinefacs.engines.catalog import model_path
from cinefacs.errors import ModelError, SchemaError
from cinefacs.faces.identity import CHIP_POINTS_XY, CHIP_SIDE_PX, DlibEmbedder
from tests.support.media import skip_or_fail


@pytest.fixture(scope="module")
def embedder() -> DlibEmbedder:
    try:
        return DlibEmbedder(model_path("dlib-face-recognition"))
    except ModelError as error:
        skip_or_fail(f"{error.message}: {error.hint}")
        raise


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(ModelError, match="dlib") as caught:
        DlibEmbedder(tmp_path / "model.dat")
    assert "cinefacs[identity]" in caught.value.hint


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("dlib")
    path = tmp_path / "model.dat"
    path.write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"model\.dat: expected a dlib network"):
        DlibEmbedder(path)


def test_the_same_chip_has_the_same_vector(embedder: DlibEmbedder) -> None:
    chip = np.random.default_rng(1).integers(0, 255, (150, 150, 3)).astype(np.uint8)
    first, again = embedder.embed(chip), embedder.embed(np.asfortranarray(chip))
    assert first.shape == (128,)
    assert first.dtype == np.float32
    assert np.array_equal(first, again)
    assert not np.array_equal(first, embedder.embed(255 - chip))


@pytest.mark.parametrize(
    "chip", [np.zeros((112, 112, 3), np.uint8), np.zeros((150, 150, 3), np.float32)]
)
def test_other_pictures_are_refused(embedder: DlibEmbedder, chip: np.ndarray) -> None:
    with pytest.raises(SchemaError, match="chip_rgb: expected uint8"):
        embedder.embed(chip)


def test_the_template_is_symmetric_and_within_the_chip() -> None:
    mirrored = CHIP_POINTS_XY[[1, 0, 2, 4, 3]] * [-1, 1] + [CHIP_SIDE_PX, 0]
    assert mirrored == pytest.approx(CHIP_POINTS_XY)
    assert ((CHIP_POINTS_XY > 0) & (CHIP_POINTS_XY < CHIP_SIDE_PX)).all()
    assert not CHIP_POINTS_XY.flags.writeable
