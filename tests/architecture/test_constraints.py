"""`constraints.txt` holds exactly what the tests ran with."""

import tomllib
from importlib.metadata import version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.licences import runtime_distributions
from tests.architecture.tree import REPOSITORY


def pins() -> dict[str, str]:
    """Return the version of each package in `constraints.txt`, which knows exact ones only."""
    text = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(name): number for name, number in (ln.split("==") for ln in lines)}


def declared() -> list[str]:
    """Return every requirement of the base and of all extras, the developers' included."""
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *(line for lines in extras for line in lines)]


def test_every_requirement_is_pinned_to_a_version_that_it_allows() -> None:
    pinned = pins()
    requirements = [Requirement(line) for line in declared()]
    refused = [
        str(r) for r in requirements if pinned.get(canonicalize_name(r.name), "") not in r.specifier
    ]
    assert refused == []


def test_the_tests_run_with_the_pinned_versions() -> None:
    pinned = pins()
    found = {name: version(name) for name in runtime_distributions(declared())}
    assert {name: n for name, n in found.items() if pinned.get(name) != n} == {}
