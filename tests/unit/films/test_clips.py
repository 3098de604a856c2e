"""Clips lie in the core of one shot, begin and end with a codable face, and are never too long."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import ConfigError
from cinefacs.films.clips import ClipSpan, plan_clips
from cinefacs.films.config import ClipConfig, FrameConfig
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan
from tests.support.records import FILM_ID

BASE = Fraction(1, 24)
CONFIG = ClipConfig()


def shot(n: int, *, core: tuple[int, int] | None = None) -> Shot:
    start, end = core or (0, n)
    return Shot(
        film_id=FILM_ID,
        shot_index=0,
        start_frame=0,
        end_frame=n,
        core_start_frame=start,
        core_end_frame=end,
        span=TimeSpan(start_pts=0, end_pts=n, time_base=BASE),
        starts_with=ShotStart.FILM,
    )


def plan(
    codable: list[bool], *, core: tuple[int, int] | None = None, config: ClipConfig = CONFIG
) -> list[ClipSpan]:
    n = len(codable)
    frames = np.arange(n)
    return plan_clips(
        shot(n, core=core),
        frame_index=frames,
        pts=frames,
        end_pts=frames + 1,
        is_codable=np.array(codable, np.bool_),
        config=config,
    )


def frames_of(clips: list[ClipSpan]) -> list[tuple[int, int]]:
    return [(clip.start_frame, clip.end_frame) for clip in clips]


def test_the_codable_span_is_the_clip() -> None:
    (clip,) = plan([False] * 5 + [True] * 60 + [False] * 5)
    assert (clip.start_frame, clip.end_frame, clip.n_codable) == (5, 65, 60)
    assert clip.span.duration_s == Fraction(60, 24)
    assert not clip.is_short


def test_transition_frames_stay_out() -> None:
    assert frames_of(plan([True] * 100, core=(10, 90))) == [(10, 90)]


def test_a_short_gap_stays_inside_and_a_long_one_divides() -> None:
    at_most = [True] * 30 + [False] * 12 + [True] * 30
    (clip,) = plan(at_most)
    assert (clip.start_frame, clip.end_frame, clip.n_codable) == (0, 72, 60)
    assert frames_of(plan([True] * 30 + [False] * 13 + [True] * 30)) == [(0, 30), (43, 73)]


def test_short_is_under_two_seconds() -> None:
    assert [plan([True] * n)[0].is_short for n in (47, 48)] == [True, False]


def test_ten_seconds_stay_whole_and_one_frame_more_is_split_in_halves() -> None:
    assert frames_of(plan([True] * 240)) == [(0, 240)]
    assert frames_of(plan([True] * 241)) == [(0, 120), (120, 241)]
    assert frames_of(plan([True] * 721)) == [(0, 180), (180, 360), (360, 541), (541, 721)]


def test_a_split_part_begins_with_a_codable_frame() -> None:
    codable = [True] * 300
    codable[148:156] = [False] * 8
    first, second = plan(codable)
    assert (first.end_frame, second.start_frame) == (156, 156)
    assert first.span.end_pts == second.span.start_pts


def test_too_few_frames_are_no_clip() -> None:
    assert plan([False] * 10 + [True] * 2 + [False] * 10) == []
    assert plan([False] * 10) == []


def test_two_tracks_of_one_character_make_one_clip() -> None:
    frames = np.array([5, 6, 7, 8, 0, 1, 2, 3, 4, 5])
    clips = plan_clips(
        shot(20),
        frame_index=frames,
        pts=frames,
        end_pts=frames + 1,
        is_codable=np.ones(10, np.bool_),
        config=CONFIG,
    )
    assert frames_of(clips) == [(0, 9)]
    assert clips[0].n_codable == 9


@given(
    codable=st.lists(st.booleans(), min_size=1, max_size=900),
    steps=st.integers(0, 2**32 - 1),
    gap_s=st.sampled_from([0.0, 0.2, 0.5, 5.0]),
)
def test_every_codable_frame_is_in_one_clip_at_most_and_none_is_too_long(
    codable: list[bool], steps: int, gap_s: float
) -> None:
    n = len(codable)
    rng = np.random.default_rng(steps)
    pts = np.cumsum(rng.integers(1, 4, n))
    config = replace(CONFIG, max_gap_s=gap_s)
    clips = plan_clips(
        shot(n, core=(n // 10, n - n // 10)),
        frame_index=np.arange(n),
        pts=pts,
        end_pts=np.append(pts[1:], pts[-1] + 1),
        is_codable=np.array(codable, np.bool_),
        config=config,
    )
    for clip in clips:
        assert n // 10 <= clip.start_frame < clip.end_frame <= n - n // 10
        assert codable[clip.start_frame]
        assert clip.n_codable == sum(codable[clip.start_frame : clip.end_frame])
        assert clip.span.start_pts == pts[clip.start_frame]
        assert clip.span.duration_s <= config.max_s + gap_s
    for before, after in pairwise(clips):
        assert before.end_frame <= after.start_frame


@pytest.mark.parametrize(
    "wrong", [{"min_s": 0.0}, {"min_s": 6.0}, {"max_gap_s": -1.0}, {"min_frames": 0}, {"crf": 52}]
)
def test_wrong_numbers_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        ClipConfig(**wrong)  # type: ignore[arg-type]


def test_wrong_frame_numbers_are_refused() -> None:
    for wrong in ({"rate_fps": 0}, {"png_level": 10}):
        with pytest.raises(ConfigError):
            FrameConfig(**wrong)  # type: ignore[arg-type]
