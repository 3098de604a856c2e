"""Names of everything that a file may hold of labels, and the count of what it cannot."""

from collections.abc import Iterable

from cinefacs.facs.codes import Side
from cinefacs.labels.formats.contract import Tally
from cinefacs.labels.formats.fields import describe
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.labels import Labels

__all__ = ["TITLES", "tally_unheld"]

TITLES: dict[str, str] = {
    "au": "action unit",
    "side": "side",
    "intensity": "intensity A to E",
    "intensity_high": "upper end of an intensity range",
    "span": "onset and offset",
    "apex_pts": "apex",
    "is_static": "held over the whole sequence, (k)",
    "visibility": "hidden or not codable",
    "coder": "coder",
    "label_set": "label set",
    "source": "origin",
    "changed_at": "time of change",
    "expression_id": "which expression it is part of",
    "score": "score of a model",
    "text": "verbatim text",
    "flags": "flags",
    "expressions": "expressions (emotions, kind, apexes)",
    "coded": "what the coder went through",
}
"""For people, by key: fields of `AuLabel`, and the two other kinds of label as wholes."""

_UNSAID: dict[str, object] = {
    "side": Side.BOTH,
    "visibility": Visibility.VISIBLE,
    "is_static": False,
    "expression_id": "",
    "text": "",
    "flags": (),
}
"""What a field holds where the coder said nothing, if not None: losing that loses nothing."""


def tally_unheld(labels: Labels, not_held: Iterable[str], tally: Tally) -> None:
    """Count what a format cannot hold by its nature.

    Parameters
    ----------
    labels
        What is exported.
    not_held
        Keys of `TITLES`.
    tally
        Counts one loss for each label that says something which the format cannot.
    """
    for key in (key for key in TITLES if key in set(not_held)):
        title = f"{TITLES[key]}: the format cannot hold it"
        if key in {"expressions", "coded"}:
            for label in getattr(labels, key):
                tally.lose(title, describe(label))
            continue
        for au in labels.aus:
            if _says_something(au, key):
                tally.lose(title, f"{getattr(au, key)} of {describe(au)}")


def _says_something(label: AuLabel, key: str) -> bool:
    value = getattr(label, key)
    return value is not None and value != _UNSAID.get(key)
