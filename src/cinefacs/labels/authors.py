"""Which label sets of a study a command is about."""

from collections.abc import Collection, Iterable

from cinefacs.errors import StudyError
from cinefacs.storage.label_tables import read_authors
from cinefacs.storage.study import StudyLayout

__all__ = ["choose_authors"]


def choose_authors(
    layout: StudyLayout,
    *,
    coders: Iterable[str] = (),
    label_sets: Iterable[str] = (),
    unless_named: Collection[str] = (),
) -> list[tuple[str, str]]:
    """Return coder and label set of what was asked for; each name must be there.

    Parameters
    ----------
    layout
        The study.
    coders, label_sets
        Whose and which; all where empty.
    unless_named
        Coders who are left out where `coders` is empty.

    Raises
    ------
    StudyError
        A coder or a label set is not there.
    """
    there = read_authors(layout)
    known = ", ".join(f"{coder}/{label_set}" for coder, label_set in there) or "none"
    by_name, by_set = set(coders), set(label_sets)
    for position, name, wanted in ((0, "coder", by_name), (1, "label set", by_set)):
        unknown = wanted - {author[position] for author in there}
        if unknown:
            raise StudyError(
                f"{layout.root}: expected labels of {name} {min(unknown)!r}, found none",
                hint=f"the study has: {known}",
            )
    return [
        author
        for author in there
        if (author[0] in by_name if by_name else author[0] not in unless_named)
        and (not by_set or author[1] in by_set)
    ]
