"""Find micro-expressions of film characters.

The Python API has the same verbs as the command line::

    import cinefacs
    summary = cinefacs.collect(["film.mp4"], out="study")
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cinefacs.datasets.build import build_dataset
    from cinefacs.datasets.datasheet import describe_dataset
    from cinefacs.datasets.exchange import export_dataset, import_dataset
    from cinefacs.datasets.leaks import check_dataset
    from cinefacs.datasets.split import split_dataset
    from cinefacs.experiments.run import run_experiment
    from cinefacs.pipeline.analyze import AnalysisSummary, analyze
    from cinefacs.pipeline.analyze_config import AnalyzeConfig
    from cinefacs.pipeline.collect import CollectSummary, collect
    from cinefacs.pipeline.config import CollectConfig
    from cinefacs.pipeline.live import LiveSummary, live
    from cinefacs.pipeline.live_config import LiveConfig
    from cinefacs.pipeline.suggest import suggest_labels

__all__ = [
    "AnalysisSummary",
    "AnalyzeConfig",
    "CollectConfig",
    "CollectSummary",
    "LiveConfig",
    "LiveSummary",
    "analyze",
    "build_dataset",
    "check_dataset",
    "collect",
    "describe_dataset",
    "export_dataset",
    "import_dataset",
    "live",
    "run_experiment",
    "split_dataset",
    "suggest_labels",
]

_HOMES = {
    "AnalysisSummary": "cinefacs.pipeline.analyze",
    "AnalyzeConfig": "cinefacs.pipeline.analyze_config",
    "CollectConfig": "cinefacs.pipeline.config",
    "CollectSummary": "cinefacs.pipeline.collect",
    "LiveConfig": "cinefacs.pipeline.live_config",
    "LiveSummary": "cinefacs.pipeline.live",
    "analyze": "cinefacs.pipeline.analyze",
    "build_dataset": "cinefacs.datasets.build",
    "check_dataset": "cinefacs.datasets.leaks",
    "collect": "cinefacs.pipeline.collect",
    "describe_dataset": "cinefacs.datasets.datasheet",
    "export_dataset": "cinefacs.datasets.exchange",
    "import_dataset": "cinefacs.datasets.exchange",
    "live": "cinefacs.pipeline.live",
    "run_experiment": "cinefacs.experiments.run",
    "split_dataset": "cinefacs.datasets.split",
    "suggest_labels": "cinefacs.pipeline.suggest",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (PEP 562: imported when first asked for)
    if name not in _HOMES:
        raise AttributeError(f"module 'cinefacs' has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    return getattr(importlib.import_module(_HOMES[name]), name)
