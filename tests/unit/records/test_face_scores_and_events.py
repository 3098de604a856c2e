"""Scores and events are checked when they are made."""

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from cinefacs.errors import SchemaError
from cinefacs.records.event import DurationClass, Event, EventAu, EventKind
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.time_span import TimeSpan
from tests.support.records import FILM_ID
from tests.support.scores import scored_track

SPAN = TimeSpan(start_pts=10, end_pts=20, time_base=Fraction(1, 24))
AU = EventAu(
    au=12, span=SPAN, apex_pts=14, score=0.8, rise=0.7, is_onset_seen=True, is_offset_seen=True
)
EVENT = Event(
    film_id=FILM_ID,
    track_id=3,
    event_number=0,
    span=SPAN,
    is_onset_seen=True,
    is_offset_seen=True,
    apex_pts=14,
    aus=(AU,),
    context_aus=(),
    emotion="none",
    emotion_candidates=(),
    scored_emotion=None,
    emotion_score=None,
    kind=EventKind.MICRO,
    duration_class=DurationClass.HIGH,
    uncertainty_s=Fraction(1, 24),
    score=0.8,
    has_baseline=True,
)


def two_tracks() -> FaceScores:
    a = scored_track({"AU12": [0.1, 0.9]}, track_id=4)
    b = scored_track({"AU12": [0.2, 0.3, 0.4]}, track_id=7)
    parts: dict[str, Any] = {
        each.name: np.concatenate([getattr(a, each.name), getattr(b, each.name)])
        for each in dataclasses.fields(FaceScores)
        if each.name not in {"film_id", "time_base", "class_names"}
    }
    return dataclasses.replace(a, **parts)


def test_rows_are_told_apart_by_track() -> None:
    found = list(two_tracks().tracks())
    assert [len(each) for each in found] == [2, 3]
    assert [int(each.track_id[0]) for each in found] == [4, 7]
    assert found[1].column("AU12").tolist() == pytest.approx([0.2, 0.3, 0.4])
    assert list(found[0].select(slice(0, 0)).tracks()) == []


def test_a_class_that_is_not_known_is_named() -> None:
    with pytest.raises(SchemaError, match="AU99"):
        two_tracks().column("AU99")


@pytest.mark.parametrize(
    "changes",
    [
        {"class_names": ("AU1", "AU1")},
        {"time_base": Fraction(0)},
        {"scores": np.full((5, 17), 1.5)},
        {"scores": np.zeros((5, 2))},
        {"face_score": np.full(5, -0.1)},
        {"end_pts": np.zeros(5, np.int64)},
        {"track_id": np.array([7, 7, 4, 4, 4])},
        {"frame_index": np.array([0, 0, 0, 1, 2])},
        {"pts": np.array([0, 50, 0, 100, 200])},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_impossible_scores_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="FaceScores"):
        dataclasses.replace(two_tracks(), **changes)


@pytest.mark.parametrize(
    "changes", [{"au": -1}, {"apex_pts": 20}, {"score": 1.1}, {"rise": -0.1}], ids=str
)
def test_an_impossible_action_unit_of_an_event_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="EventAu"):
        dataclasses.replace(AU, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"event_number": -1},
        {"aus": ()},
        {"aus": (AU, AU)},
        {"context_aus": (dataclasses.replace(AU, au=52), dataclasses.replace(AU, au=51))},
        {"span": dataclasses.replace(SPAN, end_pts=19)},
        {"apex_pts": 20},
        {"score": 2.0},
        {"uncertainty_s": Fraction(0)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_impossible_event_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="Event"):
        dataclasses.replace(EVENT, **changes)
