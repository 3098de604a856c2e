"""Where the shipped weights are missing, that is said."""

from pathlib import Path

import pytest

from cinefacs.errors import ModelError
from cinefacs.weights.shipped import shipped_detector, shipped_weights


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.resources.files", lambda _name: tmp_path)
    with pytest.raises(ModelError, match="expected the shipped weights, got none"):
        shipped_weights()
    with pytest.raises(ModelError, match="expected the shipped weights, got none"):
        shipped_detector("int8")
