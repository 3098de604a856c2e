"""Find micro-expressions of film characters.

The Python API has the same verbs as the command line::

    import cinefacs
    summary = cinefacs.collect(["film.mp4"], out="study")
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cinefacs.pipeline.collect import CollectSummary, collect
    from cinefacs.pipeline.config import CollectConfig

__all__ = ["CollectConfig", "CollectSummary", "collect"]

_HOMES = {
    "CollectConfig": "cinefacs.pipeline.config",
    "CollectSummary": "cinefacs.pipeline.collect",
    "collect": "cinefacs.pipeline.collect",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (PEP 562: imported when first asked for)
    if name not in _HOMES:
        raise AttributeError(f"module 'cinefacs' has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    return getattr(importlib.import_module(_HOMES[name]), name)
