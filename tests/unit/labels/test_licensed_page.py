"""The page of licensed data sets names every rule, reason and data set."""

from cinefacs.facs.au_text import TokenFlag, UnreadReason
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.labels.licensed.registry import LAYOUTS
from cinefacs.labels.licensed.rules import Rule, SkipReason
from tests.architecture.tree import REPOSITORY

PAGE = (REPOSITORY / "docs" / "licensed-data-sets.md").read_text(encoding="utf-8")


def test_every_name_stands_on_the_page() -> None:
    names = [*Rule, *SkipReason, *UnreadReason, *TokenFlag, *DataSetName]
    told_by_rule = {TokenFlag.REPEATED}  # `au_repeated_once`
    missing = [str(name) for name in names if name not in told_by_rule and f"`{name}`" not in PAGE]
    assert missing == []


def test_every_data_set_has_a_layout_under_its_name() -> None:
    assert set(LAYOUTS) == set(DataSetName)
    for name, layouts in LAYOUTS.items():
        assert {layout.name for layout in layouts} == {name}
        assert all(layout.title in PAGE for layout in layouts if "part" not in layout.title)


def test_rules_and_reasons_have_different_names() -> None:
    names = [str(each) for each in (*Rule, *SkipReason)]
    assert len(set(names)) == len(names)
