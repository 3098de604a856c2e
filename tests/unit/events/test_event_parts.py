"""Neutral, smoothing, spans, groups and classes of duration, one by one."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import ConfigError
from cinefacs.events.baseline import measure_baseline, measure_neutral
from cinefacs.events.config import EventConfig
from cinefacs.events.durations import classify_duration, classify_kind
from cinefacs.events.grouping import group_aus
from cinefacs.events.smoothing import smooth_scores, unbroken_runs
from cinefacs.events.spans import RiseSpan, RowTimes, find_spans
from cinefacs.records.event import DurationClass, EventAu, EventKind
from cinefacs.records.time_span import TimeSpan
from tests.support.scores import scored_track

FRAME_S = Fraction(1, 24)
scores_0_to_1 = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60)


def spans_of(rise: list[float], *, gaps: tuple[int, ...] = (), **options: Any) -> list[RiseSpan]:  # noqa: ANN401
    """Return the spans of a rise at 24 frames a second; a gap of 1 s lies before each of `gaps`.

    A span starts at 0.5 and is followed to 0.25.
    """
    options = {"on_rise": 0.5, "off_rise": 0.25, **options}
    n = len(rise)
    late_s = np.array([sum(gap <= k for gap in gaps) for k in range(n)], np.float64)
    start_s = np.arange(n) / 24 + late_s
    runs = list(pairwise([0, *gaps, n]))
    times = RowTimes(start_s=start_s, end_s=start_s + 1 / 24, runs=runs)
    return find_spans(np.array(rise, np.float32), times, EventConfig(**options))


def rows(spans: list[RiseSpan]) -> list[tuple[int, int, int]]:
    return [(span.first, span.end, span.apex) for span in spans]


class TestDurations:
    @pytest.mark.parametrize(
        ("n_frames", "expected"),
        [(1, "low"), (3, "low"), (4, "undetermined"), (5, "undetermined"), (6, "high")],
    )
    def test_at_24_a_second_four_and_five_frames_are_undetermined(
        self, n_frames: int, expected: str
    ) -> None:
        """4 frames last 167 ms and 5 last 208 ms, each give or take 42 ms (DECISIONS 2)."""
        found = classify_duration(
            n_frames * FRAME_S, uncertainty_s=FRAME_S, is_whole=True, limit_ms=200
        )
        assert found == expected

    @pytest.mark.parametrize(
        ("duration_ms", "expected"),
        [(194, "low"), (195, "undetermined"), (205, "undetermined"), (206, "high")],
    )
    def test_at_200_a_second_one_frame_is_five_ms(self, duration_ms: int, expected: str) -> None:
        found = classify_duration(
            Fraction(duration_ms, 1000), uncertainty_s=Fraction(1, 200), is_whole=True, limit_ms=200
        )
        assert found == expected

    @pytest.mark.parametrize(
        ("n_frames", "expected"), [(2, DurationClass.UNDETERMINED), (9, DurationClass.HIGH)]
    )
    def test_what_was_not_seen_to_end_is_never_called_short(
        self, n_frames: int, expected: DurationClass
    ) -> None:
        found = classify_duration(
            n_frames * FRAME_S, uncertainty_s=FRAME_S, is_whole=False, limit_ms=200
        )
        assert found == expected

    @pytest.mark.parametrize(
        ("n_frames", "expected"),
        [(10, EventKind.MICRO), (12, EventKind.UNDETERMINED), (14, EventKind.MACRO)],
    )
    def test_half_a_second_parts_micro_from_macro(self, n_frames: int, expected: EventKind) -> None:
        found = classify_kind(
            n_frames * FRAME_S, uncertainty_s=FRAME_S, is_whole=True, limit_ms=500
        )
        assert found == expected


class TestBaseline:
    def test_it_is_a_low_quantile_weighed_by_time(self) -> None:
        """Of 4 s, .1 is shown for 1 s, .3 for 2 s and .9 for 1 s: the 30 % quantile is .3."""
        track = scored_track({"AU12": [0.1, 0.9, 0.3]}, fps=1, durations=[100, 100, 200])
        column = track.class_names.index("AU12")
        found = measure_baseline(track, quantile=0.3, max_level=0.5, min_seen_s=2)
        assert found.is_known
        assert found.seen_s == 4
        assert found.levels[column] == pytest.approx(0.3)
        low = measure_baseline(track, quantile=0.25, max_level=0.5, min_seen_s=2)
        assert low.levels[column] == pytest.approx(0.1)

    def test_a_smile_all_the_time_is_not_neutral(self) -> None:
        track = scored_track({"AU12": [0.9] * 96})
        found = measure_baseline(track, quantile=0.3, max_level=0.5, min_seen_s=2)
        assert found.levels.max() == pytest.approx(0.5)
        assert found.share_risen(track.scores).max() == pytest.approx(0.8)

    @pytest.mark.parametrize("n_frames", [0, 47])
    def test_too_short_a_look_gives_no_neutral(self, n_frames: int) -> None:
        track = scored_track({"AU12": [0.4] * 50}).select(slice(0, n_frames))
        found = measure_baseline(track, quantile=0.3, max_level=0.5, min_seen_s=2)
        assert not found.is_known
        assert not found.levels.any()
        assert np.array_equal(found.share_risen(track.scores), track.scores)

    @given(st.lists(st.floats(0, 1, width=32), min_size=2, max_size=40), st.floats(0.01, 0.5))
    def test_no_rise_is_negative_and_a_full_score_rises_fully(
        self, values: list[float], quantile: float
    ) -> None:
        track = scored_track({"AU4": values}, fps=1)
        found = measure_baseline(track, quantile=quantile, max_level=0.5, min_seen_s=0)
        for measure in (found.rise, found.share_risen):
            rise = measure(track.scores)
            assert 0 <= rise.min() <= rise.max() <= 1
            full = measure(np.ones((1, len(track.class_names)), np.float32))
            assert full == pytest.approx(1)

    def test_a_rise_is_told_by_odds(self) -> None:
        """From 1 % to 50 % the odds grow 99 times, and so they do from 50 % to 99 %."""
        steps = scored_track({"AU12": [0.01] * 48 + [0.5] * 24 + [0.99] * 24})
        column = steps.class_names.index("AU12")
        found = measure_neutral(steps, EventConfig())
        assert found.rise(steps.scores)[[0, 48, 72], column] == pytest.approx([0, 0.5, 1], abs=1e-5)

    def test_the_neutral_of_a_detector_is_never_nothing(self) -> None:
        """Odds over a level of 0 would be without end."""
        track = scored_track({"AU12": [0.0] * 90 + [0.5] * 6})
        found = measure_neutral(track, EventConfig())
        assert found.levels == pytest.approx(0.01)
        assert found.rise(track.scores).max() == pytest.approx(0.5, abs=1e-5)

    def test_without_a_neutral_only_what_is_nearly_sure_rises_far(self) -> None:
        track = scored_track({"AU12": [0.5, 0.9, 0.99]})
        column = track.class_names.index("AU12")
        found = measure_neutral(track, EventConfig())
        assert not found.is_known
        assert found.rise(track.scores)[:, column] == pytest.approx([0, 0.239, 0.5], abs=1e-3)


class TestSmoothing:
    def test_a_single_frame_spreads_as_the_gauss_curve_says(self) -> None:
        """Weights exp(-t^2 / 2 s^2) at 0, 1/24 and 2/24 s for s = 30 ms: 1, .381, .021."""
        middle_s = np.arange(9) / 24
        scores = np.zeros((9, 1), np.float32)
        scores[4] = 0.9
        smooth = smooth_scores(scores, middle_s, np.full(9, 1 / 24), sigma_s=0.03)
        near, far = np.exp(-0.5 * (np.array([1, 2]) / 24 / 0.03) ** 2)
        total = 1 + 2 * near + 2 * far
        assert smooth[4, 0] == pytest.approx(0.9 / total)
        assert smooth[3, 0] == pytest.approx(0.9 * near / total)
        assert smooth[5, 0] == pytest.approx(0.9 * near / total)
        assert smooth[0, 0] == 0

    @given(
        st.lists(
            st.tuples(st.floats(0, 1, width=32), st.floats(0.01, 0.2)), min_size=1, max_size=30
        ),
        st.floats(0, 0.2),
    )
    def test_scores_stay_within_their_range_whatever_the_rate(
        self, frames: list[tuple[float, float]], sigma_s: float
    ) -> None:
        shown_s = np.array([shown for _, shown in frames])
        middle_s = np.cumsum(shown_s) - shown_s / 2
        scores = np.array([[score, 0.5] for score, _ in frames], np.float32)
        smooth = smooth_scores(scores, middle_s, shown_s, sigma_s=sigma_s)
        assert smooth.shape == scores.shape
        assert scores[:, 0].min() - 1e-6 <= smooth[:, 0].min()
        assert smooth[:, 0].max() <= scores[:, 0].max() + 1e-6
        assert smooth[:, 1] == pytest.approx(0.5)

    def test_doubling_the_rate_of_the_same_scores_changes_little(self) -> None:
        slow = np.sin(np.linspace(0, 3, 24))[:, None].astype(np.float32)
        fast = np.repeat(slow, 2, axis=0)
        a = smooth_scores(slow, (np.arange(24) + 0.5) / 24, np.full(24, 1 / 24), sigma_s=0.05)
        b = smooth_scores(fast, (np.arange(48) + 0.5) / 48, np.full(48, 1 / 48), sigma_s=0.05)
        assert np.abs(b.reshape(24, 2).mean(axis=1) - a[:, 0]).max() < 0.02

    def test_runs_end_where_frames_are_missing(self) -> None:
        pts = np.array([0, 10, 30, 40, 60])
        assert unbroken_runs(pts, pts + 10) == [(0, 2), (2, 4), (4, 5)]
        assert unbroken_runs(pts[:0], pts[:0]) == []


class TestSpans:
    def test_a_span_is_followed_down_to_the_lower_limit(self) -> None:
        spans = spans_of([0, 0.1, 0.3, 0.6, 0.8, 0.4, 0.2, 0])
        assert rows(spans) == [(2, 6, 4)]
        assert spans[0].is_onset_seen
        assert spans[0].is_offset_seen

    def test_what_never_reaches_the_upper_limit_is_nothing(self) -> None:
        assert spans_of([0, 0.3, 0.49, 0.3, 0]) == []

    def test_an_event_at_the_edge_was_not_seen_whole(self) -> None:
        (span,) = spans_of([0.9, 0.9, 0])
        assert (span.is_onset_seen, span.is_offset_seen) == (False, True)
        (span,) = spans_of([0, 0.9, 0.9])
        assert (span.is_onset_seen, span.is_offset_seen) == (True, False)

    def test_a_short_pause_is_bridged_and_a_long_one_is_not(self) -> None:
        brief = [0, *[0.9] * 3, 0, 0, *[0.8] * 3, 0]  # two frames are 83 ms
        assert rows(spans_of(brief)) == [(1, 9, 1)]
        longer = [0, *[0.8] * 3, 0, 0, 0, *[0.9] * 3, 0]  # three are 125 ms
        assert rows(spans_of(longer)) == [(1, 4, 1), (7, 10, 7)]
        assert rows(spans_of(longer, merge_gap_ms=126)) == [(1, 10, 7)]

    @pytest.mark.parametrize(("rate_fps", "n_pause"), [(20, 2), (30, 3), (50, 5), (60, 6)])
    def test_a_pause_of_just_the_limit_is_bridged_wherever_it_lies(
        self, rate_fps: int, n_pause: int
    ) -> None:
        """100 ms are 100 ms, whatever seconds in floats make of them an hour into the film."""
        rise = np.array([0, *[0.9] * 8, *[0] * n_pause, *[0.9] * 8, 0], np.float32)
        counts = set()
        for start in range(0, 90_000, 37):
            frames = start + np.arange(len(rise) + 1)
            times = RowTimes(
                start_s=frames[:-1] / rate_fps, end_s=frames[1:] / rate_fps, runs=[(0, len(rise))]
            )
            counts.add(len(find_spans(rise, times, EventConfig(on_rise=0.5, off_rise=0.25))))
        assert counts == {1}

    def test_a_deep_valley_parts_two_of_a_kind(self) -> None:
        rise = [0, 0.9, 0.6, 0.3, 0.6, 0.8, 0]
        assert rows(spans_of(rise)) == [(1, 3, 1), (3, 6, 5)]
        assert rows(spans_of(rise, split_valley=0.3)) == [(1, 6, 1)]

    def test_a_valley_beside_a_shoulder_parts_nothing(self) -> None:
        assert rows(spans_of([0, 0.9, 0.27, 0.4, 0.26, 0])) == [(1, 5, 1)]

    def test_three_apexes_become_three(self) -> None:
        rise = [0, 0.9, 0.26, 0.9, 0.26, 0.9, 0]
        assert rows(spans_of(rise)) == [(1, 2, 1), (2, 4, 3), (4, 6, 5)]

    def test_a_gap_is_never_followed(self) -> None:
        spans = spans_of([0, 0.9, 0.9, 0.9, 0.9, 0], gaps=(3,))
        assert rows(spans) == [(1, 3, 1), (3, 5, 3)]
        assert not spans[0].is_offset_seen
        assert not spans[1].is_onset_seen

    def test_what_is_too_short_is_dropped_unless_an_end_was_not_seen(self) -> None:
        assert rows(spans_of([0, 0.9, 0], min_duration_ms=60)) == []
        assert rows(spans_of([0, 0.9, 0])) == [(1, 2, 1)]
        assert rows(spans_of([0, 0, 0.9], min_duration_ms=60)) == [(2, 3, 2)]

    @given(scores_0_to_1)
    def test_spans_lie_apart_and_hold_their_apex(self, rise: list[float]) -> None:
        spans = spans_of(rise)
        for span in spans:
            assert 0 <= span.first <= span.apex < span.end <= len(rise)
            assert rise[span.apex] == max(rise[span.first : span.end]) >= 0.5
        assert all(a.end <= b.first for a, b in pairwise(spans))

    @given(scores_0_to_1)
    def test_every_frame_that_rises_high_is_in_a_span(self, rise: list[float]) -> None:
        inside = {k for span in spans_of(rise) for k in range(span.first, span.end)}
        assert {k for k, value in enumerate(rise) if value >= 0.5} <= inside


def au(number: int, start: int, end: int, *, apex: int | None = None, rise: float = 0.8) -> EventAu:
    """Return an action unit; times in ms."""
    return EventAu(
        au=number,
        span=TimeSpan(start_pts=start, end_pts=end, time_base=Fraction(1, 1000)),
        apex_pts=(start + end) // 2 if apex is None else apex,
        score=0.9,
        rise=rise,
        is_onset_seen=True,
        is_offset_seen=True,
    )


def grouped(*aus: EventAu) -> list[list[int]]:
    return [[each.au for each in group.aus] for group in group_aus(aus, EventConfig())]


class TestGroups:
    def test_what_begins_together_belongs_together(self) -> None:
        assert grouped(au(12, 0, 900), au(6, 200, 800, rise=0.7)) == [[12, 6]]

    def test_a_brief_frown_within_a_long_smile_is_an_event_of_its_own(self) -> None:
        assert grouped(au(12, 0, 4000), au(4, 900, 1100)) == [[12], [4]]

    def test_apexes_that_meet_join_as_well(self) -> None:
        assert grouped(au(1, 0, 1000, apex=900), au(2, 400, 1000, apex=950)) == [[1, 2]]

    def test_what_does_not_overlap_stays_apart(self) -> None:
        assert grouped(au(1, 0, 100), au(2, 100, 200)) == [[1], [2]]

    def test_the_same_action_unit_twice_is_two_events(self) -> None:
        assert grouped(au(12, 0, 300), au(12, 200, 500)) == [[12], [12]]

    def test_head_and_eyes_go_along_and_do_not_stretch_the_event(self) -> None:
        (group,) = group_aus([au(51, 0, 5000), au(12, 1000, 1300)], EventConfig())
        assert [each.au for each in group.context] == [51]
        assert (group.span.start_pts, group.span.end_pts) == (1000, 1300)

    def test_of_two_turns_of_the_head_the_stronger_is_named(self) -> None:
        (group,) = group_aus(
            [au(51, 0, 500, rise=0.6), au(51, 600, 900, rise=0.9), au(12, 300, 800)], EventConfig()
        )
        assert [each.rise for each in group.context] == [0.9]

    def test_a_turn_at_another_time_does_not_go_along(self) -> None:
        (group,) = group_aus([au(51, 900, 1500), au(12, 300, 800)], EventConfig())
        assert group.context == []

    def test_head_and_eyes_alone_are_no_event(self) -> None:
        assert grouped(au(51, 0, 500), au(61, 0, 500)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"baseline_quantile": 1.5},
        {"max_baseline": 1},
        {"least_baseline": 0},
        {"least_baseline": 0.6},
        {"smoothing_ms": -1},
        {"group_ms": float("inf")},
        {"off_rise": 0},
        {"off_rise": 0.6},
    ],
    ids=str,
)
def test_senseless_settings_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"events\."):
        EventConfig(**changes)
