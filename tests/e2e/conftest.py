"""Studies that several end-to-end tests look at; each is collected once."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cinefacs.media.decode import decode_film
from tests.support.collecting import collect_by_command
from tests.support.encoding import write_film
from tests.support.films import GluedTruth, glue_film, real_segments
from tests.support.reading_detector import make_reading_detector


@dataclass(frozen=True, kw_only=True)
class Collected:
    """A glued film, its truth, and what the command made of it."""

    truth: GluedTruth
    out: Path
    summary: dict[str, Any]

    @property
    def film(self) -> dict[str, Any]:
        """What the command says of the film."""
        film: dict[str, Any] = self.summary["films"][0]
        return film


@pytest.fixture(scope="session", params=["constant", "variable"])
def collected(
    request: pytest.FixtureRequest, pyfeat_media: Path, tmp_path_factory: pytest.TempPathFactory
) -> Collected:
    """Return the glued film at constant and at variable frame rate, collected."""
    folder = tmp_path_factory.mktemp(request.param)
    is_variable = request.param == "variable"
    truth = glue_film(
        real_segments(pyfeat_media), folder / "glued.mp4", variable_rate=is_variable, audio_s=10.0
    )
    out = folder / "study"
    words = ["--frames.mode", "native"] if is_variable else []
    done = collect_by_command(truth.path, out=out, words=words)
    return Collected(truth=truth, out=out, summary=json.loads(done))


@pytest.fixture(scope="session")
def reading_detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an exported detector whose scores follow the picture."""
    return make_reading_detector(tmp_path_factory.mktemp("detector"))


@pytest.fixture(scope="session")
def face_frames(pyfeat_media: Path) -> list[np.ndarray]:
    """Return 48 frames of one face, 320 x 180 px."""
    frames = [
        frame.small_rgb((320, 180))
        for chunk in decode_film(pyfeat_media / "single_face.mp4")
        for frame in chunk
    ]
    return frames[10:58]


@pytest.fixture(scope="session")
def three_shots(face_frames: list[np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a film of a face, of nobody, and of the face again, mirrored."""
    nobody = np.random.default_rng(0).integers(0, 40, (180, 320, 3)).astype(np.uint8)
    mirrored = [np.ascontiguousarray(frame[:, ::-1]) for frame in face_frames]
    path = tmp_path_factory.mktemp("three") / "three.mp4"
    write_film(path, [*face_frames[:36], *[nobody] * 16, *mirrored[:30]], gop=24)
    return path
