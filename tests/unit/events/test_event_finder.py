"""From scores of one person to events."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import ConfigError
from cinefacs.events.baseline import measure_neutral
from cinefacs.events.config import EventConfig
from cinefacs.events.finder import EventFinder, au_columns
from cinefacs.facs.emotion_rules import RuleTable
from cinefacs.records.event import DurationClass, Event, EventKind
from cinefacs.records.face_scores import FaceScores
from tests.support.scores import plateau, scored_track

RAW = EventConfig(smoothing_ms=0)


def find(track: FaceScores, config: EventConfig = RAW) -> list[Event]:
    baseline = measure_neutral(track, config)
    return EventFinder(baseline, config).find(track)


def test_a_smile_is_found_frame_exact_and_named() -> None:
    smile = plateau(96, (30, 45, 0.9))
    (event,) = find(scored_track({"AU6": smile, "AU12": smile}))
    assert (event.span.start_pts, event.span.end_pts) == (3000, 4500)
    assert event.span.duration_s == Fraction(15, 24)
    assert [each.au for each in event.aus] == [6, 12]
    assert event.emotion == "happiness"
    assert event.emotion_candidates == ("happiness",)
    assert event.kind is EventKind.MACRO
    assert event.duration_class is DurationClass.HIGH
    assert event.score == pytest.approx(0.9)
    assert event.uncertainty_s == Fraction(1, 24)
    assert event.has_baseline
    assert event.is_onset_seen
    assert event.is_offset_seen


def test_the_apex_is_that_of_what_rises_most() -> None:
    weak, strong = plateau(96, (30, 40, 0.7)), plateau(96, (30, 40, 0.8))
    strong[37] = 0.95
    (event,) = find(scored_track({"AU1": weak, "AU2": strong}))
    assert event.apex_pts == 3700
    assert event.score == pytest.approx(0.95)


def test_a_glimpse_is_micro_and_low() -> None:
    (event,) = find(scored_track({"AU12": plateau(96, (30, 33, 0.9))}))
    assert (event.kind, event.duration_class) == (EventKind.MICRO, DurationClass.LOW)


def test_four_frames_at_24_a_second_are_undetermined() -> None:
    (event,) = find(scored_track({"AU12": plateau(96, (30, 34, 0.9))}))
    assert event.duration_class is DurationClass.UNDETERMINED
    assert event.kind is EventKind.MICRO


def test_a_smile_that_the_cut_takes_away_has_a_least_duration() -> None:
    (event,) = find(scored_track({"AU12": plateau(96, (93, 96, 0.9))}))
    assert not event.is_offset_seen
    assert event.kind is EventKind.UNDETERMINED
    assert event.duration_class is DurationClass.UNDETERMINED


@pytest.mark.parametrize(
    ("au", "first", "end", "kind"),
    [
        ("AU45", 30, 35, EventKind.BLINK),
        ("AU43", 30, 70, EventKind.MACRO),
        ("AU45", 93, 96, EventKind.UNDETERMINED),  # nobody knows how long it went on
    ],
)
def test_only_a_short_closure_that_was_seen_whole_is_a_blink(
    au: str, first: int, end: int, kind: EventKind
) -> None:
    (event,) = find(scored_track({au: plateau(96, (first, end, 0.9))}))
    assert event.kind is kind


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("AU26",), EventKind.MOUTH),
        (("AU25", "AU26"), EventKind.MOUTH),
        (("AU26", "AU45"), EventKind.MOUTH),
        (("AU12", "AU26"), EventKind.MACRO),
        (("AU1", "AU26", "AU45"), EventKind.MACRO),
    ],
)
def test_what_only_opens_the_mouth_is_no_expression(
    names: tuple[str, ...], kind: EventKind
) -> None:
    (event,) = find(scored_track({name: plateau(96, (30, 60, 0.9)) for name in names}))
    assert event.kind is kind
    assert event.kind.is_expression == (kind is EventKind.MACRO)


def test_a_blink_within_a_surprise_leaves_it_a_surprise() -> None:
    up = plateau(96, (30, 38, 0.9))
    blink = plateau(96, (31, 35, 0.8))
    (event,) = find(scored_track({"AU2": up, "AU5": up, "AU26": up, "AU45": blink}))
    assert event.kind is EventKind.MICRO
    assert event.emotion == "surprise"


def test_a_turn_of_the_head_goes_with_the_event() -> None:
    smile, turn = plateau(96, (30, 36, 0.9)), plateau(96, (15, 60, 0.9))
    (event,) = find(scored_track({"AU12": smile, "AU51": turn}))
    assert [each.au for each in event.aus] == [12]
    assert [each.au for each in event.context_aus] == [51]
    assert event.span.start_pts == 3000


def test_what_a_person_always_scores_is_neutral() -> None:
    scores = plateau(96, (30, 40, 0.99), floor=0.45)
    (event,) = find(scored_track({"AU4": scores}))
    odds_ratio = (0.99 / 0.01) / (0.45 / 0.55)
    assert event.aus[0].rise == pytest.approx(np.log(odds_ratio) / np.log(99.0**2), abs=1e-4)
    assert event.aus[0].score == pytest.approx(0.99)
    assert find(scored_track({"AU4": [0.45] * 96})) == []


def test_after_a_short_look_only_what_is_nearly_sure_is_an_event_and_says_so() -> None:
    (event,) = find(scored_track({"AU4": plateau(24, (5, 10, 0.99), floor=0.45)}))
    assert not event.has_baseline
    assert find(scored_track({"AU4": plateau(24, (5, 10, 0.9))})) == []


def test_emotions_that_the_detector_cannot_see_are_undetermined() -> None:
    smile = plateau(96, (30, 40, 0.9))
    (event,) = find(scored_track({"AU12": smile}, class_names=("AU12", "AU4")))
    assert event.emotion == "undetermined"
    assert "happiness" in event.emotion_candidates


def test_the_rules_are_those_that_were_chosen() -> None:
    sad = plateau(96, (30, 40, 0.9))
    track = scored_track({"AU1": sad, "AU4": sad, "AU15": sad})
    (event,) = find(track, replace(RAW, rules="emfacs"))
    assert event.emotion == "sadness"
    wrong: Any = "astrology"
    with pytest.raises(ConfigError, match="astrology"):
        find(track, replace(RAW, rules=wrong))


def test_rules_of_a_file_are_handed_over() -> None:
    smile = RuleTable.read({"rules": [{"emotion": "smile", "aus": [12]}]}, name="my", where="my")
    track = scored_track({"AU12": plateau(96, (30, 45, 0.9))})
    config = replace(RAW, rules="my.yaml")
    baseline = measure_neutral(track, config)
    (event,) = EventFinder(baseline, config, rules=smile).find(track)
    assert event.emotion == "smile"
    with pytest.raises(ConfigError, match=r"got 'my\.yaml'"):
        EventFinder(baseline, config)


def test_scores_without_action_units_are_refused() -> None:
    track = scored_track({"happiness": [0.1] * 5}, class_names=("happiness", "face"))
    with pytest.raises(ConfigError, match="action units"):
        find(track)


def test_nobody_seen_is_nothing_found() -> None:
    track = scored_track({"AU12": [0.9] * 5}).select(slice(0, 0))
    assert find(track) == []


def test_only_action_units_have_columns() -> None:
    assert au_columns(("face", "happiness", "AU12", "AUx", "AU4")) == {12: 2, 4: 4}


def test_a_variable_rate_gives_exact_times() -> None:
    """Frames of 20, 60 and 100 ms in turn: onset and offset are the frames' own."""
    durations = [48, 144, 240] * 40
    (event,) = find(scored_track({"AU12": plateau(120, (60, 66, 0.9))}, durations=durations))
    starts = np.concatenate([[0], np.cumsum(durations)])
    assert (event.span.start_pts, event.span.end_pts) == (starts[60], starts[66])
    assert event.uncertainty_s == Fraction(240, 2400)


