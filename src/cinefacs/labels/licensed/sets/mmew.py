"""MMEW: 90 frames per second, micro-expressions with action units and emotions.

References
----------
X. Ben and others, "Video-based facial micro-expression analysis: a survey of datasets, features
and algorithms", IEEE Transactions on Pattern Analysis and Machine Intelligence 44(9), 2022.
"""

from fractions import Fraction

from cinefacs.labels.licensed.layout import USUAL_COLUMNS, DataSetLayout
from cinefacs.labels.licensed.names import DataSetName

__all__ = ["LAYOUTS"]

LAYOUTS = (
    DataSetLayout(
        name=DataSetName.MMEW,
        title="MMEW",
        people="mmew",
        rate_fps=Fraction(90),
        required=USUAL_COLUMNS,
        folders=(("{emotion}", "{film}"), ("{film}",)),
        n_rows_published=300,
    ),
)
"""The folder of the emotion tells apart sequences of one name, should there be any."""
