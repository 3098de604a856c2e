"""The letters beside an action unit's number."""

from cinefacs.facs.codes import Intensity


def test_strengths_have_an_order() -> None:
    assert [strength.rank for strength in Intensity] == [1, 2, 3, 4, 5]
