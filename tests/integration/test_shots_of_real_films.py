"""Decoding and cutting together, on real clips whose cuts were found by looking at the frames."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.media.decode import decode_film
from cinefacs.media.frame import Frame
from cinefacs.metrics.detection import match_frames
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.shots.cinemetrics import choose_trend_degree, measure_cutting
from cinefacs.shots.config import ShotConfig
from cinefacs.shots.cutter import make_cutter
from cinefacs.shots.figure import draw_shot_lengths
from cinefacs.shots.transitions import find_transitions
from tests.support.films import GluedTruth, glue_film, real_segments
from tests.support.media import REPOSITORY
from tests.support.pictures import Pictures, lit, to_frames


def cut_chunks(chunks: Iterable[list[Frame]]) -> list[Shot]:
    cutter = make_cutter("ef" * 32, ShotConfig())
    pieces = [piece for chunk in chunks for piece in cutter.push(chunk)]
    return [piece.shot for piece in [*pieces, *cutter.finish()] if piece.shot is not None]


def cut_film(path: Path) -> list[Shot]:
    return cut_chunks(list(chunk) for chunk in decode_film(path))


def cut_pictures(pictures: Pictures) -> list[Shot]:
    return cut_chunks([to_frames(pictures)])


def outline(shots: Iterable[Shot]) -> list[tuple[int, str]]:
    return [(shot.start_frame, str(shot.starts_with)) for shot in shots]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("single_face.mp4", [(0, "film")]),
        ("WolfgangLanger_Pexels.mp4", [(0, "film")]),
        ("no_face.mp4", [(0, "film")]),
        ("face_noface.mov", [(0, "film"), (72, "fade")]),  # one black frame between the two
        ("noface_face.mov", [(0, "film"), (96, "cut")]),
    ],
)
def test_the_shots_of_real_clips(
    pyfeat_media: Path, name: str, expected: list[tuple[int, str]]
) -> None:
    assert outline(cut_film(pyfeat_media / name)) == expected


def test_the_cuts_of_a_broadcast(team_clip: Path) -> None:
    assert outline(cut_film(team_clip)) == [(0, "film"), (20, "cut"), (82, "cut"), (211, "cut")]


def check_glued(truth: GluedTruth) -> None:
    shots = cut_film(truth.path)
    found_cuts = [shot.start_frame for shot in shots if shot.starts_with is ShotStart.CUT]
    assert match_frames(found_cuts, truth.hard_cuts, tolerance_frames=0).f1 == 1
    transitions = find_transitions(shots)
    assert len(transitions) == len(truth.transitions)
    for found, true in zip(transitions, truth.transitions, strict=True):
        assert str(found.kind) == true.kind.partition("_")[0]
        assert abs(found.start_frame - true.start_frame) <= 1
        assert abs(found.end_frame - true.end_frame) <= 1
    boundaries = {shot.start_frame for shot in shots} - set(found_cuts) - {0}
    true_boundaries = [each.boundary for each in truth.transitions]
    assert match_frames(boundaries, true_boundaries, tolerance_frames=1).f1 == 1


def test_a_glued_film_of_constant_rate(glued: GluedTruth) -> None:
    check_glued(glued)


def test_the_figure_of_the_readme_is_what_is_drawn_now(glued: GluedTruth) -> None:
    shots, config = cut_film(glued.path), ShotConfig()
    measured = measure_cutting(
        shots,
        trend_degree=choose_trend_degree(shots, at_most=config.trend_degree),
        moving_average_shots=config.moving_average_shots,
    )
    drawn = draw_shot_lengths(shots, measured, title="Film 001")
    kept = REPOSITORY / "docs" / "images" / "shot-lengths.svg"
    # Whoever changes the figure writes `drawn` there, and looks at it.
    assert kept.read_text(encoding="utf-8") == drawn


def test_a_glued_film_of_variable_rate(pyfeat_media: Path, tmp_path: Path) -> None:
    check_glued(
        glue_film(real_segments(pyfeat_media)[:7], tmp_path / "vfr.mp4", variable_rate=True)
    )


@pytest.fixture(scope="module")
def woman(pyfeat_media: Path) -> Pictures:
    """Return 120 real frames of one face, 320 px wide."""
    frames = (f for chunk in decode_film(pyfeat_media / "WolfgangLanger_Pexels.mp4") for f in chunk)
    return [frame.small_rgb((320, 180)) for _, frame in zip(range(120), frames, strict=False)]


def photograph_flashes(scene: Pictures) -> Pictures:
    lit_at = {30, 31, 37, 52, 53, 54, 80}
    return [lit([p], 2.5, 60)[0] if k in lit_at else p for k, p in enumerate(scene)]


def strobe(scene: Pictures) -> Pictures:
    return [lit([p], 2.2, 40)[0] if k // 2 % 2 else p for k, p in enumerate(scene)]


def light_goes_out(scene: Pictures) -> Pictures:
    return [*scene[:50], *lit(scene[50:], 0.35)]


def light_dims(scene: Pictures) -> Pictures:
    return [lit([p], max(0.4, 1 - k / 60))[0] for k, p in enumerate(scene)]


def grain_in_the_dark(scene: Pictures) -> Pictures:
    rng = np.random.default_rng(0)
    noisy = (0.3 * p + rng.normal(0, 20, p.shape) for p in scene)
    return [np.clip(p, 0, 255).astype(np.uint8) for p in noisy]


def somebody_passes(scene: Pictures) -> Pictures:
    pictures = [p.copy() for p in scene]
    for k in range(40, 60):
        pictures[k][:, max(0, (k - 40) * 40 - 180) : (k - 40) * 40] = (40, 30, 35)
    return pictures


def animated_on_threes(scene: Pictures) -> Pictures:
    return [scene[k // 3 * 3] for k in range(len(scene))]


def zoom(scene: Pictures) -> Pictures:
    return list(_zoom(scene[0], np.linspace(1.0, 0.3, 90)))


def crash_zoom(scene: Pictures) -> Pictures:
    rising = np.linspace(0, 1, 8)
    eased = rising * rising * (3 - 2 * rising)
    return list(_zoom(scene[0], np.concatenate([np.ones(30), 1 - 0.8 * eased, np.full(30, 0.2)])))


def whip_pan(scene: Pictures) -> Pictures:
    wide = np.hstack([scene[0], scene[0][:, ::-1], scene[60]])
    rising = np.linspace(0, 1, 12)
    way = np.concatenate([np.zeros(30), rising * rising * (3 - 2 * rising), np.ones(30)]) * 640
    blurred = []
    for here, there in pairwise(way):
        through = [wide[:, int(x) : int(x) + 320] for x in np.linspace(here, there, 8)]
        blurred.append(np.mean(through, axis=0).astype(np.uint8))
    return blurred


def _zoom(
    picture: npt.NDArray[np.uint8], sizes: npt.NDArray[np.float64]
) -> Iterator[npt.NDArray[np.uint8]]:
    height, width = picture.shape[:2]
    for size in sizes:
        inner = (max(8, int(width * size)), max(8, int(height * size)))
        cropped = cv2.getRectSubPix(picture, inner, (width / 2, height / 2))
        yield np.asarray(cv2.resize(cropped, (width, height)), dtype=np.uint8)


@pytest.mark.parametrize(
    "disturb",
    [
        photograph_flashes, strobe, light_goes_out, light_dims, grain_in_the_dark, somebody_passes,
        animated_on_threes, zoom, crash_zoom, whip_pan,
    ],
)  # fmt: skip
def test_what_is_no_cut(woman: Pictures, disturb: Callable[[Pictures], Pictures]) -> None:
    (shot,) = cut_pictures(disturb(woman))
    assert (shot.core_start_frame, shot.core_end_frame) == (shot.start_frame, shot.end_frame)
