"""Facts of a film are counted while it is read, and counting can go on after any shot."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.films.facts import FilmTally
from cinefacs.media.frame import Frame
from cinefacs.media.probe import FilmHeader
from cinefacs.media.shot_frames import ShotFrames
from tests.support.records import FILM_ID

PICTURE = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")


def header(rate_fps: Fraction | None, time_base: Fraction) -> FilmHeader:
    return FilmHeader(
        path=Path("film.mp4"),
        container="mov",
        codec="h264",
        stored_size_wh=(16, 16),
        size_wh=(16, 16),
        rotation_deg=0,
        sample_aspect_ratio=Fraction(1),
        time_base=time_base,
        rate_fps=rate_fps,
        n_frames=0,
        duration_s=None,
        end_pts=None,
        has_audio=True,
    )


def piece(pts: list[int], *, first: int, time_base: Fraction, lost: int = 0) -> ShotFrames:
    steps = [*np.diff(pts).tolist(), 1000]
    frames = tuple(
        Frame(
            PICTURE,
            index=first + k,
            pts=each,
            duration=step,
            time_base=time_base,
            size_wh=(16, 16),
            n_lost_before=lost if k == 0 else 0,
        )
        for k, (each, step) in enumerate(zip(pts, steps, strict=True))
    )
    return ShotFrames(
        shot_index=0,
        frames=frames,
        in_transition=(False,) * len(frames),
        starts_shot=True,
        shot=None,
    )


def tally(pts: list[int], rate_fps: Fraction | None, time_base: Fraction) -> FilmTally:
    counted = FilmTally(header(rate_fps, time_base))
    counted.push(piece(pts, first=0, time_base=time_base))
    return counted


def test_ntsc_is_constant_though_its_ticks_are_rounded() -> None:
    base, rate = Fraction(1, 1000), Fraction(30000, 1001)
    pts = [round(k / rate / base) for k in range(300)]
    film = tally(pts, rate, base).finish(film_id=FILM_ID, film_number=1)
    assert film.is_constant_rate
    assert film.rate_fps == rate
    assert (film.n_frames, film.span.start_pts) == (300, 0)


def test_a_variable_rate_gives_its_mean() -> None:
    base = Fraction(1, 1000)
    film = tally([0, 40, 80, 180, 220], Fraction(25), base).finish(film_id=FILM_ID, film_number=1)
    assert not film.is_constant_rate
    assert film.rate_fps == Fraction(4000, 220)


def test_a_rate_that_the_frames_belie_is_not_believed() -> None:
    film = tally([0, 40, 80, 120], Fraction(24), Fraction(1, 1000)).finish(
        film_id=FILM_ID, film_number=1
    )
    assert film.rate_fps == 25


def test_lost_frames_are_counted_and_their_gap_is_no_step() -> None:
    base = Fraction(1, 1000)
    counted = tally([0, 40, 80], Fraction(25), base)
    counted.push(piece([400, 440], first=3, time_base=base, lost=7))
    film = counted.finish(film_id=FILM_ID, film_number=1, n_lost_at_end=2)
    assert film.n_damaged_frames == 9
    assert film.is_constant_rate


def test_one_frame_has_the_declared_rate() -> None:
    film = tally([5], Fraction(24), Fraction(1, 1000)).finish(film_id=FILM_ID, film_number=1)
    assert film.rate_fps == 24


def test_no_frame_is_no_film() -> None:
    with pytest.raises(SchemaError):
        FilmTally(header(None, Fraction(1, 24))).finish(film_id=FILM_ID, film_number=1)


@given(
    steps=st.lists(st.integers(1, 100), min_size=2, max_size=30),
    cut=st.integers(1, 100),
)
def test_counting_goes_on_from_its_state(steps: list[int], cut: int) -> None:
    base = Fraction(1, 1000)
    pts = np.cumsum(steps).tolist()
    at = cut % (len(pts) - 1) + 1
    whole = tally(pts, None, base)
    first = tally(pts[:at], None, base)
    second = FilmTally(header(None, base), state=first.state())
    second.push(piece(pts[at:], first=at, time_base=base))
    assert second.state() == whole.state()
