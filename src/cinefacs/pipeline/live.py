"""Read faces as they come, and show them: camera, stream or file -> analyser -> page."""

import datetime as dt
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cinefacs.events.config import EventConfig
from cinefacs.events.finder import au_columns
from cinefacs.facs.emotion_rules import RuleTable
from cinefacs.media.frame import Frame
from cinefacs.media.live_source import Clock, LiveFrames, SystemClock
from cinefacs.pipeline.annotate import FindFaces
from cinefacs.pipeline.live_contract import FollowedFace, FollowedFrame, LiveAnalyser
from cinefacs.pipeline.live_events import LiveEvents, LiveMoment
from cinefacs.records.event import Event
from cinefacs.records.face_track import Codability
from cinefacs.records.found_event import FoundEvent
from cinefacs.reports.analysis_words import tell_event
from cinefacs.reports.annotated_film import hidden_of_view
from cinefacs.reports.config import AnnotatedFilmConfig, DeidentifyConfig, LiveConfig
from cinefacs.reports.face_cover import CoveredFrame, FaceCover
from cinefacs.reports.film_sweep import choose_aus, event_words
from cinefacs.reports.frame_view import EventView, FaceView, FrameView
from cinefacs.reports.hidden_faces import hide_faces
from cinefacs.reports.lettering import Rgb
from cinefacs.reports.live_board import LiveBoard, LiveCounts, LiveEventRow
from cinefacs.reports.live_server import LiveServer
from cinefacs.reports.overlay import Overlay, colour_of
from cinefacs.storage.analysis_tables import write_events
from cinefacs.storage.atomic import write_json
from cinefacs.timing.clock import format_timecode

__all__ = ["DROP_RULE", "KEEP_RULE", "LiveSummary", "run_live", "watch_live"]

DROP_RULE = "the newest frame wins: those that come while another is being read are dropped"
KEEP_RULE = "no frame is dropped: the picture falls behind where reading is too slow"
_RATE_OVER_S = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveSummary:
    """What a live run did; written as ``live.json``."""

    source: str
    """Name of the source."""
    rule: str
    """What happened to frames that came too fast."""
    n_shown: int
    """Frames that were read and shown."""
    n_dropped: int
    """Frames that were due and not read."""
    n_events: int
    """Events found."""
    is_interrupted: bool
    """Whether somebody stopped it."""
    started_at: str
    """ISO 8601, UTC."""
    finished_at: str
    """ISO 8601, UTC."""

    def as_document(self) -> dict[str, Any]:
        """Return the summary as plain JSON values."""
        return asdict(self)


def watch_live(
    source: LiveFrames,
    analyser: LiveAnalyser,
    *,
    name: str,
    config: LiveConfig,
    on_address: Callable[[str], None],
    annotated: AnnotatedFilmConfig | None = None,
    events: EventConfig | None = None,
    rules: RuleTable | None = None,
    deidentify: DeidentifyConfig | None = None,
    find_faces: FindFaces | None = None,
    out: Path | None = None,
) -> LiveSummary:
    """Read a source to its end, or until Ctrl-C, and serve the page meanwhile.

    Parameters
    ----------
    on_address
        Told where the page is.
    source, analyser, name, config, annotated, events, rules, deidentify, find_faces, out
        As `run_live`.

    Raises
    ------
    ConfigError
        The page's address is not this machine's own, or its port is taken.
    FilmError, StorageError
        As `run_live`.
    """
    board = LiveBoard(
        LiveCounts(source=name, rule=_rule(config)), max_events=config.max_events
    )  # fmt: skip
    with LiveServer(board, config) as server:
        on_address(server.address)
        return run_live(
            source,
            analyser,
            board,
            name=name,
            config=config,
            annotated=annotated,
            events=events,
            rules=rules,
            deidentify=deidentify,
            find_faces=find_faces,
            out=out,
        )


