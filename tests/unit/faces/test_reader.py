"""The face reader: what becomes of a shot's faces, in whatever pieces its frames come."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinefacs.faces.config import FaceConfig
from cinefacs.faces.portraits import PortraitKeeper, cut_picture, rate_quality
from cinefacs.faces.reader import FaceReader, FaceReading
from cinefacs.media.frame import Frame
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.records.face_track import Codability
from tests.support.scripted_faces import (
    FILM_ID,
    CountingEmbedder,
    FlatBlendshapes,
    Script,
    ScriptedFinder,
    ScriptedMesher,
    box_at,
    cut_into_pieces,
    make_frame,
)

CONFIG = FaceConfig()
SHOTS = (20, 30, 15)


def three_shots(index: int) -> list[np.ndarray]:
    """Two people; a third for a while; a profile and then nobody."""
    if index < 20:
        return [box_at(60 + index, 90), box_at(220, 90)]
    if index < 50:
        walker = [box_at(40 + 7 * (index - 25), 60, 50)] if 25 <= index < 40 else []
        return [box_at(250, 110, 70), *walker]
    return [box_at(100, 90)] if index < 60 else []


def without_mesh(index: int) -> list[np.ndarray]:
    return three_shots(index) if index < 50 else []


def make_reader(
    *,
    found: Script = three_shots,
    meshed: Script = without_mesh,
    config: FaceConfig = CONFIG,
    embedder: CountingEmbedder | None = None,
    next_track_id: int = 0,
) -> FaceReader:
    return FaceReader(
        FILM_ID,
        config,
        finder=ScriptedFinder(found),
        mesher=ScriptedMesher(meshed),
        blendshapes=FlatBlendshapes(),
        embedder=embedder,
        next_track_id=next_track_id,
    )


def read(reader: FaceReader, pieces: Sequence[ShotFrames]) -> list[FaceReading]:
    readings = [reading for piece in pieces for reading in reader.push(piece)]
    return readings + reader.finish()


def as_values(readings: Sequence[FaceReading]) -> list[dict[str, Any]]:
    return [
        {
            "track": {
                name: np.asarray(getattr(each.track, name)).tolist()
                for name in each.track.__dataclass_fields__
            },
            "blendshapes": each.blendshapes.scores.tolist(),
            "mesh_frames": each.blendshapes.frame_index.tolist(),
            "portraits": [(p.track_id, p.frame_index, p.quality, p.jpeg) for p in each.portraits],
        }
        for each in readings
    ]


def test_each_face_of_each_shot_becomes_a_track() -> None:
    readings = read(make_reader(), cut_into_pieces(SHOTS))
    spans = [
        (each.track.shot_index, int(each.track.frame_index[0]), len(each.track))
        for each in readings
    ]
    assert spans == [(0, 0, 20), (0, 0, 20), (1, 20, 30), (1, 28, 12), (2, 50, 9)]
    assert [each.track.track_id for each in readings] == [0, 1, 2, 3, 4]
    assert all(each.track.film_id == FILM_ID for each in readings)
    assert readings[0].track.end_pts == 20
    assert readings[0].track.is_codable.all()
    assert len(readings[0].blendshapes) == 20


def test_frames_without_a_mesh_have_no_blendshapes_and_a_reason() -> None:
    profile = read(make_reader(), cut_into_pieces(SHOTS))[-1]
    assert len(profile.blendshapes) == 0
    assert profile.blendshapes.scores.shape == (0, 52)
    assert set(profile.track.codability_code) == {list(Codability).index(Codability.NO_LANDMARKS)}
    assert profile.track.is_measured.tolist() == [True, False] * 4 + [True]


def test_unseen_frames_lie_on_the_line_between_sightings() -> None:
    def script(index: int) -> list[np.ndarray]:
        return [box_at(60 + index**2 / 2, 90)]

    config = replace(CONFIG, weak_find_rate_hz=6.0, max_match_distance=2.0)
    (reading,) = read(
        make_reader(found=script, meshed=lambda _: [], config=config), cut_into_pieces([13])
    )
    track = reading.track
    assert track.is_measured.tolist() == [i % 4 == 0 for i in range(13)]
    centre = (track.box_xyxy[:, 0] + track.box_xyxy[:, 2]) / 2
    truth = [60 + (4 * (i // 4)) ** 2 / 2 for i in (0, 4, 8, 12)]
    expected = np.interp(np.arange(13), [0, 4, 8, 12], truth)
    assert centre == pytest.approx(expected, abs=1e-3)
    eyes = track.points_xy[:, 0, 0]
    assert eyes == pytest.approx(expected - 30 + 0.3 * 60, abs=1e-3)
    assert track.score.tolist() == pytest.approx([0.9 if i % 4 == 0 else 0.0 for i in range(13)])


@given(piece=st.integers(1, 40))
@settings(max_examples=12, deadline=None)
def test_pieces_do_not_matter(piece: int) -> None:
    whole = as_values(read(make_reader(), cut_into_pieces(SHOTS)))
    assert as_values(read(make_reader(), cut_into_pieces(SHOTS, piece=piece))) == whole


@pytest.mark.parametrize("first_shot", [1, 2])
def test_reading_can_go_on_at_any_shot(first_shot: int) -> None:
    whole = as_values(read(make_reader(), cut_into_pieces(SHOTS)))
    before = make_reader()
    for piece in cut_into_pieces(SHOTS[:first_shot], piece=6):
        before.push(piece)
    rest = make_reader(next_track_id=before.next_track_id)
    again = as_values(read(rest, cut_into_pieces(SHOTS, piece=9, first_shot=first_shot)))
    assert again == [each for each in whole if each["track"]["shot_index"] >= first_shot]


def test_a_shot_gives_out_all_its_tracks_at_its_end() -> None:
    reader = make_reader()
    given_out = [len(reader.push(piece)) for piece in cut_into_pieces(SHOTS)]
    assert given_out == [2, 2, 1]
    assert reader.finish() == []
    assert reader.next_track_id == 5


def test_frames_of_a_transition_have_no_faces_and_part_tracks() -> None:
    readings = read(make_reader(), cut_into_pieces([20], mixed=frozenset({0, 1, 9, 10, 19})))
    spans = [(int(r.track.frame_index[0]), int(r.track.frame_index[-1])) for r in readings]
    assert spans == [(2, 8), (2, 8), (11, 18), (11, 18)]
    assert readings[2].track.is_measured[0]  # the finder looks at the first frame after it


def test_a_long_track_comes_in_pieces_and_memory_stays_flat() -> None:
    config = replace(CONFIG, max_track_s=1.0)
    reader = make_reader(
        found=lambda _: [box_at(90, 90)], meshed=lambda _: [box_at(90, 90)], config=config
    )
    given_out: list[list[FaceReading]] = [
        reader.push(piece) for piece in cut_into_pieces([100], piece=1)
    ]
    spans = [
        (i, int(r.track.frame_index[0]), len(r.track))
        for i, some in enumerate(given_out)
        for r in some
    ]
    assert spans == [(24, 0, 24), (48, 24, 24), (72, 48, 24), (96, 72, 24), (99, 96, 4)]


def test_pieces_of_a_flickering_face_end_with_a_sighting() -> None:
    config = replace(CONFIG, max_track_s=1.0)
    reader = make_reader(found=lambda _: [box_at(90, 90)], meshed=lambda _: [], config=config)
    readings = read(reader, cut_into_pieces([60]))
    assert len(readings) == 3
    assert all(each.track.is_measured[[0, -1]].all() for each in readings)


def test_an_old_track_holds_back_younger_ones_until_it_ends() -> None:
    def script(index: int) -> list[np.ndarray]:
        return [box_at(60, 90), *([box_at(220, 90)] if index < 12 else [])]

    reader = make_reader(found=script, meshed=script)
    pieces = cut_into_pieces([60], piece=10)
    given_out = [[r.track.track_id for r in reader.push(piece)] for piece in pieces]
    assert given_out == [[], [], [], [], [], [0, 1]]


def test_a_face_that_was_hardly_seen_is_a_false_alarm() -> None:
    def script(index: int) -> list[np.ndarray]:
        return [box_at(60, 90)] if index < 1 else []

    reader = make_reader(found=script, meshed=script)
    assert read(reader, cut_into_pieces([20])) == []
    assert reader.next_track_id == 0


def test_a_face_that_ends_within_its_first_frame_is_no_track() -> None:
    """The finder may see one face as two; the younger double ends before it has any row."""
    face = box_at(90, 90)
    readings = read(
        make_reader(found=lambda _: [face, face + 2], meshed=lambda _: [face]),
        cut_into_pieces([20]),
    )
    assert [len(each.track) for each in readings] == [20]


def test_pixels_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    dropped: list[int] = []
    drop = Frame.drop_pixels

    def drop_and_note(frame: Frame) -> None:
        dropped.append(frame.index)
        drop(frame)

    monkeypatch.setattr(Frame, "drop_pixels", drop_and_note)
    read(make_reader(), cut_into_pieces(SHOTS, piece=7, mixed=frozenset({3})))
    assert dropped == list(range(sum(SHOTS)))


def test_recognisable_pictures_get_identities_and_only_a_few() -> None:
    embedder = CountingEmbedder()
    readings = read(make_reader(embedder=embedder), cut_into_pieces(SHOTS))
    vectors = [[p.embedding is not None for p in each.portraits] for each in readings]
    assert vectors[0] == [True, True, True, False, False]
    assert sum(vectors[-1]) == 3  # a profile: not codable, but somebody
    assert embedder.n_faces == sum(map(sum, vectors))


def test_portraits_are_small_jpegs_of_the_track_spread_in_time() -> None:
    portraits = read(make_reader(), cut_into_pieces(SHOTS))[0].portraits
    assert len(portraits) == 5
    frames = sorted(p.frame_index for p in portraits)
    assert min(np.diff(frames)) >= 2
    qualities = [p.quality for p in portraits]
    assert qualities == sorted(qualities, reverse=True)
    picture = cv2.imdecode(np.frombuffer(portraits[0].jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (112, 112, 3)


def test_the_keeper_holds_a_bounded_number_however_long_the_track() -> None:
    frame = make_frame(0)
    points = np.array([[50, 50], [80, 50], [65, 65], [55, 80], [75, 80]], np.float32)
    keeper = PortraitKeeper()
    n_cut = 0
    for index in range(3000):
        quality = 2.0 if index in {100, 101, 1500, 2900} else 1 + (index % 17) / 100

        def cut(index: int = index, quality: float = quality) -> Any:  # noqa: ANN401
            nonlocal n_cut
            n_cut += 1
            return cut_picture(
                frame.rgb(), points, frame_index=index, quality=quality, is_recognisable=True
            )

        keeper.offer(Fraction(index, 24), quality, cut)
    assert len(keeper._slots) <= 16
    assert n_cut < 1500
    chosen = keeper.choose(3, last_frame=2999)
    assert sorted(p.frame_index for p in chosen) == [100, 1500, 2900]
    assert [p.frame_index for p in keeper.choose(1, last_frame=1499)] == [100]
    assert keeper.choose(3, last_frame=-1) == []


@pytest.mark.parametrize("turn_deg", [0, 30, -75])
def test_portraits_and_chips_are_upright(turn_deg: float) -> None:
    """Five coloured points, turned in the picture, come to lie where the network wants them."""
    shape = np.array([[-28, -29], [28, -29], [0, 4], [-27, 31], [27, 31]], float)
    angle = np.radians(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (1.5 * shape @ turn.T + 150).astype(np.float32)
    rgb = np.zeros((300, 300, 3), np.uint8)
    for x, y in points:
        cv2.circle(rgb, (round(float(x)), round(float(y))), 6, (255, 255, 255), -1)
    picture = cut_picture(rgb, points, frame_index=0, quality=1.0, is_recognisable=True)
    left_eye, right_eye = (46, 46), (103, 46)
    for x, y in (left_eye, right_eye, (75, 79), (48, 106), (102, 106)):
        assert picture.chip_rgb[y, x].min() > 200
    bright = np.argwhere(picture.portrait_rgb[:, :, 0] > 128)
    assert bright[:, 0].min() == pytest.approx(112 * (0.5 - 0.75 * 0.193) - 3, abs=4)


def test_quality_prefers_codable_then_large_sharp_and_frontal() -> None:
    frontal, turned = np.zeros(3, np.float32), np.array([40, 10, 0], np.float32)

    def rate(**changes: Any) -> float:  # noqa: ANN401
        facts: dict[str, Any] = {
            "height_px": 100,
            "sharpness": 100,
            "pose_deg": frontal,
            "is_codable": True,
        }
        return rate_quality(**(facts | changes))

    assert rate() == pytest.approx(1 + 100 / 150 * 0.5)
    assert rate(height_px=150) == rate(height_px=900) > rate()
    assert rate(sharpness=300) > rate() > rate(pose_deg=turned)
    assert rate(pose_deg=None, is_codable=False) < rate(is_codable=False) < 1 < rate(height_px=1)


def test_points_in_one_place_make_no_portrait() -> None:
    reader = make_reader(found=lambda _: [box_at(90, 90, 0.0)], meshed=lambda _: [])
    (reading,) = read(reader, cut_into_pieces([12]))
    assert reading.portraits == ()
