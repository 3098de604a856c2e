"""What is shown goes along with the film: faces of the moment, events while they run."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from cinefacs.errors import SchemaError
from cinefacs.records.character import Character
from cinefacs.records.event import EventKind
from cinefacs.records.face_track import CODABILITY_ORDER, Codability, FaceTrack
from cinefacs.reports.config import AnnotatedFilmConfig, DeidentifyConfig
from cinefacs.reports.film_sweep import FilmSweep, choose_aus, event_words
from cinefacs.reports.frame_view import FrameView
from cinefacs.reports.hidden_faces import DEIDENTIFY_WORDS
from cinefacs.reports.hidden_report import hide_analysed_film
from tests.support.analysis import analysed_character, analysed_film
from tests.support.records import FILM_ID
from tests.support.scores import plateau, scored_track

CONFIG = AnnotatedFilmConfig(event_hold_s=0.5)
SMILE = plateau(120, (60, 66, 0.9))
ADA = analysed_character({"AU6": SMILE, "AU12": SMILE}, name="Zoë")
EVENTS = [panel.event for panel in ADA.events]


def track_of(track_id: int, first: int, end: int, *, dark: bool = False) -> FaceTrack:
    n = end - first
    code = CODABILITY_ORDER.index(Codability.TOO_DARK) if dark else 0
    return FaceTrack(
        film_id=FILM_ID, track_id=track_id, shot_index=0, time_base=Fraction(1, 2400),
        frame_index=np.arange(first, end), pts=100 * np.arange(first, end), end_pts=100 * end,
        box_xyxy=np.tile(np.array([10, 10, 50, 60], np.float32), (n, 1)),
        points_xy=np.zeros((n, 5, 2), np.float32), score=np.ones(n, np.float32),
        is_measured=np.ones(n, np.bool_), sharpness=np.ones(n, np.float32),
        luma=np.ones(n, np.float32), codability_code=np.full(n, code, np.uint8),
    )  # fmt: skip


def sweep_of(tracks: Iterator[FaceTrack], characters: tuple[Character, ...] = ()) -> FilmSweep:
    scores = (scored_track({"AU6": SMILE, "AU12": SMILE}, track_id=k) for k in (0, 5))
    return FilmSweep(
        tracks=tracks, scores=scores, characters=characters, events=EVENTS, config=CONFIG
    )  # fmt: skip


def views(sweep: FilmSweep, n: int) -> list[FrameView]:
    return [
        sweep.view(frame_index=k, pts=100 * k, time_base=Fraction(1, 2400)) for k in range(n)
    ]  # fmt: skip


def test_faces_come_with_their_scores_and_go() -> None:
    tracks = iter([track_of(0, 0, 70), track_of(2, 30, 90, dark=True), track_of(5, 100, 120)])
    seen = views(sweep_of(tracks, (ADA.character,)), 120)
    assert [len(view.faces) for view in seen] == [1] * 30 + [2] * 40 + [1] * 20 + [0] * 10 + [
        1
    ] * 20
    ada, dark = seen[62].faces
    assert (ada.name, ada.person, ada.reason) == ("01 Zoe", 1, "")
    assert [(each.au, each.is_in_event) for each in ada.aus] == [(6, True), (12, True)]
    assert ada.levels[12] == pytest.approx(0.9)
    assert (dark.name, dark.person, dark.reason, dark.aus) == ("?", 0, "too dark", ())
    assert seen[20].faces[0].aus == ()


def test_events_run_linger_and_go() -> None:
    seen = views(sweep_of(iter([track_of(0, 0, 120)]), (ADA.character,)), 120)
    states = ["".join("o" if each.is_over else "r" for each in view.events) for view in seen]
    assert states == [""] * 60 + ["r"] * 6 + ["o"] * 12 + [""] * 42
    assert seen[62].events[0].words == "01 Zoe: happiness, micro, AU6+12"


def test_tracks_are_read_no_further_than_the_film() -> None:
    """Of a hundred tracks at most one is read ahead: memory does not grow with the film."""
    n_read = 0

    def tracks() -> Iterator[FaceTrack]:
        nonlocal n_read
        for k in range(100):
            n_read += 1
            yield track_of(k, 10 * k, 10 * k + 8)

    sweep = sweep_of(tracks())
    for k in range(200):
        sweep.view(frame_index=k, pts=100 * k, time_base=Fraction(1, 2400))
        assert n_read <= k // 10 + 2


def test_tracks_out_of_order_are_refused() -> None:
    with pytest.raises(SchemaError, match="expected ascending numbers, got 1 after 3"):
        views(sweep_of(iter([track_of(3, 0, 9), track_of(1, 5, 9)])), 3)


def test_units_of_events_come_first_and_stand_by_number() -> None:
    config = AnnotatedFilmConfig(max_aus=3)
    levels = {1: 0.9, 4: 0.2, 12: 0.8, 26: 0.7, 45: 0.95}
    chosen = choose_aus(levels, {4, 26}, config)
    assert [(each.au, each.is_in_event) for each in chosen] == [(4, True), (26, True), (45, False)]


def test_a_report_can_be_had_without_faces() -> None:
    film = analysed_film(ADA)
    hidden = hide_analysed_film(film, DeidentifyConfig())
    assert hidden.notes[-1] == DEIDENTIFY_WORDS
    (before,), (after,) = film.characters, hidden.characters
    assert after.portraits[0] != before.portraits[0]
    shown = [picture for panel in after.events for _, picture in panel.pictures]
    assert not {picture for panel in before.events for _, picture in panel.pictures} & set(shown)
    brighter = replace(before, portraits=[film.characters[0].events[0].pictures[2][1]])
    again = hide_analysed_film(analysed_film(brighter), DeidentifyConfig())
    assert again.characters[0].portraits[0] == after.portraits[0]  # nothing of it is left


@pytest.mark.parametrize(
    ("kind", "words"), [(EventKind.BLINK, "blink"), (EventKind.MOUTH, "mouth opens")]
)
def test_what_is_no_expression_has_no_emotion(kind: EventKind, words: str) -> None:
    event = replace(ADA.events[0].event, kind=kind)
    aus = "+".join(str(each.au) for each in event.aus)
    assert event_words(event, "01 Ada") == f"01 Ada: {words}, AU{aus}"


def test_where_no_rule_names_an_emotion_the_detector_is_heard() -> None:
    event = replace(ADA.events[0].event, emotion="ambiguous")
    assert event_words(event, "01 Ada") == "01 Ada: several emotions fit, micro, AU6+12"
    scored = replace(event, scored_emotion="fear", emotion_score=0.625)
    assert event_words(scored, "01 Ada") == (
        "01 Ada: several emotions fit (detector: fear 0.62), micro, AU6+12"
    )
