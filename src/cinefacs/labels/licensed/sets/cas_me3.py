"""CAS(ME)^3: 30 frames per second; part A in whole videos, part C in clips.

References
----------
J. Li and others, "CAS(ME)^3: a third generation facial spontaneous micro-expression database with
depth information and high ecological validity", IEEE Transactions on Pattern Analysis and Machine
Intelligence 45(3), 2023.
"""

import dataclasses
from fractions import Fraction

from cinefacs.labels.licensed.layout import Column, DataSetLayout
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.records.expression_label import ExpressionKind

__all__ = ["LAYOUTS"]

_PLACE = frozenset({Column.SUBJECT, Column.SEQUENCE, Column.ONSET, Column.OFFSET, Column.AUS})

_ALL = DataSetLayout(
    name=DataSetName.CAS_ME3,
    title="CAS(ME)^3 part A, all expressions",
    people="cas-me3",
    rate_fps=Fraction(30),
    required=_PLACE | {Column.APEX, Column.KIND},
    subject_form="spNO.{}",
    folders=(("{subject}", "{film}", "color"),),
    kind=None,
    is_coded_throughout=True,
)
_MICRO = dataclasses.replace(
    _ALL,
    title="CAS(ME)^3 part A, micro-expressions",
    required=_PLACE | {Column.APEX, Column.EMOTION},
    optional=frozenset({Column.KIND}),
    pages=("label",),
    kind=ExpressionKind.MICRO,
    is_coded_throughout=False,
)
_PART_C = dataclasses.replace(
    _ALL,
    title="CAS(ME)^3 part C",
    required=_PLACE,
    aliases={Column.SEQUENCE: frozenset({"count"})},
    folders=(("{subject}", "{film}", "color"), ("{subject}", "{film}")),
    is_coded_throughout=False,
)

LAYOUTS = (_MICRO, _ALL, _PART_C)
"""In the order in which a sheet is tried: each asks for less than the one before."""
