"""The marks of an exam on the screen."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cinefacs.pipeline.exam.run import ExamSummary

__all__ = ["show_marks"]


def show_marks(summary: "ExamSummary") -> None:
    """Print the few numbers that matter, each beside chance."""
    document = summary.document
    exam, subject = document["exam"], document["subject"]
    lines = [
        (
            f"{exam['name']}, digest {exam['digest'][:12]}; {subject['kind']} {subject['path']}, "
            f"digest {subject['digest'][:12]}"
        ),
        _line("visible faces found", document["faces_found"]["recall"]),
    ]
    read = document["faces_read"]
    if read["emotions"]:
        lines += [
            _line("emotions, mAP50", read["emotions"]["map50"]),
            _line(f"emotions, best of {len(read['emotions']['names'])}",
                  read["emotions"]["accuracy"]),
        ]  # fmt: skip
    if read["action_units"]:
        lines += [
            _line("action units, mean AUROC", read["action_units"]["mean_auroc"]),
            _line("  at intensities 0.2 to 0.5", read["action_units"]["mean_auroc_weak"]),
        ]
    events = document["events"]
    if events:
        demo = events["demo"]
        lines += [
            _line("spotting, F1", events["f1"]),
            _line("onset, median distance, ms", events["errors"]["onset"]["absolute_median_ms"]),
            _line("false alarms a film minute", events["false_alarms"]["a_film_minute"]),
            (
                f"demo's promise {'met' if demo['is_met'] else 'not met'}: "
                f"{demo['macro']['n_spotted']} of {demo['macro']['n_true']} macro, "
                f"{demo['micro']['n_spotted']} of {demo['micro']['n_true']} micro, at most "
                f"{demo['most_false_alarms_in_a_film']} false alarms a film"
            ),
        ]
    lines += [f"note: {note}" for note in document["notes"]]
    lines.append(f"written: {summary.out / 'exam.md'}, {summary.out / 'exam.json'}")
    sys.stdout.write("\n".join(lines) + "\n")


def _line(name: str, score: dict[str, Any]) -> str:
    """Return a score with interval, chance and number of things."""
    if score["value"] is None:
        return f"{name:28s} nothing to score"
    ends = "" if score["low"] is None else f" ({score['low']:.3g} to {score['high']:.3g})"
    chance = "" if score["chance"] is None else f", chance {score['chance']:.3g}"
    return f"{name:28s} {score['value']:.3g}{ends}{chance}, n {score['n']}"
