"""What the records of labels check alike, and the coders that are no people."""

import datetime as dt

from cinefacs.records.checks import require

__all__ = [
    "ADJUDICATOR",
    "CONSENSUS",
    "LARGEST_CODE",
    "NOT_INDEPENDENT",
    "SUGGESTED",
    "TRUTH",
    "check_authorship",
]

LARGEST_CODE = 9999
"""Code books of one's own number their codes freely; what is larger is no number of a code."""

SUGGESTED = "suggested"
"""Coder of labels that a model proposed; never truth."""
CONSENSUS = "consensus"
"""Coder of labels that the majority of the coders gave."""
ADJUDICATOR = "adjudicator"
"""Coder of labels by which a person settled what the coders disputed."""
TRUTH = "truth"
"""Coder of labels that are exact because the film was made from them."""

NOT_INDEPENDENT = frozenset({SUGGESTED, CONSENSUS, ADJUDICATOR, TRUTH})
"""Coders that no agreement counts unless it is asked to."""


def check_authorship(
    record: str, *, film_id: str, character_number: int, coder: str, label_set: str, changed_at: str
) -> None:
    """Raise unless it is said who labelled which character when.

    Parameters
    ----------
    record
        Name of the record, for the error.
    film_id, character_number, coder, label_set, changed_at
        As in `cinefacs.records.au_label.AuLabel`.

    Raises
    ------
    SchemaError
        A name is empty or padded with blanks, a number is below 1, or the time is not ISO 8601
        with its distance from UTC.
    """
    is_sha256 = len(film_id) == 64 and set(film_id) <= set("0123456789abcdef")
    require(is_sha256, f"{record}.film_id", "64 hexadecimal digits", film_id)
    require(character_number >= 1, f"{record}.character_number", "1 or more", character_number)
    for name, value in (("coder", coder), ("label_set", label_set)):
        is_name = bool(value) and value == value.strip()
        require(is_name, f"{record}.{name}", "a name without blanks around it", value)
    require(_is_moment(changed_at), f"{record}.changed_at", "ISO 8601 with UTC offset", changed_at)


def _is_moment(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
