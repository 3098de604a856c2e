"""Face tracks, blendshapes, portraits, characters, clips and run records are checked when made."""

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.face_track import (
    CODABILITY_ORDER,
    Blendshapes,
    Codability,
    FaceTrack,
    Portrait,
    recognisable,
)
from cinefacs.records.run_record import RunRecord
from cinefacs.records.time_span import TimeSpan
from tests.support.records import FILM_ID, blendshapes, face_tracks

Record = FaceTrack | Blendshapes | Portrait | Character | Clip
N = 3
TRACK = FaceTrack(
    film_id=FILM_ID,
    track_id=5,
    shot_index=2,
    time_base=Fraction(1, 24),
    frame_index=np.array([7, 8, 9]),
    pts=np.array([70, 80, 95]),
    end_pts=105,
    box_xyxy=np.zeros((N, 4), np.float32),
    points_xy=np.zeros((N, 5, 2), np.float32),
    score=np.array([0, 0.5, 1], np.float32),
    is_measured=np.array([True, False, False]),
    sharpness=np.zeros(N, np.float32),
    luma=np.zeros(N, np.float32),
    codability_code=np.array([0, 1, 0], dtype=np.uint8),
)
SHAPES = Blendshapes(
    film_id=FILM_ID,
    track_id=5,
    frame_index=np.array([7, 9]),
    pose_deg=np.zeros((2, 3), np.float32),
    scores=np.full((2, 52), 0.5, np.float32),
)
PORTRAIT = Portrait(
    film_id=FILM_ID,
    track_id=5,
    frame_index=8,
    quality=0.7,
    jpeg=b"\xff\xd8\xff\xd9",
    embedding=np.full(128, 1 / np.sqrt(128), np.float32),
)
CHARACTER = Character(
    film_id=FILM_ID,
    character_number=6,
    name="",
    is_under_study=False,
    track_ids=(1, 5),
    n_face_frames=10,
    n_codable_frames=4,
)
CLIP = Clip(
    film_id=FILM_ID,
    film_number=3,
    character_number=6,
    clip_number=7,
    shot_index=2,
    start_frame=100,
    end_frame=160,
    span=TimeSpan(start_pts=100, end_pts=160, time_base=Fraction(1, 24)),
    n_codable_frames=55,
    is_short=False,
)


def refuse(record: Record, changes: dict[str, Any], match: str) -> None:
    with pytest.raises(SchemaError, match=match):
        dataclasses.replace(record, **changes)


@given(face_tracks())
def test_a_track_counts_its_rows_and_freezes_them(track: FaceTrack) -> None:
    n = len(track)
    for field in dataclasses.fields(track):
        value = getattr(track, field.name)
        if isinstance(value, np.ndarray):
            assert len(value) == n
            assert not value.flags.writeable
    assert track.span.start_pts == track.pts[0]
    assert track.span.end_pts == track.end_pts
    assert track.span.time_base == track.time_base


@given(face_tracks())
def test_codable_is_one_reason_among_all(track: FaceTrack) -> None:
    reasons = [CODABILITY_ORDER[code] for code in track.codability_code]
    assert track.is_codable.tolist() == [reason is Codability.CODABLE for reason in reasons]


def test_a_track_is_a_copy_of_what_it_was_made_from() -> None:
    score = np.array([0.25, 0.5, 1], np.float32)
    track = dataclasses.replace(TRACK, score=score)
    score[0] = 9
    assert track.score[0] == np.float32(0.25)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"track_id": -1}, r"FaceTrack\.track_id: expected 0 or more, got -1"),
        ({"frame_index": np.zeros(0, np.int64)}, "FaceTrack: expected at least one frame"),
        ({"frame_index": np.array([7, 9, 10])}, "got 7 then 9 in rows 0 and 1"),
        ({"frame_index": np.array([-1, 0, 1])}, r"FaceTrack\.frame_index: expected 0 or more"),
        ({"pts": np.array([70, 80, 80])}, "got 80 then 80 in rows 1 and 2"),
        ({"end_pts": 95}, "a tick after the last pts, 95, got 95"),
        ({"score": np.array([0, 0.5, 1.5])}, r"FaceTrack\.score: expected 0 to 1, got 1\.5"),
        ({"codability_code": np.array([0, 8, 0], np.uint8)}, "expected 0 to 7, got 8"),
        ({"box_xyxy": np.zeros((N, 5))}, r"FaceTrack\.box_xyxy: expected shape \(3, 4\)"),
        ({"points_xy": np.zeros((N, 10))}, r"expected shape \(3, 5, 2\), got \(3, 10\)"),
        ({"luma": np.array([0, np.nan, 0])}, r"FaceTrack\.luma: expected finite numbers"),
        ({"is_measured": np.zeros(N)}, "expected values of bool, got float64"),
    ],
)
def test_a_track_that_cannot_be_is_refused(changes: dict[str, Any], match: str) -> None:
    refuse(TRACK, changes, match)


@given(blendshapes())
def test_blendshapes_count_only_frames_with_a_mesh(shapes: Blendshapes) -> None:
    assert len(shapes) == len(shapes.frame_index) == len(shapes.scores) == len(shapes.pose_deg)
    assert not shapes.scores.flags.writeable


