"""Parts: lengths by kind, no overlap, neutral stretches, and poses that follow the acts."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import ConfigError
from cinefacs.facs.emotion_rules import standard_rule_tables
from cinefacs.synth.act import MICRO_LIMIT_S, Act, ActKind
from cinefacs.synth.drives import SHOWABLE_AUS
from cinefacs.synth.performance import Performance
from cinefacs.synth.scripts import EMOTIONS, ClassMix, ScriptConfig, draw_expression, write_part

RATE = 24


@given(st.integers(0, 2000))
def test_micro_is_at_most_half_a_second_and_macro_longer(seed: int) -> None:
    part = write_part(
        np.random.default_rng(seed), ScriptConfig(neutral_share=0.0), n_frames=240, rate_fps=RATE
    )
    for act in part.acts:
        if act.kind is ActKind.MICRO:
            assert act.n_frames / RATE <= MICRO_LIMIT_S
        if act.kind is ActKind.MACRO:
            assert act.n_frames / RATE > MICRO_LIMIT_S
        assert act.offset < 240


@given(st.integers(0, 2000))
def test_expressions_do_not_overlap(seed: int) -> None:
    part = write_part(np.random.default_rng(seed), ScriptConfig(), n_frames=360, rate_fps=RATE)
    spans = sorted(
        (act.onset, act.offset) for act in part.acts if act.kind in {ActKind.MICRO, ActKind.MACRO}
    )
    assert all(first[1] < second[0] for first, second in pairwise(spans))


@given(st.integers(0, 5000))
def test_an_emotion_has_the_action_units_of_one_of_its_rules(seed: int) -> None:
    config = ScriptConfig(single_share=0.0)
    peaks, emotion = draw_expression(np.random.default_rng(seed), config)
    shown = {au for au, _, _ in peaks}
    rules = [
        {requirement.number for requirement in rule.requirements}
        for table in standard_rule_tables().values()
        for rule in table.rules
        if rule.emotion == emotion
    ]
    assert any(rule <= shown for rule in rules)


@given(st.integers(0, 5000))
def test_free_expressions_are_showable_and_have_no_emotion(seed: int) -> None:
    config = ScriptConfig(single_share=1.0)
    peaks, emotion = draw_expression(np.random.default_rng(seed), config)
    assert emotion == ""
    assert {au for au, _, _ in peaks} <= set(SHOWABLE_AUS)
    assert all(max(left, right) >= config.min_intensity for _, left, right in peaks)


def test_a_balanced_mix_shows_all_seven_alike_and_a_natural_one_smiles_most() -> None:
    counts = {}
    for mix in ClassMix:
        rng = np.random.default_rng(1)
        config = ScriptConfig(mix=mix, single_share=0.0)
        drawn = [draw_expression(rng, config)[1] for _ in range(1400)]
        counts[mix] = {emotion: drawn.count(emotion) for emotion in EMOTIONS}
    assert all(140 < n < 260 for n in counts[ClassMix.BALANCED].values())
    assert max(counts[ClassMix.NATURAL], key=counts[ClassMix.NATURAL].__getitem__) == "happiness"


def test_head_and_gaze_units_turn_head_and_eyes() -> None:
    act = Act(
        kind=ActKind.MACRO, peaks=((51, 1.0, 1.0), (62, 1.0, 1.0)), onset=0, apex=5, apex_end=9,
        offset=14,
    )  # fmt: skip
    part = Performance(n_frames=20, rate_fps=RATE, acts=(act,), unrest=0.0)
    calm = Performance(n_frames=20, rate_fps=RATE, unrest=0.0)
    turned, still = part.pose(7), calm.pose(7)
    assert turned.head_deg[0] > still.head_deg[0] + 20
    assert turned.gaze_deg[0] < still.gaze_deg[0] - 15
    assert 51 not in turned.intensity


def test_speech_opens_the_mouth_and_the_intensities_stay_in_range() -> None:
    talk = Act(
        kind=ActKind.SPEECH, peaks=((25, 0.6, 0.6),), onset=0, apex=2, apex_end=70, offset=72
    )
    part = Performance(n_frames=80, rate_fps=RATE, acts=(talk,), seed=4)
    jaw = [part.intensities(frame).get(26, (0.0, 0.0))[0] for frame in range(80)]
    assert max(jaw[:72]) > 0.2
    assert np.std(jaw[:72]) > 0.05
    assert jaw[75] == 0
    values = [v for f in range(80) for sides in part.intensities(f).values() for v in sides]
    assert min(values) >= 0
    assert max(values) <= 1


def test_a_later_first_frame_shows_the_same_moment() -> None:
    act = Act(kind=ActKind.MICRO, peaks=((4, 0.9, 0.9),), onset=10, apex=12, apex_end=13, offset=16)
    whole = Performance(n_frames=30, rate_fps=RATE, acts=(act,), seed=2)
    moment = Performance(n_frames=1, rate_fps=RATE, acts=(act,), seed=2, first_frame=12)
    assert moment.pose(0) == whole.pose(12)


def test_a_weakest_apex_above_the_strongest_is_refused() -> None:
    with pytest.raises(ConfigError, match="min_intensity <= max_intensity"):
        ScriptConfig(min_intensity=0.8, max_intensity=0.4)
