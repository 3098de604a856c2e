"""`labels consensus`: a label set of what the majority says, and a list of what it cannot."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

from cinefacs.config import config_digest
from cinefacs.errors import SchemaError, StudyError
from cinefacs.labels.agreement.codings import Unused, code_aus, code_emotions
from cinefacs.labels.agreement.config import ConsensusConfig
from cinefacs.labels.agreement.label_runs import (
    LabelRun,
    OnStep,
    begin_run,
    label_inputs,
    now,
    require_study,
    told,
)
from cinefacs.labels.agreement.raters import Rater, choose_raters
from cinefacs.labels.agreement.stretches import Stretch, read_stretches
from cinefacs.labels.agreement.tables import write_csv
from cinefacs.labels.consensus.decisions import has_entries
from cinefacs.labels.consensus.disputes import DisputeKind, write_disputes
from cinefacs.labels.consensus.emotions import settle_emotions
from cinefacs.labels.consensus.labels import consensus_labels
from cinefacs.labels.consensus.settlement import Agreed, Settlement, settle_aus
from cinefacs.records.label_checks import ADJUDICATOR, CONSENSUS
from cinefacs.records.labels import Labels
from cinefacs.storage.atomic import write_json
from cinefacs.storage.label_tables import add_labels, read_authors, read_labels
from cinefacs.storage.run_records import read_run_record
from cinefacs.storage.study import StudyLayout, lock_study

__all__ = ["ConsensusOutcome", "build_consensus", "settle"]

_LIST = "adjudication.csv"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsensusOutcome:
    """What `labels consensus` did."""

    out: Path
    """Folder with the list for the adjudicator."""
    label_set: str
    """Name of the label set of coder ``consensus``."""
    coders: tuple[str, ...]
    """Whose labels were taken."""
    n_events: int
    """Agreed occurrences of action units."""
    n_expressions: int
    """Agreed occurrences of emotions."""
    n_adjudicated: int
    """Those of both that an adjudicator decided, in whole or in part."""
    disputes: dict[str, int]
    """Number of disputes by kind."""
    n_overruled: int
    """Times that a minority saw an action unit and was overruled."""
    was_done: bool
    """Whether an earlier run had done just this already."""

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "out": str(self.out),
            "label_set": self.label_set,
            "coders": list(self.coders),
            "n_events": self.n_events,
            "n_expressions": self.n_expressions,
            "n_adjudicated": self.n_adjudicated,
            "n_disputes": sum(self.disputes.values()),
            "disputes": self.disputes,
            "n_overruled": self.n_overruled,
            "adjudication_path": str(self.out / _LIST),
            "was_done": self.was_done,
        }


def build_consensus(
    layout: StudyLayout,
    *,
    config: ConsensusConfig | None = None,
    new_set: str = "",
    on_step: OnStep | None = None,
) -> ConsensusOutcome:
    """Write what the coders of a study agree on, as a label set of coder ``consensus``.

    What they dispute goes into a list for an adjudicator. Decisions of coder ``adjudicator``
    that are in the study count for more than any majority. Nothing that is there is altered: a
    run with other labels or options makes another label set.

    Parameters
    ----------
    layout
        The study.
    config
        What makes a majority; defaults when None.
    new_set
        Name of the new label set; ``consensus-1``, ``consensus-2``... when empty.
    on_step
        Told how far the work has come.

    Raises
    ------
    StudyError
        There are too few coders, or a label set or a filled-in list of that name is there.
    SchemaError, StorageError
        A table is damaged; the disk refused.
    """
    config = config or ConsensusConfig()
    require_study(layout)
    with lock_study(layout):
        authors = read_authors(layout)
        raters = choose_raters(
            authors,
            coders=config.coders,
            label_set=config.label_set,
            at_least=config.min_support,
        )
        labels = read_labels(layout, authors=[rater.author for rater in raters])
        rulings = read_labels(layout, authors=[a for a in authors if a[0] == ADJUDICATOR])
        inputs = label_inputs(layout, labels + rulings)
        used = {label_set for coder, label_set in authors if coder == CONSENSUS}
        done = None if new_set else _find_done(layout, config, inputs, used)
        if done is not None:
            return done
        label_set = new_set or _free_name(layout, used)
        _require_free(layout, label_set, used)
        run = begin_run(
            "labels consensus",
            layout.consensus_dir / label_set / "run.json",
            config=config,
            inputs=inputs,
            seed=0,
            force=True,  # without its label set, what is there was left by a run that was killed
        )
        stretches = read_stretches(layout, (*labels.coded, *rulings.coded))
        settlement = settle(labels, rulings, raters, stretches, config=config, on_step=on_step)
        return _write(layout, run, settlement, raters, label_set=label_set)


def settle(
    labels: Labels,
    rulings: Labels,
    raters: Sequence[Rater],
    stretches: Sequence[Stretch],
    *,
    config: ConsensusConfig,
    on_step: OnStep | None = None,
) -> Settlement:
    """Return what the majority says, what is known, and what is disputed.

    Parameters
    ----------
    labels
        Labels of the raters.
    rulings
        Labels of adjudicators; of two that judged the same, what was changed last counts.
    raters
        The coders.
    stretches
        The clips.
    config
        What makes a majority.
    on_step
        Told how far the work has come.
    """
    judges = _judges(rulings)
    everyone, names = [*raters, *judges], [rater.name for rater in raters]
    together = labels + rulings
    settlement = Settlement()
    _, codings = code_aus(together, everyone, stretches, Unused())
    clips = told(codings, on_step, name="settling", n_total=len(stretches), unit="clips")
    settle_aus(clips, coders=names, config=config, settlement=settlement)
    emotions, emotion_codings = code_emotions(together, everyone, stretches, Unused())
    if emotions:
        settle_emotions(emotion_codings, coders=names, config=config, settlement=settlement)
    return settlement


def _judges(rulings: Labels) -> list[Rater]:
    """Return the adjudicators' label sets, the one that was changed last at the end."""
    changed: dict[tuple[str, str], str] = {}
    for span in rulings.coded:
        author = (span.coder, span.label_set)
        changed[author] = max(changed.get(author, ""), span.changed_at)
    ordered = sorted(changed, key=lambda author: (changed[author], author))
    return [
        Rater(name="/".join(author), coder=author[0], label_set=author[1]) for author in ordered
    ]


