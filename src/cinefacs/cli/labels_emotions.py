"""``cinefacs labels emotions``: which emotion the rules find in what coders labelled."""

import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cinefacs.labels.emotions.config import EmotionConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cinefacs.labels.emotions.read_emotions import EmotionRow, EmotionTable

__all__ = ["emotions"]

_N_SHOWN = 40
_N_CANDIDATES = 3


def emotions(
    study: Path,
    /,
    *,
    coder: list[str] | None = None,
    label_set: list[str] | None = None,
    film: int | None = None,
    out: Path | None = None,
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[EmotionConfig, Parameter(name="*")] = EmotionConfig(),  # noqa: B008  (frozen)
    force: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Read emotions from labelled action units, by rules: one for each apex, or none.

    What a coder did not look for counts as unseen and not as absent, and may leave it open.

    Parameters
    ----------
    study
        Folder of the study.
    coder
        Only labels of these coders; all but suggested and adjudicator when left out.
    label_set
        Only labels of these label sets.
    film
        Only labels of the film of this number.
    out
        CSV file to write all rows to.
    config
        YAML file with any of the options below; flags win over it.
    force
        Write over a file that is there.
    json
        Print one JSON document on stdout, with the scores of all emotions.
    """
    from cinefacs.labels.emotions.read_emotions import (  # noqa: PLC0415  (kept out of --help)
        read_emotions,
        write_emotions,
    )
    from cinefacs.storage.study import StudyLayout  # noqa: PLC0415

    table = read_emotions(
        StudyLayout(study),
        config=options,
        coders=coder or (),
        label_sets=label_set or (),
        film_number=film,
    )
    if out is not None:
        write_emotions(table, out, force=force)
    if json:
        document = {"out": None if out is None else str(out), **table.as_document()}
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(table, out)) + "\n")
    return 0


def _lines(table: "EmotionTable", out: Path | None) -> "Iterator[str]":
    """Yield what is said to people."""
    for row in table.rows[:_N_SHOWN]:
        yield _line(row)
    rest = len(table.rows) - _N_SHOWN
    if rest > 0:
        where = f"all rows stand in {out}" if out else "--out FILE.csv writes all"
        yield f"and {rest:,} more: {where}"
    elif out:
        yield f"wrote {out}"
    counts = ", ".join(f"{name} {n:,}" for name, n in table.n_by_outcome.items())
    n_moments = "1 moment" if len(table.rows) == 1 else f"{len(table.rows):,} moments"
    yield f"{n_moments} by the rules of {table.rules}: {counts}"
    if table.n_by_outcome.get("undetermined"):
        yield (
            "note: undetermined means that what was not looked for, or could not be seen, decides; "
            "--not-looked-for absent supposes that everybody looked for all action units"
        )


def _line(row: "EmotionRow") -> str:
    score = f"{row.low:.2f}" + ("" if row.low == row.high else f" to {row.high:.2f}")
    parts = [
        f"{name} {value}"
        for name, value in (
            ("matched", row.matched),
            ("missing", row.missing),
            ("against", row.against),
            ("unseen", row.unseen),
        )
        if value
    ]
    outcome = row.emotion or row.outcome
    if row.outcome in {"ambiguous", "undetermined"} and row.candidates:
        names = row.candidates.split("+")
        rest = len(names) - _N_CANDIDATES
        outcome += f" ({' or '.join(names[:_N_CANDIDATES])}" + (
            f" or {rest} more)" if rest > 0 else ")"
        )
    said = f", coder said {row.said}" if row.said else ""
    return (
        f"film {row.film:03d} character {row.character:02d} {row.apex_s:.3f} s "
        f"{row.coder}/{row.label_set}: {row.active or 'no action unit'} -> {outcome}{said}; "
        f"{row.best} {score}{': ' if parts else ''}{', '.join(parts)}"
    )
