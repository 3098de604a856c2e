"""Find micro-expressions of film characters.

The Python API has the same verbs as the command line::

    import cinefacs
    summary = cinefacs.collect(["film.mp4"], out="study")
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cinefacs.pipeline.collect import CollectSummary, collect
    from cinefacs.pipeline.config import CollectConfig
    from cinefacs.pipeline.suggest import suggest_labels

__all__ = ["CollectConfig", "CollectSummary", "collect", "suggest_labels"]

_HOMES = {
    "CollectConfig": "cinefacs.pipeline.config",
    "CollectSummary": "cinefacs.pipeline.collect",
    "collect": "cinefacs.pipeline.collect",
    "suggest_labels": "cinefacs.pipeline.suggest",
}


# Read once, when pyarrow is imported. The allocator that it takes otherwise (mimalloc) keeps what
# was freed: putting the parts of a film together left 50 MB behind, at a true need of 16 at most,
# and took 1.6 times as long (pyarrow 26). Whoever has set the variable keeps the choice.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def __getattr__(name: str) -> Any:  # noqa: ANN401  (PEP 562: imported when first asked for)
    if name not in _HOMES:
        raise AttributeError(f"module 'cinefacs' has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    return getattr(importlib.import_module(_HOMES[name]), name)
