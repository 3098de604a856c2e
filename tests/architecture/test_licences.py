"""No user of the base or of an extra takes in a licence that binds their own work."""

from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import cast

import pytest

from cinefacs.engines.catalog import load_catalog
from tests.architecture import licences
from tests.architecture.licences import Verdict, judge_distribution, judge_statement
from tests.architecture.tree import REPOSITORY


class MadeUpDistribution:
    """Just enough of a distribution to be judged."""

    def __init__(self, text: str | None = None, **fields: str) -> None:
        self.text = text
        self.name = "made-up"
        self.version = "1"
        self.metadata = Message()
        for name, value in fields.items():
            self.metadata[name.replace("_", "-")] = value

    def read_text(self, filename: str) -> str | None:
        return self.text if filename == "licenses/LICENSE" else None


def judge(text: str | None = None, **fields: str) -> Verdict:
    return judge_distribution(cast("Distribution", MadeUpDistribution(text, **fields))).verdict


MIT_TEXT = """Copyright (c) 2015 Somebody

Permission is hereby granted, free of charge, to any person
obtaining a copy of this software, to deal in it without restriction.
THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND."""


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("MIT", Verdict.FREE),
        ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", Verdict.FREE),
        ("GPL-2.0-only", Verdict.COPYLEFT),
        ("AGPL-3.0-or-later", Verdict.COPYLEFT),
        ("GNU General Public License v3 (GPLv3)", Verdict.COPYLEFT),
        ("GNU Affero General Public License v3", Verdict.COPYLEFT),
        ("LGPL-2.1-or-later", Verdict.WEAK_COPYLEFT),
        ("GNU Lesser General Public License v3 (LGPLv3)", Verdict.WEAK_COPYLEFT),
        ("MIT OR GPL-2.0-only", Verdict.FREE),
        ("(MIT OR BSD-3-Clause) AND GPL-2.0-only", Verdict.COPYLEFT),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", Verdict.FREE),
        ("GPL-3.0-or-later WITH GCC-exception-3.1 AND GPL-3.0-or-later", Verdict.COPYLEFT),
        ("LicenseRef-NVIDIA-Proprietary", Verdict.PROPRIETARY),
        ("BSD-3-Clause AND LGPL-2.1-or-later AND GPL-2.0-or-later", Verdict.COPYLEFT),
    ],
)
def test_a_statement_is_judged_by_what_it_asks(statement: str, verdict: Verdict) -> None:
    assert judge_statement(statement) is verdict


def test_the_strictest_statement_of_a_distribution_counts() -> None:
    gpl = "License :: OSI Approved :: GNU General Public License v2 (GPLv2)"
    assert judge(License="MIT", Classifier=gpl) is Verdict.COPYLEFT


def test_a_bundled_part_is_found_in_a_long_licence_field() -> None:
    text = "Copyright\n\nName: a part\nLicense: GPL-3.0-or-later\n"
    assert judge(License=text, Classifier="License :: OSI Approved :: BSD License") is (
        Verdict.COPYLEFT
    )


def test_a_distribution_without_a_word_about_its_licence_is_refused() -> None:
    assert judge(Summary="a package") is Verdict.UNKNOWN


def test_a_proprietary_distribution_is_refused_unless_it_is_named_as_one_of_torchs() -> None:
    made_up = MadeUpDistribution(Classifier="License :: Other/Proprietary License", License="MIT")
    assert judge_distribution(cast("Distribution", made_up)).verdict is Verdict.PROPRIETARY
    made_up.name = "nvidia_cublas"
    assert judge_distribution(cast("Distribution", made_up)).verdict is Verdict.WITH_TORCH


def test_only_torch_asks_for_what_comes_with_torch() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    assert not any(name in text for name in licences.COMES_WITH_TORCH)
    everything = licences.runtime_distributions(licences._declared_requirements())
    named = licences.COMES_WITH_TORCH & everything.keys()
    assert named <= licences.runtime_distributions(["torch"]).keys()


def test_a_licence_that_only_a_file_states_is_read_there() -> None:
    found = judge_distribution(distribution("faster-coco-eval"))
    assert found.statements == ("Apache-2.0",)
    assert found.verdict is Verdict.FREE


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (MIT_TEXT, Verdict.FREE),
        (None, Verdict.UNKNOWN),
        ("All rights reserved", Verdict.UNKNOWN),
        (f"{MIT_TEXT} Parts are under the GPL.", Verdict.UNKNOWN),
    ],
)
def test_only_the_text_of_the_mit_licence_stands_for_a_name(
    text: str | None, verdict: Verdict
) -> None:
    assert judge(text, License_File="LICENSE") is verdict


def test_the_walk_follows_extras_and_leaves_out_other_systems() -> None:
    found = licences.runtime_distributions(
        ["coverage[toml]", "no-such-package; sys_platform == 'made-up'"]
    )
    assert list(found) == ["coverage"]


def test_a_distribution_that_is_not_installed_is_never_passed_over() -> None:
    with pytest.raises(PackageNotFoundError, match="no-such-package"):
        licences.runtime_distributions(["no-such-package"])


def test_what_users_install_is_free_of_gpl(capsys: pytest.CaptureFixture[str]) -> None:
    assert licences.main() == 0, capsys.readouterr().out


def test_a_gpl_package_among_the_requirements_fails_the_gate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(licences, "_declared_requirements", lambda: ["numpy", "codespell"])
    assert licences.main() == 1
    assert "copyleft: codespell" in capsys.readouterr().out


def test_no_model_file_binds_its_users() -> None:
    verdicts = {entry.name: judge_statement(entry.licence) for entry in load_catalog()}
    assert len(verdicts) >= 3
    assert set(verdicts.values()) == {Verdict.FREE}, verdicts
