"""The exam as a page in Markdown, to go into a model card."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cinefacs.reports.exam_tables import (
    action_unit_rows,
    as_table,
    confusion_rows,
    event_rows,
    group_rows,
    score_words,
    sweep_rows,
)
from cinefacs.storage.atomic import write_text

__all__ = ["write_exam_page"]

_CAPTIONS = {
    "action-units.svg": "Action units: how well faces are ranked",
    "faces-found.svg": "Faces found",
    "events-recall.svg": "Expressions spotted",
    "events-limits.svg": "Limits of events",
}


def write_exam_page(path: Path, document: Mapping[str, Any], *, curves: Sequence[str]) -> None:
    """Write the page atomically.

    Parameters
    ----------
    path
        Where it goes; the figures lie beside it.
    document
        What ``exam.json`` holds.
    curves
        Names of the figures.

    Raises
    ------
    StorageError
        The disk refused.
    """
    parts = [
        *_head(document),
        *_marks(document),
        *_faces(document["faces_found"], document["visible"]),
        *_reading("Faces of the exam's pictures", document["faces_read"]),
        *_events(document["events"]),
        *_groups(document),
        *_sweep(document["sweep"]),
    ]
    parts += [f"![{_CAPTIONS[name]}]({name})\n" for name in curves]
    write_text(path, "\n".join(parts))


def _head(document: Mapping[str, Any]) -> list[str]:
    exam, subject = document["exam"], document["subject"]
    what = "exam heldout-v1" if exam["name"] == "heldout-v1" else "a set that is not the exam"
    known = ", ".join(
        str(subject[key]) for key in ("network", "precision", "classes") if key in subject
    )
    who = f"{subject['kind']}{f' ({known})' if known else ''}"
    notes = [f"- {note}" for note in document["notes"]]
    return [
        f"# Marks on {what}",
        "",
        (
            f"{exam['n_films']} films, {exam['n_people']} people, {exam['n_pictures']} pictures; "
            f"digest of the exam `{exam['digest']}`."
        ),
        "",
        (
            f"Taken by: {who}, digest `{subject['digest']}`; cinefacs {document['code_version']}, "
            f"{document['measured_at']}."
        ),
        "",
        (
            "Each score stands with its 95 % interval (people or films drawn anew, "
            f"{document['config']['bootstrap_draws']} draws) beside what chance reaches."
        ),
        "",
        *notes,
        *([""] if notes else []),
    ]


def _marks(document: Mapping[str, Any]) -> list[str]:
    """Return the few numbers that matter, in one table."""
    read, events = document["faces_read"], document["events"]
    rows = [
        ("face-frames called visible", document["visible"]["share"], ""),
        ("visible faces found", document["faces_found"]["recall"],
         f"at least {document['faces_found']['wanted']}"),
    ]  # fmt: skip
    if read["emotions"]:
        emotions = read["emotions"]
        rows += [
            ("emotions, mAP50", emotions["map50"], ""),
            (("emotions, best of "
             f"{len(emotions['names'])} (always the most frequent: "
             f"{_number(emotions['majority'])})"), emotions["accuracy"], ""),
            ("the same, faces not found wrong", emotions["accuracy_all"], ""),
            ("emotions, calibration error", emotions["calibration_error"], "lower is better"),
        ]  # fmt: skip
        if emotions["weak"]:
            rows.append(("emotions at intensities 0.2 to 0.5, mAP50",
                         emotions["weak"]["map50"], ""))  # fmt: skip
    if read["action_units"]:
        units = read["action_units"]
        rows += [
            (f"action units, mean AUROC of {units['mean_auroc']['n']} well shown",
             units["mean_auroc"], ""),
            (f"the same at intensities 0.2 to 0.5, of {units['mean_auroc_weak']['n']}",
             units["mean_auroc_weak"], ""),
            ("action units, calibration error", units["calibration_error"], "lower is better"),
        ]  # fmt: skip
    films = document["faces_read_in_films"]
    if films and films["action_units"]:
        units = films["action_units"]
        rows.append((f"action units in every frame of the films, of {units['mean_auroc']['n']}",
                     units["mean_auroc"], ""))  # fmt: skip
    if films and films["emotions"]:
        rows.append(("emotions in every frame of the films", films["emotions"]["accuracy"], ""))
    if events:
        rows += [
            (f"spotting, F1 at overlap {events['min_iou']}", events["f1"], ""),
            ("false alarms a minute of film", events["false_alarms"]["a_film_minute"],
             "lower is better"),
            ("false alarms a minute of face", events["false_alarms"]["a_face_minute"],
             "lower is better"),
            ("onset, median distance, ms", events["errors"]["onset"]["absolute_median_ms"],
             "lower is better"),
        ]  # fmt: skip
    table = [(name, *score_words(score), remark) for name, score, remark in rows]
    return [as_table(("", "score", "interval", "chance", "n", ""), table), ""]


def _faces(found: Mapping[str, Any], visible: Mapping[str, Any]) -> list[str]:
    rows = [(row["facet"], row["value"], *score_words(row["recall"])) for row in found["groups"]]
    shares = ", ".join(
        f"{name} {_number(share)}" for name, share in visible["by_condition"].items()
    )
    return [
        "## Faces found",
        "",
        (
            f"By {found['finder']}, among those that the truth calls visible: half of the face "
            f"seen and 24 px high. Share of face-frames so called, by condition: {shares}."
        ),
        "",
        as_table(("", "", "found", "interval", "chance", "n"), rows),
        "",
    ]


def _reading(title: str, read: Mapping[str, Any]) -> list[str]:
    parts = [f"## {title}", "", f"{read['n_faces']} faces of {read['n_people']} people.", ""]
    emotions = read["emotions"]
    if emotions:
        rows = [
            (name, *score_words(score), *score_words(emotions["recall"][name])[:1])
            for name, score in emotions["ap50"].items()
        ]
        header = ("emotion", "AP50", "interval", "chance", "faces", "called so")
        parts += [
            as_table(header, rows),
            "",
            (
                f"Rows true, columns called; {emotions['n_unknown']} faces that speak, show "
                "several emotions or act unseen are left out."
            ),
            "",
            as_table(("", *emotions["names"]), confusion_rows(emotions)),
            "",
        ]
    if read["action_units"]:
        columns = ("action unit", "AUROC", "interval", "chance", "shown", "not shown",
                  "AUROC at 0.2 to 0.5", "shown", "in the mean")  # fmt: skip
        parts += [as_table(columns, action_unit_rows(read["action_units"])), ""]
    return parts


def _events(events: Mapping[str, Any] | None) -> list[str]:
    if events is None:
        return []
    demo = events["demo"]
    onset = events["errors"]["onset"]
    frame = onset["frame_ms"]
    is_met = "met" if demo["is_met"] else "not met"
    return [
        "## Events",
        "",
        (
            f"{events['n_true']} visible expressions ({events['n_hidden']} more that nobody could "
            f"see are left out), {events['n_found']} events found. Spot then recognise: STRS "
            f"{_number(events['strs'])} (chance {_number(events['strs_chance'])})."
        ),
        "",
        *_emotion_words(events["emotions"]),
        (
            f"The demo's promise is **{is_met}**: {demo['macro']['n_spotted']} of "
            f"{demo['macro']['n_true']} macro- and {demo['micro']['n_spotted']} of "
            f"{demo['micro']['n_true']} micro-expressions spotted (wanted: all, and 80 %; chance: "
            f"{_number(demo['macro']['chance'])} and {_number(demo['micro']['chance'])} of them), "
            f"{demo['n_films_within']} of {demo['n_films']} films with at most one false alarm "
            f"(the worst has {demo['most_false_alarms_in_a_film']}). Here an event counts if "
            f"{demo['rule']}."
        ),
        "",
        f"Times are known to one frame ({_number(frame)} ms). Positive: found too late.",
        "",
        as_table(("", "", "score", "interval", "chance", "n"), event_rows(events)),
        "",
        "Chance: the same events at random moments in which the same person is seen.",
        "",
    ]


def _emotion_words(emotions: Mapping[str, Any]) -> list[str]:
    if not emotions["n"]:
        return []
    n_scored = emotions["n_right_as_scored"]
    scored = "" if n_scored is None else f"; the detector's highest score is right in {n_scored}"
    return [
        (
            f"Of the {emotions['n']} spotted that show one of the seven emotions the rules name "
            f"{emotions['n_named']}, {emotions['n_right_by_rule']} of them rightly (chance "
            f"{_number(emotions['chance'])} of them){scored}."
        ),
        "",
    ]


def _groups(document: Mapping[str, Any]) -> list[str]:
    header = ("", "", "faces", "people", "emotion right", "interval", "chance", "mean AUROC",
              "interval", "of")  # fmt: skip
    parts = ["## By group", "", as_table(header, group_rows(document["faces_read"])), ""]
    films = document["faces_read_in_films"]
    if films is not None:
        parts += [
            (
                f"The same over all {films['n_faces']} visible faces in every frame of the films, "
                "of which neighbours are alike:"
            ),
            "",
            as_table(header, group_rows(films)),
            "",
        ]
    return parts


def _sweep(sweep: Mapping[str, Any] | None) -> list[str]:
    if sweep is None:
        return []
    header, rows = sweep_rows(sweep)
    chosen = sweep["chosen"]
    words = (
        f"No row is chosen: {sweep['why_not_chosen']}."
        if chosen is None
        else "Chosen on these validation films: "
        + ", ".join(f"{name} {value:g}" for name, value in chosen.items())
        + "."
    )
    return ["## Limits of events", "", words, "", as_table(header, rows), ""]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
