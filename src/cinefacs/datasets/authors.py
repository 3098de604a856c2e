"""Whose labels a data set is made from: never a mixture by accident, never suggestions."""

from collections import defaultdict
from collections.abc import Sequence

from cinefacs.errors import StudyError
from cinefacs.records.label_checks import SUGGESTED
from cinefacs.records.labels import Labels

__all__ = ["check_alone", "choose_authors"]

Author = tuple[str, str]


def choose_authors(
    wanted: Sequence[str], there: Sequence[Author], *, allow_suggestions: bool
) -> tuple[Author, ...]:
    """Return coder and label set of what is asked for.

    Parameters
    ----------
    wanted
        Such as ``ann`` or ``ann/round-2``; the short form where the coder has one label set.
    there
        What the study has.
    allow_suggestions
        Whether a model's proposals may be taken.

    Raises
    ------
    StudyError
        A coder is not there or has several label sets, or suggestions were not allowed.
    """
    known = ", ".join(f"{coder}/{label_set}" for coder, label_set in there) or "none"
    chosen: list[Author] = []
    for name in wanted:
        found = [author for author in there if name in {author[0], f"{author[0]}/{author[1]}"}]
        if len(found) != 1:
            got = "none" if not found else f"{len(found)} label sets"
            raise StudyError(
                f"labels: expected one label set of {name!r}, got {got}",
                hint=f"the study has: {known}; name one with --labels CODER/LABEL_SET",
            )
        if found[0][0] == SUGGESTED and not allow_suggestions:
            raise StudyError(
                f"labels: expected the labels of people, got the suggestions {name!r}",
                hint="--allow-suggestions takes what a model proposed, and the manifest says so",
            )
        chosen += found
    return tuple(dict.fromkeys(chosen))


def check_alone(labels: Labels) -> None:
    """Raise where two of the chosen coders went through the same frames of a character.

    Raises
    ------
    StudyError
        Then it is open whose word counts.
    """
    by_character = defaultdict(list)
    for span in labels.coded:
        by_character[span.film_id, span.character_number].append(span)
    for (film_id, number), spans in by_character.items():
        ordered = sorted(spans, key=lambda each: each.span.start_s)
        for k, span in enumerate(ordered):
            for other in ordered[k + 1 :]:
                if other.span.start_s >= span.span.end_s:
                    break
                if (span.coder, span.label_set) != (other.coder, other.label_set):
                    raise StudyError(
                        f"labels: expected one coder of character {number} of film "
                        f"{film_id[:12]}, got {span.coder}/{span.label_set} and "
                        f"{other.coder}/{other.label_set} on the same frames",
                        hint="take one of them, or their consensus: `cinefacs labels consensus`",
                    )
