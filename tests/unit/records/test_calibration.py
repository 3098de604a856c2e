"""From scores to probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.records.calibration import Calibration

numbers = st.floats(0.05, 20)


def test_slope_one_and_offset_zero_change_nothing() -> None:
    scores = np.array([[0.0, 0.2, 0.5, 0.9, 1.0]], np.float32)
    same = Calibration(slope=(1.0,) * 5, offset=(0.0,) * 5).apply(scores)
    np.testing.assert_allclose(same, scores, atol=2e-6)


def test_by_hand() -> None:
    # logit(0.5) = 0 and logit(0.8) = ln 4: sigmoid(2 ln 4 - ln 2) = 8 / 9
    calibration = Calibration(slope=(3.0, 2.0), offset=(0.0, -float(np.log(2))))
    got = calibration.apply(np.array([0.5, 0.8], np.float32))
    np.testing.assert_allclose(got, [0.5, 8 / 9], rtol=1e-5)


@given(
    scores=st.lists(st.floats(0, 1), min_size=2, max_size=20),
    slope=numbers,
    offset=st.floats(-5, 5),
)
def test_ranks_stay(scores: list[float], slope: float, offset: float) -> None:
    values = np.sort(np.array(scores, np.float32))[:, None]
    got = Calibration(slope=(slope,), offset=(offset,)).apply(values)
    assert (np.diff(got[:, 0]) >= 0).all()
    assert ((got >= 0) & (got <= 1)).all()


def test_it_survives_json() -> None:
    calibration = Calibration(slope=(1.5, 0.25), offset=(-0.5, 3.0))
    assert Calibration.from_document(calibration.as_document()) == calibration


@pytest.mark.parametrize(
    "document",
    [
        {"slope": [1.0]},
        {"slope": [1.0], "offset": [0.0], "more": 1},
        {"slope": ["steep"], "offset": [0.0]},
        {"slope": [0.0], "offset": [0.0]},
        {"slope": [1.0], "offset": [0.0, 1.0]},
        {"slope": [float("nan")], "offset": [0.0]},
        [1, 2],
    ],
)
def test_rubbish_is_refused(document: object) -> None:
    with pytest.raises(SchemaError):
        Calibration.from_document(document)  # type: ignore[arg-type]


def test_another_number_of_classes_is_refused() -> None:
    with pytest.raises(SchemaError, match="2 classes"):
        Calibration(slope=(1.0, 1.0), offset=(0.0, 0.0)).apply(np.zeros((4, 3), np.float32))
