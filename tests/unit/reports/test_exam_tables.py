"""Tables of an exam say of each action unit whether it is in the mean, as the mean was made."""

import pytest

from cinefacs.reports.exam_tables import is_in_mean

UNITS = {"counted": ["AU1", "AU17"], "min_faces": 5}


@pytest.mark.parametrize(
    ("name", "n_positive", "n_negative", "expected"),
    [
        ("AU1", 5, 5, True),
        ("AU17", 4, 400, False),  # too few faces show it
        ("AU1", 400, 4, False),  # nearly all do
        ("AU8", 50, 50, False),  # synthetic faces do not show it well
    ],
)
def test_only_what_is_well_shown_by_enough_faces_is_in_the_mean(
    name: str, n_positive: int, n_negative: int, *, expected: bool
) -> None:
    row = {"name": name, "n_positive": n_positive, "n_negative": n_negative}
    assert is_in_mean(row, UNITS) is expected
