"""Drawn studies that several tests read and none changes."""

from pathlib import Path

import pytest

from tests.support.drawn_study import DrawnStudy, draw_study


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DrawnStudy:
    """Return five films of two characters who never share a shot."""
    return draw_study(Path(tmp_path_factory.mktemp("drawn")) / "study", n_films=5)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> DrawnStudy:
    """Return three films with a last shot of both characters."""
    root = Path(tmp_path_factory.mktemp("shared")) / "study"
    return draw_study(root, n_films=3, is_shared=True)
