"""Expressions where a detector tells emotions beside action units."""

from dataclasses import replace

import numpy as np
import pytest

from cinefacs.errors import ConfigError
from cinefacs.events.baseline import any_emotion, measure_neutral
from cinefacs.events.config import EventConfig
from cinefacs.events.finder import EventFinder
from cinefacs.records.class_space import emotion_au_space
from cinefacs.records.event import Event, EventKind
from cinefacs.records.face_scores import FaceScores
from tests.support.scores import plateau, scored_track

RAW = EventConfig(smoothing_ms=0)
NAMES = emotion_au_space().names


def track_of(columns: dict[str, list[float]]) -> FaceScores:
    return scored_track(columns, class_names=NAMES)


def find(track: FaceScores, config: EventConfig = RAW) -> list[Event]:
    return EventFinder(measure_neutral(track, config), config).find(track)


def test_probabilities_of_emotions_add_up_since_they_exclude_each_other() -> None:
    track = track_of({"fear": [0.3, 0.6], "surprise": [0.2, 0.6], "neutral": [0.5, 0.1]})
    assert any_emotion(track) == pytest.approx([0.5, 1.0])
    assert any_emotion(scored_track({"AU12": [0.1]})) is None


def test_an_expression_is_where_an_emotion_is_probable_and_holds_what_moves_then() -> None:
    smile = plateau(96, (28, 50, 0.9))
    talk = plateau(96, (10, 60, 0.8))
    track = track_of({"happiness": plateau(96, (30, 45, 0.7)), "AU12": smile, "AU6": smile,
                      "AU25": talk})  # fmt: skip
    (event,) = find(track)
    assert (event.span.start_pts, event.span.end_pts) == (3000, 4500)
    assert [each.au for each in event.aus] == [6, 12, 25]
    assert all(3000 <= each.span.start_pts < each.span.end_pts <= 4500 for each in event.aus)
    assert event.kind is EventKind.MACRO
    assert event.emotion == "happiness"
    assert event.score == pytest.approx(0.7)
    assert event.is_onset_seen
    assert event.is_offset_seen


def test_the_apex_is_where_emotions_are_most_probable() -> None:
    emotion = plateau(96, (30, 36, 0.5))
    emotion[33] = 0.8
    brow = plateau(96, (30, 36, 0.7))
    brow[31] = 0.95
    (event,) = find(track_of({"anger": emotion, "AU4": brow}))
    assert event.apex_pts == 3300
    assert event.aus[0].apex_pts == 3100
    assert event.kind is EventKind.MICRO


def test_what_moves_without_an_emotion_is_a_movement() -> None:
    (event,) = find(track_of({"AU4": plateau(96, (30, 45, 0.9))}))
    assert event.kind is EventKind.MOVEMENT
    assert not event.kind.is_expression
    assert event.score == pytest.approx(0.9)


def test_blinks_and_mouths_stay_what_they_are() -> None:
    events = find(
        track_of({"AU45": plateau(96, (20, 24, 0.9)), "AU25": plateau(96, (50, 70, 0.9))})
    )
    assert [event.kind for event in events] == [EventKind.BLINK, EventKind.MOUTH]


def test_a_blink_is_none_even_where_an_emotion_is_read_into_it() -> None:
    (event,) = find(track_of({"sadness": plateau(96, (20, 25, 0.8)),
                              "AU45": plateau(96, (20, 24, 0.9))}))  # fmt: skip
    assert event.kind is EventKind.BLINK


def test_eyes_that_stay_closed_without_an_emotion_are_a_movement() -> None:
    (event,) = find(track_of({"AU43": plateau(96, (90, 96, 0.9))}))
    assert not event.is_offset_seen
    assert event.kind is EventKind.MOVEMENT


def test_two_weak_signs_of_different_emotions_are_one_of_some_emotion() -> None:
    """Fear and surprise share their brows; alone neither is probable enough."""
    weak = plateau(96, (30, 40, 0.06))
    config = replace(RAW, on_expression=0.25, off_expression=0.1)
    assert find(track_of({"fear": weak}), config) == []
    (event,) = find(track_of({"fear": weak, "surprise": weak}), config)
    assert event.kind.is_expression


