"""SMIC-E: micro-expressions with three emotions, without action units; three cameras.

References
----------
X. Li and others, "A spontaneous micro-expression database: inducement, collection and baseline",
FG 2013.
"""

import dataclasses
import re
from fractions import Fraction

from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.layout import (
    USUAL_COLUMNS,
    Annotation,
    Clock,
    Column,
    DataSetLayout,
    SourceRow,
)
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.labels.licensed.rules import Rule

__all__ = ["LAYOUTS_HS", "LAYOUTS_NIR", "LAYOUTS_VIS"]

_EMOTIONS = {"ne": "negative", "po": "positive", "sur": "surprise"}
_CODE_IN_NAME = re.compile(r"(?:^|_)(ne|po|sur)(?:_|$)", re.IGNORECASE)


def _adjust(annotation: Annotation, row: SourceRow, config: LicensedConfig) -> Annotation:  # noqa: ARG001
    """Write the emotion's code out, and compare it with the one in ``s20_ne_01``."""
    rules = list(annotation.rules)
    match = _CODE_IN_NAME.search(annotation.sequence)
    from_name = _EMOTIONS[match[1].lower()] if match else None
    emotions = annotation.emotions
    if emotions and emotions[0].lower() in _EMOTIONS:
        emotions = (_EMOTIONS[emotions[0].lower()],)
        rules.append(Rule.EMOTION_CODE_SPELT_OUT)
    if not emotions and from_name:
        emotions = (from_name,)
        rules.append(Rule.EMOTION_FROM_FILENAME)
    elif emotions and from_name and emotions[0].lower() != from_name:
        rules.append(Rule.EMOTION_DISAGREES_WITH_FILENAME)
    return dataclasses.replace(annotation, emotions=emotions, rules=tuple(rules))


_HS = DataSetLayout(
    name=DataSetName.SMIC,
    title="SMIC-E HS",
    people="smic",
    rate_fps=Fraction(100),
    required=USUAL_COLUMNS - {Column.APEX, Column.AUS},
    optional=frozenset({Column.APEX, Column.FIRST_FRAME}),
    subject_form="s{:02d}",
    folders=(("{film}",),),
    clock=Clock.POSITION,
    adjust=_adjust,
    n_rows_published=164,
)
LAYOUTS_HS = (_HS,)
"""High-speed camera; frame numbers are counters of the camera."""
LAYOUTS_VIS = (
    dataclasses.replace(
        _HS,
        name=DataSetName.SMIC_VIS,
        title="SMIC-E VIS",
        rate_fps=Fraction(25),
        n_rows_published=None,
    ),
)
"""Usual camera."""
LAYOUTS_NIR = (
    dataclasses.replace(
        _HS,
        name=DataSetName.SMIC_NIR,
        title="SMIC-E NIR",
        rate_fps=Fraction(25),
        n_rows_published=None,
    ),
)
"""Near infrared."""
