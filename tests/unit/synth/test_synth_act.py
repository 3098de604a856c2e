"""Acts: exact first and last frames, full strength at the apex, and the letters of intensity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.facs.codes import Intensity
from cinefacs.synth.act import Act, ActKind
from cinefacs.synth.truth_labels import intensity_letter


@st.composite
def acts(draw: st.DrawFn) -> Act:
    onset = draw(st.integers(0, 30))
    apex = onset + draw(st.integers(0, 10))
    apex_end = apex + draw(st.integers(0, 10))
    offset = apex_end + draw(st.integers(0, 10))
    return Act(
        kind=ActKind.MACRO,
        peaks=((12, 0.8, 0.4),),
        onset=onset,
        apex=apex,
        apex_end=apex_end,
        offset=offset,
        tremble=draw(st.floats(0, 0.2)),
        seed=draw(st.integers(0, 9)),
    )


@given(acts())
def test_an_act_shows_from_onset_to_offset_and_nowhere_else(act: Act) -> None:
    shown = [frame for frame in range(80) if act.strength(frame) > 0]
    assert shown == list(range(act.onset, act.offset + 1))


@given(acts())
def test_the_apex_has_full_strength_and_no_frame_more(act: Act) -> None:
    assert act.strength(act.apex) == 1.0
    assert max(act.strength(frame) for frame in range(80)) == 1.0
    assert act.intensities(act.apex) == {12: (0.8, 0.4)}


@given(acts())
def test_without_tremble_it_rises_and_then_falls(act: Act) -> None:
    calm = Act(**{name: getattr(act, name) for name in act.__slots__} | {"tremble": 0.0})
    rise = [calm.strength(frame) for frame in range(act.onset, act.apex + 1)]
    fall = [calm.strength(frame) for frame in range(act.apex_end, act.offset + 1)]
    assert rise == sorted(rise)
    assert fall == sorted(fall, reverse=True)


def test_an_apex_before_the_onset_is_refused() -> None:
    with pytest.raises(SchemaError, match="onset <= apex"):
        Act(kind=ActKind.MICRO, peaks=((1, 1.0, 1.0),), onset=5, apex=4, apex_end=6, offset=7)


def test_an_intensity_above_one_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"Act\.peaks"):
        Act(kind=ActKind.MICRO, peaks=((1, 1.2, 1.0),), onset=5, apex=6, apex_end=6, offset=7)


@pytest.mark.parametrize(
    ("value", "letter"), [(0.1, "A"), (0.2, "B"), (0.5, "C"), (0.79, "D"), (0.8, "E"), (1.0, "E")]
)
def test_letters_are_five_equal_steps(value: float, letter: str) -> None:
    assert intensity_letter(value) is Intensity(letter)
