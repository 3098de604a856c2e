"""SAMM Long Videos: 200 frames per second, macro- and micro-expressions in whole videos.

References
----------
C. H. Yap and others, "SAMM Long Videos: a spontaneous facial micro- and macro-expressions
dataset", FG 2020.
"""

import dataclasses
from fractions import Fraction

from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.layout import (
    USUAL_COLUMNS,
    Annotation,
    Column,
    DataSetLayout,
    FilmKey,
    SourceRow,
)
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.labels.licensed.rules import RowSkippedError, Rule, SkipReason
from cinefacs.records.expression_label import ExpressionKind

__all__ = ["LAYOUTS"]


def _locate(key: FilmKey, row: SourceRow) -> FilmKey:  # noqa: ARG001
    """Name the video of a sequence ``006_1_2``, which is ``006_1``."""
    subject, sequence = key
    return subject, "_".join(sequence.split("_")[:2])


def _adjust(annotation: Annotation, row: SourceRow, config: LicensedConfig) -> Annotation:  # noqa: ARG001
    """Open the onset of a macro-expression that began before the film."""
    if annotation.offset == 0:
        raise RowSkippedError(SkipReason.OFFSET_ZERO_IS_UNKNOWN)
    if annotation.onset == 0 and annotation.kind is ExpressionKind.MACRO:
        rules = (*annotation.rules, Rule.ONSET_ZERO_MACRO_UNBOUNDED)
        return dataclasses.replace(annotation, is_unbounded=True, rules=rules)
    return annotation


LAYOUTS = (
    DataSetLayout(
        name=DataSetName.SAMM_LV,
        title="SAMM Long Videos",
        people="samm",
        rate_fps=Fraction(200),
        required=(USUAL_COLUMNS - {Column.EMOTION}) | {Column.KIND},
        optional=frozenset({Column.DURATION}),
        subject_form="{:03d}",
        folders=(("{film}",),),
        kind=None,
        is_coded_throughout=True,
        locate=_locate,
        adjust=_adjust,
        n_rows_published=502,
    ),
)
"""343 macro- and 159 micro-expressions."""
