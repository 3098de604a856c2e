"""Which licences the users of the base and of the extras take in with it.

``python -m tests.architecture.licences`` walks from `pyproject.toml` through the metadata of
every installed distribution and fails on a GPL or AGPL one, on a proprietary one and on silence.
The tools of the extra ``dev`` reach no user, so they are not looked at. Two named lists hold the
exceptions and their reasons (docs/decisions/0011-detectors.md).
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import REPOSITORY

__all__ = ["Verdict", "judge_distribution", "judge_statement", "runtime_distributions"]

NOT_RUNTIME = {"dev"}
"""Extras that only those install who work on cinefacs."""
COMES_WITH_TORCH = frozenset(
    {
        "cuda-toolkit",  # a package without content that names the versions of the others
        "nvidia-cublas",
        "nvidia-cuda-cupti",
        "nvidia-cuda-nvrtc",
        "nvidia-cuda-runtime",
        "nvidia-cudnn-cu13",
        "nvidia-cufft",
        "nvidia-cufile",
        "nvidia-curand",
        "nvidia-cusolver",
        "nvidia-cusparse",
        "nvidia-cusparselt-cu13",
        "nvidia-nccl-cu13",
        "nvidia-nvjitlink",
        "nvidia-nvshmem-cu13",
        "nvidia-nvtx",
    }
)
"""Proprietary libraries of NVIDIA that torch's own wheel asks for on Linux. pip fetches them from
NVIDIA to the user's machine under NVIDIA's terms; cinefacs neither contains nor passes them on,
never names them, and works without them (torch's CPU wheel asks for none)."""
STATED_IN_FILE = {"faster-coco-eval": ("Apache-2.0", "Apache License")}
"""Distributions whose metadata are silent: licence, and words that their licence file must hold."""
_PROPRIETARY = re.compile(r"proprietary", re.IGNORECASE)
_EXCEPTION = re.compile(r"L?GPL[\w.+-]* WITH GCC-exception[\w.-]*")
_WEAK = re.compile(r"LGPL[\w.+-]*|(GNU )?(Lesser|Library) General Public Licen[cs]e", re.IGNORECASE)
_STRONG = re.compile(r"GPL|General Public Licen[cs]e|Affero", re.IGNORECASE)


_MIT_GRANT = "Permission is hereby granted, free of charge, to any person obtaining a copy"
_MIT_END = 'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND'


class Verdict(StrEnum):
    """What a licence asks of those who pass cinefacs on."""

    FREE = "free"
    WEAK_COPYLEFT = "weak copyleft"
    COPYLEFT = "copyleft"
    PROPRIETARY = "proprietary"
    WITH_TORCH = "proprietary, comes with torch"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One distribution and what its metadata say."""

    name: str
    version: str
    statements: tuple[str, ...]
    verdict: Verdict


def judge_statement(statement: str) -> Verdict:
    """Return what one SPDX expression, classifier or licence line asks.

    Of alternatives joined by OR the mildest counts; where AND stands as well, the strictest
    does, since the expression is not parsed. GCC's run-time exception lifts the GPL from
    programs that only link its run-time library, as scipy's wheel does.
    """
    if _PROPRIETARY.search(statement):
        return Verdict.PROPRIETARY
    order = [Verdict.FREE, Verdict.WEAK_COPYLEFT, Verdict.COPYLEFT]
    parts = re.split(r"\bOR\b", statement) if " AND " not in statement else [statement]
    verdicts = []
    for part in parts:
        rest = _EXCEPTION.sub("", part)
        without_weak = _WEAK.sub("", rest)
        if _STRONG.search(without_weak):
            verdicts.append(Verdict.COPYLEFT)
        else:
            verdicts.append(Verdict.FREE if without_weak == rest else Verdict.WEAK_COPYLEFT)
    return min(verdicts, key=order.index)


def _statements(found: Distribution) -> Iterator[str]:
    """Yield everything that the metadata say about the licence.

    A ``License`` field of many lines holds the texts of everything bundled; the ``License:``
    lines in it say which those are.
    """
    fields = found.metadata
    for value in fields.get_all("License-Expression") or []:
        yield str(value)
    for value in fields.get_all("License") or []:
        lines = str(value).strip().splitlines()
        if len(lines) == 1:
            yield lines[0]
        for line in lines[1:]:
            if match := re.match(r"\s*License: (.+)", line):
                yield match[1]
    for value in fields.get_all("Classifier") or []:
        if str(value).startswith("License ::"):
            yield str(value).rsplit(" :: ", 1)[-1]


def _texts_read(found: Distribution) -> Iterator[str]:
    """Yield the names of licences by their own texts, for distributions that name none."""
    for name in found.metadata.get_all("License-File") or []:
        text = " ".join((found.read_text(f"licenses/{name}") or "").split())
        if _MIT_GRANT in text and _MIT_END in text and not _STRONG.search(text):
            yield f"MIT, by the text of {name}"


def judge_distribution(found: Distribution) -> Finding:
    """Return what an installed distribution's metadata say; silence is `Verdict.UNKNOWN`."""
    statements = tuple(dict.fromkeys(_statements(found)))
    if canonicalize_name(found.name) in COMES_WITH_TORCH:
        return Finding(found.name, found.version, statements, Verdict.WITH_TORCH)
    if not statements:
        statements = _stated_in_file(found) or tuple(_texts_read(found))
    verdicts = {judge_statement(statement) for statement in statements}
    for verdict in (Verdict.COPYLEFT, Verdict.PROPRIETARY, Verdict.WEAK_COPYLEFT, Verdict.FREE):
        if verdict in verdicts:
            return Finding(found.name, found.version, statements, verdict)
    return Finding(found.name, found.version, statements, Verdict.UNKNOWN)


def _stated_in_file(found: Distribution) -> tuple[str, ...]:
    """Return the licence of a distribution named in `STATED_IN_FILE` whose file says so too."""
    licence, words = STATED_IN_FILE.get(canonicalize_name(found.name), ("", ""))
    for path in found.files or [] if licence else []:
        is_licence = path.name.upper().startswith("LICENSE")
        if is_licence and words in path.read_text(encoding="utf-8"):
            return (licence,)
    return ()


def _declared_requirements() -> list[str]:
    """Return what the base and the runtime extras ask for, read from `pyproject.toml`."""
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras: dict[str, list[str]] = project.get("optional-dependencies", {})
    asked = [line for extra, lines in extras.items() if extra not in NOT_RUNTIME for line in lines]
    return [*project["dependencies"], *asked]


def runtime_distributions(requirements: Iterable[str]) -> dict[str, Distribution]:
    """Return every installed distribution that the requirements lead to, by name.

    Raises
    ------
    PackageNotFoundError
        One that applies on this machine is not installed, so nothing is known of it.
    """
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(Requirement(text), frozenset[str]()) for text in requirements]
    while waiting:
        requirement, extras_of_parent = waiting.pop()
        marker = requirement.marker
        wanted = extras_of_parent or {""}
        if marker and not any(marker.evaluate({"extra": extra}) for extra in wanted):
            continue
        name = canonicalize_name(requirement.name)
        extras = frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found[name] = distribution(name)
        waiting += [(Requirement(text), extras) for text in found[name].requires or []]
    return dict(sorted(found.items()))


def main() -> int:
    """Print what is weak copyleft, forbidden or unknown; return 1 on the latter two."""
    try:
        found = runtime_distributions(_declared_requirements())
    except PackageNotFoundError as error:
        sys.stderr.write(f"licences: expected {error.name} to be installed, got nothing\n")
        return 1
    findings = [judge_distribution(item) for item in found.values()]
    for finding in findings:
        if finding.verdict is not Verdict.FREE:
            said = "; ".join(finding.statements) or "nothing"
            sys.stdout.write(f"{finding.verdict}: {finding.name} {finding.version}: {said}\n")
    forbidden = {Verdict.COPYLEFT, Verdict.PROPRIETARY, Verdict.UNKNOWN}
    refused = [finding for finding in findings if finding.verdict in forbidden]
    sys.stdout.write(f"licences: {len(findings)} distributions, {len(refused)} refused\n")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
