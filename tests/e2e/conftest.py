"""Studies that several end-to-end tests look at; each is collected once."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.collecting import collect_by_command
from tests.support.films import GluedTruth, glue_film, real_segments


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
