"""CASME II: 200 frames per second, micro-expressions with action units and emotions.

References
----------
W.-J. Yan and others, "CASME II: an improved spontaneous micro-expression database and the
baseline evaluation", PLOS ONE 9(1), 2014.
"""

from fractions import Fraction

from cinefacs.labels.licensed.layout import USUAL_COLUMNS, DataSetLayout
from cinefacs.labels.licensed.names import DataSetName

__all__ = ["LAYOUTS"]

LAYOUTS = (
    DataSetLayout(
        name=DataSetName.CASME2,
        title="CASME II",
        people="casme2",
        rate_fps=Fraction(200),
        required=USUAL_COLUMNS,
        pages=("Sheet1",),
        subject_form="sub{:02d}",
        folders=(("{subject}", "{film}"),),
        n_rows_published=255,
    ),
)
"""The releases of 2014 and 2019 have the same columns; blank ones stand between them in 2019."""
