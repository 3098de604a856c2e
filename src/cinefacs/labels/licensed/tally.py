"""Count what happened to each row, by named rule."""

from collections.abc import Iterable

from cinefacs.labels.licensed.layout import Annotation
from cinefacs.labels.licensed.rules import Rule, SkipReason

__all__ = ["RowTally"]


class RowTally:
    """Keeps, for each rule, the rows that it was applied to."""

    def __init__(self) -> None:
        self._skipped: dict[SkipReason, dict[str, str]] = {}
        self._repaired: dict[Rule, list[str]] = {}

    def skip(self, place: str, reason: SkipReason, detail: str = "") -> None:
        """Note that a row was left out."""
        self._skipped.setdefault(reason, {})[place] = detail

    def keep(self, annotations: Iterable[Annotation]) -> None:
        """Note the rules of the rows that were kept in the end."""
        for annotation in annotations:
            for rule in annotation.rules:
                self._repaired.setdefault(rule, []).append(annotation.place)

    @property
    def n_skipped(self) -> int:
        """Rows that were left out."""
        return sum(len(rows) for rows in self._skipped.values())

    @property
    def skipped(self) -> dict[SkipReason, dict[str, str]]:
        """For each reason the rows, with what was found there; the commonest reason first."""
        return dict(sorted(self._skipped.items(), key=lambda item: -len(item[1])))

    @property
    def repaired(self) -> dict[Rule, list[str]]:
        """For each rule the rows, in the order of the sheet; the commonest rule first."""
        return dict(sorted(self._repaired.items(), key=lambda item: -len(item[1])))
