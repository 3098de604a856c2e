"""``--config FILE.yaml``: its values stand where no flag was given."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from cyclopts import App, ArgumentCollection, Token

from cinefacs.config import load_config

__all__ = ["read_config_flag"]

_CONFIG_OF = {
    ("analyze",): "cinefacs.pipeline.analyze_config:AnalyzeConfig",
    ("collect",): "cinefacs.pipeline.config:CollectConfig",
    ("datasets", "build"): "cinefacs.datasets.config:BuildConfig",
    ("datasets", "split"): "cinefacs.datasets.config:SplitConfig",
    ("exam",): "cinefacs.pipeline.exam.config:ExamConfig",
    ("labels", "agree"): "cinefacs.labels.agreement.config:AgreementConfig",
    ("labels", "consensus"): "cinefacs.labels.agreement.config:ConsensusConfig",
    ("labels", "emotions"): "cinefacs.labels.emotions.config:EmotionConfig",
    ("labels", "suggest"): "cinefacs.labels.suggest.config:SuggestConfig",
    ("labels", "licensed"): "cinefacs.labels.licensed.config:LicensedConfig",
    ("live",): "cinefacs.pipeline.live_config:LiveConfig",
    ("reports", "annotate"): "cinefacs.reports.config:AnnotateConfig",
    ("train",): "cinefacs.detectors.training.config:TrainConfig",
}
"""Where the configuration of each command that has one is found; imported when it is asked for."""


def read_config_flag(
    app: App,  # noqa: ARG001  (the signature is cyclopts' own)
    commands: tuple[str, ...],
    arguments: ArgumentCollection,
) -> None:
    """Fill in from the YAML file what no flag set: defaults < YAML < flags.

    Parameters
    ----------
    app, commands, arguments
        As cyclopts hands them to a configuration function.

    Raises
    ------
    ConfigError
        The file cannot be read, or has an unknown key or a value of the wrong type.
    """
    by_name = {argument.name: argument for argument in arguments}
    flag = by_name.get("--config")
    if flag is None or not flag.tokens or commands not in _CONFIG_OF:
        return
    from cinefacs.config import read_yaml  # noqa: PLC0415

    module, name = _CONFIG_OF[commands].split(":")
    path = Path(flag.tokens[0].value)
    # Every key and type is checked before any is used.
    load_config(getattr(import_module(module), name), path)
    for name, values in _flatten(read_yaml(path), "--"):
        argument = by_name[name]
        if argument.tokens:
            continue
        for value in values:
            argument.append(Token(keyword=name, value=value, source=str(path)))
        if not values:  # an empty list is a value too: what `--empty-NAME` says as a flag
            argument.append(Token(keyword=name, implicit_value=(), source=str(path)))


def _flatten(document: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each flag's name with its values as words."""
    for key, value in document.items():
        name = prefix + key.replace("_", "-")
        if isinstance(value, Mapping):
            yield from _flatten(value, name + ".")
        else:
            yield name, [_as_word(item) for item in (value if isinstance(value, list) else [value])]


def _as_word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
