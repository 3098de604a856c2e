"""Labels as they travel: expressions, action units, and what was looked at."""

from collections.abc import Callable
from dataclasses import dataclass

from cinefacs.errors import SchemaError
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel

__all__ = ["Labels"]

AnyLabel = AuLabel | ExpressionLabel | CodedSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """Labels of any number of films, coders and label sets."""

    aus: tuple[AuLabel, ...] = ()
    """Action units."""
    expressions: tuple[ExpressionLabel, ...] = ()
    """Expressions."""
    coded: tuple[CodedSpan, ...] = ()
    """What the coders went through."""

    def __post_init__(self) -> None:
        """Check that each expression stands once, and that action units name one that is there."""
        known: set[tuple[str, str, str]] = set()
        for label in self.expressions:
            key = (label.coder, label.label_set, label.expression_id)
            if key in known:
                raise SchemaError(f"Labels.expressions: expected each once, got {key} twice")
            known.add(key)
        for au in self.aus:
            key = (au.coder, au.label_set, au.expression_id)
            if au.expression_id and key not in known:
                raise SchemaError(f"Labels.aus: expected a known expression, got {key}")

    def __len__(self) -> int:
        """Return the number of action units and expressions."""
        return len(self.aus) + len(self.expressions)

    @property
    def authors(self) -> tuple[tuple[str, str], ...]:
        """Coder and label set of everything here, each pair once, in the order of names."""
        everything: tuple[AnyLabel, ...] = (*self.aus, *self.expressions, *self.coded)
        return tuple(sorted({(label.coder, label.label_set) for label in everything}))

    def select(self, keep: Callable[[AnyLabel], bool]) -> "Labels":
        """Return the labels for which `keep` is true.

        Parameters
        ----------
        keep
            Asked of each record; all three kinds have film, character, coder and label set.

        Raises
        ------
        SchemaError
            An action unit was kept and its expression was not.
        """
        return Labels(
            aus=tuple(label for label in self.aus if keep(label)),
            expressions=tuple(label for label in self.expressions if keep(label)),
            coded=tuple(label for label in self.coded if keep(label)),
        )

    def __add__(self, other: "Labels") -> "Labels":
        """Return the labels of both."""
        return Labels(
            aus=self.aus + other.aus,
            expressions=self.expressions + other.expressions,
            coded=self.coded + other.coded,
        )
