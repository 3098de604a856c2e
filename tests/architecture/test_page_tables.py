"""The reference pages say what the data say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.page_tables import FACS_PAGE, SUGGEST_PAGE, blocks, with_blocks

PAGES = [FACS_PAGE, SUGGEST_PAGE]


def name_of(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_the_page_holds_the_tables_of_the_data(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    hint = "run `python -m tests.architecture.page_tables --write`"
    assert with_blocks(page, blocks()[path]) == page, hint


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_table_that_the_page_lacks_or_has_otherwise_is_noticed(path: Path) -> None:
    page, tables = path.read_text(encoding="utf-8"), blocks()[path]
    altered = page.replace("Cheek raiser", "Eye mover")
    assert altered != page
    assert with_blocks(altered, tables) != altered
    with pytest.raises(ValueError, match="expected markers"):
        with_blocks(page.replace(f"<!-- {next(iter(tables))} -->", ""), tables)


def test_the_tables_are_whole() -> None:
    tables = blocks()[FACS_PAGE] | blocks()[SUGGEST_PAGE]
    n_lines = {name: len(table.splitlines()) for name, table in tables.items()}
    assert (n_lines["code book"], n_lines["mapping"]) == (2 + 42, 2 + 42)
    assert n_lines["emotion rules"] == 2 + 7


def test_the_python_examples_run_with_the_files_beside_them(tmp_path: Path) -> None:
    page = FACS_PAGE.read_text(encoding="utf-8")
    codes, rules = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "my_codes.yaml").write_text(codes, encoding="utf-8")
    (tmp_path / "my_rules.yaml").write_text(rules, encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    reading = (
        "from cinefacs.storage.facs_files import read_rule_table\n"
        "print(read_rule_table('my_rules.yaml').emotions)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*examples, reading])],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Lip corner puller frozenset({'52'})",
        "named happiness 1.0",
        "('happiness', 'contempt')",
    ]
