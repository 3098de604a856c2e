"""`labels agree`: from a study's label sets to tables, a heat map and a summary."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinefacs.errors import SchemaError
from cinefacs.labels.agreement.codings import Unused, code_aus, code_emotions
from cinefacs.labels.agreement.config import AgreementConfig
from cinefacs.labels.agreement.counts import count_aus
from cinefacs.labels.agreement.emotion_counts import count_emotions
from cinefacs.labels.agreement.heat_map import draw_heat_map
from cinefacs.labels.agreement.label_runs import (
    OnStep,
    begin_run,
    label_inputs,
    require_study,
    told,
)
from cinefacs.labels.agreement.measure import measure_agreement
from cinefacs.labels.agreement.raters import Rater, choose_raters
from cinefacs.labels.agreement.report import AgreementReport
from cinefacs.labels.agreement.stretches import Stretch, read_stretches
from cinefacs.labels.agreement.tables import write_agreement_tables
from cinefacs.records.labels import Labels
from cinefacs.storage.atomic import write_json, write_text
from cinefacs.storage.label_tables import read_authors, read_labels
from cinefacs.storage.study import StudyLayout

__all__ = ["AgreementOutcome", "agree_study", "compare_raters"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AgreementOutcome:
    """What `labels agree` did."""

    out: Path
    """Folder of tables and figure."""
    document: dict[str, Any]
    """What ``--json`` prints."""
    was_done: bool
    """Whether an earlier run had done just this already."""


def agree_study(
    layout: StudyLayout,
    *,
    out: Path | None = None,
    config: AgreementConfig | None = None,
    seed: int = 0,
    force: bool = False,
    on_step: OnStep | None = None,
) -> AgreementOutcome:
    """Measure how well the coders of a study agree, and write tables and a heat map.

    Parameters
    ----------
    layout
        The study.
    out
        Where tables and figure go; ``agreement`` in the study when None.
    config
        What can be set; defaults when None.
    seed
        Of the intervals.
    force
        Replace the figures of an earlier run with other labels, configuration or seed.
    on_step
        Told how far the work has come.

    Raises
    ------
    StudyError
        There are not two coders, or `out` holds the figures of other labels or options.
    SchemaError, StorageError
        A table is damaged; the disk refused.
    """
    config = config or AgreementConfig()
    folder = layout.agreement_dir if out is None else out
    require_study(layout)
    raters = choose_raters(
        read_authors(layout), coders=config.coders, label_set=config.label_set, at_least=2
    )
    labels = read_labels(layout, authors=[rater.author for rater in raters])
    run = begin_run(
        "labels agree",
        folder / "run.json",
        config=config,
        inputs=label_inputs(layout, labels),
        seed=seed,
        force=force,
    )
    document_path = folder / "agreement.json"
    if run.was_done and document_path.exists():
        return AgreementOutcome(out=folder, document=_read_document(document_path), was_done=True)
    stretches = read_stretches(layout, labels.coded)
    report = compare_raters(labels, raters, stretches, config=config, seed=seed, on_step=on_step)
    document = {"out": str(folder), **report.as_document()}
    write_agreement_tables(report, folder)
    title = f"Agreement of {len(raters)} coders by action unit: Cohen's kappa"
    write_text(folder / "heat_map.svg", draw_heat_map(report, title=title))
    write_json(document_path, document)
    run.finish(notes=report.notes)
    return AgreementOutcome(out=folder, document=document, was_done=False)


def compare_raters(
    labels: Labels,
    raters: Sequence[Rater],
    stretches: Sequence[Stretch],
    *,
    config: AgreementConfig,
    seed: int,
    on_step: OnStep | None = None,
) -> AgreementReport:
    """Return the agreement of raters on clips.

    Parameters
    ----------
    labels
        Their labels.
    raters
        Whom to compare, two at least.
    stretches
        The clips.
    config
        What can be set.
    seed
        Of the intervals.
    on_step
        Told how far the work has come.
    """
    unused = Unused()
    aus, codings = code_aus(labels, raters, stretches, unused)
    clips = told(codings, on_step, name="counting", n_total=len(stretches), unit="clips")
    counts = count_aus(clips, aus=aus, n_raters=len(raters), config=config)
    named, emotion_codings = code_emotions(labels, raters, stretches, Unused())
    emotions = (
        count_emotions(emotion_codings, n_raters=len(raters)) if named and stretches else None
    )
    return measure_agreement(
        counts,
        emotions,
        raters=raters,
        config=config,
        seed=seed,
        notes=_notes(unused, stretches),
        on_step=on_step,
    )


def _notes(unused: Unused, stretches: Sequence[Stretch]) -> list[str]:
    notes = []
    if unused.n_outside_stretches:
        notes.append(
            f"{unused.n_outside_stretches} labels lie outside the clips and were not counted"
        )
    if unused.n_not_coded:
        notes.append(
            f"{unused.n_not_coded} labels lie where their own coder did not say to have looked "
            "for the action unit, and were not counted"
        )
    if not all(stretch.is_clip for stretch in stretches):
        notes.append("films without clips: what the coders went through takes the place of clips")
    return notes


def _read_document(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise SchemaError(
            f"{path}: expected the summary of an earlier run, got: {error}",
            hint="make it anew with --force",
        ) from error
