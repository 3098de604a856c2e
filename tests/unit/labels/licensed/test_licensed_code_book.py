"""Codes of a user's own code book are known in the texts of a data set."""

from pathlib import Path

import pytest

from cinefacs.errors import ConfigError
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.import_data_set import import_data_set
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.storage.label_tables import read_labels
from cinefacs.storage.study import StudyLayout
from tests.support.licensed_reading import casme2_row
from tests.support.licensed_sheets import CASME2, write_pictures, write_xlsx

PAGES = {"Sheet1": [CASME2.pages["Sheet1"][0], casme2_row(name="EP01_01", au="4+99")]}
FOLDERS = {"sub01/EP01_01": ("img{}.jpg", range(1, 13))}


def flags_of(tmp_path: Path, config: LicensedConfig) -> dict[int, tuple[str, ...]]:
    sheet = write_xlsx(tmp_path / "sheet.xlsx", PAGES)
    frames = write_pictures(tmp_path / "pictures", FOLDERS)
    import_data_set(DataSetName.CASME2, sheet, frames=frames, out=tmp_path / "study", config=config)
    return {label.au: label.flags for label in read_labels(StudyLayout(tmp_path / "study")).aus}


def test_a_code_in_no_book_is_flagged(tmp_path: Path) -> None:
    assert flags_of(tmp_path, LicensedConfig()) == {4: (), 99: ("au_code_unknown",)}


def test_a_code_of_ones_own_is_known(tmp_path: Path) -> None:
    book = tmp_path / "mine.yaml"
    book.write_text("action_units:\n  99: {name: Ear wiggle, region: head}\n", encoding="utf-8")
    assert flags_of(tmp_path, LicensedConfig(code_book=book)) == {4: (), 99: ()}


def test_a_book_that_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        flags_of(tmp_path, LicensedConfig(code_book=tmp_path / "nowhere.yaml"))
