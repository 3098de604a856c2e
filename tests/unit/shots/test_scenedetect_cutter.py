"""PySceneDetect's detectors behind the cutter's interface."""

import io
import sys

import numpy as np
import pytest

from cinefacs.errors import ConfigError
from cinefacs.media.frame import Frame
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.shots.config import ShotConfig
from cinefacs.shots.cutter import Cutter, make_cutter
from cinefacs.shots.cutter_state import CutterState
from tests.support.pictures import pan, to_frames

FILM_ID = "cd" * 32
LENGTHS = (30, 25, 40, 28)
METHODS = pytest.mark.parametrize("method", ["adaptive", "content"])


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    pytest.importorskip("scenedetect")
    return to_frames([p for seed, n in enumerate(LENGTHS, 1) for p in pan(seed, n)])


def make(method: str, state: CutterState | None = None) -> Cutter:
    return make_cutter(FILM_ID, ShotConfig(method=method), state=state)  # type: ignore[arg-type]


def run(cutter: Cutter, frames: list[Frame], chunk: int) -> list[tuple[Shot, CutterState]]:
    found = []
    n_frames = 0
    for start in range(0, len(frames), chunk):
        for piece in cutter.push(frames[start : start + chunk]):
            n_frames += len(piece.frames)
            found += [(piece.shot, cutter.state())] if piece.shot else []
    for piece in cutter.finish():
        n_frames += len(piece.frames)
        found += [(piece.shot, cutter.state())] if piece.shot else []
    assert n_frames == len(frames)
    return found


@METHODS
def test_cuts_are_found(frames: list[Frame], method: str) -> None:
    shots = [shot for shot, _ in run(make(method), frames, 16)]
    assert [shot.start_frame for shot in shots] == [0, 30, 55, 95]
    assert [shot.starts_with for shot in shots] == [ShotStart.FILM, *[ShotStart.CUT] * 3]


@METHODS
@pytest.mark.parametrize("chunk", [1, 7, 200])
def test_nothing_depends_on_chunks_or_on_where_reading_goes_on(
    frames: list[Frame], method: str, chunk: int
) -> None:
    whole = run(make(method), frames, 16)
    assert [shot for shot, _ in run(make(method), frames, chunk)] == [shot for shot, _ in whole]
    for k, (shot, state) in enumerate(whole):
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, **state.to_arrays())
        file.seek(0)
        loaded = CutterState.from_arrays(dict(np.load(file, allow_pickle=False)))
        rest = run(make(method, loaded), frames[shot.end_frame :], chunk)
        assert [each for each, _ in rest] == [each for each, _ in whole[k + 1 :]]


def test_a_gap_starts_a_shot() -> None:
    pytest.importorskip("scenedetect")
    found = run(make("adaptive"), to_frames(pan(1, 60), gaps=[20]), 16)
    assert [shot.starts_with for shot, _ in found] == [ShotStart.FILM, ShotStart.GAP]


@METHODS
def test_a_missing_package_is_named(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scenedetect", None)
    with pytest.raises(ConfigError, match="PySceneDetect") as caught:
        make(method)
    assert "scenedetect-headless" in caught.value.hint
