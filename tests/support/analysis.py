"""An analysed film with known events, for the report."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np

from cinefacs.events.baseline import measure_neutral
from cinefacs.events.config import EventConfig
from cinefacs.events.finder import EventFinder, au_columns
from cinefacs.records.character import Character
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan
from cinefacs.reports.analysis_facts import (
    AnalysedCharacter,
    AnalysedFilm,
    AuCurve,
    EventPanel,
    ModelFacts,
)
from tests.support.records import FILM_ID
from tests.support.scores import scored_track

FPS = 24
AU_NAMES = {4: "Brow lowerer", 6: "Cheek raiser", 12: "Lip corner puller", 45: "Blink"}
MODEL = ModelFacts(
    name="test-model",
    sha256="cd" * 32,
    class_names=("AU4", "AU12"),
    training_data="Trained on nothing; for tests.",
    measures=[("AUROC of AU12", "0.91", "0.50")],
)


def plain_jpeg(level: int) -> bytes:
    """Return a grey picture."""
    _, data = cv2.imencode(".jpg", np.full((96, 96, 3), level, np.uint8))
    return data.tobytes()


def film_of(n_frames: int, *, path: str = "film.mp4") -> Film:
    """Return a film at 24 a second whose ticks are hundredths of a frame."""
    return Film(
        film_id=FILM_ID,
        film_number=1,
        path=path,
        width_px=1280,
        height_px=720,
        rotation_deg=0,
        sample_aspect_ratio=Fraction(1),
        n_frames=n_frames,
        span=span_of(0, n_frames),
        is_constant_rate=True,
        rate_fps=Fraction(FPS),
        is_interlaced=False,
        has_audio=False,
        codec="h264",
    )


def span_of(first: int, end: int) -> TimeSpan:
    """Return the span of some frames."""
    return TimeSpan(start_pts=100 * first, end_pts=100 * end, time_base=Fraction(1, 100 * FPS))


def shots_of(*bounds: int) -> list[Shot]:
    """Return shots between these frames."""
    return [
        Shot(
            film_id=FILM_ID,
            shot_index=k,
            start_frame=first,
            core_start_frame=first,
            core_end_frame=end,
            end_frame=end,
            span=span_of(first, end),
            starts_with=ShotStart.CUT if k else ShotStart.FILM,
        )
        for k, (first, end) in enumerate(itertools.pairwise(bounds))
    ]


def analysed_character(
    columns: Mapping[str, Sequence[float]],
    *,
    number: int = 1,
    name: str = "",
    with_pictures: bool = True,
    config: EventConfig | None = None,
) -> AnalysedCharacter:
    """Return a character whose face scores this, found by the program's own finder."""
    config = config or EventConfig()
    track = scored_track(columns)
    baseline = measure_neutral(track, config)
    events = EventFinder(baseline, config).find(track)
    found = sorted({each.au for event in events for each in event.aus})
    rise = baseline.rise(track.scores)
    pictures = [
        (each, plain_jpeg(90 + 40 * k)) for k, each in enumerate(("onset", "apex", "offset"))
    ]
    return AnalysedCharacter(
        character=Character(
            film_id=FILM_ID,
            character_number=number,
            name=name,
            is_under_study=number == 1,
            track_ids=(0,),
            n_face_frames=len(track),
            n_codable_frames=len(track),
        ),
        portraits=[plain_jpeg(150)],
        seen=[span_of(0, len(track))],
        has_baseline=baseline.is_known,
        events=[
            EventPanel(event=each, pictures=pictures if with_pictures else [], shot_number=1)
            for each in events
        ],
        curves=[
            AuCurve(
                au=au,
                name=AU_NAMES.get(au, ""),
                time_s=np.asarray(track.pts * float(track.time_base)),
                rise=rise[:, au_columns(track.class_names)[au]].astype(np.float64),
            )
            for au in found
        ],
    )


def unseen_character(number: int) -> AnalysedCharacter:
    """Return a character whose face could never be read."""
    seen = analysed_character({"AU12": [0.0] * 48}, number=number)
    record = replace(seen.character, n_codable_frames=0)
    return replace(seen, character=record, seen=[], has_baseline=False)


def analysed_film(*characters: AnalysedCharacter, n_frames: int = 480) -> AnalysedFilm:
    """Return a film of two shots with these characters."""
    return AnalysedFilm(
        film=film_of(n_frames),
        shots=shots_of(0, n_frames // 2, n_frames),
        characters=characters,
        n_face_frames=1000,
        n_read=700,
        coverage=0.6,
        film_coverage=0.5,
        not_codable=[("too_dark", 300), ("turned_away", 100)],
        measures=[("shots", "2")],
        figure_svg="<svg></svg>",
        notes=["film 001: a note"],
    )
