"""The cutter on films whose shots are known to the frame."""

import io
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.media.frame import Frame
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.shots.config import CutConfig, ShotConfig
from cinefacs.shots.cutter import ShotCutter, make_cutter
from cinefacs.shots.cutter_state import CutterState
from cinefacs.shots.transitions import find_transitions
from tests.support.pictures import Pictures, dissolve, fade, flat, lit, pan, to_frames

FILM_ID = "ab" * 32


def cut(
    frames: Sequence[Frame], *, chunk: int = 16, state: CutterState | None = None
) -> list[ShotFrames]:
    cutter = make_cutter(FILM_ID, ShotConfig(), state=state)
    pieces: list[ShotFrames] = []
    for start in range(0, len(frames), chunk):
        pieces += cutter.push(frames[start : start + chunk])
    return [*pieces, *cutter.finish()]


def shots_of(pictures: Pictures, **options: Any) -> list[Shot]:  # noqa: ANN401
    pieces = cut(to_frames(pictures, **options))
    return [piece.shot for piece in pieces if piece.shot is not None]


def outline(shots: Iterable[Shot]) -> list[tuple[int, str]]:
    return [(shot.start_frame, str(shot.starts_with)) for shot in shots]


def flatten(pieces: Iterable[ShotFrames]) -> list[tuple[int, int, bool, bool, Shot | None]]:
    """One row per frame: everything that is handed on, whatever the pieces."""
    return [
        (
            piece.shot_index,
            frame.index,
            flag,
            piece.starts_shot and k == 0,
            piece.shot if k == len(piece.frames) - 1 else None,
        )
        for piece in pieces
        for k, (frame, flag) in enumerate(zip(piece.frames, piece.in_transition, strict=True))
    ]


@pytest.mark.parametrize("rate_fps", [8, 24, 60])
@pytest.mark.parametrize("length", [9, 31])
def test_cuts_are_found_to_the_frame(rate_fps: int, length: int) -> None:
    pictures = [picture for seed in range(6) for picture in pan(seed, length)]
    expected = [(0, "film"), *((k * length, "cut") for k in range(1, 6))]
    assert outline(shots_of(pictures, rate_fps=rate_fps)) == expected


def test_shots_of_four_frames_are_shots() -> None:
    pictures = [*pan(0, 30), *(p for seed in range(1, 7) for p in pan(seed, 4)), *pan(9, 30)]
    starts = [shot.start_frame for shot in shots_of(pictures)]
    assert starts == [0, *range(30, 55, 4)]


def test_an_inserted_shot_of_four_frames_is_no_flash() -> None:
    around = pan(1, 64)
    pictures = [*around[:30], *pan(2, 4), *around[34:]]
    assert [shot.start_frame for shot in shots_of(pictures)] == [0, 30, 34]


@pytest.mark.parametrize("n_flash", [1, 2, 3])
@pytest.mark.parametrize(("gain", "offset"), [(1.0, 120.0), (3.0, 0.0), (0.0, 255.0), (0.0, 0.0)])
def test_flashes_are_no_cuts(n_flash: int, gain: float, offset: float) -> None:
    scene = pan(3, 70)
    pictures = [*scene[:30], *lit(scene[30 : 30 + n_flash], gain, offset), *scene[30 + n_flash :]]
    assert outline(shots_of(pictures)) == [(0, "film")]


def test_light_that_stays_on_is_no_cut() -> None:
    scene = pan(3, 80)
    assert len(shots_of([*scene[:40], *lit(scene[40:], 0.5)])) == 1


def test_light_that_goes_out_and_on_again_is_no_cut() -> None:
    scene = pan(3, 80)
    assert len(shots_of([*scene[:40], *flat(0, 12), *scene[52:]])) == 1


@pytest.mark.parametrize("px_per_frame", [0.0, 2.0, 6.0, 10.0])
def test_pans_are_no_cuts(px_per_frame: float) -> None:
    assert len(shots_of(pan(4, 80, px_per_frame=px_per_frame))) == 1


