"""The challenges' scores of somebody's tables: truth and answers in, one table of scores out."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cinefacs.errors import SchemaError, StudyError, did_you_mean
from cinefacs.metrics.recognition import score_recognition, to_five_classes, to_three_classes
from cinefacs.metrics.spotting import FrameInterval, SpottingMode, score_spotting, score_strs

__all__ = ["ClassMap", "score_recognition_table", "score_spotting_tables"]

ClassMap = Literal["as-is", "three", "five"]
Row = Mapping[str, str]

_POOLED = "all together"
_N_SHUFFLES = 200


def score_recognition_table(
    path: Path, *, classes: ClassMap = "as-is", absent_counts_zero: bool = False
) -> dict[str, Any]:
    """Return UF1 and UAR of a table of answers, over all folds together and for each data set.

    Parameters
    ----------
    path
        CSV or Parquet with the columns ``truth`` and ``answer``, and ``dataset`` where there are
        several; others, such as ``subject``, are passed over: folds are pooled.
    classes
        ``three`` and ``five`` map emotions to the challenges' classes and leave the rest out.
    absent_counts_zero
        As in `score_recognition`.

    Raises
    ------
    StudyError
        There is no such file.
    SchemaError
        A column is missing, no row is left, or an answer has no class.
    """
    rows = _read(path, ("truth", "answer"))
    pairs: list[tuple[str, str, str]] = []
    for number, row in enumerate(rows, start=1):
        dataset = row.get("dataset", "")
        truth = _mapped(row["truth"], dataset, classes)
        if truth is None:
            continue
        answer = _mapped(row["answer"], dataset, classes)
        if answer is None:
            raise SchemaError(
                f"{path}, row {number}: expected an answer with one of the {classes} classes, "
                f"got {row['answer']!r}",
                hint="answer with an emotion of the protocol, or take --classes as-is",
            )
        pairs.append((truth, answer, dataset))
    if not pairs:
        raise SchemaError(f"{path}: expected at least one sample of the {classes} classes, got 0")
    names = sorted({truth for truth, _, _ in pairs} | {answer for _, answer, _ in pairs})
    parts = _parts([dataset for _, _, dataset in pairs])
    return {
        "table": str(path),
        "classes": names,
        "class_map": classes,
        "n_left_out": len(rows) - len(pairs),
        "rows": [
            _recognition_row(name, [pairs[k] for k in own], names, absent_counts_zero)
            for name, own in parts.items()
        ],
    }


def _mapped(emotion: str, dataset: str, classes: ClassMap) -> str | None:
    if classes == "three":
        known = to_three_classes(emotion)
        return known or (emotion if emotion in {"negative", "positive", "surprise"} else None)
    if classes == "five":
        return to_five_classes(emotion, dataset.strip().casefold())
    return emotion.strip()


def _recognition_row(
    name: str, pairs: Sequence[tuple[str, str, str]], names: Sequence[str], zero: bool  # noqa: FBT001
) -> dict[str, Any]:  # fmt: skip
    truth, answers = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    scores = score_recognition(truth, answers, names, absent_counts_zero=zero)
    there = [each for each in names if each in truth]
    frequent = max(there, key=truth.count)
    always = score_recognition(truth, [frequent] * len(truth), names, absent_counts_zero=zero)
    rng = np.random.default_rng(0)
    mixed = [
        score_recognition(
            truth, [answers[k] for k in rng.permutation(len(answers))], names,
            absent_counts_zero=zero,
        )
        for _ in range(_N_SHUFFLES)
    ]  # fmt: skip
    return {
        "dataset": name,
        "n": len(pairs),
        "uf1": scores.uf1,
        "uar": scores.uar,
        "accuracy": scores.accuracy,
        "f1": dict(scores.f1),
        "recall": dict(scores.recall),
        "absent": list(scores.absent),
        "confusion": scores.confusion.tolist(),
        "chance": {
            "uf1": float(np.mean([each.uf1 for each in mixed])),
            "uar": float(np.mean([each.uar for each in mixed])),
            "accuracy": float(np.mean([each.accuracy for each in mixed])),
        },
        "most_frequent": {"class": frequent, "uf1": always.uf1, "uar": always.uar,
                          "accuracy": always.accuracy},
    }  # fmt: skip


def score_spotting_tables(
    truth: Path,
    found: Path,
    *,
    min_iou: float = 0.5,
    mode: SpottingMode = SpottingMode.STRICT,
) -> dict[str, Any]:
    """Return F1 of spotting, and STRS where emotions are given, together and for each data set.

    Parameters
    ----------
    truth, found
        CSV or Parquet with the columns ``subject``, ``film``, ``onset`` and ``offset`` (frames,
        both belong to the expression); ``emotion`` in both for STRS; ``dataset`` where there are
        several.
    min_iou
        Least overlap of a match.
    mode
        How matches are counted.

    Raises
    ------
    StudyError
        There is no such file.
    SchemaError
        A column is missing, or a frame is no whole number.
    """
    held, held_sets, has_truth = _intervals(truth)
    said, said_sets, has_answer = _intervals(found)
    has_emotions = has_truth and has_answer
    strange = sorted(set(said_sets) - set(held_sets))
    if strange and held_sets:
        raise SchemaError(
            f"{found}: expected data sets of {truth.name}, got {strange[0]!r}",
            hint=did_you_mean(strange[0], set(held_sets)),
        )
    classes = sorted({each.emotion for each in (*held, *said)})
    rows = []
    for name in _parts(held_sets):
        own = [e for e, of in zip(held, held_sets, strict=True) if name in {_POOLED, of}]
        theirs = [e for e, of in zip(said, said_sets, strict=True) if name in {_POOLED, of}]
        scores = score_spotting(own, theirs, min_iou=min_iou, mode=mode)
        row: dict[str, Any] = {
            "dataset": name,
            "n_true": scores.n_true,
            "n_found": scores.n_found,
            "n_matched": scores.n_matched,
            "precision": scores.precision,
            "recall": scores.recall,
            "f1": scores.f1,
            "chance_f1": _chance_f1(own, theirs, min_iou=min_iou, mode=mode),
        }
        if has_emotions:
            strs = score_strs(own, theirs, classes, min_iou=min_iou, mode=mode)
            row |= {"analysis_f1": strs.analysis_f1, "analysis_uar": strs.analysis_uar,
                    "strs": strs.strs}  # fmt: skip
        rows.append(row)
    return {
        "truth": str(truth),
        "found": str(found),
        "min_iou": min_iou,
        "mode": str(mode),
        "rows": rows,
    }


def _chance_f1(
    truth: Sequence[FrameInterval],
    found: Sequence[FrameInterval],
    *,
    min_iou: float,
    mode: SpottingMode,
) -> float:
    """Return the mean F1 of as many and as long intervals at random places of the same films.

    A film is taken to reach to the last frame that anybody marked in it, which flatters chance
    where it is longer.
    """
    ends: dict[tuple[str, str], int] = {}
    for each in (*truth, *found):
        key = each.subject, each.film
        ends[key] = max(ends.get(key, 0), each.offset)
    rng = np.random.default_rng(0)
    values = []
    for _ in range(_N_SHUFFLES):
        moved = []
        for each in found:
            length = each.offset - each.onset
            onset = int(rng.integers(0, ends[each.subject, each.film] - length + 1))
            moved.append(
                FrameInterval(
                    subject=each.subject, film=each.film, onset=onset, offset=onset + length
                )
            )
        values.append(score_spotting(truth, moved, min_iou=min_iou, mode=mode).f1)
    return float(np.mean(values))


def _intervals(path: Path) -> tuple[list[FrameInterval], list[str], bool]:
    """Return intervals, the data set of each, and whether emotions are given."""
    rows = _read(path, ("subject", "film", "onset", "offset"))
    intervals = []
    for number, row in enumerate(rows, start=1):
        try:
            onset, offset = int(row["onset"]), int(row["offset"])
        except ValueError as error:
            raise SchemaError(
                f"{path}, row {number}: expected whole frames as onset and offset, got "
                f"{row['onset']!r} and {row['offset']!r}"
            ) from error
        if not 0 <= onset <= offset:
            raise SchemaError(
                f"{path}, row {number}: expected 0 <= onset <= offset, got {onset} and {offset}"
            )
        intervals.append(
            FrameInterval(
                # subjects and films have the same names in many data sets
                subject=f"{row.get('dataset', '')}/{row['subject']}",
                film=row["film"],
                onset=onset,
                offset=offset,
                emotion=row.get("emotion", "").strip().casefold(),
            )
        )
    return (
        intervals,
        [row.get("dataset", "") for row in rows],
        all("emotion" in row for row in rows),
    )


def _parts(datasets: Sequence[str]) -> dict[str, list[int]]:
    """Return the rows of everything together, then of each data set where there are several."""
    parts = {_POOLED: list(range(len(datasets)))}
    names = sorted(set(datasets))
    if len(names) > 1:
        for name in names:
            parts[name] = [k for k, of in enumerate(datasets) if of == name]
    return parts


def _read(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a table as text; at least the columns must be there."""
    if not path.is_file():
        raise StudyError(f"{path}: expected a table, found no such file")
    if path.suffix.lower() == ".parquet":
        try:
            table = pq.read_table(path)
        except (pa.ArrowInvalid, OSError) as error:
            reason = " ".join(str(error).split())
            raise SchemaError(f"{path}: expected a Parquet table, got: {reason}") from error
        names = table.column_names
        rows = [
            {name: "" if value is None else str(value) for name, value in row.items()}
            for row in table.to_pylist()
        ]
    else:
        names, rows = _read_csv(path)
    missing = [name for name in columns if name not in names]
    if missing:
        raise SchemaError(
            f"{path}: expected the columns {', '.join(columns)}, got {', '.join(names) or 'none'}",
            hint=f"name a column {missing[0]!r}" if names else "the file is empty",
        )
    return rows


def _read_csv(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = list(reader.fieldnames or ())
            rows = []
            for row in reader:
                if None in row or None in row.values():
                    raise SchemaError(
                        f"{path}, line {reader.line_num}: expected {len(names)} cells, got others"
                    )
                rows.append(row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SchemaError(f"{path}: expected a CSV file in UTF-8, got: {error}") from error
    return names, rows
