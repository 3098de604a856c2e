"""From a workbook to the expressions of a data set, in frame numbers."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cinefacs.errors import ConfigError, SchemaError
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.header import read_by_header
from cinefacs.labels.licensed.layout import Annotation, Column, DataSetLayout, FilmKey, SheetRows
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.labels.licensed.read_row import read_row
from cinefacs.labels.licensed.registry import LAYOUTS
from cinefacs.labels.licensed.rules import REMARKS, RowSkippedError, Rule, SkipReason
from cinefacs.labels.licensed.tally import RowTally
from cinefacs.labels.licensed.workbook import Workbook, read_workbook
from cinefacs.records.expression_label import ExpressionKind

__all__ = ["ReadSheet", "read_sheet"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadSheet:
    """What a sheet says."""

    layout: DataSetLayout
    """Layout that fitted."""
    rows: SheetRows
    """Rows as they stand there."""
    annotations: tuple[Annotation, ...]
    """What could be read, in the order of the sheet."""
    torn_films: frozenset[FilmKey]
    """Films of which a row could not be read: what is not marked in them may be there."""


def read_sheet(
    name: DataSetName, workbook: Workbook, config: LicensedConfig, tally: RowTally
) -> ReadSheet:
    """Read every row, or note why it cannot be read.

    Parameters
    ----------
    name
        The data set.
    workbook
        Its workbook.
    config
        What the user decided.
    tally
        Told of each row that is left out.

    Raises
    ------
    ConfigError
        An option is not meant for this data set.
    SchemaError
        The workbook is not this data set's, or no row of it can be read.
    """
    layouts = LAYOUTS[name]
    if layouts[0].read_rows is not None:
        layout, rows = layouts[0], layouts[0].read_rows(workbook, layouts[0], config)
    else:
        layout, rows = read_by_header(workbook, layouts, config)
    annotations: list[Annotation] = []
    torn: set[FilmKey] = set()
    n_unplaced = 0
    for row in rows.rows:
        try:
            annotations.append(read_row(row, layout, config))
        except RowSkippedError as skipped:
            tally.skip(row.place, skipped.reason, skipped.detail)
            if skipped.film_key is not None:
                torn.add(skipped.film_key)
            n_unplaced += skipped.film_key is None and skipped.reason not in REMARKS
    annotations = _join_emotions(annotations, name, config)
    annotations = _keep_one_rate(_keep_each_once(annotations, tally), tally, torn)
    _check_any(annotations, workbook, tally)
    kinds = {annotation.kind for annotation in annotations}
    # A sheet of micro-expressions alone says nothing about the rest of a video, and a row whose
    # film is not known may belong to any.
    is_whole = {ExpressionKind.MICRO, ExpressionKind.MACRO} <= kinds and not n_unplaced
    if layout.is_coded_throughout and not is_whole:
        layout = dataclasses.replace(layout, is_coded_throughout=False)
    if name is DataSetName.SAMM_LV and config.emotions_from is not None:
        layout = dataclasses.replace(layout, optional=layout.optional | {Column.EMOTION})
    return ReadSheet(
        layout=layout, rows=rows, annotations=tuple(annotations), torn_films=frozenset(torn)
    )


def _check_any(annotations: Sequence[Annotation], workbook: Workbook, tally: RowTally) -> None:
    if annotations:
        return
    reasons = ", ".join(f"{reason} ({len(rows)})" for reason, rows in tally.skipped.items())
    raise SchemaError(
        f"{workbook.path}: expected at least one row that can be read, got "
        f"{reasons or 'no row below the header'}",
        hint="give the annotation sheet of this data set as it was released",
    )


def _keep_each_once(annotations: Iterable[Annotation], tally: RowTally) -> list[Annotation]:
    """Return the annotations without those that say the same as one before."""
    kept: dict[Annotation, Annotation] = {}
    for annotation in annotations:
        key = dataclasses.replace(annotation, place="", rules=())
        if key in kept:
            tally.skip(annotation.place, SkipReason.DUPLICATE_ROW, f"as {kept[key].place}")
        else:
            kept[key] = annotation
    return list(kept.values())


def _keep_one_rate(
    annotations: Iterable[Annotation], tally: RowTally, torn: set[FilmKey]
) -> list[Annotation]:
    """Return the annotations whose frame rate is the commonest of their film."""
    annotations = list(annotations)
    rates: dict[FilmKey, Counter[object]] = defaultdict(Counter)
    for annotation in annotations:
        rates[annotation.film_key][annotation.rate_fps] += 1
    kept = []
    for annotation in annotations:
        usual = rates[annotation.film_key].most_common(1)[0][0]
        if annotation.rate_fps == usual:
            kept.append(annotation)
        else:
            tally.skip(
                annotation.place,
                SkipReason.FPS_DIFFERS,
                f"{annotation.rate_fps} in the place of {usual}",
            )
            torn.add(annotation.film_key)
    return kept


def _join_emotions(
    annotations: list[Annotation], name: DataSetName, config: LicensedConfig
) -> list[Annotation]:
    """Return SAMM Long Videos' annotations with the emotions of SAMM's sheet.

    Sequence and type must be the same; SAMM has micro-expressions only.
    """
    if config.emotions_from is None:
        return annotations
    if name is not DataSetName.SAMM_LV:
        raise ConfigError(
            f"emotions_from: expected it with {DataSetName.SAMM_LV} only, got {name}",
            hint="the other data sets' sheets have emotions or none were coded",
        )
    plain = dataclasses.replace(config, emotions_from=None, page="")
    samm = read_sheet(DataSetName.SAMM, read_workbook(config.emotions_from), plain, RowTally())
    emotions: dict[tuple[str, ExpressionKind | None], set[tuple[str, ...]]] = defaultdict(set)
    for annotation in samm.annotations:
        emotions[annotation.sequence.lower(), annotation.kind].add(annotation.emotions)
    return [_with_emotion(each, emotions[each.sequence.lower(), each.kind]) for each in annotations]


def _with_emotion(annotation: Annotation, found: set[tuple[str, ...]]) -> Annotation:
    if len(found) == 1:
        (emotions,) = found
        rules = (*annotation.rules, Rule.EMOTION_JOINED)
        return dataclasses.replace(annotation, emotions=emotions, rules=rules)
    if found:
        rules = (*annotation.rules, Rule.EMOTION_JOIN_AMBIGUOUS)
        return dataclasses.replace(annotation, rules=rules)
    return annotation