def test_a_picture_that_comes_and_goes_in_another_is_no_dissolve() -> None:
    scene, ghost = pan(3, 90, px_per_frame=0.1), pan(4, 1)[0].astype(np.float64)
    for k, share in enumerate([0.2, 0.4, 0.6, 0.8, 0.9, 0.9, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]):
        mixed = (1 - share) * scene[30 + k] + share * ghost
        scene[30 + k] = mixed.round().astype(np.uint8)
    assert outline(shots_of(scene)) == [(0, "film")]


def test_a_shaking_camera_is_no_cut() -> None:
    wide = pan(5, 200, px_per_frame=1.0)
    rng = np.random.default_rng(0)
    assert len(shots_of([wide[int(k)] for k in rng.integers(80, 110, 90)])) == 1


def test_a_thing_that_crosses_the_picture_is_no_cut() -> None:
    pictures = [picture.copy() for picture in pan(6, 80)]
    for k in range(30, 50):
        left = max(0, (k - 30) * 14 - 90)
        pictures[k][:, left : max(0, (k - 30) * 14)] = (60, 40, 30)
    assert len(shots_of(pictures)) == 1


def test_cuts_between_dark_grainy_shots_are_found() -> None:
    rng = np.random.default_rng(1)
    dark = lit([*pan(1, 40), *pan(2, 40)], 0.3)
    grainy = [
        np.clip(picture + rng.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)
        for picture in dark
    ]
    assert outline(shots_of(grainy)) == [(0, "film"), (40, "cut")]


def test_a_frame_mixed_of_both_shots_at_a_cut_is_marked() -> None:
    before, after = pan(1, 40), pan(2, 40)
    mixed = dissolve(before[-1:], after[:1], 1)
    (first, second) = shots_of([*before, *mixed, *after])
    assert (first.end_frame, first.core_end_frame) == (40, 40)
    assert (second.starts_with, second.core_start_frame) == (ShotStart.CUT, 41)


@pytest.mark.parametrize("n_mixed", [3, 6, 12, 25, 40])
def test_dissolves_are_found_with_their_ends(n_mixed: int) -> None:
    pictures = dissolve(pan(1, 80, px_per_frame=0.1), pan(2, 90, px_per_frame=0.1), n_mixed)
    start = 80 - n_mixed
    (transition,) = find_transitions(shots := shots_of(pictures))
    assert outline(shots) == [(0, "film"), (shots[1].start_frame, "dissolve")]
    assert abs(transition.start_frame - start) <= 1
    assert abs(transition.end_frame - 80) <= 1
    length = transition.end_frame - transition.start_frame
    assert shots[1].start_frame == transition.start_frame + length // 2


