"""Limits that make no sense are refused."""

from typing import Any

import pytest

from cinefacs.errors import ConfigError
from cinefacs.labels.suggest.config import SuggestConfig


def test_the_defaults_are_allowed() -> None:
    assert SuggestConfig().label_set == "blendshapes"


@pytest.mark.parametrize(
    "changes",
    [
        {"label_set": ""},
        {"label_set": ".."},
        {"label_set": "a/b"},
        {"label_set": "two words"},
        {"neutral_quantile": 1.5},
        {"split_valley": -0.1},
        {"one_sided_share": 2.0},
        {"max_neutral": 1.0},
        {"min_neutral_s": -1.0},
        {"smoothing_ms": float("inf")},
        {"max_gap_ms": float("nan")},
        {"min_ms": -1.0},
        {"max_blink_ms": -1.0},
        {"start_rise": 0.1},
        {"start_rise": 1.1},
        {"stop_rise": 0.0},
    ],
)
def test_limits_without_sense_are_refused(changes: dict[str, Any]) -> None:
    (name,) = changes
    with pytest.raises(ConfigError, match=f"{name}.*expected|expected.*{name}"):
        SuggestConfig(**changes)
