"""Tables of the pages, made from the data files that the code reads.

``python -m tests.architecture.page_tables --write`` writes them anew after a change of the data.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from cinefacs.facs.code_book import CodeBook, FacsCode, standard_code_book
from cinefacs.facs.emotion_rules import RuleTable, standard_rule_tables
from cinefacs.labels.suggest.blendshape_mapping import standard_mappings
from tests.architecture.tree import REPOSITORY

__all__ = ["FACS_PAGE", "SUGGEST_PAGE", "blocks", "main", "with_blocks"]

FACS_PAGE = REPOSITORY / "docs/facs.md"
SUGGEST_PAGE = REPOSITORY / "docs/labels-suggest.md"
SIDE_LETTERS = {"left": "L", "right": "R", "top": "T", "bottom": "B"}


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
    lines.insert(1, "|" + "---|" * len(head))
    return "\n".join(lines)


def _row(code: FacsCode, book: CodeBook) -> tuple[str, ...]:
    sides = " ".join(letter for side, letter in SIDE_LETTERS.items() if side in code.sides)
    excludes = " ".join(sorted(book.excludes(code.code), key=int))
    region = code.region.replace("_", " ")
    return (code.code, code.name, region, "; ".join(code.muscles), sides, excludes, code.weak)


def _code_book(book: CodeBook) -> str:
    head = ("AU", "name", "where", "muscles", "sides", "excludes", "where weak")
    return _table(head, (_row(code, book) for code in book.codes if code.is_of_42))


def _other_codes(book: CodeBook) -> str:
    head = ("code", "name", "what", "where")
    return _table(
        head,
        (
            (code.code, code.name, code.kind.replace("_", " "), code.region.replace("_", " "))
            for code in book.codes
            if not code.is_of_42
        ),
    )


def _rules(tables: Iterable[RuleTable]) -> str:
    by_name = {table.name: table for table in tables}
    rows = [
        (
            f"{number:02d}",
            emotion,
            *(
                ", ".join(str(rule) for rule in table.rules if rule.emotion == emotion)
                for table in by_name.values()
            ),
        )
        for emotion in by_name["paper"].emotions
        if (number := by_name["paper"].number_of(emotion)) is not None
    ]
    return _table(("type", "emotion", *(f"`{name}`" for name in by_name)), rows)


def _mapping() -> str:
    book = standard_code_book()
    head = ("AU", "name", "scores", "reason")
    return _table(
        head,
        (
            (str(each.au), book.lookup(each.au).name, str(each.mark), each.reason)
            for each in standard_mappings()
        ),
    )


def blocks() -> dict[Path, dict[str, str]]:
    """Return the tables of each page by the name that their markers in it have."""
    book = standard_code_book()
    return {
        FACS_PAGE: {
            "code book": _code_book(book),
            "other codes": _other_codes(book),
            "emotion rules": _rules(standard_rule_tables().values()),
        },
        SUGGEST_PAGE: {"mapping": _mapping()},
    }


def with_blocks(page: str, tables: Mapping[str, str]) -> str:
    """Return the page with every table as the data have it.

    Raises
    ------
    ValueError
        The page lacks the markers of a table.
    """
    for name, block in tables.items():
        pattern = re.compile(rf"(?<=<!-- {name} -->\n)(.*?)(?=<!-- end of {name} -->)", re.DOTALL)
        found = pattern.search(page)
        if found is None:
            raise ValueError(f"page: expected markers of {name!r}, found none")
        page = f"{page[: found.start()]}{block}\n{page[found.end() :]}"
    return page


def main(arguments: list[str]) -> int:
    """Compare the pages with the data, or write them; return 1 where they differ."""
    is_same = True
    for path, tables in blocks().items():
        page = path.read_text(encoding="utf-8")
        wanted = with_blocks(page, tables)
        is_same = is_same and wanted == page
        if arguments == ["--write"]:
            path.write_text(wanted, encoding="utf-8")
    return 0 if is_same or arguments == ["--write"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
