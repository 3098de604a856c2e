"""YAML is read strictly, and a wrong word is answered with the right one."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefacs.config import (
    as_document,
    config_digest,
    did_you_mean,
    load_config,
    read_yaml,
)
from cinefacs.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Inner:
    """Part of a configuration."""

    min_s: float = 2.0
    """Shortest."""
    method: Literal["luma", "adaptive"] = "luma"
    """Which."""


@dataclass(frozen=True, kw_only=True)
class Outer:
    """A configuration."""

    clips: Inner = field(default_factory=Inner)
    """Clips."""
    n: int = 3
    """Count."""
    is_quiet: bool = False
    """Whether."""


def load(tmp_path: Path, text: str) -> Outer:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(Outer, path)


def test_what_is_left_out_is_default(tmp_path: Path) -> None:
    assert load(tmp_path, "") == Outer()
    assert load(tmp_path, "clips: {min_s: 1}") == Outer(clips=Inner(min_s=1.0))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("clip: {}", "expected a known key, got 'clip'", "did you mean 'clips'?"),
        ("clips: {min_ms: 1}", "clips: expected a known key", "did you mean 'min_s'?"),
        ("zzz: 1", "got 'zzz'", "known: clips, is_quiet, n"),
        ("clips: 3", "clips: expected keys with values, got 3", ""),
        ("n: many", "n: expected a valid integer, got 'many'", ""),
        ("n: 2.5", "n: expected", ""),
        ("clips: {method: magic}", "clips.method: expected 'luma' or 'adaptive'", ""),
        ("n: 1\nn: 2", "expected each key once, got 'n' twice", ""),
        ("- 1", "expected keys with values, got list", ""),
        ("a: [", "expected YAML", ""),
        ("n: 2026-13-45", "expected YAML", ""),
        ("n: " + "9" * 5000, "expected YAML", ""),
        ("n: " + "[" * 5000, "expected YAML", ""),
        ("n: !!python/object:os.system x", "expected YAML", ""),
        ("3: 4", "got '3'", ""),
    ],
)
def test_rubbish_gets_one_clear_error(tmp_path: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert message in caught.value.message
    assert "c.yaml" in caught.value.message
    assert hint in caught.value.hint


def test_a_missing_or_binary_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_yaml(tmp_path / "none.yaml")
    (tmp_path / "noise.yaml").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ConfigError, match="expected YAML"):
        read_yaml(tmp_path / "noise.yaml")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    config=st.builds(
        Outer,
        clips=st.builds(
            Inner, min_s=st.floats(0, 100), method=st.sampled_from(["luma", "adaptive"])
        ),
        n=st.integers(-5, 5),
        is_quiet=st.booleans(),
    )
)
def test_a_configuration_round_trips(tmp_path: Path, config: Outer) -> None:
    assert load(tmp_path, yaml.safe_dump(as_document(config))) == config


def test_the_digest_tells_configurations_and_models_apart() -> None:
    config = Outer()
    digests = [
        config_digest(config, {"m": "1"}),
        config_digest(config, {"m": "2"}),
        config_digest(replace(config, n=4), {"m": "1"}),
    ]
    assert len(set(digests)) == 3
    assert config_digest(Outer(), {"m": "1"}) == digests[0]
    assert all(len(digest) == 64 for digest in digests)


def test_the_nearest_word_is_offered() -> None:
    assert did_you_mean("trak", ["track", "film"]) == "did you mean 'track'?"
    assert did_you_mean("xyz", ["track", "film"]) == "known: film, track"


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_numbers_are_finite(number: float) -> None:
    with pytest.raises(ConfigError, match="finite"):
        config_digest(Outer(clips=Inner(min_s=number)), {})