def _find_done(
    layout: StudyLayout, config: ConsensusConfig, inputs: Mapping[str, str], used: Iterable[str]
) -> ConsensusOutcome | None:
    """Return the outcome of an earlier run with the same labels and options."""
    digest = config_digest(config, {})
    for label_set in sorted(used):
        folder = layout.consensus_dir / label_set
        record = read_run_record(folder / "run.json")
        if (
            record is not None
            and (record.config_digest, dict(record.inputs)) == (digest, dict(inputs))
            and record.code_version == version("cinefacs")
        ):
            return _read_outcome(folder / "consensus.json")
    return None


def _read_outcome(path: Path) -> ConsensusOutcome:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return ConsensusOutcome(
            out=path.parent,
            label_set=document["label_set"],
            coders=tuple(document["coders"]),
            n_events=document["n_events"],
            n_expressions=document["n_expressions"],
            n_adjudicated=document["n_adjudicated"],
            disputes=dict(document["disputes"]),
            n_overruled=document["n_overruled"],
            was_done=True,
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SchemaError(
            f"{path}: expected the summary of an earlier run, got: {type(error).__name__}",
            hint="give a name with --new-set to make another label set",
        ) from error


def _free_name(layout: StudyLayout, used: Iterable[str]) -> str:
    """Return the first name that neither a label set nor a filled-in list has."""
    taken = set(used)
    names = (f"consensus-{number}" for number in count(1))
    return next(
        name
        for name in names
        if name not in taken and not has_entries(layout.consensus_dir / name / _LIST)
    )


def _require_free(layout: StudyLayout, label_set: str, used: Iterable[str]) -> None:
    """Raise where a label set or a filled-in list has this name."""
    if label_set in used:
        raise StudyError(
            f"{layout.root}: expected a new label set, got {label_set!r} of coder "
            f"{CONSENSUS!r}, which is there already",
            hint="choose another --new-set; labels are never overwritten",
        )
    path = layout.consensus_dir / label_set / _LIST
    if has_entries(path):
        raise StudyError(
            f"{path}: expected no list of an earlier run, got one that is filled in",
            hint="choose another --new-set; what an adjudicator wrote is never overwritten",
        )


def _write(
    layout: StudyLayout,
    run: LabelRun,
    settlement: Settlement,
    raters: Sequence[Rater],
    *,
    label_set: str,
) -> ConsensusOutcome:
    """Write lists, record and labels; the labels last, so that none is there without the others."""
    folder = run.path.parent
    with_file = [path.stem for path in layout.clip_dir.glob("*.mp4")]
    write_disputes(folder, settlement.disputes, has_clip=with_file)
    names = [rater.name for rater in raters]
    rows = [_as_row(agreed, names) for agreed in settlement.agreed]
    write_csv(folder / "events.csv", _COLUMNS, rows)
    consensus = consensus_labels(settlement, label_set=label_set, changed_at=now())
    if not consensus.coded:
        raise StudyError(
            f"{layout.root}: expected clips that enough coders went through, got none",
            hint="lower --min-support, or check with `cinefacs labels agree` who coded what",
        )
    kinds = [str(dispute.kind) for dispute in settlement.disputes]
    outcome = ConsensusOutcome(
        out=folder,
        label_set=label_set,
        coders=tuple(names),
        n_events=len(consensus.aus),
        n_expressions=len(consensus.expressions),
        n_adjudicated=sum("adjudicated" in a.event.flags for a in settlement.agreed),
        disputes={str(kind): kinds.count(str(kind)) for kind in DisputeKind},
        n_overruled=settlement.n_overruled,
        was_done=False,
    )
    write_json(folder / "consensus.json", outcome.as_document())
    run.finish(notes=[])
    add_labels(layout, consensus)
    return outcome


_COLUMNS = (
    "clip", "what", "onset_s", "apex_s", "offset_s", "side", "intensity", "n_supporters",
    "n_judging", "supporters", "flags",
)  # fmt: skip


def _as_row(agreed: Agreed, names: Sequence[str]) -> dict[str, Any]:
    """Return one line of ``events.csv``."""
    event, base = agreed.event, agreed.stretch.span.time_base
    return {
        "clip": agreed.stretch.name,
        "what": "+".join(agreed.emotions) if agreed.au is None else f"AU{agreed.au}",
        "onset_s": float(event.start * base),
        "apex_s": None if event.apex is None else float(event.apex * base),
        "offset_s": float(event.end * base),
        "side": None if agreed.au is None else str(event.side),
        "intensity": None if event.intensity is None else str(event.intensity),
        "n_supporters": len(event.supporters),
        "n_judging": event.n_judging,
        "supporters": ", ".join(names[rater] for rater in event.supporters),
        "flags": " ".join(event.flags),
    }
