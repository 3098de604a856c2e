"""Films, time spans and shots are checked when they are made."""

import dataclasses
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from cinefacs.errors import SchemaError
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot, ShotPicture, ShotStart
from cinefacs.records.step import Step
from cinefacs.records.time_span import TimeSpan
from tests.support.records import FILM_ID, films, shots, time_spans

SPAN = TimeSpan(start_pts=10, end_pts=30, time_base=Fraction(1, 24))
FILM = Film(
    film_id=FILM_ID,
    film_number=3,
    path="film.mp4",
    width_px=640,
    height_px=360,
    rotation_deg=0,
    sample_aspect_ratio=Fraction(1),
    n_frames=20,
    span=SPAN,
    is_constant_rate=True,
    rate_fps=Fraction(24),
    is_interlaced=False,
    has_audio=False,
    codec="h264",
)
SHOT = Shot(
    film_id=FILM_ID,
    shot_index=1,
    start_frame=10,
    end_frame=30,
    core_start_frame=12,
    core_end_frame=25,
    span=SPAN,
    starts_with=ShotStart.DISSOLVE,
)


@given(time_spans())
def test_a_span_is_half_open_and_exact(span: TimeSpan) -> None:
    assert span.contains(span.start_pts)
    assert span.contains(span.end_pts - 1)
    assert not span.contains(span.end_pts)
    assert not span.contains(span.start_pts - 1)
    assert span.start_s == span.start_pts * span.time_base
    assert span.end_s - span.start_s == span.duration_s > 0


@pytest.mark.parametrize(("end_pts", "time_base"), [(10, 1), (9, 1), (11, 0), (11, -1)])
def test_a_span_without_length_or_clock_is_refused(end_pts: int, time_base: int) -> None:
    with pytest.raises(SchemaError, match="TimeSpan"):
        TimeSpan(start_pts=10, end_pts=end_pts, time_base=Fraction(time_base))


@given(films())
def test_a_film_knows_its_size(film: Film) -> None:
    assert film.size_wh == (film.width_px, film.height_px)


@given(films())
def test_stills_have_a_page_and_no_film(film: Film) -> None:
    stills = dataclasses.replace(film, codec="png", path="/set/synth.json")
    assert stills.is_of_stills
    assert not dataclasses.replace(stills, path="/folder/of/pictures").is_of_stills
    assert not dataclasses.replace(stills, codec="h264").is_of_stills


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("film_id", "AB" * 32),
        ("film_id", "ab" * 31),
        ("film_number", 0),
        ("width_px", 0),
        ("height_px", -1),
        ("rotation_deg", 45),
        ("sample_aspect_ratio", Fraction(0)),
        ("n_frames", 0),
        ("rate_fps", Fraction(0)),
        ("n_damaged_frames", -1),
    ],
)
def test_a_film_that_cannot_be_is_refused(field: str, value: object) -> None:
    changes: dict[str, Any] = {field: value}
    with pytest.raises(SchemaError, match=r"^Film.* expected .*, got"):
        dataclasses.replace(FILM, **changes)


@given(shots())
def test_a_shot_holds_its_core(shot: Shot) -> None:
    assert shot.n_frames == shot.end_frame - shot.start_frame > 0
    assert shot.start_frame <= shot.core_start_frame <= shot.core_end_frame <= shot.end_frame


@pytest.mark.parametrize(
    "changes",
    [
        {"start_frame": -1},
        {"core_start_frame": 9},
        {"core_start_frame": 26},
        {"core_end_frame": 31},
        {"end_frame": 24},
        {"start_frame": 30, "core_start_frame": 30, "core_end_frame": 30, "end_frame": 30},
        {"shot_index": -1},
        {"starts_with": ShotStart.FILM},
        {"start_frame": 0, "starts_with": ShotStart.CUT},
    ],
    ids=str,
)
def test_a_shot_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="Shot"):
        dataclasses.replace(SHOT, **changes)


def test_the_first_shot_begins_with_the_film() -> None:
    first = dataclasses.replace(SHOT, start_frame=0, starts_with=ShotStart.FILM)
    assert first.n_frames == 30


def test_a_shot_picture_is_a_jpeg() -> None:
    picture = ShotPicture(film_id=FILM_ID, shot_index=0, frame_index=3, jpeg=b"\xff\xd8\xff")
    assert picture.frame_index == 3
    with pytest.raises(SchemaError, match="a JPEG file"):
        dataclasses.replace(picture, jpeg=b"\x89PNG")


@pytest.mark.parametrize(
    "record",
    [FILM, SHOT, SPAN, Step(name="faces", n_done=0, n_total=None, unit="frames")],
    ids=lambda record: type(record).__name__,
)
def test_a_record_cannot_be_changed(record: Film | Shot | TimeSpan | Step) -> None:
    field = dataclasses.fields(record)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, field, getattr(record, field))
