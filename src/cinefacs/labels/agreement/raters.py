"""Whose label sets are held against each other."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cinefacs.errors import StudyError
from cinefacs.records.label_checks import NOT_INDEPENDENT

__all__ = ["Rater", "choose_raters"]

Author = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rater:
    """One label set that stands for one coder's judgement."""

    name: str
    """The coder, with the label set where two of the same coder are compared."""
    coder: str
    """Who labelled."""
    label_set: str
    """Version of the coder's work."""

    @property
    def author(self) -> Author:
        """Coder and label set."""
        return self.coder, self.label_set


def choose_raters(
    authors: Sequence[Author], *, coders: Sequence[str], label_set: str, at_least: int
) -> tuple[Rater, ...]:
    """Choose the label sets, one for each coder unless several were asked for.

    Parameters
    ----------
    authors
        Coder and label set of everything in the study.
    coders
        Whom to take, as ``ann`` or ``ann/round-2``; all people when none is named.
    label_set
        Only sets of this name; empty: of any.
    at_least
        Fewest coders that make sense.

    Raises
    ------
    StudyError
        Somebody who was named has no labels, a coder has several label sets of which none was
        chosen, or there are too few coders.
    """
    known = ", ".join(f"{coder}/{version}" for coder, version in authors) or "no labels at all"
    open_to_choice = [author for author in authors if label_set in {"", author[1]}]
    if coders:
        chosen = [author for word in coders for author in _named(word, open_to_choice, known)]
    else:
        chosen = [author for author in open_to_choice if author[0] not in NOT_INDEPENDENT]
        _require_one_set_each(chosen)
    chosen = sorted(set(chosen))
    if len(chosen) < at_least:
        raise StudyError(
            f"labels: expected at least {at_least} coders, got {len(chosen)}",
            hint=f"the study has: {known}",
        )
    n_sets = Counter(coder for coder, _ in chosen)
    return tuple(
        Rater(
            name=coder if n_sets[coder] == 1 else f"{coder}/{version}",
            coder=coder,
            label_set=version,
        )
        for coder, version in chosen
    )


def _named(word: str, authors: Sequence[Author], known: str) -> list[Author]:
    """Return what a word such as ``ann`` or ``ann/round-2`` names."""
    exact = [author for author in authors if "/".join(author) == word]
    found = exact or [author for author in authors if author[0] == word]
    if not found:
        raise StudyError(
            f"coders: expected a coder who has labels, got {word!r}", hint=f"the study has: {known}"
        )
    _require_one_set_each(found)
    return found


def _require_one_set_each(authors: Sequence[Author]) -> None:
    """Raise where it is not said which of a coder's label sets counts."""
    for coder, n in Counter(coder for coder, _ in authors).items():
        if n > 1:
            sets = sorted(version for name, version in authors if name == coder)
            raise StudyError(
                f"coder {coder}: expected one label set, got {n}: {', '.join(sets)}",
                hint=f"choose with --label-set {sets[-1]} or --coders {coder}/{sets[-1]}",
            )
