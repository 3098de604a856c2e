"""Defaults < YAML < flags."""

from pathlib import Path
from typing import Annotated

import pytest
from cyclopts import App, Parameter

from cinefacs.cli.yaml_flags import read_config_flag
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.exam.config import ExamConfig


@pytest.fixture
def app() -> App:
    app = App(config=read_config_flag, result_action="return_value")

    @app.command
    def collect(
        film: Path,
        /,
        *,
        config: Path | None = None,
        options: Annotated[CollectConfig, Parameter(name="*")] = CollectConfig(),  # noqa: B008
    ) -> CollectConfig:
        assert film == Path("f.mp4")
        return options

    @app.command
    def other(*, config: Path | None = None) -> str:
        return str(config)

    return app


def parse(app: App, tmp_path: Path, text: str, *words: str) -> CollectConfig:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    options = app(["collect", "f.mp4", "--config", str(path), *words])
    assert isinstance(options, CollectConfig)
    return options


def test_without_a_file_all_is_default(app: App) -> None:
    assert app(["collect", "f.mp4"]) == CollectConfig()


def test_the_file_wins_over_defaults_and_flags_win_over_the_file(app: App, tmp_path: Path) -> None:
    text = "identity: 'off'\nclips: {min_s: 1.5, max_s: 8}\nfaces: {codability: {max_yaw_deg: 30}}"
    options = parse(app, tmp_path, text, "--clips.max-s", "6")
    assert options.identity == "off"
    assert (options.clips.min_s, options.clips.max_s) == (1.5, 6.0)
    assert options.faces.codability.max_yaw_deg == 30.0
    assert options.shots == CollectConfig().shots


def test_an_empty_file_changes_nothing(app: App, tmp_path: Path) -> None:
    assert parse(app, tmp_path, "") == CollectConfig()


def test_an_empty_list_is_a_value_too(tmp_path: Path) -> None:
    app = App(config=read_config_flag, result_action="return_value")

    @app.command
    def exam(
        *,
        config: Path | None = None,
        options: Annotated[ExamConfig, Parameter(name="*")] = ExamConfig(),  # noqa: B008
    ) -> ExamConfig:
        return options

    path = tmp_path / "c.yaml"
    path.write_text("events: {mouth_aus: []}")
    assert ExamConfig().events.mouth_aus
    assert app(["exam", "--config", str(path)]).events.mouth_aus == ()
    flagged = app(["exam", "--config", str(path), "--events.mouth-aus", "27"])
    assert flagged.events.mouth_aus == (27,)


def test_other_verbs_keep_their_own_config(app: App) -> None:
    assert app(["other", "--config", "x.yaml"]) == "x.yaml"
