"""The letters that stand beside an action unit's number: on which side, and how strong."""

from enum import StrEnum

__all__ = ["Intensity", "Side"]


class Side(StrEnum):
    """Where on the face an action unit acts; left and right are the person's own.

    References
    ----------
    P. Ekman, W. V. Friesen, J. C. Hager, *Facial Action Coding System: The Manual*, 2002: L and R
    for one side, T and B for the top or bottom lip, U for one side that was not said, A for both
    sides with unlike strength. A number without a letter acts on both sides alike.
    """

    BOTH = "both"
    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"
    UNILATERAL = "unilateral"
    ASYMMETRIC = "asymmetric"


class Intensity(StrEnum):
    """Strength of an action unit, from trace to maximum (FACS manual, 2002); steps are uneven."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"

    @property
    def rank(self) -> int:
        """1 for A to 5 for E: an order, not a measure."""
        return "ABCDE".index(self.value) + 1