def run_live(
    source: LiveFrames,
    analyser: LiveAnalyser,
    board: LiveBoard,
    *,
    name: str,
    config: LiveConfig,
    annotated: AnnotatedFilmConfig | None = None,
    events: EventConfig | None = None,
    rules: RuleTable | None = None,
    deidentify: DeidentifyConfig | None = None,
    find_faces: FindFaces | None = None,
    out: Path | None = None,
    clock: Clock | None = None,
) -> LiveSummary:
    """Read a source to its end, or until Ctrl-C, and put what is seen on a board.

    Parameters
    ----------
    source
        Where frames come from; it is closed at the end.
    analyser
        Reads faces; it is closed at the end.
    board
        What is shown.
    name
        Of the source, for people.
    config, annotated, events
        How; defaults for None.
    rules
        Table of emotion rules where `events.rules` is a file.
    deidentify, find_faces
        How faces are hidden, and what finds them (`cinefacs.pipeline.annotate`); the picture is
        `DeidentifyConfig.hold_s` late then. None shows them.
    out
        Folder for ``events.parquet``, written anew with each event that has ended, and
        ``live.json``; None writes nothing.
    clock
        For the rate; the machine's when None.

    Raises
    ------
    FilmError
        The source broke off; what was found until then is kept.
    StorageError
        The disk refused.
    """
    run = _Run(
        analyser,
        board,
        counts=LiveCounts(source=name, rule=_rule(config)),
        config=config,
        painter=_Painter(annotated or AnnotatedFilmConfig(), deidentify, find_faces),
        events=LiveEvents(
            name,
            analyser.class_names,
            events or EventConfig(),
            window_s=config.window_s,
            event_window_s=config.event_window_s,
            rules=rules,
        ),
        out=out,
        clock=clock or SystemClock(),
    )
    started_at = _now()
    is_interrupted = False
    with source:
        try:
            while (frame := source.next_frame()) is not None:
                run.take(frame, n_dropped=source.n_dropped)
        except KeyboardInterrupt:
            is_interrupted = True
        finally:
            run.finish()
            analyser.close()
    summary = LiveSummary(
        source=name,
        rule=_rule(config),
        n_shown=run.n_shown,
        n_dropped=source.n_dropped,
        n_events=len(run.ended),
        is_interrupted=is_interrupted,
        started_at=started_at,
        finished_at=_now(),
    )
    if out is not None:
        write_json(out / "live.json", summary.as_document())
    return summary


class _Painter:
    """Draw into live frames, with faces hidden where that is asked for."""

    def __init__(
        self,
        config: AnnotatedFilmConfig,
        deidentify: DeidentifyConfig | None,
        find_faces: FindFaces | None,
    ) -> None:
        self.config = config
        self._deidentify = deidentify
        self._find_faces = find_faces
        self._overlay = Overlay(config)
        self._cover: FaceCover[tuple[Frame, FrameView]] | None = None
        if deidentify is not None:
            self._cover = FaceCover(deidentify.hold_s)

    def push(self, frame: Frame, view: FrameView) -> list[Rgb]:
        """Return the pictures that are finished."""
        if self._cover is None or self._deidentify is None:
            picture = frame.rgb().copy()
            self._overlay.paint(picture, view)
            return [picture]
        found = [] if self._find_faces is None else list(self._find_faces(frame))
        boxes = np.array([*(face.box_xyxy for face in view.faces), *found], np.float32)
        released = self._cover.push(
            (frame, view),
            boxes.reshape(-1, 4),
            time_s=frame.pts * frame.time_base,
            is_after_cut=False,
        )
        return self._hidden(released, self._deidentify)

    def finish(self) -> list[Rgb]:
        """Return the pictures that are left."""
        if self._cover is None or self._deidentify is None:
            return []
        return self._hidden(self._cover.finish(), self._deidentify)

    def _hidden(
        self, released: Sequence[CoveredFrame[tuple[Frame, FrameView]]], config: DeidentifyConfig
    ) -> list[Rgb]:
        pictures = []
        for each in released:
            shown, seen = each.item
            picture = shown.rgb().copy()
            shown.drop_pixels()
            hide_faces(picture, hidden_of_view(seen, each.box_xyxy), config)
            self._overlay.paint(picture, seen)
            pictures.append(picture)
        return pictures


