"""How far a long job has come."""

from dataclasses import dataclass

__all__ = ["Step"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One report of progress."""

    name: str
    """What is being done, such as ``film 003: shots and faces``."""
    n_done: int
    """Units done so far."""
    n_total: int | None
    """Units in all; None where it is not known."""
    unit: str
    """What is counted, such as ``frames``."""
