"""Read faces as they come, and show them: source -> analyser -> board."""

import datetime as dt
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from cinefacs.events.finder import au_columns
from cinefacs.facs.emotion_rules import RuleTable
from cinefacs.media.frame import Frame
from cinefacs.media.live_source import Clock, LiveFrames, SystemClock
from cinefacs.pipeline.annotate import FindFaces
from cinefacs.pipeline.live_config import LiveConfig
from cinefacs.pipeline.live_contract import FollowedFace, FollowedFrame, LiveAnalyser
from cinefacs.pipeline.live_events import LiveEvents, LiveMoment
from cinefacs.pipeline.live_painter import LivePainter, to_jpeg
from cinefacs.records.event import Event
from cinefacs.records.face_track import Codability
from cinefacs.records.found_event import FoundEvent
from cinefacs.reports.analysis_words import tell_event
from cinefacs.reports.config import AnnotatedFilmConfig
from cinefacs.reports.film_sweep import choose_aus, event_words
from cinefacs.reports.frame_view import EventView, FaceView, FrameView
from cinefacs.reports.live_board import LiveBoard, LiveCounts, LiveEventRow
from cinefacs.reports.overlay import colour_of
from cinefacs.storage.analysis_tables import write_events
from cinefacs.storage.atomic import write_json
from cinefacs.timing.clock import format_timecode

__all__ = ["DROP_RULE", "KEEP_RULE", "LiveJob", "LiveSummary", "make_board", "run_live"]

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


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveJob:
    """What a live run reads, and how; whoever opened source and analyser closes them."""

    source: LiveFrames
    """Where frames come from."""
    analyser: LiveAnalyser
    """Reads faces."""
    name: str
    """Of the source, for people; events name it as their film."""
    config: LiveConfig = field(default_factory=LiveConfig)
    """Everything that can be set."""
    rules: RuleTable | None = None
    """Table of emotion rules where `EventConfig.rules` is a file."""
    find_faces: FindFaces | None = None
    """Finds the faces to hide, followed or not (`cinefacs.pipeline.annotate`); the picture is
    `DeidentifyConfig.hold_s` late then. None shows them."""
    out: Path | None = None
    """Folder for ``events.parquet``, written anew with each event that has ended, and
    ``live.json``; None writes nothing."""
    clock: Clock = field(default_factory=SystemClock)
    """For the rate."""


def make_board(name: str, config: LiveConfig) -> LiveBoard:
    """Return a board that shows nothing yet."""
    counts = LiveCounts(source=name, rule=_rule(config))
    return LiveBoard(counts, max_events=config.page.max_events)


def run_live(job: LiveJob, board: LiveBoard) -> LiveSummary:
    """Read a source to its end, or until Ctrl-C, and put what is seen on a board.

    Raises
    ------
    FilmError
        The source broke off; what was found until then is kept.
    StorageError
        The disk refused.
    """
    run = _Run(job, board)
    started_at = _now()
    is_interrupted = False
    try:
        while (frame := job.source.next_frame()) is not None:
            run.take(frame)
    except KeyboardInterrupt:
        is_interrupted = True
    finally:
        run.finish()
    summary = LiveSummary(
        source=job.name,
        rule=_rule(job.config),
        n_shown=run.n_shown,
        n_dropped=job.source.n_dropped,
        n_events=len(run.ended),
        is_interrupted=is_interrupted,
        started_at=started_at,
        finished_at=_now(),
    )
    if job.out is not None:
        write_json(job.out / "live.json", summary.as_document())
    return summary


class _Run:
    """The state of a run from frame to frame."""

    def __init__(self, job: LiveJob, board: LiveBoard) -> None:
        config = job.config
        self._job = job
        self._board = board
        self._counts = LiveCounts(source=job.name, rule=_rule(config))
        self._painter = LivePainter(config.picture, config.hide, job.find_faces)
        self._events = LiveEvents(
            job.name,
            job.analyser.class_names,
            config.events,
            window_s=config.window_s,
            event_window_s=config.event_window_s,
            rules=job.rules,
        )
        self._over: list[tuple[Event, Fraction]] = []
        self._shown_at_s: deque[float] = deque()
        self.n_shown = 0
        self.ended: list[Event] = []

    def take(self, frame: Frame) -> None:
        """Read a frame and show those that are finished."""
        for seen in self._job.analyser.push([frame]):
            self._show(seen)

    def finish(self) -> None:
        """Report what is open, and show what was held back."""
        self._note(self._events.finish())
        for picture in self._painter.finish():
            self._board.show(to_jpeg(picture, self._job.config.page), self._counts)
        self._board.end()

    def _show(self, seen: FollowedFrame) -> None:
        frame = seen.frame
        moment = self._events.push(seen)
        self._note(moment.ended)
        hold_s = Fraction(self._job.config.picture.event_hold_s)
        now_s = frame.pts * frame.time_base
        self._over = [each for each in self._over if now_s - each[1] < hold_s]
        self.n_shown += 1
        view = self._view(seen, moment)
        self._counts = replace(
            self._counts,
            n_shown=self.n_shown,
            n_dropped=self._job.source.n_dropped,
            n_faces=len(seen.faces),
            frames_per_second=self._rate(),
            clock=format_timecode(now_s),
        )
        for picture in self._painter.push(frame, view):
            self._board.show(to_jpeg(picture, self._job.config.page), self._counts)
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
                    self._job.analyser.class_names,
                    in_event.get(face.face, set()),
                    self._job.config.picture,
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
        if self._job.out is not None:
            write_events(self._job.out / "events.parquet", [_found(event) for event in self.ended])

    def _rate(self) -> float:
        now_s = self._job.clock.now_s()
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
    is_read = face.is_readable
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
        reason="" if is_read else _why_not(face.codability),
        aus=choose_aus(levels, in_event, config),
        levels=levels,
    )


def _why_not(codability: Codability) -> str:
    """Return why a face is not read; what a coder could read may still be too much to ask."""
    return "not read" if codability is Codability.CODABLE else codability.replace("_", " ")


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


def _rule(config: LiveConfig) -> str:
    return DROP_RULE if config.drops_frames else KEEP_RULE


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