@pytest.mark.parametrize("level", [0, 90, 255])
@pytest.mark.parametrize(("n_half", "n_flat"), [(5, 1), (12, 3), (30, 18)])
def test_fades_end_in_the_middle_of_the_flat_stretch(level: int, n_half: int, n_flat: int) -> None:
    pictures = fade(pan(1, 70), pan(2, 80), n_half=n_half, n_flat=n_flat, level=level)
    (transition,) = find_transitions(shots := shots_of(pictures))
    assert abs(shots[1].start_frame - (70 + n_flat // 2)) <= 1
    assert abs(transition.start_frame - (70 - n_half)) <= 1
    assert abs(transition.end_frame - (70 + n_flat + n_half)) <= 1


def test_a_fade_to_white_between_black_bars_is_a_fade() -> None:
    pictures = fade(pan(1, 60), pan(2, 60), n_half=10, n_flat=4, level=255)
    barred = [picture.copy() for picture in pictures]
    for picture in barred:
        picture[:9] = picture[-9:] = 0
    assert outline(shots_of(barred)) == [(0, "film"), (62, "fade")]


def test_a_film_may_fade_in_and_out() -> None:
    pictures = fade([], pan(1, 60), n_half=10, n_flat=6, level=0)
    pictures = [*pictures, *fade(pan(2, 60), [], n_half=10, n_flat=8, level=0)]
    first, second = shots_of(pictures)
    assert abs(first.core_start_frame - 16) <= 1
    assert second.start_frame == 66
    assert abs(second.core_end_frame - 116) <= 1


def test_black_between_cuts_is_a_shot_and_a_blink_of_it_is_none() -> None:
    long = [*pan(1, 40), *flat(16, 20), *pan(2, 40)]
    assert outline(shots_of(long)) == [(0, "film"), (40, "cut"), (60, "cut")]
    (first, second) = shots_of([*pan(1, 40), *flat(16, 2), *pan(2, 40)])
    assert (second.start_frame, second.starts_with) == (41, ShotStart.FADE)
    assert (first.core_end_frame, second.core_start_frame) == (40, 42)


def test_black_longer_than_a_fade_holds_is_a_shot_of_its_own() -> None:
    pictures = fade(pan(1, 60), pan(2, 60), n_half=10, n_flat=60, level=0)
    assert outline(shots_of(pictures)) == [(0, "film"), (60, "fade"), (120, "fade")]


def test_a_black_frame_at_the_end_belongs_to_no_core() -> None:
    (shot,) = shots_of([*pan(1, 40), *flat(0, 1)])
    assert (shot.core_end_frame, shot.end_frame) == (40, 41)


def test_a_black_film_is_one_shot() -> None:
    (shot,) = shots_of(flat(0, 90))
    assert (shot.core_start_frame, shot.core_end_frame) == (0, 90)


def test_titles_on_black_are_shots() -> None:
    title = [picture.copy() for picture in flat(0, 40)]
    for picture in title:
        picture[30:44, 20:108:6] = 230
    pictures = [*pan(1, 40), *title, *pan(2, 40)]
    assert [shot.start_frame for shot in shots_of(pictures)] == [0, 40, 80]


def test_a_gap_starts_a_shot() -> None:
    shots = shots_of(pan(1, 60), gaps=[0, 25])
    assert outline(shots) == [(0, "film"), (25, "gap")]


def test_what_is_before_a_gap_cannot_veto_a_cut_after_it() -> None:
    pictures = [*pan(1, 20, px_per_frame=12), *pan(2, 3), *pan(3, 40)]
    shots = shots_of(pictures, gaps=[20])
    assert outline(shots) == [(0, "film"), (20, "gap"), (23, "cut")]


def test_the_limits_of_a_variable_rate_are_times() -> None:
    scene = pan(3, 80)
    pictures = [*scene[:40], *lit(scene[40:43], 1.0, 130.0), *scene[43:]]
    steps = np.full(80, 1000)
    assert len(shots_of(pictures, pts=np.cumsum(steps).tolist())) == 1
    steps[40:44] = 9000  # the bright frames now last a second, and another picture is seen
    slow = [*scene[:40], *pan(7, 3), *scene[43:]]
    assert len(shots_of(slow, pts=np.cumsum(steps).tolist())) == 3


def test_spans_are_exact() -> None:
    pieces = cut(to_frames([*pan(1, 30), *pan(2, 21)], rate_fps=25))
    spans = [piece.shot.span for piece in pieces if piece.shot]
    assert [span.duration_s for span in spans] == [Fraction(30, 25), Fraction(21, 25)]


def test_an_empty_film_has_no_shot() -> None:
    assert cut([]) == []


@pytest.mark.parametrize("n_frames", [1, 2, 5])
def test_a_very_short_film_is_a_shot(n_frames: int) -> None:
    (shot,) = shots_of(pan(1, n_frames))
    assert shot.n_frames == n_frames


def test_frames_wait_no_longer_than_the_longest_transition_takes() -> None:
    frames = to_frames(pan(4, 300, px_per_frame=3.0))
    cutter, n_released, longest = ShotCutter(FILM_ID, ShotConfig()), 0, 0
    for frame in frames:
        n_released += sum(len(piece.frames) for piece in cutter.push([frame]))
        longest = max(longest, frame.index + 1 - n_released)
    config = CutConfig()
    assert longest <= 24 * config.max_gradual_s + 3 * config.context_frames


def test_a_still_picture_waits_for_no_more_than_a_moment() -> None:
    cutter = ShotCutter(FILM_ID, ShotConfig())
    released = list(cutter.push(to_frames(pan(4, 60, px_per_frame=0))))
    assert sum(len(piece.frames) for piece in released) >= 60 - 12


def test_frames_must_follow_each_other() -> None:
    frames = to_frames(pan(1, 10))
    with pytest.raises(SchemaError, match="expected index 5, got 6"):
        ShotCutter(FILM_ID, ShotConfig()).push([*frames[:5], *frames[6:]])


def test_pushed_frames_count_though_nobody_looks_at_what_push_returns() -> None:
    frames = to_frames([*pan(1, 40), *pan(2, 40)])
    cutter = ShotCutter(FILM_ID, ShotConfig())
    cutter.push(frames)
    assert flatten(cutter.finish()) == flatten(cut(frames))


def save_and_load(state: CutterState) -> CutterState:
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **state.to_arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return CutterState.from_arrays(dict(arrays))


def check_every_resume(frames: Sequence[Frame], chunk: int) -> None:
    """Go on from the state after every shot: what is handed on must be the same."""
    whole = flatten(cut(frames))
    cutter = ShotCutter(FILM_ID, ShotConfig())
    states = []
    for start in range(0, len(frames), chunk):
        for piece in cutter.push(frames[start : start + chunk]):
            states += [(piece.frames[-1].index + 1, cutter.state())] if piece.ends_shot else []
    for piece in cutter.finish():
        states += [(piece.frames[-1].index + 1, cutter.state())] if piece.ends_shot else []
    assert len(states) == whole[-1][0] + 1
    for at, state in states:
        rest = flatten(cut(frames[at:], chunk=chunk, state=save_and_load(state)))
        assert rest == [row for row in whole if row[1] >= at]


@st.composite
def films(draw: st.DrawFn) -> tuple[Pictures, list[int]]:
    """Films of all joins, of short and long shots, still and in motion, with gaps."""
    pictures: Pictures = []
    gaps: list[int] = []
    for seed in draw(st.lists(st.integers(0, 50), min_size=2, max_size=5)):
        pace = draw(st.sampled_from([0.0, 0.5, 3.0, 9.0]))
        shot = pan(seed, draw(st.integers(4, 45)), px_per_frame=pace)
        n = min(len(pictures), len(shot))
        join = draw(st.sampled_from(["cut", "cut", "dissolve", "fade", "black", "mixed", "gap"]))
        n_join = draw(st.integers(1, 25))
        if join == "dissolve" and n > 3:
            pictures = dissolve(pictures, shot, min(n - 1, n_join))
        elif join == "fade" and n > 3:
            n_half = min(n - 1, n_join)
            n_flat = draw(st.integers(1, 30))
            pictures = fade(pictures, shot, n_half=n_half, n_flat=n_flat, level=16)
        elif join == "black":
            pictures = [*pictures, *flat(16, n_join), *shot]
        elif join == "mixed" and n:
            pictures = [*pictures, *dissolve(pictures[-1:], shot[:1], 1), *shot]
        else:
            gaps += [len(pictures)] if join == "gap" else []
            pictures = [*pictures, *shot]
    return pictures, gaps


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(film=films(), chunk=st.integers(1, 70), rate_fps=st.sampled_from([8, 24, 60]))
def test_nothing_depends_on_chunks_or_on_where_reading_goes_on(
    film: tuple[Pictures, list[int]], chunk: int, rate_fps: int
) -> None:
    pictures, gaps = film
    frames = to_frames(pictures, rate_fps=rate_fps, gaps=gaps)
    rows = flatten(cut(frames, chunk=chunk))
    assert rows == flatten(cut(frames))
    assert [row[1] for row in rows] == list(range(len(frames)))
    shots = [row[4] for row in rows if row[4] is not None]
    assert [shot.start_frame for shot in shots] == [row[1] for row in rows if row[3]]
    for shot in shots:
        flags = [row[2] for row in rows[shot.core_start_frame : shot.core_end_frame]]
        edges = [row[2] for row in rows[shot.start_frame : shot.core_start_frame]]
        edges += [row[2] for row in rows[shot.core_end_frame : shot.end_frame]]
        assert not any(flags)
        assert all(edges)
    check_every_resume(frames, chunk)


def test_a_state_of_other_arrays_is_refused() -> None:
    with pytest.raises(SchemaError, match="numbers"):
        CutterState.from_arrays({"numbers": np.zeros(3, np.int64)})
    with pytest.raises(SchemaError, match="numbers"):
        CutterState.from_arrays({})
