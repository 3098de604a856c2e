"""Fixtures for tests of the model files."""

from pathlib import Path

import pytest

from cinefacs.engines import catalog, install
from tests.support.small_catalog import SmallCatalog, make_small_catalog


@pytest.fixture
def small_catalog(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SmallCatalog:
    """Put a catalogue of three small models in the place of the real one, and an empty cache."""
    small = make_small_catalog()
    monkeypatch.setattr(catalog, "load_catalog", lambda: small.entries)
    monkeypatch.setattr(install, "load_catalog", lambda: small.entries)
    monkeypatch.setenv("CINEFACS_CACHE", str(tmp_path / "cache"))
    return small
