"""From a row of a sheet to an expression, or to the reason why there is none."""

import dataclasses
from fractions import Fraction

from cinefacs.facs.au_text import AuText, TokenFlag, parse_au_text
from cinefacs.facs.code_book import standard_code_book
from cinefacs.labels.licensed.cells import cell_text, is_blank, is_dash, read_whole_number
from cinefacs.labels.licensed.config import MAX_RATE_FPS, LicensedConfig
from cinefacs.labels.licensed.header import ALIASES, normalise_header
from cinefacs.labels.licensed.layout import Annotation, Column, DataSetLayout, FilmKey, SourceRow
from cinefacs.labels.licensed.rules import RowSkippedError, Rule, SkipReason
from cinefacs.labels.licensed.workbook import Cell
from cinefacs.records.expression_label import ExpressionKind

__all__ = ["LONGEST_S", "read_row"]

LONGEST_S = {ExpressionKind.MICRO: 5, ExpressionKind.MACRO: 120, None: 120}
"""Longest expression that is believed, s: ten times the usual limit of a micro-expression
(0.5 s), and longer than any video in which macro-expressions were marked is likely to hold one."""

_KIND_WORDS = {"micro", "macro", "microexpression", "macroexpression"}


def read_row(row: SourceRow, layout: DataSetLayout, config: LicensedConfig) -> Annotation:
    """Return the expression that a row describes, checked but for its frames on disk.

    Parameters
    ----------
    row
        A row that is not empty.
    layout
        The data set.
    config
        What the user decided.

    Raises
    ------
    RowSkippedError
        The row describes none.
    """
    _check_is_annotation(row)
    rules = list(row.rules)
    film_key = layout.locate((_read_subject(row, layout, rules), _read_sequence(row, rules)), row)
    try:
        annotation = _read_fields(row, layout, config, film_key, rules)
        return _check(layout.adjust(annotation, row, config), row, layout)
    except RowSkippedError as skipped:
        skipped.film_key = film_key
        raise


def _read_fields(
    row: SourceRow,
    layout: DataSetLayout,
    config: LicensedConfig,
    film_key: FilmKey,
    rules: list[Rule],
) -> Annotation:
    onset = _read_frame(
        row, Column.ONSET, SkipReason.ONSET_MISSING, SkipReason.ONSET_UNREADABLE, rules
    )
    offset = _read_frame(
        row, Column.OFFSET, SkipReason.OFFSET_MISSING, SkipReason.OFFSET_UNREADABLE, rules
    )
    rate_fps = _read_rate(row, layout, config, rules)
    au_text = _read_aus(row, layout, rules)
    apexes = _read_apexes(row, rules)
    kind = _read_kind(row, layout, rules)
    return Annotation(
        place=row.place,
        subject=film_key[0],
        film_name=film_key[1],
        sequence=cell_text(row.cells.get(Column.SEQUENCE)),
        onset=onset,
        apexes=apexes,
        offset=offset,
        kind=kind,
        emotions=_read_emotions(row, layout),
        first_frame=_read_optional(row, Column.FIRST_FRAME),
        au_text=au_text,
        rate_fps=rate_fps,
        rules=tuple(rules),  # last, since each reading may add one
    )


def _check_is_annotation(row: SourceRow) -> None:
    cells = {column: row.cells.get(column) for column in Column}
    placing = (Column.SEQUENCE, Column.ONSET, Column.OFFSET)
    if all(is_blank(cells[column]) for column in placing):
        text = "; ".join(cell_text(cell) for cell in row.everything.values())
        raise RowSkippedError(SkipReason.NOTE_ROW, text)
    if any(
        isinstance(cells[column], str) and normalise_header(cells[column]) in ALIASES[column]
        for column in (Column.ONSET, Column.OFFSET)
    ):
        raise RowSkippedError(SkipReason.HEADER_AGAIN, cell_text(cells[Column.ONSET]))


def _read_subject(row: SourceRow, layout: DataSetLayout, rules: list[Rule]) -> str:
    cell = row.cells.get(Column.SUBJECT)
    if is_blank(cell) or is_dash(cell):
        raise RowSkippedError(SkipReason.SUBJECT_MISSING)
    text = cell_text(cell)
    name = layout.subject_name(text)[0]
    prefix = layout.subject_form.partition("{")[0]
    if not isinstance(cell, str) or text not in {name, name.removeprefix(prefix)}:
        rules.append(Rule.SUBJECT_TEXT_OR_NUMBER)
    return name


def _read_sequence(row: SourceRow, rules: list[Rule]) -> str:
    cell = row.cells.get(Column.SEQUENCE)
    if is_blank(cell) or is_dash(cell):
        raise RowSkippedError(SkipReason.FILENAME_MISSING)
    if not isinstance(cell, str):
        rules.append(Rule.FILENAME_AS_NUMBER)
    return cell_text(cell)


