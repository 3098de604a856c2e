"""The reference page of the code book says what the data say."""

import pytest

from tests.architecture.facs_page import PAGE_PATH, blocks, with_blocks


def test_the_page_holds_the_tables_of_the_data() -> None:
    page = PAGE_PATH.read_text(encoding="utf-8")
    assert with_blocks(page) == page, "run `python -m tests.architecture.facs_page --write`"


def test_a_table_that_the_page_lacks_or_has_otherwise_is_noticed() -> None:
    page = PAGE_PATH.read_text(encoding="utf-8")
    altered = page.replace("Cheek raiser", "Eye mover")
    assert altered != page
    assert with_blocks(altered) != altered
    with pytest.raises(ValueError, match="expected markers"):
        with_blocks(page.replace("<!-- code book -->", ""))


def test_the_tables_are_whole() -> None:
    assert len(blocks()["code book"].splitlines()) == 2 + 42
    assert len(blocks()["emotion rules"].splitlines()) == 2 + 7
