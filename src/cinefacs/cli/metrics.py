"""``cinefacs metrics``: the challenges' scores of your own tables."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

__all__ = ["recognition", "spotting"]

JsonFlag = Annotated[bool, Parameter(negative="")]


def recognition(
    table: Path,
    /,
    *,
    classes: Literal["as-is", "three", "five"] = "as-is",
    absent_counts_zero: Annotated[bool, Parameter(negative="")] = False,
    json: JsonFlag = False,
) -> int:
    """Print UF1, UAR and accuracy of a table of answers, beside chance.

    Parameters
    ----------
    table
        CSV or Parquet with the columns truth and answer, and dataset where there are several.
        Folds are pooled.
    classes
        three: negative, positive, surprise as in MEGC 2019; five: those of the data set (casme2
        or samm); other emotions are left out.
    absent_counts_zero
        Give a class without any sample F1 0, as many scripts do, instead of leaving it out.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.pipeline.challenge_scores import score_recognition_table  # noqa: PLC0415

    document = score_recognition_table(
        table, classes=classes, absent_counts_zero=absent_counts_zero
    )
    if json:
        return _print_json(document)
    lines = [f"{'':20s} {'n':>6s} {'UF1':>16s} {'UAR':>16s} {'accuracy':>16s}   (chance)"]
    for row in document["rows"]:
        cells = [
            f"{row[name]:8.3f} ({row['chance'][name]:.3f})" for name in ("uf1", "uar", "accuracy")
        ]
        lines.append(f"{row['dataset']:20s} {row['n']:6d} {' '.join(cells)}")
    pooled = document["rows"][0]
    lines += [
        f"  {name}: F1 {pooled['f1'][name]:.3f}, recall {pooled['recall'][name]:.3f}"
        for name in pooled["f1"]
    ]
    always = pooled["most_frequent"]
    lines.append(
        f"always saying {always['class']}: UF1 {always['uf1']:.3f}, UAR {always['uar']:.3f}, "
        f"accuracy {always['accuracy']:.3f}"
    )
    if document["n_left_out"]:
        lines.append(f"left out, since they have none of the classes: {document['n_left_out']}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def spotting(
    truth: Path,
    found: Path,
    /,
    *,
    min_iou: float = 0.5,
    mode: Literal["strict", "compatible"] = "strict",
    json: JsonFlag = False,
) -> int:
    """Print F1 of spotting, and STRS where both tables have emotions, beside chance.

    Parameters
    ----------
    truth, found
        CSV or Parquet with the columns subject, film, onset and offset (first and last frame),
        emotion for STRS, and dataset where there are several.
    min_iou
        Least overlap of a found and a true expression.
    mode
        strict: one to one, every film; compatible: as a widely copied script counts, to compare
        with published figures only.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.metrics.spotting import SpottingMode  # noqa: PLC0415  (kept out of --help)
    from cinefacs.pipeline.challenge_scores import score_spotting_tables  # noqa: PLC0415

    document = score_spotting_tables(truth, found, min_iou=min_iou, mode=SpottingMode(mode))
    if json:
        return _print_json(document)
    lines = [f"{'':20s} {'true':>6s} {'found':>6s} {'right':>6s} {'F1':>8s}  (chance)"]
    for row in document["rows"]:
        line = (
            f"{row['dataset']:20s} {row['n_true']:6d} {row['n_found']:6d} {row['n_matched']:6d} "
            f"{row['f1']:8.3f}  ({row['chance_f1']:.3f})"
        )
        if "strs" in row:
            line += (
                f"  analysis F1 {row['analysis_f1']:.3f}, UAR {row['analysis_uar']:.3f}, "
                f"STRS {row['strs']:.3f}"
            )
        lines.append(line)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _print_json(document: dict[str, Any]) -> int:
    sys.stdout.write(json_module.dumps(document, ensure_ascii=False, indent=2) + "\n")
    return 0
