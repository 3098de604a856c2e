"""CAS(ME)^2: 30 frames per second, macro- and micro-expressions in whole videos.

Its sheet has no header: the columns are known by their order, which is checked by what stands in
them. Two further pages say which folder a subject and a video have.

References
----------
F. Qu and others, "CAS(ME)^2: a database for spontaneous macro-expression and micro-expression
spotting and recognition", IEEE Transactions on Affective Computing 9(4), 2018.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction

from cinefacs.errors import SchemaError
from cinefacs.labels.licensed.cells import cell_text, is_blank, read_whole_number
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.header import choose_pages, normalise_header
from cinefacs.labels.licensed.layout import (
    Annotation,
    Column,
    DataSetLayout,
    FilmKey,
    SheetRows,
    SourceRow,
)
from cinefacs.labels.licensed.names import DataSetName, UnknownOffset
from cinefacs.labels.licensed.rules import RowSkippedError, Rule, SkipReason
from cinefacs.labels.licensed.workbook import Cell, Sheet, Workbook

__all__ = ["LAYOUTS"]

_HEADERS = (
    "subject",
    "video",
    "onset",
    "apex",
    "offset",
    "action units",
    "emotion",
    "expression type",
    "self-report",
)
_COLUMNS = (
    Column.SUBJECT,
    Column.SEQUENCE,
    Column.ONSET,
    Column.APEX,
    Column.OFFSET,
    Column.AUS,
    Column.EMOTION,
    Column.KIND,
)
_SUBJECT_CODE = "subject code"
_VIDEO_CODE = "video code"
_WIDEST_PAGE = 20
_NUMBERED_VIDEO = re.compile(r"(.+)_[0-9]+")
_CODE = re.compile(r"[0-9]{4}")
_FOLDER_OF_SUBJECT = re.compile(r"s?0*([0-9]{1,4})", re.IGNORECASE)


def _read_rows(workbook: Workbook, layout: DataSetLayout, config: LicensedConfig) -> SheetRows:
    """Return the rows of the first page, with the folder codes that the other pages give."""
    pages = choose_pages(workbook, layout, config)
    page = pages[0] if pages else Sheet(title="", rows=())
    numbered = [(i, row) for i, row in enumerate(page.rows) if not all(map(is_blank, row))]
    n_fit = sum(_has_shape(row) for _, row in numbered)
    if not numbered or 2 * n_fit < len(numbered):
        raise SchemaError(
            f"{workbook.path}, page {page.title}: expected the columns {', '.join(_HEADERS)} "
            f"without header, got {n_fit} of {len(numbered)} rows of that shape",
            hint="give the annotation sheet of CAS(ME)^2 as it was released",
        )
    others = [sheet for sheet in workbook.sheets if sheet is not page]
    rows = [row for _, row in numbered if _has_shape(row)]
    video_page, videos = _video_codes(workbook, others, {_video_stem(row[1]) for row in rows})
    others = [sheet for sheet in others if sheet is not video_page]
    subjects = _subject_codes(workbook, others, {cell_text(row[0]) for row in rows})
    return SheetRows(
        page=page.title,
        header_row=None,
        headers=_HEADERS,
        rows=tuple(
            _source_row(f"{page.title}:{i + 1}", row, videos, subjects) for i, row in numbered
        ),
    )


def _has_shape(row: tuple[Cell, ...]) -> bool:
    """Return whether a row has the columns in their order."""
    return (
        len(row) >= len(_COLUMNS)
        and read_whole_number(row[0]) is not None
        and isinstance(row[1], str)
        and any(kind in normalise_header(row[7]) for kind in ("micro", "macro"))
    )


def _source_row(
    place: str,
    row: tuple[Cell, ...],
    videos: Mapping[str, Cell],
    subjects: Mapping[str, Cell],
) -> SourceRow:
    padded = (*row, *[None] * len(_HEADERS))
    named = [*_HEADERS, *(f"column {i + 1}" for i in range(len(_HEADERS), len(row)))]
    everything = {
        name: cell for name, cell in zip(named, padded, strict=False) if not is_blank(cell)
    }
    rules: list[Rule] = []
    code = videos.get(_video_stem(padded[1]))
    if code is not None:
        everything[_VIDEO_CODE] = cell_text(code).zfill(4)
        if everything[_VIDEO_CODE] != cell_text(code) or not isinstance(code, str):
            rules.append(Rule.VIDEO_CODE_ZERO_FILLED)
    subject = subjects.get(cell_text(padded[0]))
    if subject is not None:
        everything[_SUBJECT_CODE] = cell_text(subject)
    return SourceRow(
        place=place,
        cells=dict(zip(_COLUMNS, padded, strict=False)),
        everything=everything,
        rules=tuple(rules),
    )


def _video_stem(cell: Cell) -> str:
    """Return the video of a name such as ``anger1_1``, whose last number counts expressions."""
    text = cell_text(cell).lower()
    match = _NUMBERED_VIDEO.fullmatch(text)
    return match[1] if match else text


def _video_codes(
    workbook: Workbook, sheets: Iterable[Sheet], wanted: set[str]
) -> tuple[Sheet, Mapping[str, Cell]]:
    """Return the page that gives videos their codes such as ``0101``, and the codes."""
    found = [
        (len(wanted & codes.keys()), sheet, codes)
        for sheet in sheets
        for codes in _pairs(sheet, is_value=_is_video_code)
    ]
    n_known, sheet, codes = max(found, key=lambda item: item[0], default=(0, None, {}))
    if sheet is None or not n_known:
        raise SchemaError(
            f"{workbook.path}: expected a page that gives each video such as "
            f"{min(wanted)!r} a code such as 0101, got none",
            hint="the released workbook has three pages; give it whole",
        )
    return sheet, codes


def _subject_codes(
    workbook: Workbook, sheets: Iterable[Sheet], wanted: set[str]
) -> Mapping[str, Cell]:
    """Return the folder's name, such as ``s15``, of each subject's number."""
    found = [
        (len(wanted & codes.keys()), sum(isinstance(code, str) for code in codes.values()), codes)
        for sheet in sheets
        for codes in _pairs(sheet, is_value=_is_subject_code)
    ]
    best = max(found, key=lambda item: item[:2], default=(0, 0, {}))
    rivals = [item for item in found if item[:2] == best[:2] and item[2] != best[2]]
    if not best[0] or rivals:
        got = f"{len(rivals) + 1} that could be it" if best[0] else "none"
        raise SchemaError(
            f"{workbook.path}: expected a page with one column of subjects such as "
            f"{min(wanted)!r} and one of folders such as s15, got {got}",
            hint="the released workbook has three pages; give it whole",
        )
    return best[2]


def _pairs(sheet: Sheet, *, is_value: Callable[[Cell], bool]) -> Iterator[dict[str, Cell]]:
    """Yield, for each two columns, what the second gives each key of the first.

    A key with two values has none, as has one whose value is of another kind.
    """
    width = min(_WIDEST_PAGE, max((len(row) for row in sheet.rows), default=0))
    for key_column in range(width):
        for value_column in range(width):
            if value_column == key_column:
                continue
            codes: dict[str, Cell] = {}
            torn: set[str] = set()
            for row in sheet.rows:
                if max(key_column, value_column) < len(row) and is_value(row[value_column]):
                    key = cell_text(row[key_column]).lower()
                    if codes.setdefault(key, row[value_column]) != row[value_column]:
                        torn.add(key)
            yield {key: code for key, code in codes.items() if key and key not in torn}


def _is_video_code(cell: Cell) -> bool:
    read = read_whole_number(cell)
    return read is not None and 0 < read[0] < 10_000 and len(cell_text(cell)) in {3, 4}


def _is_subject_code(cell: Cell) -> bool:
    return _FOLDER_OF_SUBJECT.fullmatch(cell_text(cell)) is not None


def _locate(key: FilmKey, row: SourceRow) -> FilmKey:
    """Return subject and video as their folders are called: ``s15`` and ``15_0101``."""
    subject, video = row.everything.get(_SUBJECT_CODE), row.everything.get(_VIDEO_CODE)
    if subject is None:
        raise RowSkippedError(SkipReason.SUBJECT_UNKNOWN, key[0])
    if video is None:
        raise RowSkippedError(SkipReason.VIDEO_UNKNOWN, key[1])
    number = int(_FOLDER_OF_SUBJECT.sub(r"\1", str(subject)))
    return f"s{number:02d}", f"{number:02d}_{video}"


def _adjust(annotation: Annotation, row: SourceRow, config: LicensedConfig) -> Annotation:  # noqa: ARG001
    """Settle an offset of 0; subjects are numbers in this sheet, which is no repair."""
    rules = tuple(rule for rule in annotation.rules if rule is not Rule.SUBJECT_TEXT_OR_NUMBER)
    annotation = dataclasses.replace(annotation, rules=rules)
    return annotation if annotation.offset else _settle_offset(annotation, config.unknown_offset)


def _settle_offset(annotation: Annotation, choice: UnknownOffset) -> Annotation:
    """Return the annotation with the offset that the user asked for in the place of 0."""
    if choice is UnknownOffset.SKIP or not annotation.apexes:
        detail = "" if annotation.apexes else "no apex either"
        raise RowSkippedError(SkipReason.OFFSET_ZERO_IS_UNKNOWN, detail)
    apex = annotation.apexes[-1]
    if choice is UnknownOffset.APEX:
        offset, rule = apex, Rule.OFFSET_ZERO_IS_APEX
    else:
        offset, rule = 2 * apex - annotation.onset, Rule.OFFSET_ZERO_IS_MIRRORED
    return dataclasses.replace(annotation, offset=offset, rules=(*annotation.rules, rule))


LAYOUTS = (
    DataSetLayout(
        name=DataSetName.CAS_ME2,
        title="CAS(ME)^2",
        people="cas-me2",
        rate_fps=Fraction(30),
        required=frozenset(_COLUMNS),
        folders=(("{subject}", "{film}.*"),),
        kind=None,
        is_coded_throughout=True,
        read_rows=_read_rows,
        locate=_locate,
        adjust=_adjust,
        n_rows_published=357,
    ),
)
"""An apex of 0 is unknown as an offset of 0 is, since pictures count from 1."""
