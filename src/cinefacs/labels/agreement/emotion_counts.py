"""What each clip contributes to the agreement on emotions: counts that add up."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.labels.agreement.codings import Coding
from cinefacs.metrics.agreement_counts import (
    MISSING,
    coincidence_table,
    confusion_table,
    value_counts,
)

__all__ = ["NO_EMOTION", "EmotionCounts", "count_emotions"]

NO_EMOTION = "none"
"""Value of a frame that a coder went through without naming an emotion."""
_MOST_EMOTIONS = 62
Counts = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EmotionCounts:
    """Counts by clip C, pair of coders P and value K."""

    values: tuple[str, ...]
    """(K,) ``none`` first, then emotions; several at a time are a value of their own, joined
    by ``+``."""
    tables: Counts
    """(C, P, K, K) frames by what the first and the second coder said."""
    coincidences: Counts
    """(C, K, K) coincidences of all coders; see `metrics.agreement_counts`."""
    named: Counts
    """(C, K, K) the same of those coders only who named an emotion in the frame."""
    n_frames: Counts
    """(C,) frames that at least two coders judged."""


def count_emotions(codings: Iterable[Coding[str]], *, n_raters: int) -> EmotionCounts:
    """Count what the agreement on emotions is computed from.

    Parameters
    ----------
    codings
        One per clip, at least one, all with the same emotions, of which there is at least one.
    n_raters
        Coders of the codings.

    Raises
    ------
    SchemaError
        There are more than 62 different emotions.
    """
    clips = list(codings)
    emotions = clips[0].channels
    if len(emotions) > _MOST_EMOTIONS:
        raise SchemaError(
            f"emotions: expected at most {_MOST_EMOTIONS} different ones, got {len(emotions)}",
            hint="are free remarks in the place of emotions?",
        )
    sets = [_sets(clip) for clip in clips]  # each (R, F)
    seen = [np.array([0]), *(np.unique(each[each != MISSING]) for each in sets)]
    kinds = np.unique(np.concatenate(seen))  # (K,), 0 first
    codes = [np.where(each == MISSING, MISSING, np.searchsorted(kinds, each)) for each in sets]
    pairs = tuple(combinations(range(n_raters), 2))
    n_kinds = kinds.size
    return EmotionCounts(
        values=tuple(_name(int(kind), emotions) for kind in kinds),
        tables=np.stack(
            [[confusion_table(code[a], code[b], n_kinds) for a, b in pairs] for code in codes]
        ),
        coincidences=np.stack([coincidence_table(value_counts(code, n_kinds)) for code in codes]),
        named=np.stack(
            [
                coincidence_table(value_counts(np.where(code == 0, MISSING, code), n_kinds))
                for code in codes
            ]
        ),
        n_frames=np.array([((code != MISSING).sum(axis=0) >= 2).sum() for code in codes]),
    )


def _sets(coding: Coding[str]) -> npt.NDArray[np.int64]:
    """Return (R, F) the emotions of each frame as bits, or `MISSING`."""
    bits = np.int64(1) << np.arange(len(coding.channels), dtype=np.int64)
    sets = ((coding.present == 1) * bits[:, None]).sum(axis=1)
    return np.where((coding.present == MISSING).any(axis=1), MISSING, sets)


def _name(kind: int, emotions: tuple[str, ...]) -> str:
    return "+".join(e for k, e in enumerate(emotions) if kind >> k & 1) or NO_EMOTION
