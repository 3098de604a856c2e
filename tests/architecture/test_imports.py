"""Who may import whom, and what an import may cost."""

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.architecture.public_api import module_names
from tests.architecture.tree import REPOSITORY

HEAVY = {
    "av",
    "cv2",
    "jinja2",
    "lap",
    "lightning",
    "numpy",
    "openvino",
    "pyarrow",
    "scipy",
    "torch",
}
"""Packages that showing a help page does not need."""
FORBIDDEN = {"lightning", "tensorflow", "torch", "torchvision", "ultralytics"}
"""Packages that nothing but the detectors and the experiments asks for, whether they are installed
or not."""


def run_python(program: str, *arguments: str) -> str:
    """Return what a fresh interpreter prints on its last line."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def lint_imports(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(command), "--no-cache", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin"},
    )


def test_every_import_contract_is_kept() -> None:
    done = lint_imports(folder=REPOSITORY)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("shots/spy.py", "import cinefacs.faces.config"),
        ("records/spy.py", "import cinefacs.storage.tables"),
        ("engines/spy.py", "import rich"),
        ("faces/spy.py", "import torch"),
        ("inference/spy.py", "import torch"),
        ("cli/spy.py", "import torch"),
        ("new_folder/__init__.py", "import cinefacs.errors"),
    ],
    ids=[
        "sibling",
        "upwards",
        "not-a-door",
        "torch",
        "torch-in-inference",
        "torch-in-a-door",
        "unknown-folder",
    ],
)
def test_a_broken_contract_is_noticed(path: str, line: str, tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    shutil.copytree(
        REPOSITORY / "src/cinefacs",
        tmp_path / "src/cinefacs",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    spy = tmp_path / "src/cinefacs" / path
    spy.parent.mkdir(exist_ok=True)
    spy.write_text(f'"""Break a rule."""\n\n{line}\n', encoding="utf-8")
    done = lint_imports(folder=tmp_path)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout or "new_folder" in done.stdout


def test_no_module_of_the_base_asks_for_torch() -> None:
    program = """
        import importlib, json, sys

        class Watch:
            asked = []

            @classmethod
            def find_spec(cls, name, path=None, target=None):
                cls.asked.append(name)
                return None

        sys.meta_path.insert(0, Watch)
        for name in sys.argv[1:]:
            importlib.import_module(name)
        print(json.dumps(sorted({name.partition(".")[0] for name in Watch.asked})))
    """
    heavy = ("cinefacs.detectors", "cinefacs.experiments")
    base = [name for name in module_names() if not name.startswith(heavy)]
    asked = set(json.loads(run_python(program, *base)))
    assert "numpy" in asked  # the watch sees what is asked for
    assert asked.isdisjoint(FORBIDDEN)


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["collect", "--help"],
        ["models", "--help"],
        ["train", "--help"],
        ["labels", "agree", "--help"],
        ["labels", "consensus", "--help"],
        ["experiment", "--help"],
    ],
    ids=" ".join,
)
def test_help_needs_none_of_the_heavy_packages(words: list[str]) -> None:
    program = """
        import json, sys
        from cinefacs.cli import main
        try:
            main(sys.argv[1:])
        except SystemExit as end:
            assert not end.code, end.code
        print()
        print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
    """
    loaded = set(json.loads(run_python(program, *words)))
    assert "cyclopts" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_importing_cinefacs_itself_costs_nothing() -> None:
    program = "import sys, json, cinefacs; print(json.dumps(sorted(sys.modules)))"
    loaded = {name.partition(".")[0] for name in json.loads(run_python(program))}
    assert "cinefacs" in loaded
    assert loaded.isdisjoint(HEAVY | {"cyclopts", "rich"})