def _read_rate(
    row: SourceRow, layout: DataSetLayout, config: LicensedConfig, rules: list[Rule]
) -> Fraction:
    if config.rate_fps is not None:
        rules.append(Rule.FPS_OVERRIDDEN)
        return config.rate_fps
    if layout.rate_fps is not None:
        return layout.rate_fps
    cell = row.cells.get(Column.FPS)
    if is_blank(cell) or is_dash(cell):
        raise RowSkippedError(SkipReason.FPS_MISSING)
    read = read_whole_number(cell)
    if read is None or not 0 < read[0] <= MAX_RATE_FPS:
        raise RowSkippedError(SkipReason.FPS_UNREADABLE, cell_text(cell))
    if read[1]:
        rules.append(Rule.NUMBER_AS_TEXT)
    return Fraction(read[0])


def _read_frame(
    row: SourceRow,
    column: Column,
    missing: SkipReason,
    unreadable: SkipReason,
    rules: list[Rule],
) -> int:
    cell = row.cells.get(column)
    if is_blank(cell):
        raise RowSkippedError(missing)
    read = read_whole_number(cell)
    if read is None or read[0] < 0:
        raise RowSkippedError(unreadable, cell_text(cell))
    if read[1] and Rule.NUMBER_AS_TEXT not in rules:
        rules.append(Rule.NUMBER_AS_TEXT)
    return read[0]


def _read_optional(row: SourceRow, column: Column) -> int | None:
    read = read_whole_number(row.cells.get(column))
    return None if read is None else read[0]


def _read_apexes(row: SourceRow, rules: list[Rule]) -> tuple[int, ...]:
    apexes = {
        _read_apex(row.cells.get(column), rules) for column in (Column.APEX, Column.SECOND_APEX)
    }
    return tuple(sorted(apex for apex in apexes if apex is not None))


def _read_apex(cell: Cell, rules: list[Rule]) -> int | None:
    if is_blank(cell):
        return None
    read = read_whole_number(cell)
    if is_dash(cell):
        rules.append(Rule.APEX_SLASH_IS_NONE)
    elif read is None or read[0] < -1:
        rules.append(Rule.APEX_UNREADABLE_IS_NONE)
    elif read[0] <= 0:
        rules.append(Rule.APEX_ZERO_IS_NONE)
    else:
        if read[1] and Rule.NUMBER_AS_TEXT not in rules:
            rules.append(Rule.NUMBER_AS_TEXT)
        return read[0]
    return None


def _read_kind(
    row: SourceRow, layout: DataSetLayout, rules: list[Rule]
) -> ExpressionKind | None:  # fmt: skip
    if Column.KIND not in row.cells:
        return layout.kind
    word = normalise_header(row.cells[Column.KIND])
    found = [kind for kind in ExpressionKind if kind in word]
    if len(found) != 1:
        rules.append(Rule.KIND_UNREADABLE_IS_NONE)
        return None
    if word not in _KIND_WORDS:
        rules.append(Rule.KIND_SAYS_MORE)
    return found[0]


def _read_emotions(row: SourceRow, layout: DataSetLayout) -> tuple[str, ...]:
    cell = row.cells.get(Column.EMOTION)
    if is_blank(cell) or is_dash(cell):
        return ()
    text = cell_text(cell)
    words = text.split(layout.emotion_separator) if layout.emotion_separator else [text]
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _read_aus(row: SourceRow, layout: DataSetLayout, rules: list[Rule]) -> AuText:
    cell = row.cells.get(Column.AUS)
    read = parse_au_text(str(cell) if isinstance(cell, bool) else cell)
    if layout.has_aus and not read.parts:
        rules.append(Rule.AU_BLANK)
    if read.unread:
        rules.append(Rule.AU_PART_UNREAD)
    if any(token.facs_code not in standard_code_book() for token in read.tokens):
        rules.append(Rule.AU_CODE_UNKNOWN)
    if any(TokenFlag.REPEATED in token.flags for token in read.tokens):
        rules.append(Rule.AU_REPEATED_ONCE)
    return read


def _check(annotation: Annotation, row: SourceRow, layout: DataSetLayout) -> Annotation:
    """Return the annotation with what does not fit taken out of it."""
    rules = list(annotation.rules)
    n_frames = annotation.offset - annotation.onset + 1
    if n_frames < 1:
        detail = f"{annotation.onset} to {annotation.offset}"
        raise RowSkippedError(SkipReason.OFFSET_BEFORE_ONSET, detail)
    duration_s = n_frames / annotation.rate_fps
    if not annotation.is_unbounded and duration_s > LONGEST_S[annotation.kind]:
        raise RowSkippedError(
            SkipReason.DURATION_IMPOSSIBLE,
            f"{annotation.onset} to {annotation.offset}: {float(duration_s):.1f} s",
        )
    apexes = tuple(a for a in annotation.apexes if annotation.onset <= a <= annotation.offset)
    if apexes != annotation.apexes:
        rules.append(Rule.APEX_OUTSIDE_IS_NONE)
    if len(apexes) > 1:
        rules.append(Rule.APEX_OF_TWO)
    told = _read_optional(row, Column.DURATION)
    if told is not None and told != n_frames and not annotation.is_unbounded:
        rules.append(Rule.DURATION_DISAGREES)
    if layout.has_emotions and not annotation.emotions:
        rules.append(Rule.EMOTION_BLANK_IS_NONE)
    return dataclasses.replace(annotation, apexes=apexes, rules=tuple(dict.fromkeys(rules)))
