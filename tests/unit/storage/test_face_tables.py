"""Face tracks, meshes and portraits go to disk and come back the same."""

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefacs.records.face_track import Blendshapes, FaceTrack, Portrait
from cinefacs.storage.face_tables import (
    BLENDSHAPE_SCHEMA,
    PORTRAIT_SCHEMA,
    TRACK_SCHEMA,
    blendshapes_to_table,
    portraits_to_table,
    read_blendshapes,
    read_portraits,
    read_tracks,
    track_to_table,
)
from cinefacs.storage.tables import TableWriter, read_table, write_table
from tests.support.records import FILM_ID, blendshapes, face_tracks
from tests.support.suggesting import script_face

by_disk = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_same_track(left: FaceTrack, right: FaceTrack) -> None:
    for name in FaceTrack.__slots__:
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)


@by_disk
@given(data=st.data(), n=st.integers(1, 4))
def test_tracks_round_trip(tmp_path: Path, data: st.DataObject, n: int) -> None:
    films = [FILM_ID, "cd" * 32]
    tracks = [data.draw(face_tracks(track_id=k, film_id=f)) for f in films for k in range(n)]
    path = tmp_path / "tracks.parquet"
    with TableWriter(path, TRACK_SCHEMA) as writer:
        for track in tracks:
            writer.write(track_to_table(track))
    for left, right in zip(tracks, read_tracks(path), strict=True):
        assert_same_track(left, right)


def test_a_track_longer_than_a_piece_comes_back_whole(tmp_path: Path) -> None:
    n = 20_000
    track = FaceTrack(
        film_id=FILM_ID, track_id=0, shot_index=0, time_base=Fraction(1, 24), end_pts=n,
        frame_index=np.arange(n), pts=np.arange(n), box_xyxy=np.zeros((n, 4), np.float32),
        points_xy=np.zeros((n, 5, 2), np.float32), score=np.zeros(n, np.float32),
        is_measured=np.ones(n, np.bool_), sharpness=np.zeros(n, np.float32),
        luma=np.zeros(n, np.float32), codability_code=np.zeros(n, np.uint8),
    )  # fmt: skip
    write_table(tmp_path / "tracks.parquet", track_to_table(track))
    (back,) = read_tracks(tmp_path / "tracks.parquet")
    assert_same_track(track, back)


def test_no_rows_are_no_tracks(tmp_path: Path) -> None:
    write_table(tmp_path / "tracks.parquet", TRACK_SCHEMA.empty_table())
    assert list(read_tracks(tmp_path / "tracks.parquet")) == []


@by_disk
@given(meshes=blendshapes())
def test_blendshapes_round_trip(tmp_path: Path, meshes: Blendshapes) -> None:
    path = tmp_path / "blendshapes.parquet"
    write_table(path, blendshapes_to_table(meshes))
    rows = read_table(path, BLENDSHAPE_SCHEMA).to_pylist()
    assert [row["frame_index"] for row in rows] == meshes.frame_index.tolist()
    for row, pose, scores in zip(rows, meshes.pose_deg, meshes.scores, strict=True):
        np.testing.assert_array_equal(np.float32(row["pose_deg"]), pose)
        np.testing.assert_array_equal(np.float32(row["scores"]), scores)


def test_portraits_round_trip_with_and_without_identity(tmp_path: Path) -> None:
    jpeg = b"\xff\xd8 picture"
    vector = np.linspace(-1, 1, 128, dtype=np.float32)
    portraits = [
        Portrait(film_id=FILM_ID, track_id=0, frame_index=5, quality=0.5, jpeg=jpeg, embedding=v)
        for v in (vector, None)
    ]
    other = Portrait(
        film_id="cd" * 32, track_id=0, frame_index=5, quality=1.0, jpeg=jpeg, embedding=None
    )
    path = tmp_path / "portraits.parquet"
    write_table(path, portraits_to_table([*portraits, other]))
    first, second = read_portraits(path, FILM_ID)
    assert first.embedding is not None
    np.testing.assert_array_equal(first.embedding, vector)
    assert second.embedding is None
    assert (second.frame_index, second.quality, second.jpeg) == (5, 0.5, jpeg)
    assert read_table(path, PORTRAIT_SCHEMA).num_rows == 3


@by_disk
@given(data=st.data(), n=st.integers(1, 4))
def test_blendshapes_round_trip_and_can_be_asked_for_by_film(
    tmp_path: Path, data: st.DataObject, n: int
) -> None:
    films = [FILM_ID, "cd" * 32]
    written = [
        dataclasses.replace(data.draw(blendshapes()), film_id=film, track_id=k)
        for film in films
        for k in range(n)
    ]
    path = tmp_path / "blendshapes.parquet"
    with TableWriter(path, BLENDSHAPE_SCHEMA) as writer:
        for each in written:
            writer.write(blendshapes_to_table(each))
    with_rows = [each for each in written if len(each)]
    assert_same_blendshapes(with_rows, list(read_blendshapes(path)))
    for film in films:
        own = [each for each in with_rows if each.film_id == film]
        assert_same_blendshapes(own, list(read_blendshapes(path, film_id=film)))
    assert list(read_blendshapes(path, film_id="ef" * 32)) == []


def assert_same_blendshapes(left: list[Blendshapes], right: list[Blendshapes]) -> None:
    for one, other in zip(left, right, strict=True):
        for name in Blendshapes.__slots__:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_tracks_can_be_asked_for_by_film(tmp_path: Path) -> None:
    tracks = [
        script_face({}, n_frames=20, track_id=k, film_id=film)[0]
        for film in (FILM_ID, "cd" * 32)
        for k in range(3)
    ]
    path = tmp_path / "tracks.parquet"
    with TableWriter(path, TRACK_SCHEMA) as writer:
        for track in tracks:
            writer.write(track_to_table(track))
    for left, right in zip(tracks[3:], read_tracks(path, film_id="cd" * 32), strict=True):
        assert_same_track(left, right)
    assert list(read_tracks(path, film_id="ef" * 32)) == []