def test_an_expression_of_which_no_unit_was_seen_names_what_moves_most() -> None:
    (event,) = find(track_of({"disgust": plateau(96, (30, 40, 0.8)),
                              "AU9": plateau(96, (30, 40, 0.03))}))  # fmt: skip
    assert [each.au for each in event.aus] == [9]
    assert event.aus[0].rise < RAW.off_rise


def test_the_detector_says_which_emotion_where_no_rule_does() -> None:
    """Brows up and mouth corners down fit no rule; fear is what was scored over the whole event."""
    fear, peak = plateau(96, (30, 40, 0.6)), [0.0] * 96
    peak[34] = 0.35
    units = {name: plateau(96, (30, 40, 0.9)) for name in ("AU1", "AU4", "AU15", "AU12")}
    (event,) = find(track_of({"fear": fear, "surprise": peak, **units}))
    assert event.emotion == "none"
    assert event.scored_emotion == "fear"
    assert event.emotion_score == pytest.approx(0.6)


def test_what_only_stirs_is_no_action_unit_of_the_expression() -> None:
    """A third of a full rise is less than an action unit must reach anywhere else, too."""
    weak = plateau(96, (30, 45, 0.12))
    (event,) = find(track_of({"happiness": plateau(96, (30, 45, 0.7)),
                              "AU6": plateau(96, (30, 45, 0.9)),
                              "AU12": plateau(96, (30, 45, 0.9)), "AU15": weak}))  # fmt: skip
    assert [each.au for each in event.aus] == [6, 12]
    assert event.emotion == "happiness"


def test_a_blink_with_something_that_stirs_is_an_expression() -> None:
    (event,) = find(track_of({"happiness": plateau(96, (30, 36, 0.7)),
                              "AU45": plateau(96, (30, 36, 0.9)),
                              "AU12": plateau(96, (30, 36, 0.12))}))  # fmt: skip
    assert event.kind is EventKind.MICRO
    assert [each.au for each in event.aus] == [12, 45]


def test_what_is_no_expression_has_no_scored_emotion() -> None:
    (event,) = find(track_of({"AU4": plateau(96, (30, 45, 0.9)), "sadness": [0.01] * 96}))
    assert event.kind is EventKind.MOVEMENT
    assert (event.scored_emotion, event.emotion_score) == (None, None)


def test_somebody_who_always_looks_sad_is_not_expressing_it() -> None:
    assert find(track_of({"sadness": [0.4] * 96})) == []
    (event,) = find(track_of({"sadness": plateau(96, (30, 40, 0.98), floor=0.4)}))
    assert event.span.start_pts == 3000


def test_a_turn_of_the_head_goes_with_the_expression() -> None:
    (event,) = find(track_of({"happiness": plateau(96, (30, 45, 0.7)),
                              "AU12": plateau(96, (30, 45, 0.9)),
                              "AU51": plateau(96, (25, 60, 0.9))}))  # fmt: skip
    assert [each.au for each in event.context_aus] == [51]
    assert [each.au for each in event.aus] == [12]


def test_events_are_numbered_by_onset_whatever_they_are() -> None:
    events = find(track_of({
        "happiness": plateau(144, (60, 70, 0.8)), "AU12": plateau(144, (60, 70, 0.9)),
        "AU4": plateau(144, (20, 30, 0.9), (100, 120, 0.9)),
    }))  # fmt: skip
    assert [event.event_number for event in events] == [0, 1, 2]
    assert [event.kind.is_expression for event in events] == [False, True, False]
    onsets = [event.span.start_pts for event in events]
    assert onsets == sorted(onsets)


def test_a_face_that_comes_into_view_expressing_has_no_onset() -> None:
    early = np.array([0.8] * 20 + [0.0] * 76).tolist()
    (event,) = find(track_of({"anger": early, "AU4": early}))
    assert not event.is_onset_seen
    assert not event.aus[0].is_onset_seen
    assert event.is_offset_seen


@pytest.mark.parametrize("changes", [{"on_expression": 1.5}, {"off_expression": 0.5}], ids=str)
def test_senseless_limits_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"events\."):
        EventConfig(**changes)  # type: ignore[arg-type]
