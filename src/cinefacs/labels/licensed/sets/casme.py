"""CASME: 60 frames per second, micro-expressions with action units, emotions and two apexes.

References
----------
W.-J. Yan and others, "CASME database: a dataset of spontaneous micro-expressions collected from
neutralized faces", FG 2013.
"""

from fractions import Fraction

from cinefacs.labels.licensed.layout import USUAL_COLUMNS, Column, DataSetLayout
from cinefacs.labels.licensed.names import DataSetName

__all__ = ["LAYOUTS"]

LAYOUTS = (
    DataSetLayout(
        name=DataSetName.CASME,
        title="CASME",
        people="casme",
        rate_fps=Fraction(60),
        required=USUAL_COLUMNS,
        optional=frozenset({Column.SECOND_APEX}),
        subject_form="sub{:02d}",
        folders=(("{subject}", "{film}"),),
        n_rows_published=195,
    ),
)
"""Where its frames lie was not confirmed: a folder of the subject with one of the sequence."""
