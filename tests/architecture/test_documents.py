"""The README and the pages say what is true: their links lead somewhere, their examples run.

A bash block with ``<!-- run -->`` on the line before it is run as it stands, in an empty folder
in which ``film.mp4`` is a real film, by a shell that stops at the first error.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import REPOSITORY, kept_files, kept_texts

PAGES = [path for path in kept_files() if path.suffix == ".md"]
MARKED_BLOCK = re.compile(r"<!-- run -->\s*\n```bash\n(.*?)\n```", re.DOTALL)
ANY_BLOCK = re.compile(r"```.*?```", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
EXAMPLES = [
    pytest.param(block, id=f"{page.relative_to(REPOSITORY)}-{number}")
    for page in PAGES
    for number, block in enumerate(MARKED_BLOCK.findall(kept_texts()[page]), start=1)
]


def slugs(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", ANY_BLOCK.sub("", text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page: Path, text: str) -> list[str]:
    """Return the page's links to files and headings of the repository that are not there."""
    dead = []
    for link in LINK.findall(ANY_BLOCK.sub("", text)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (
            anchor and anchor not in slugs(target.read_text(encoding="utf-8"))
        ):
            dead.append(link)
    return dead


def test_no_link_inside_the_repository_is_dead() -> None:
    found = {
        str(page.relative_to(REPOSITORY)): dead_links(page, kept_texts()[page]) for page in PAGES
    }
    assert {name: links for name, links in found.items() if links} == {}


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = "# Two words\n[a](gone.md) [b](#two-words) [c](#three) [d](https://example.org/x)"
    page.write_text(text, encoding="utf-8")
    assert dead_links(page, text) == ["gone.md", "#three"]


def test_decisions_are_numbered_without_a_gap_and_have_their_four_parts() -> None:
    folder = REPOSITORY / "docs/decisions"
    pages = sorted(folder.glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        parts = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
        assert parts[:4] == ["Context", "Choice", "Rejected", "Consequence"], page.name


def test_a_decision_that_the_code_names_exists() -> None:
    named = {
        name
        for path, text in kept_texts().items()
        if path.suffix in {".py", ".toml", ".md"}
        for name in re.findall(r"docs/decisions/\d{4}-[\w-]+\.md", text)
    }
    assert named
    assert {name for name in named if not (REPOSITORY / name).is_file()} == set()


def test_the_readme_has_an_example_that_is_run() -> None:
    assert MARKED_BLOCK.search((REPOSITORY / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("block", EXAMPLES)
def test_an_example_runs(block: str, pyfeat_media: Path, tmp_path: Path) -> None:
    shutil.copy(pyfeat_media / "single_face.mp4", tmp_path / "film.mp4")
    folder_of_python = str(Path(sys.executable).parent)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{folder_of_python}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
