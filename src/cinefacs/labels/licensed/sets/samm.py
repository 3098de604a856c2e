"""SAMM: 200 frames per second in grey, micro-expressions with action units and emotions.

References
----------
A. K. Davison and others, "SAMM: a spontaneous micro-facial movement dataset", IEEE Transactions
on Affective Computing 9(1), 2018.
"""

from fractions import Fraction

from cinefacs.labels.licensed.layout import USUAL_COLUMNS, Column, DataSetLayout
from cinefacs.labels.licensed.names import DataSetName

__all__ = ["LAYOUTS"]

LAYOUTS = (
    DataSetLayout(
        name=DataSetName.SAMM,
        title="SAMM",
        people="samm",
        rate_fps=Fraction(200),
        required=USUAL_COLUMNS,
        optional=frozenset({Column.DURATION}),
        pages=("MICRO_ONLY",),
        subject_form="{:03d}",
        folders=(("{film}",),),
        n_rows_published=159,
    ),
)
"""A sequence's name begins with the subject, so that the folder's name alone tells both."""