def test_a_frame_that_nobody_could_code_does_not_end_a_smile() -> None:
    keep = np.ones(96, np.bool_)
    keep[35] = False
    (event,) = find(scored_track({"AU12": plateau(96, (30, 45, 0.9))}, keep=keep))
    assert (event.span.start_pts, event.span.end_pts) == (3000, 4500)
    assert event.is_onset_seen
    assert event.is_offset_seen


@given(st.integers(4, 60), st.integers(20, 60), st.sampled_from([24, 25, 60, 200]))
def test_onset_and_offset_survive_smoothing_to_within_a_frame(
    first: int, n_frames: int, fps: int
) -> None:
    scores = plateau(140, (first, first + n_frames, 1.0))
    (event,) = find(scored_track({"AU12": scores}, fps=fps), EventConfig(smoothing_ms=700 / fps))
    assert abs(event.span.start_pts - 100 * first) <= 100
    assert abs(event.span.end_pts - 100 * (first + n_frames)) <= 100


@given(st.data())
def test_any_scores_give_events_in_order_that_lie_in_the_track(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    n = data.draw(st.integers(1, 120))
    keep = rng.random(n) < data.draw(st.floats(0.5, 1))
    columns = {name: list(rng.random(n) ** 2) for name in ("AU4", "AU12", "AU45", "AU51")}
    track = scored_track(columns, keep=keep)
    events = find(track, EventConfig())
    starts = [event.span.start_pts for event in events]
    assert starts == sorted(starts)
    assert [event.event_number for event in events] == list(range(len(events)))
    for event in events:
        assert track.pts[0] <= event.span.start_pts < event.span.end_pts <= track.end_pts[-1]
        assert event.span.start_pts in track.pts
        assert event.apex_pts in track.pts
