"""``cinefacs labels consensus`` and ``adjudicate``: what coders agree on, and what they do not."""

import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cinefacs.labels.agreement.config import ConsensusConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cinefacs.labels.consensus.consensus import ConsensusOutcome

__all__ = ["adjudicate", "consensus"]

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def consensus(
    study: Path,
    /,
    *,
    new_set: str = "",
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[
        ConsensusConfig, Parameter(name="*", negative_iterable="")
    ] = ConsensusConfig(),  # noqa: B008  (frozen)
    json: JsonFlag = False,
) -> int:
    """Write what the majority of the coders agree on, and list what they dispute.

    The agreement is a new label set of coder ``consensus``; nothing is overwritten. The list,
    STUDY/consensus/NAME/adjudication.csv, is for an adjudicator to fill in.

    Parameters
    ----------
    study
        Folder of the study.
    new_set
        Name of the new label set; consensus-1, consensus-2... when left out.
    config
        YAML file with any of the options below; flags win over it.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.labels.consensus.consensus import build_consensus  # noqa: PLC0415
    from cinefacs.storage.study import StudyLayout  # noqa: PLC0415

    with ProgressView() as progress:
        outcome = build_consensus(
            StudyLayout(study), config=options, new_set=new_set, on_step=progress.show
        )
    if json:
        _print_json(outcome.as_document())
    else:
        sys.stdout.write("\n".join(_lines(outcome)) + "\n")
    return 0


def adjudicate(
    study: Path,
    decisions: Path,
    /,
    *,
    new_set: str = "",
    json: JsonFlag = False,
) -> int:
    """Read an adjudicator's decisions on what the coders dispute.

    They become a label set of coder ``adjudicator``. Run ``labels consensus`` again after it: it
    makes a new label set that honours them.

    Parameters
    ----------
    study
        Folder of the study.
    decisions
        An adjudication.csv with the column ``decision`` filled in: present, absent or
        not_codable; empty lines stay open.
    new_set
        Name of the new label set; adjudication-1, adjudication-2... when left out.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.labels.consensus.adjudication import adjudicate_study  # noqa: PLC0415
    from cinefacs.storage.study import StudyLayout  # noqa: PLC0415

    outcome = adjudicate_study(StudyLayout(study), decisions, new_set=new_set)
    if json:
        _print_json(outcome.as_document())
        return 0
    decided = ", ".join(
        f"{n} {verdict.replace('_', ' ')}" for verdict, n in outcome.decided.items() if n
    )
    sys.stdout.write(
        f"label set {outcome.label_set} of coder adjudicator: {decided}; {outcome.n_open} open\n"
        f"next: cinefacs labels consensus {study}\n"
    )
    return 0


def _lines(outcome: "ConsensusOutcome") -> "Iterator[str]":
    """Yield what is said to people."""
    yield (
        f"label set {outcome.label_set} of coder consensus, from {len(outcome.coders)} coders "
        f"({', '.join(outcome.coders)})"
    )
    yield (
        f"  agreed: {outcome.n_events:,} action units, {outcome.n_expressions:,} emotions"
        + (f"; {outcome.n_adjudicated:,} by the adjudicator" if outcome.n_adjudicated else "")
    )
    kinds = [f"{kind} {n:,}" for kind, n in outcome.disputes.items() if n]
    yield f"  disputed: {sum(outcome.disputes.values()):,}" + (
        f" ({', '.join(kinds)})" if kinds else ""
    )
    yield f"  minority overruled: {outcome.n_overruled:,} times"
    if outcome.was_done:
        yield "nothing to do: this label set was made from the same labels and options"
    yield f"for the adjudicator: {outcome.out / 'adjudication.csv'}"


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json_module.dumps(document, ensure_ascii=False, indent=2) + "\n")
