"""No public name vanishes or appears without someone having meant it."""

import importlib

import pytest

from tests.architecture.public_api import LISTED_PATH, compare, module_names, public_names


def test_the_public_names_are_those_written_down() -> None:
    listed = LISTED_PATH.read_text(encoding="utf-8").split()
    assert compare(listed, public_names()) == [], "if it is meant, run `make api`"


def test_a_name_that_vanished_and_one_that_nobody_listed_are_told_apart() -> None:
    assert compare(["a.old", "a.same"], ["a.same", "a.new"]) == ["gone: a.old", "not listed: a.new"]


@pytest.mark.parametrize("module_name", module_names())
def test_every_module_says_what_is_public(module_name: str) -> None:
    module = importlib.import_module(module_name)
    is_plain_package = hasattr(module, "__path__") and not {
        name for name in vars(module) if not name.startswith("_")
    } - {name.rpartition(".")[2] for name in module_names()}
    assert is_plain_package or len(getattr(module, "__all__", ())) > 0