class _Run:
    """The state of a run from frame to frame."""

    def __init__(
        self,
        analyser: LiveAnalyser,
        board: LiveBoard,
        *,
        counts: LiveCounts,
        config: LiveConfig,
        painter: _Painter,
        events: LiveEvents,
        out: Path | None,
        clock: Clock,
    ) -> None:
        self._analyser = analyser
        self._board = board
        self._counts = counts
        self._config = config
        self._painter = painter
        self._events = events
        self._out = out
        self._clock = clock
        self._over: list[tuple[Event, Fraction]] = []
        self._shown_at_s: deque[float] = deque()
        self.n_shown = 0
        self.ended: list[Event] = []

    def take(self, frame: Frame, *, n_dropped: int) -> None:
        """Read a frame and show those that are finished."""
        for seen in self._analyser.push([frame]):
            self._show(seen, n_dropped=n_dropped)

    def finish(self) -> None:
        """Report what is open, and show what was held back."""
        self._note(self._events.finish())
        for picture in self._painter.finish():
            self._board.show(_jpeg(picture, self._config), self._counts)
        self._board.end()

    def _show(self, seen: FollowedFrame, *, n_dropped: int) -> None:
        frame = seen.frame
        moment = self._events.push(seen)
        self._note(moment.ended)
        hold_s = Fraction(self._painter.config.event_hold_s)
        now_s = frame.pts * frame.time_base
        self._over = [each for each in self._over if now_s - each[1] < hold_s]
        self.n_shown += 1
        view = self._view(seen, moment)
        self._counts = replace(
            self._counts,
            n_shown=self.n_shown,
            n_dropped=n_dropped,
            n_faces=len(seen.faces),
            frames_per_second=self._rate(),
            clock=format_timecode(now_s),
        )
        for picture in self._painter.push(frame, view):
            self._board.show(_jpeg(picture, self._config), self._counts)
        frame.drop_pixels()

    def _view(self, seen: FollowedFrame, moment: LiveMoment) -> FrameView:
        frame = seen.frame
        running = [
            event for event in moment.running if event.span.end_pts >= frame.pts
        ]  # fmt: skip
        in_event: dict[int, set[int]] = {}
        for event in running:
            in_event.setdefault(event.track_id, set()).update(each.au for each in event.aus)
        lingering = [event for event in moment.running if event.span.end_pts < frame.pts]
        over = [*(event for event, _ in self._over), *lingering]
        return FrameView(
            clock=format_timecode(frame.pts * frame.time_base),
            faces=tuple(
                _face_view(
                    face,
                    self._analyser.class_names,
                    in_event.get(face.face, set()),
                    self._painter.config,
                )
                for face in seen.faces
            ),
            events=tuple(
                EventView(
                    person=event.track_id + 1,
                    words=event_words(event, _name(event.track_id)),
                    is_over=is_over,
                )
                for events, is_over in ((over, True), (running, False))
                for event in events
            ),
        )

    def _note(self, ended: Sequence[Event]) -> None:
        """Keep, list and write events that will not change any more."""
        if not ended:
            return
        self.ended += ended
        self._over += [(event, event.span.end_s) for event in ended]
        self._board.add_events([_event_row(event) for event in ended])
        if self._out is not None:
            write_events(self._out / "events.parquet", [_found(event) for event in self.ended])

    def _rate(self) -> float:
        now_s = self._clock.now_s()
        self._shown_at_s.append(now_s)
        while now_s - self._shown_at_s[0] > _RATE_OVER_S:
            self._shown_at_s.popleft()
        passed_s = now_s - self._shown_at_s[0]
        return (len(self._shown_at_s) - 1) / passed_s if passed_s > 0 else 0.0


def _face_view(
    face: FollowedFace,
    class_names: Sequence[str],
    in_event: set[int],
    config: AnnotatedFilmConfig,
) -> FaceView:
    is_read = face.codability is Codability.CODABLE
    levels: dict[int, float] = {}
    if is_read and face.scores is not None:
        columns = au_columns(class_names)
        levels = {au: float(face.scores[column]) for au, column in columns.items()}
    return FaceView(
        key=face.face,
        box_xyxy=face.box_xyxy,
        points_xy=face.points_xy,
        person=face.face + 1,
        name=_name(face.face),
        reason="" if is_read else face.codability.replace("_", " "),
        aus=choose_aus(levels, in_event, config),
        levels=levels,
    )


def _name(track_id: int) -> str:
    """Return what a face is called: live, nobody knows yet who is who."""
    return f"face {track_id + 1}"


def _found(event: Event) -> FoundEvent:
    """Return an event with its place: one film, one shot, every face somebody else."""
    return FoundEvent(
        film_number=1,
        character_number=event.track_id + 1,
        name="",
        shot_index=0,
        event=event,
    )


def _event_row(event: Event) -> LiveEventRow:
    return LiveEventRow(
        time=format_timecode(event.span.start_s),
        words=event_words(event, _name(event.track_id)),
        length=tell_event(event),
        colour="#{:02x}{:02x}{:02x}".format(*colour_of(event.track_id + 1)),
    )


def _jpeg(picture: Rgb, config: LiveConfig) -> bytes:
    height, width = picture.shape[:2]
    if width > config.max_width_px:
        size = (config.max_width_px, max(1, round(height * config.max_width_px / width)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    flags = [cv2.IMWRITE_JPEG_QUALITY, config.jpeg_quality]
    _, packed = cv2.imencode(".jpg", np.ascontiguousarray(picture[:, :, ::-1]), flags)
    return packed.tobytes()


def _rule(config: LiveConfig) -> str:
    return DROP_RULE if config.drops_frames else KEEP_RULE


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
