"""What every file of the repository keeps to."""

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from tests.architecture.tree import REPOSITORY, kept_files, kept_texts, python_files

LONGEST_FILE_LINES = 500
MACHINE = re.compile(
    r"""
    (?<![\w.])/(?:work|root|tmp|home/\w+|Users/\w+)/\w   # a folder of one machine
    | file:/{2}
    | \b(?:\d{1,3}\.){3}\d{1,3}:\d+                      # an address with a port
    | https?://[\w.-]*(?:artifactory|nexus|devpi|pypi\.org/simple|\.local\b|\.internal\b)
    """,
    re.VERBOSE,
)
ASSERTING = re.compile(r"assert|check|expect|require|raises|warns|fail\b", re.IGNORECASE)


def relative(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def kept(*suffixes: str) -> list[Path]:
    return [path for path in kept_files() if path.suffix in suffixes]


def test_the_walk_finds_the_code_and_leaves_out_what_runs_left_behind() -> None:
    names = {relative(path) for path in kept_files()}
    assert {"pyproject.toml", ".ci/run", "src/cinefacs/errors.py"} <= names
    assert not any(name.startswith((".venv/", ".git/", ".cache/")) for name in names)


@pytest.mark.parametrize("path", kept(".json"), ids=relative)
def test_every_json_file_loads(path: Path) -> None:
    assert json.loads(path.read_text(encoding="utf-8")) is not None


@pytest.mark.parametrize("path", kept(".yaml", ".yml"), ids=relative)
def test_every_yaml_file_loads(path: Path) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8")) is not None


def test_no_text_names_one_machine() -> None:
    found = [
        f"{relative(path)}:{number}: {line.strip()}"
        for path, text in kept_texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    ["see " + "/tm" + "p/models/x.onnx", "lap @ fi" + "le:///x.whl", "http://10.0.0.1" + ":8080/"],
)
def test_a_machines_folder_or_host_is_recognised(line: str) -> None:
    assert MACHINE.search(line)


def test_no_python_file_is_too_long() -> None:
    lengths = {
        relative(path): len(kept_texts()[path].splitlines())
        for path in python_files("src", "tests", "benchmarks")
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE_LINES} == {}


def test_init_files_hold_no_code_but_lazy_doors() -> None:
    """Importing a package must be free, so only the standard library may be named at its top."""
    allowed = {"collections", "importlib", "os", "sys", "typing"}
    found = [
        f"{relative(path)}: {name}"
        for path in python_files("src")
        if path.name == "__init__.py"
        for node in ast.parse(kept_texts()[path]).body
        for name in _imported_roots(node)
        if name not in allowed
    ]
    assert found == []


def _imported_roots(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").partition(".")[0]]
    return []


def _called(node: ast.AST) -> Iterable[str]:
    """Yield the names of all functions that a piece of code calls."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            if isinstance(call.func, ast.Attribute):
                yield call.func.attr
            elif isinstance(call.func, ast.Name):
                yield call.func.id


def harmless_tests(source: str) -> list[str]:
    """Return the tests of a file that neither assert nor call something that does."""
    functions = {
        node.name: node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    asserting = {
        name
        for name, node in functions.items()
        if any(isinstance(part, ast.Assert) for part in ast.walk(node))
    }
    while True:
        more = {
            name
            for name, node in functions.items()
            if any(called in asserting or ASSERTING.search(called) for called in _called(node))
        } - asserting
        if not more:
            return sorted(n for n in functions if n.startswith("test_") and n not in asserting)
        asserting |= more


@pytest.mark.parametrize(
    "path", [p for p in python_files("tests") if p.name.startswith("test_")], ids=relative
)
def test_every_test_can_fail(path: Path) -> None:
    source = kept_texts()[path]
    assert "def test_" in source
    assert harmless_tests(source) == []


def test_a_test_that_cannot_fail_is_found() -> None:
    source = """
def shown(value): print(value)
def same(a, b): assert a == b
def test_nothing(): shown(1)
def test_something(): same(1, 1)
def test_error():
    with pytest.raises(ValueError): int("x")
"""
    assert harmless_tests(source) == ["test_nothing"]
