"""4DME: 60 frames per second, micro-expressions with action units and several emotions.

References
----------
X. Li and others, "4DME: a spontaneous 4D micro-expression dataset with multimodalities", IEEE
Transactions on Affective Computing 14(4), 2023.
"""

from fractions import Fraction

from cinefacs.labels.licensed.layout import USUAL_COLUMNS, DataSetLayout
from cinefacs.labels.licensed.names import DataSetName

__all__ = ["LAYOUTS"]

LAYOUTS = (
    DataSetLayout(
        name=DataSetName.FOUR_DME,
        title="4DME",
        people="4dme",
        rate_fps=Fraction(60),
        required=USUAL_COLUMNS,
        emotion_separator="+",
        folders=(("{subject}", "{film}"),),
    ),
)
"""The columns of single action units, of which it was not confirmed what they hold, are kept
beside the labels as they are; the labels come from the column of all action units."""
