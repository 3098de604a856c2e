"""Limits of the cutter are checked when they are set."""

import subprocess
import sys
from typing import Any

import pytest

from cinefacs.errors import ConfigError
from cinefacs.shots.config import CutConfig, ScaleConfig, ShotConfig


@pytest.mark.parametrize(
    ("config", "options", "name"),
    [
        (CutConfig, {"min_change": 0}, "min_change"),
        (CutConfig, {"change_ratio": -1}, "change_ratio"),
        (CutConfig, {"max_same_change": 1.5}, "max_same_change"),
        (CutConfig, {"min_same_correlation": 2}, "min_same_correlation"),
        (CutConfig, {"context_frames": 3}, "context_frames"),
        (CutConfig, {"context_frames": 31}, "context_frames"),
        (CutConfig, {"max_gradual_frames": 11}, "max_gradual_frames"),
        (CutConfig, {"max_flash_s": float("nan")}, "max_flash_s"),
        (ScaleConfig, {"min_close_up": 0.8}, "scale"),
        (ScaleConfig, {"min_long": 0}, "scale"),
        (ShotConfig, {"method": "best"}, "method"),
        (ShotConfig, {"trend_degree": 0}, "trend_degree"),
        (ShotConfig, {"trend_degree": 13}, "trend_degree"),
        (ShotConfig, {"moving_average_shots": 4}, "moving_average_shots"),
        (ShotConfig, {"moving_average_shots": -1}, "moving_average_shots"),
    ],
)
def test_values_out_of_range_are_refused(
    config: type[Any], options: dict[str, Any], name: str
) -> None:
    with pytest.raises(ConfigError, match=name):
        config(**options)


def test_the_defaults_are_valid() -> None:
    assert ShotConfig() == ShotConfig(luma=CutConfig(), scale=ScaleConfig())


def test_the_module_imports_no_array_library() -> None:
    code = "import sys, cinefacs.shots.config; print({'numpy', 'cv2', 'av'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
