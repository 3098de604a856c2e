"""Rows of the exam's page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = [
    "action_unit_rows",
    "as_table",
    "confusion_rows",
    "event_rows",
    "group_rows",
    "is_in_mean",
    "score_words",
    "sweep_rows",
]

_NONE = "-"
_MOMENTS = (
    ("median_ms", "bias (median), ms"),
    ("absolute_median_ms", "median distance, ms"),
    ("absolute_90th_ms", "distance that 90 % do not exceed, ms"),
)


def as_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def score_words(score: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Return value, interval, chance and number of things."""
    low, high = score["low"], score["high"]
    ends = _NONE if low is None else f"{number_words(low)} to {number_words(high)}"
    return number_words(score["value"]), ends, number_words(score["chance"]), str(score["n"])


def number_words(value: float | None) -> str:
    """Return a number with as many digits as make sense."""
    if value is None:
        return _NONE
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def confusion_rows(emotions: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the confusion of emotions, a row for each true one."""
    return [
        (name, *(str(n) for n in row))
        for name, row in zip(emotions["names"], emotions["confusion"], strict=True)
    ]


def is_in_mean(row: Mapping[str, Any], units: Mapping[str, Any]) -> bool:
    """Whether an action unit counts in the mean: well shown, by enough faces and not by enough.

    Parameters
    ----------
    row
        Of the action unit.
    units
        All that the exam says of action units.
    """
    n_least = min(row["n_positive"], row["n_negative"])
    return row["name"] in units["counted"] and n_least >= units["min_faces"]


def action_unit_rows(units: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each action unit that any face shows."""
    return [
        (
            row["name"],
            *score_words(row["auroc"])[:3],
            str(row["n_positive"]),
            str(row["n_negative"]),
            number_words(row["weak_auroc"]),
            str(row["n_weak"]),
            "yes" if is_in_mean(row, units) else "no",
        )
        for row in units["per_au"]
        if row["n_positive"]
    ]


def event_rows(events: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return spotting, times, false alarms and recalls."""
    rows: list[tuple[str, ...]] = [
        ("spotting", f"F1 at overlap {events['min_iou']}", *score_words(events["f1"])),
        ("spotting", "recall", *score_words(events["recall"])),
    ]
    for moment, errors in events["errors"].items():
        rows += [(moment, words, *score_words(errors[key])) for key, words in _MOMENTS]
    alarms = events["false_alarms"]
    rows += [
        ("false alarms", "a minute of film", *score_words(alarms["a_film_minute"])),
        ("false alarms", "a minute of face", *score_words(alarms["a_face_minute"])),
    ]
    for row in events["recalls"]:
        name = f"{row['facet']}: {row['value']}"
        rows += [
            (name, "recall by overlap", *score_words(row["overlap"])),
            (name, "recall by apex", *score_words(row["apex"])),
        ]
    return rows


def group_rows(read: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each group of faces."""
    rows: list[tuple[str, ...]] = []
    for row in read["groups"]:
        nothing = {"value": None, "low": None, "high": None, "chance": None, "n": 0}
        accuracy, auroc = row["accuracy"] or nothing, row["mean_auroc"] or nothing
        area = score_words(auroc)
        rows.append(
            (
                row["facet"],
                row["value"],
                str(row["n_faces"]),
                str(row["n_people"]),
                *score_words(accuracy)[:3],
                area[0],
                area[1],
                area[3],
            )
        )
    return rows


def sweep_rows(sweep: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and rows of the limits that were tried."""
    rows = sweep["rows"]
    header = tuple(rows[0]) if rows else ()
    table = [tuple(_short(value) for value in row.values()) for row in rows]
    return tuple(name.replace("_", " ") for name in header), table


def _short(value: float | None) -> str:
    return _NONE if value is None else f"{value:.3g}"
