"""A live run without camera and without waiting: scripted faces on a clock of the test's own."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from cinefacs.errors import FilmError
from cinefacs.events.config import EventConfig
from cinefacs.media.frame import Frame
from cinefacs.media.live_source import PacedFrames
from cinefacs.pipeline.annotate import FindFaces
from cinefacs.pipeline.live_config import LiveConfig
from cinefacs.pipeline.live_events import LiveEvents
from cinefacs.pipeline.live_run import (
    DROP_RULE,
    KEEP_RULE,
    LiveJob,
    LiveSummary,
    make_board,
    run_live,
)
from cinefacs.records.event import Event, EventKind
from cinefacs.reports.live_board import LiveBoard, LiveCounts
from cinefacs.storage.analysis_tables import read_events
from tests.support.live import Levels, ScriptedAnalyser, TestClock
from tests.support.scores import AU_NAMES
from tests.support.scripted_faces import make_frame


def smiling(*spans: tuple[int, int], unread: range = range(0)) -> Levels:
    """Return a script: AU6 and AU12 are high in these frames, nothing can be read in others."""

    def levels(index: int) -> dict[str, float]:
        if index in unread:
            return {}
        is_on = any(first <= index < end for first, end in spans)
        return {name: 0.9 if is_on and name in {"AU6", "AU12"} else 0.05 for name in AU_NAMES}

    return levels


def board_of() -> LiveBoard:
    return make_board("test", LiveConfig())


def run(
    n: int,
    analyser: ScriptedAnalyser,
    *,
    clock: TestClock | None = None,
    config: LiveConfig | None = None,
    board: LiveBoard | None = None,
    out: Path | None = None,
    frames: Iterator[Frame] | None = None,
    find_faces: FindFaces | None = None,
) -> LiveSummary:
    clock = clock or TestClock()
    config = config or LiveConfig()
    source = PacedFrames(
        frames or (make_frame(k) for k in range(n)), clock=clock, drops_frames=config.drops_frames
    )
    job = LiveJob(
        source=source, analyser=analyser, name="test", config=config, find_faces=find_faces,
        out=out, clock=clock,
    )  # fmt: skip
    return run_live(job, board or board_of())


def events_in(folder: Path) -> list[Event]:
    return [found.event for found in read_events(folder / "events.parquet")]


def test_a_run_shows_frames_and_writes_events_and_counts(tmp_path: Path) -> None:
    board = board_of()
    summary = run(
        200, ScriptedAnalyser(smiling((100, 106), (150, 180))), board=board, out=tmp_path / "live"
    )  # fmt: skip
    found = read_events(tmp_path / "live/events.parquet")
    assert {(each.film_number, each.character_number, each.shot_index) for each in found} == {
        (1, 1, 0)
    }
    events = [each.event for each in found]
    assert [event.emotion for event in events] == ["happiness", "happiness"]
    assert [event.kind for event in events] == [EventKind.MICRO, EventKind.MACRO]
    assert [event.event_number for event in events] == [0, 1]
    spans = [(event.span.start_pts, event.span.end_pts) for event in events]
    assert spans == [(100, 106), (150, 180)]
    state = board.state()
    assert (state["n_shown"], state["n_dropped"], state["n_faces"]) == (200, 0, 1)
    assert state["frames_per_second"] == pytest.approx(24, rel=0.05)
    assert state["is_over"]
    assert [row["words"] for row in state["events"]] == [
        "face 1: happiness, macro, AU6+12",
        "face 1: happiness, micro, AU6+12",
    ]
    written = json.loads((tmp_path / "live/live.json").read_text(encoding="utf-8"))
    assert written == summary.as_document()
    assert (summary.n_shown, summary.n_dropped, summary.n_events) == (200, 0, 2)
    assert summary.rule == DROP_RULE
    assert not summary.is_interrupted


def test_a_slow_reader_drops_frames_and_finds_the_event_all_the_same(tmp_path: Path) -> None:
    clock = TestClock()
    analyser = ScriptedAnalyser(smiling((100, 124)), clock=clock, cost_s=2.9 / 24)
    summary = run(220, analyser, clock=clock, out=tmp_path)
    assert summary.n_shown + summary.n_dropped == 220
    assert summary.n_shown == pytest.approx(220 / 2.9, abs=2)
    (event,) = events_in(tmp_path)
    assert abs(event.span.start_pts - 100) <= 3
    assert abs(event.span.end_pts - 124) <= 3


def test_readings_that_are_late_count_at_their_own_time(tmp_path: Path) -> None:
    run(200, ScriptedAnalyser(smiling((100, 106)), lag=4), out=tmp_path)
    (event,) = events_in(tmp_path)
    assert (event.span.start_pts, event.span.end_pts) == (100, 106)


def test_without_dropping_every_frame_is_read() -> None:
    clock = TestClock()
    analyser = ScriptedAnalyser(smiling(), clock=clock, cost_s=1.0)
    config = LiveConfig(drops_frames=False)
    summary = run(20, analyser, clock=clock, config=config)
    assert (summary.n_shown, summary.n_dropped, summary.rule) == (20, 0, KEEP_RULE)


def test_ctrl_c_ends_cleanly_with_what_was_found(tmp_path: Path) -> None:
    board = board_of()
    analyser = ScriptedAnalyser(smiling((100, 106), (118, 400)), stop_at=125)
    summary = run(200, analyser, board=board, out=tmp_path)
    assert summary.is_interrupted
    assert summary.n_shown == 125
    events = events_in(tmp_path)
    assert [event.is_offset_seen for event in events] == [True, False]
    assert json.loads((tmp_path / "live.json").read_text(encoding="utf-8"))["is_interrupted"]
    assert board.state()["is_over"]


def test_a_source_that_breaks_off_loses_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[Frame]:
        yield from (make_frame(k) for k in range(150))
        raise FilmError("webcam 0: expected frames, got: No such device")

    with pytest.raises(FilmError, match="webcam 0"):
        run(0, ScriptedAnalyser(smiling((100, 106))), frames=broken(), out=tmp_path)
    assert len(events_in(tmp_path)) == 1


def find_nothing(_frame: object) -> np.ndarray:
    return np.zeros((0, 4), np.float32)


def test_faces_are_hidden_in_the_picture_too() -> None:
    """Every picture is checked: none shows a pixel of the face's own texture."""
    pictures = []
    board = board_of()
    show = board.show

    def keep(jpeg: bytes, counts: LiveCounts) -> None:
        pictures.append(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
        show(jpeg, counts)

    board.show = keep  # type: ignore[method-assign]
    run(30, ScriptedAnalyser(smiling()), board=board, find_faces=find_nothing)
    assert len(pictures) == 30
    inner = [np.asarray(picture)[60:100, 85:115].astype(float) for picture in pictures]
    # the drawn face is the same in all frames, while the texture below changes with each
    assert max(np.abs(each - inner[0]).mean() for each in inner) < 3


def push_all(events: LiveEvents, levels: Levels, frames: list[Frame]) -> list[Event]:
    analyser = ScriptedAnalyser(levels)
    ended: list[Event] = []
    for frame in frames:
        (seen,) = analyser.push([frame])
        ended += events.push(seen).ended
    return [*ended, *events.finish()]


def live_events(**config: object) -> LiveEvents:
    return LiveEvents("test", AU_NAMES, EventConfig(**config), window_s=20, event_window_s=6)  # type: ignore[arg-type]


def test_no_event_is_reported_twice_however_long_it_runs() -> None:
    spans = [(100 + 60 * k, 110 + 60 * k) for k in range(8)]
    frames = [make_frame(k) for k in range(600)]
    ended = push_all(live_events(), smiling(*spans), frames)
    assert [(each.span.start_pts, each.span.end_pts) for each in ended] == spans
    assert [each.event_number for each in ended] == list(range(8))


@pytest.mark.parametrize(("brief", "kind"), [("AU4", EventKind.MICRO), ("AU45", EventKind.BLINK)])
def test_what_goes_on_is_not_lost_where_something_else_ends_meanwhile(
    brief: str, kind: EventKind
) -> None:
    def levels(index: int) -> dict[str, float]:
        script = smiling((120, 180))(index)
        return script | {brief: 0.9 if 140 <= index < 147 else 0.05}

    ended = push_all(live_events(), levels, [make_frame(k) for k in range(240)])
    assert [(each.kind, each.span.start_pts, each.span.end_pts) for each in ended] == [
        (kind, 140, 147), (EventKind.MACRO, 120, 180)
    ]  # fmt: skip


def test_a_face_that_is_gone_is_reported_with_its_offset_unseen() -> None:
    events = live_events()
    frames = [make_frame(k) for k in range(200)]
    ended = push_all(events, smiling((100, 400), unread=range(120, 200)), frames)
    (event,) = ended
    assert (event.span.end_pts, event.is_offset_seen) == (120, False)


def test_a_face_whose_neutral_is_not_known_yet_has_no_events() -> None:
    levels = smiling((10, 30))
    assert push_all(live_events(), levels, [make_frame(k) for k in range(40)]) == []
    # once it is known, what the window still holds is read with it
    ended = push_all(live_events(), levels, [make_frame(k) for k in range(100)])
    assert [each.span.start_pts for each in ended] == [10]


def test_running_events_are_told_before_they_end() -> None:
    events = live_events()
    analyser = ScriptedAnalyser(smiling((100, 120)))
    first_told = None
    for k in range(160):
        (seen,) = analyser.push([make_frame(k)])
        if events.push(seen).running and first_told is None:
            first_told = k
    assert first_told is not None
    assert 100 <= first_told <= 103
