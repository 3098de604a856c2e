"""All formats by name."""

from collections.abc import Mapping
from types import MappingProxyType

from cinefacs.errors import ConfigError
from cinefacs.labels.formats.boris import BORIS
from cinefacs.labels.formats.boris_table import BORIS_EVENTS
from cinefacs.labels.formats.coco import COCO
from cinefacs.labels.formats.contract import LabelFormat
from cinefacs.labels.formats.csv_rows import CSV
from cinefacs.labels.formats.cvat import CVAT
from cinefacs.labels.formats.elan import ELAN
from cinefacs.labels.formats.label_studio import LABEL_STUDIO
from cinefacs.labels.formats.yolo import YOLO

__all__ = ["FORMATS", "find_format"]

_ALL: tuple[LabelFormat, ...] = (
    CSV, CVAT, ELAN, LABEL_STUDIO, COCO, YOLO, BORIS, BORIS_EVENTS,
)  # fmt: skip

FORMATS: Mapping[str, LabelFormat] = MappingProxyType({each.name: each for each in _ALL})
"""By the name that ``--format`` takes."""


def find_format(name: str) -> LabelFormat:
    """Return a format.

    Raises
    ------
    ConfigError
        There is none of that name.
    """
    if name not in FORMATS:
        known = ", ".join(FORMATS)
        raise ConfigError(f"--format: expected one of {known}, got {name!r}")
    return FORMATS[name]