def test_no_frame_with_a_mesh_is_allowed() -> None:
    shapes = Blendshapes(
        film_id=FILM_ID,
        track_id=0,
        frame_index=np.zeros(0, np.int64),
        pose_deg=np.zeros((0, 3), np.float32),
        scores=np.zeros((0, 52), np.float32),
    )
    assert len(shapes) == 0


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"frame_index": np.array([9, 7])}, r"frame_index: expected ascending values, got 9"),
        ({"scores": np.zeros((2, 51))}, r"expected shape \(2, 52\), got \(2, 51\)"),
        ({"scores": np.full((2, 52), -0.5)}, r"Blendshapes\.scores: expected 0 to 1, got -0\.5"),
        ({"pose_deg": np.full((2, 3), np.inf)}, r"Blendshapes\.pose_deg: expected finite"),
    ],
)
def test_blendshapes_that_cannot_be_are_refused(changes: dict[str, Any], match: str) -> None:
    refuse(SHAPES, changes, match)


def test_a_portrait_may_lack_an_identity_but_not_a_picture() -> None:
    assert dataclasses.replace(PORTRAIT, embedding=None).embedding is None
    assert PORTRAIT.embedding is not None
    assert PORTRAIT.embedding.dtype == np.float32
    refuse(PORTRAIT, {"jpeg": b"GIF8"}, "a JPEG file")
    refuse(PORTRAIT, {"embedding": np.zeros(64)}, r"expected shape \(128,\), got \(64,\)")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"character_number": 0}, r"Character\.character_number: expected 1 or more"),
        ({"track_ids": ()}, "expected at least one for its faces"),
        ({"track_ids": (5, 1)}, "ascending"),
        ({"track_ids": (1, 1)}, "different numbers"),
        ({"n_codable_frames": 11}, "expected 0 to 10, got 11"),
        ({"n_codable_frames": -1}, "expected 0 to 10, got -1"),
    ],
)
def test_a_character_that_cannot_be_is_refused(changes: dict[str, Any], match: str) -> None:
    refuse(CHARACTER, changes, match)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"film_number": 0}, "Clip numbers"),
        ({"character_number": 0}, "Clip numbers"),
        ({"clip_number": 0}, "Clip numbers"),
        ({"start_frame": -1}, "Clip frames"),
        ({"end_frame": 100}, "Clip frames"),
        ({"n_codable_frames": 61}, "expected 0 to 60, got 61"),
        ({"n_codable_frames": -1}, "expected 0 to 60, got -1"),
    ],
)
def test_a_clip_that_cannot_be_is_refused(changes: dict[str, Any], match: str) -> None:
    refuse(CLIP, changes, match)


def test_a_tag_reads_as_in_the_paper() -> None:
    assert CLIP.tag == "003-06-0007"
    assert CLIP.n_frames == 60


@given(st.tuples(*[st.integers(1, 10**6)] * 3))
def test_a_tag_widens_and_never_wraps(numbers: tuple[int, int, int]) -> None:
    film_number, character_number, clip_number = numbers
    clip = dataclasses.replace(
        CLIP,
        film_number=film_number,
        character_number=character_number,
        clip_number=clip_number,
    )
    assert tuple(int(part) for part in clip.tag.split("-")) == numbers


@pytest.mark.parametrize(
    "record",
    [TRACK, SHAPES, PORTRAIT, CHARACTER, CLIP],
    ids=lambda record: type(record).__name__,
)
def test_a_record_cannot_be_changed(record: Record) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.film_id = "other"  # type: ignore[misc]


@pytest.fixture
def run_record() -> Callable[..., RunRecord]:
    def build(digest: str) -> RunRecord:
        return RunRecord(
            verb="collect",
            code_version="0.1.0",
            config={},
            config_digest=digest,
            inputs={},
            models={},
            libraries={},
            seed=0,
            device="CPU",
            started_at="2026-01-01T00:00:00Z",
            finished_at="2026-01-01T00:00:01Z",
        )

    return build


def test_a_run_record_needs_a_whole_digest(run_record: Callable[..., RunRecord]) -> None:
    record = run_record("0" * 64)
    assert record.notes == ()
    assert record.failed == {}
    with pytest.raises(SchemaError, match=r"RunRecord\.config_digest: expected a SHA-256"):
        run_record("0" * 63)


def test_a_picture_names_its_clip_by_tag() -> None:
    frame = ClipFrame(
        film_id=FILM_ID, clip_tag="003-06-0007", picture_number=8, frame_index=1, pts=1,
        shown_at_s=Fraction(1, 24),
    )  # fmt: skip
    assert frame.tag == "003-06-0007-0008"
    with pytest.raises(SchemaError, match=r"ClipFrame\.clip_tag: expected a tag"):
        dataclasses.replace(frame, clip_tag="3-6-7")


@pytest.mark.parametrize(
    ("reason", "height_px", "luma", "can_tell"),
    [
        (Codability.CODABLE, 60, 100, True),
        (Codability.CODABLE, 24, 100, True),  # somebody set the coder's limit lower
        (Codability.TOO_SMALL, 40, 100, True),
        (Codability.TOO_SMALL, 31, 100, False),
        (Codability.TOO_SMALL, 40, 10, False),  # too dark as well, of which only one is noted
        (Codability.CUT_OFF, 60, 100, True),
        (Codability.CUT_OFF, 60, 240, False),
        (Codability.TURNED_AWAY, 60, 100, True),
        (Codability.TURNED_AWAY, 31, 100, False),
        (Codability.TOO_DARK, 60, 20, False),
        (Codability.TOO_BRIGHT, 60, 240, False),
    ],
)
def test_who_it_is_can_be_told_from_32_px_on_in_enough_light(
    reason: Codability, height_px: float, luma: float, can_tell: bool
) -> None:
    found = recognisable(
        np.array([CODABILITY_ORDER.index(reason)], np.uint8),
        height_px=np.array([height_px], np.float32),
        luma=np.array([luma], np.float32),
    )
    assert found.tolist() == [can_tell]
