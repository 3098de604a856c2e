"""Tracks and characters of a film glued from real clips, against what the eye sees.

Truth: who is to be seen in each segment was checked by eye (`tests.support.films.real_segments`);
shots and transitions are known because the film was made so. The group photograph shows five
people. Of the team's clip it was noted by eye which people can be read and which cannot.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from cinefacs.engines.catalog import model_path
from cinefacs.errors import ModelError
from cinefacs.faces.blendshapes import BlendshapeReader
from cinefacs.faces.characters import gather_characters
from cinefacs.faces.config import FaceConfig
from cinefacs.faces.finder import FaceFinder
from cinefacs.faces.identity import DlibEmbedder
from cinefacs.faces.mesh import FaceMesher
from cinefacs.faces.reader import FaceReader, FaceReading
from cinefacs.faces.track_summary import summarise_track
from cinefacs.media.frame import Frame
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.metrics.clustering import pair_scores
from cinefacs.records.face_track import Codability
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan
from tests.support.films import GluedTruth
from tests.support.media import skip_or_fail
from tests.support.networks import film_frames, open_network

FILM_ID = "0f" * 32
CONFIG = FaceConfig()
TEAM_CUTS = (20, 82, 211)


def open_embedder() -> DlibEmbedder:
    try:
        return DlibEmbedder(model_path("dlib-face-recognition"))
    except ModelError as error:
        skip_or_fail(f"{error.message}: {error.hint}")
        raise


def make_reader(embedder: DlibEmbedder | None) -> FaceReader:
    return FaceReader(
        FILM_ID,
        CONFIG,
        finder=FaceFinder(open_network("centerface")),
        mesher=FaceMesher(open_network("face-landmarks")),
        blendshapes=BlendshapeReader(open_network("face-blendshapes")),
        embedder=embedder,
    )


def shots_of(
    path: Path, first_frames: Sequence[int], mixed: frozenset[int] = frozenset()
) -> Iterator[ShotFrames]:
    """Yield the shots of a film, one piece each."""
    held: list[Frame] = []
    for frame in film_frames(path):
        if frame.index in first_frames[1:]:
            yield as_piece(held, first_frames.index(held[0].index), mixed)
            held = []
        held.append(frame)
    yield as_piece(held, len(first_frames) - 1, mixed)


def as_piece(frames: list[Frame], shot_index: int, mixed: frozenset[int]) -> ShotFrames:
    start, end = frames[0].index, frames[-1].index + 1
    return ShotFrames(
        shot_index=shot_index,
        frames=tuple(frames),
        in_transition=tuple(frame.index in mixed for frame in frames),
        starts_shot=True,
        shot=Shot(
            film_id=FILM_ID,
            shot_index=shot_index,
            start_frame=start,
            end_frame=end,
            core_start_frame=start,
            core_end_frame=end,
            span=TimeSpan(
                start_pts=frames[0].pts,
                end_pts=frames[-1].end_pts,
                time_base=frames[0].time_base,
            ),
            starts_with=ShotStart.FILM if start == 0 else ShotStart.CUT,
        ),
    )


@pytest.fixture(scope="module")
def readings(glued: GluedTruth) -> list[FaceReading]:
    mixed = frozenset(
        frame for each in glued.transitions for frame in range(each.start_frame, each.end_frame)
    )
    reader = make_reader(open_embedder())
    return [
        reading
        for piece in shots_of(glued.path, glued.first_frames, mixed)
        for reading in reader.push(piece)
    ]


@pytest.fixture(scope="module")
def team_readings(team_clip: Path) -> list[FaceReading]:
    reader = make_reader(None)
    return [
        reading for piece in shots_of(team_clip, (0, *TEAM_CUTS)) for reading in reader.push(piece)
    ]


def test_each_person_has_one_track_in_each_shot(
    readings: list[FaceReading], glued: GluedTruth
) -> None:
    n_tracks = np.bincount([each.track.shot_index for each in readings], minlength=16)
    expected = [
        1 if each.person is not None else 5 if each.is_group else 0 for each in glued.segments
    ]
    assert n_tracks.tolist() == expected


def test_tracks_cover_their_shots_but_for_transitions(
    readings: list[FaceReading], glued: GluedTruth
) -> None:
    mixed = {
        frame for each in glued.transitions for frame in range(each.start_frame, each.end_frame)
    }
    ends = [*glued.first_frames[1:], glued.n_frames]
    for each in readings:
        shot = each.track.shot_index
        pure = set(range(glued.first_frames[shot], ends[shot])) - mixed
        assert set(each.track.frame_index.tolist()) == pure


def test_large_bright_faces_can_be_coded(readings: list[FaceReading]) -> None:
    shares = [float(each.track.is_codable.mean()) for each in readings]
    assert min(shares) > 0.95


def test_following_agrees_with_finding(readings: list[FaceReading]) -> None:
    """A box that was followed lies where the next one was found: faces do not drift off."""
    for each in readings:
        box = each.track.box_xyxy
        size = box[:, 2:] - box[:, :2]
        steps = np.abs(np.diff((box[:, :2] + box[:, 2:]) / 2, axis=0)) / size[1:]
        assert np.quantile(steps, 0.95) < 0.1


def test_characters_are_the_people(readings: list[FaceReading], glued: GluedTruth) -> None:
    """No two people in one character; of one person, only the woman who hides her face apart."""
    characters = gather_characters(
        [summarise_track(each.track) for each in readings],
        [portrait for each in readings for portrait in each.portraits],
        film_id=FILM_ID,
        identity_distance=CONFIG.identity_distance,
        unreadable_identity_distance=CONFIG.unreadable_identity_distance,
    )
    number = {key: each.character_number for each in characters for key in each.track_ids}
    truth = [
        glued.segments[each.track.shot_index].person or f"group {each.track.track_id}"
        for each in readings
    ]
    scores = pair_scores([number[each.track.track_id] for each in readings], truth)
    assert scores.precision == 1.0
    assert scores.recall > 0.7
    hidden = next(i for i, each in enumerate(glued.segments) if each.first == 90)
    kept = [i for i, each in enumerate(readings) if each.track.shot_index != hidden]
    without = pair_scores([number[readings[i].track.track_id] for i in kept],
                          [truth[i] for i in kept])  # fmt: skip
    assert without.f1 == 1.0


def test_the_singer_is_followed_without_a_gap(team_readings: list[FaceReading]) -> None:
    (singer,) = [each.track for each in team_readings if each.track.shot_index == 2]
    assert (singer.frame_index[0], singer.frame_index[-1]) == (82, 210)
    assert singer.is_codable.mean() > 0.95


def test_what_cannot_be_coded_has_its_reason(team_readings: list[FaceReading]) -> None:
    """Shot 1: a profile before dark guests. Shot 3: profiles at a table and one blurred man."""

    def reasons(shot_index: int) -> list[set[str]]:
        names = list(Codability)
        return [
            {str(names[code]) for code in each.track.codability_code}
            for each in team_readings
            if each.track.shot_index == shot_index
        ]

    assert {"turned_away"} in reasons(1)
    assert sum(each == {"too_dark"} for each in reasons(1)) >= 3
    assert sum(each == {"turned_away"} for each in reasons(3)) == 3
    assert {"blurred"} in reasons(3)
    assert not any("codable" in each for each in reasons(1) + reasons(3))
