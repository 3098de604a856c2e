"""DFME: 200, 300 or 500 frames per second, told by each row.

References
----------
S. Zhao and others, "DFME: a new benchmark for dynamic facial micro-expression recognition", IEEE
Transactions on Affective Computing 15(3), 2024.
"""

from cinefacs.labels.licensed.layout import USUAL_COLUMNS, Column, DataSetLayout
from cinefacs.labels.licensed.names import DataSetName

__all__ = ["LAYOUTS"]

LAYOUTS = (
    DataSetLayout(
        name=DataSetName.DFME,
        title="DFME",
        people="dfme",
        rate_fps=None,
        required=USUAL_COLUMNS | {Column.FPS},
        folders=(("{subject}", "{film}"),),
    ),
)
"""Where its frames lie was not confirmed: a folder of the subject with one of the sequence, or a
folder whose name only one sequence has."""
