"""Hypothesis strategies for records, and a few plain ones."""

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from cinefacs.records.face_track import CODABILITY_ORDER, Blendshapes, FaceTrack
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan

FILM_ID = "ab" * 32
TIME_BASE = Fraction(1001, 24000)

time_bases = st.sampled_from([Fraction(1, 24), TIME_BASE, Fraction(1, 90000), Fraction(1, 11988)])


@st.composite
def time_spans(draw: st.DrawFn) -> TimeSpan:
    start = draw(st.integers(-(2**40), 2**40))
    length = draw(st.integers(1, 2**40))
    return TimeSpan(start_pts=start, end_pts=start + length, time_base=draw(time_bases))


@st.composite
def films(draw: st.DrawFn) -> Film:
    return Film(
        film_id=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        film_number=draw(st.integers(1, 5000)),
        path=draw(st.text(min_size=1, max_size=30)),
        width_px=draw(st.integers(1, 8192)),
        height_px=draw(st.integers(1, 8192)),
        rotation_deg=draw(st.sampled_from([0, 90, 180, 270])),
        sample_aspect_ratio=draw(st.fractions(Fraction(1, 4), 4)),
        n_frames=draw(st.integers(1, 10**7)),
        span=draw(time_spans()),
        is_constant_rate=draw(st.booleans()),
        rate_fps=draw(st.fractions(Fraction(1, 10), 240)),
        is_interlaced=draw(st.booleans()),
        has_audio=draw(st.booleans()),
        codec="h264",
        n_damaged_frames=draw(st.integers(0, 100)),
    )


@st.composite
def shots(draw: st.DrawFn) -> Shot:
    steps = sorted(draw(st.lists(st.integers(0, 10**6), min_size=4, max_size=4)))
    end = max(steps[3], steps[0] + 1)
    kinds = [ShotStart.FILM] if steps[0] == 0 else [s for s in ShotStart if s != ShotStart.FILM]
    return Shot(
        film_id=FILM_ID,
        shot_index=draw(st.integers(0, 5000)),
        start_frame=steps[0],
        core_start_frame=steps[1],
        core_end_frame=steps[2],
        end_frame=end,
        span=draw(time_spans()),
        starts_with=draw(st.sampled_from(kinds)),
    )


@st.composite
def face_tracks(draw: st.DrawFn, *, track_id: int = 0, film_id: str = FILM_ID) -> FaceTrack:
    n = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pts = np.cumsum(rng.integers(1, 2000, n))
    return FaceTrack(
        film_id=film_id,
        track_id=track_id,
        shot_index=draw(st.integers(0, 100)),
        time_base=draw(time_bases),
        frame_index=np.arange(n) + draw(st.integers(0, 10**6)),
        pts=pts,
        end_pts=int(pts[-1]) + draw(st.integers(1, 5000)),
        box_xyxy=rng.uniform(-10, 600, (n, 4)).astype(np.float32),
        points_xy=rng.uniform(-10, 600, (n, 5, 2)).astype(np.float32),
        score=rng.uniform(0, 1, n).astype(np.float32),
        is_measured=rng.random(n) < 0.5,
        sharpness=rng.uniform(0, 900, n).astype(np.float32),
        luma=rng.uniform(0, 255, n).astype(np.float32),
        codability_code=rng.integers(0, len(CODABILITY_ORDER), n).astype(np.uint8),
    )


@st.composite
def blendshapes(draw: st.DrawFn) -> Blendshapes:
    m = draw(st.integers(0, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return Blendshapes(
        film_id=FILM_ID,
        track_id=draw(st.integers(0, 100)),
        frame_index=np.cumsum(rng.integers(1, 3, m)),
        pose_deg=rng.uniform(-90, 90, (m, 3)).astype(np.float32),
        scores=rng.uniform(0, 1, (m, 52)).astype(np.float32),
    )
