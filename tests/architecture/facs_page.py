"""The tables of docs/facs.md, made from the data files that the code reads.

``python -m tests.architecture.facs_page --write`` writes them anew after a change of the data.
"""

import re
import sys
from collections.abc import Iterable

from cinefacs.facs.code_book import CodeBook, FacsCode, standard_code_book
from cinefacs.facs.emotion_rules import RuleTable, standard_rule_tables
from tests.architecture.tree import REPOSITORY

__all__ = ["PAGE_PATH", "blocks", "main", "with_blocks"]

PAGE_PATH = REPOSITORY / "docs/facs.md"
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


def blocks() -> dict[str, str]:
    """Return each table by the name that its markers in the page have."""
    book = standard_code_book()
    return {
        "code book": _code_book(book),
        "other codes": _other_codes(book),
        "emotion rules": _rules(standard_rule_tables().values()),
    }


def with_blocks(page: str) -> str:
    """Return the page with every table as the data have it.

    Raises
    ------
    ValueError
        The page lacks the markers of a table.
    """
    for name, block in blocks().items():
        pattern = re.compile(rf"(?<=<!-- {name} -->\n)(.*?)(?=<!-- end of {name} -->)", re.DOTALL)
        found = pattern.search(page)
        if found is None:
            raise ValueError(f"{PAGE_PATH.name}: expected markers of {name!r}, found none")
        page = f"{page[: found.start()]}{block}\n{page[found.end() :]}"
    return page


def main(arguments: list[str]) -> int:
    """Compare the page with the data, or write it; return 1 where they differ."""
    page = PAGE_PATH.read_text(encoding="utf-8")
    if arguments == ["--write"]:
        PAGE_PATH.write_text(with_blocks(page), encoding="utf-8")
        return 0
    return 0 if with_blocks(page) == page else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
