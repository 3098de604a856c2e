"""Films of a study without a file behind them, and labels that lie on their frames."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from cinefacs.labels.labelled_films import FaceBoxes, LabelledFilm, LabelledFilms
from cinefacs.records.au_label import AuLabel
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.film import Film
from cinefacs.records.frame_times import FrameTimes
from cinefacs.records.labels import Labels
from tests.support.labels import au_labels, coded_spans, expression_labels, names

CHARACTERS = (1, 2)
AUTHORS = (("ann", "round-1"), ("ben", "round-2"))


def times_of(steps: list[int], *, film_id: str, time_base: Fraction, first: int = 0) -> FrameTimes:
    """Return the times of frames that last so many ticks each, without a gap."""
    edges = first + np.cumsum([0, *steps])
    return FrameTimes(film_id=film_id, time_base=time_base, pts=edges[:-1], end_pts=edges[1:])


def film_of(
    times: FrameTimes,
    *,
    number: int = 1,
    name: str = "film.mp4",
    with_faces: bool = True,
    pictures: Mapping[int, tuple[str, ...]] | None = None,
) -> LabelledFilm:
    """Return a film of 640x360 px with two characters, whose faces are in every frame."""
    steps = np.diff(times.pts)
    span = times.span_of(0, len(times) - 1)
    is_constant = bool(len(steps) == 0 or steps.max() - steps.min() <= 1)
    film = Film(
        film_id=times.film_id,
        film_number=number,
        path=f"/films/{name}",
        width_px=640,
        height_px=360,
        rotation_deg=0,
        sample_aspect_ratio=Fraction(1),
        n_frames=len(times),
        span=span,
        is_constant_rate=is_constant,
        rate_fps=len(times) / span.duration_s,
        is_interlaced=False,
        has_audio=False,
        codec="h264",
    )
    characters = tuple(
        Character(
            film_id=times.film_id,
            character_number=each,
            name="",
            is_under_study=True,
            track_ids=(each,),
            n_face_frames=len(times),
            n_codable_frames=len(times),
        )
        for each in CHARACTERS
    )
    return LabelledFilm(
        film=film,
        characters=characters,
        clips=(clip_of(times, number, 0, len(times) // 2),),
        read_times=lambda: times,
        read_boxes=lambda: faces_of(times) if with_faces else {},
        read_pictures=lambda: pictures or {},
    )


def clip_of(times: FrameTimes, film_number: int, start: int, end: int) -> Clip:
    """Return a clip of the first character."""
    end = max(end, start + 1)
    return Clip(
        film_id=times.film_id,
        film_number=film_number,
        character_number=1,
        clip_number=1,
        shot_index=0,
        start_frame=start,
        end_frame=end,
        span=times.span_of(start, end - 1),
        n_codable_frames=0,
        is_short=False,
    )


def faces_of(times: FrameTimes) -> dict[int, FaceBoxes]:
    """Return a face that wanders to the right on the left half, and one on the right half."""
    frame_index = np.arange(len(times))
    boxes: dict[int, FaceBoxes] = {}
    for number in CHARACTERS:
        left = 20 + 300 * (number - 1) + frame_index % 50
        corners = np.stack([left, left * 0 + 40, left + 200, left * 0 + 290], axis=1)
        boxes[number] = FaceBoxes(
            frame_index=frame_index, pts=times.pts, box_xyxy=corners.astype(np.float32)
        )
    return boxes


@st.composite
def frame_times(draw: st.DrawFn, *, film_id: str = "ab" * 32) -> FrameTimes:
    """Draw a film's frames: constant rate or not, of 2 ms and more each."""
    time_base = draw(st.sampled_from([Fraction(1, 90_000), Fraction(1, 12_800)]))
    shortest = int(Fraction(2, 1000) / time_base) + 1
    n = draw(st.integers(1, 40))
    if draw(st.booleans()):
        steps = [draw(st.integers(shortest, 8000))] * n
    else:
        steps = draw(st.lists(st.integers(shortest, 8000), min_size=n, max_size=n))
    first = draw(st.sampled_from([0, 0, -900, 126_000]))
    return times_of(steps, film_id=film_id, time_base=time_base, first=first)


@st.composite
def placed_labels(draw: st.DrawFn, times: FrameTimes) -> Labels:
    """Draw the labels of two coders that lie on the frames of one film."""
    labels = Labels()
    for author in draw(st.lists(st.sampled_from(AUTHORS), min_size=1, max_size=2, unique=True)):
        expressions = draw(
            st.lists(
                expressions_on(times, author), max_size=2, unique_by=lambda each: each.expression_id
            )
        )
        known = ["", *(each.expression_id for each in expressions)]
        aus = draw(st.lists(aus_on(times, author, known), max_size=4))
        coded = draw(st.lists(coded_on(times, author), min_size=1, max_size=2))
        labels += Labels(aus=tuple(aus), expressions=tuple(expressions), coded=tuple(coded))
    return labels


def place(draw: st.DrawFn, times: FrameTimes) -> dict[str, object]:
    first = draw(st.integers(0, len(times) - 1))
    last = draw(st.integers(first, len(times) - 1))
    return {
        "film_id": times.film_id,
        "character_number": draw(st.sampled_from(CHARACTERS)),
        "span": times.span_of(first, last),
        "frames": (first, last),
    }


@st.composite
def aus_on(
    draw: st.DrawFn, times: FrameTimes, author: tuple[str, str], known: list[str]
) -> AuLabel:
    where = place(draw, times)
    apex = draw(st.none() | st.integers(*where.pop("frames")))  # type: ignore[misc]
    drawn = draw(au_labels(author=author))
    fields = {name: getattr(drawn, name) for name in drawn.__slots__} | where
    fields["apex_pts"] = None if apex is None else int(times.pts[apex])
    fields["expression_id"] = draw(st.sampled_from(known))
    return AuLabel(**fields)


@st.composite
def expressions_on(
    draw: st.DrawFn, times: FrameTimes, author: tuple[str, str]
) -> ExpressionLabel:  # fmt: skip
    where = place(draw, times)
    frames = st.integers(*where.pop("frames"))  # type: ignore[misc]
    apexes = sorted(draw(st.sets(frames, max_size=2)))
    drawn = draw(expression_labels(author=author))
    fields = {name: getattr(drawn, name) for name in drawn.__slots__} | where
    fields["apex_pts"] = tuple(int(times.pts[apex]) for apex in apexes)
    fields["expression_id"] = draw(names)
    return ExpressionLabel(**fields)


@st.composite
def coded_on(draw: st.DrawFn, times: FrameTimes, author: tuple[str, str]) -> CodedSpan:
    where = place(draw, times)
    del where["frames"]
    drawn = draw(coded_spans(author=author))
    return CodedSpan(**{name: getattr(drawn, name) for name in drawn.__slots__} | where)


def shelf(*films: LabelledFilm) -> LabelledFilms:
    """Return the films as a study has them."""
    return LabelledFilms(films)
