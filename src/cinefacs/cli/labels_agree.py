"""``cinefacs labels agree``: how well coders agree."""

import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cinefacs.labels.agreement.config import AgreementConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cinefacs.labels.agreement.agree import AgreementOutcome

__all__ = ["agree"]


def agree(
    study: Path,
    /,
    *,
    out: Path | None = None,
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[
        AgreementConfig, Parameter(name="*", negative_iterable="")
    ] = AgreementConfig(),  # noqa: B008  (frozen)
    force: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 0,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Measure how well the coders of a study agree: per action unit, with intervals.

    Writes agreement.csv, pairs.csv (and both as Parquet), heat_map.svg and agreement.json.

    Parameters
    ----------
    study
        Folder of the study.
    out
        Folder for tables and figure; STUDY/agreement when left out.
    config
        YAML file with any of the options below; flags win over it.
    force
        Replace the figures of other labels or options in that folder.
    seed
        Seed of the intervals.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.labels.agreement.agree import agree_study  # noqa: PLC0415
    from cinefacs.storage.study import StudyLayout  # noqa: PLC0415

    with ProgressView() as progress:
        outcome = agree_study(
            StudyLayout(study),
            out=out,
            config=options,
            seed=seed,
            force=force,
            on_step=progress.show,
        )
    if json:
        document = json_module.dumps(outcome.document, ensure_ascii=False, indent=2)
        sys.stdout.write(document + "\n")
    else:
        sys.stdout.write("\n".join(_lines(outcome)) + "\n")
    return 0


def _lines(outcome: "AgreementOutcome") -> "Iterator[str]":
    """Yield what is said to people."""
    document = outcome.document
    level = f"{document['interval_level']:.0%}"
    yield (
        f"{len(document['coders'])} coders ({', '.join(document['coders'])}), "
        f"{_count_clips(document['n_clips'])}; events match within {document['tolerance_ms']} ms"
    )
    interval = f"{level} interval"
    yield f"{'AU':>6}  {'kappa':>6}  {interval:>16}  {'alpha':>6}  {'Wexler':>6}  present"
    for au, row in document["per_au"].items():
        yield _row(au, row)
    overall = document["overall"]
    yield f"  mean  {_number(overall['kappa']):>6}  {_interval(overall):>16}  " + "  ".join(
        f"{_number(overall[name]):>6}" for name in ("alpha", "wexler")
    )
    emotion = document["emotion"]
    if emotion is not None:
        yield (
            f"emotion: alpha {_number(emotion['alpha'])}, among ratings that name one "
            f"{_number(emotion['alpha_where_named'])}; named in {_percent(emotion['prevalence'])}"
        )
    for note in document["notes"]:
        yield f"note: {note}"
    if outcome.was_done:
        yield "nothing to do: this was measured before"
    yield f"look at: {outcome.out / 'heat_map.svg'}"


def _row(au: str, row: "Mapping[str, Any]") -> str:
    return (
        f"{au:>6}  {_number(row['kappa']):>6}  {_interval(row):>16}  {_number(row['alpha']):>6}  "
        f"{_number(row['wexler']):>6}  {_percent(row['prevalence']):>7}"
    )


def _count_clips(n: int) -> str:
    return "1 clip" if n == 1 else f"{n:,} clips"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _interval(row: "Mapping[str, Any]") -> str:
    return "-" if row["low"] is None else f"{row['low']:.3f} to {row['high']:.3f}"
