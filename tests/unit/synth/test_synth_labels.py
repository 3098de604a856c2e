"""Labels of the sample film: the frames that its script names, hidden where nobody can see."""

import dataclasses

import numpy as np
import pytest

from cinefacs.facs.codes import Side
from cinefacs.records.au_label import Visibility
from cinefacs.records.expression_label import ExpressionKind
from cinefacs.synth.drives import SHOWABLE_AUS
from cinefacs.synth.face_points import N_LANDMARKS
from cinefacs.synth.film_plan import FilmPlan
from cinefacs.synth.sample_film import sample_document, sample_plan
from cinefacs.synth.truth import FaceTruth
from cinefacs.synth.truth_labels import label_truth
from cinefacs.synth.truth_tables import FaceRow, gather_truth
from tests.support.synth import need_assets

FILM_ID = "a" * 64


def seen_face(intensities: dict[int, tuple[float, float]], *, face_px: float = 120.0) -> FaceTruth:
    """Return a face that is wholly seen."""
    n = len(SHOWABLE_AUS)
    intensity = np.zeros((n, 2), np.float32)
    for au, sides in intensities.items():
        intensity[SHOWABLE_AUS.index(au)] = sides
    return FaceTruth(
        box_xyxy=np.array([10, 10, 10 + face_px * 0.75, 10 + face_px], np.float32),
        points_xy=np.zeros((5, 2), np.float32),
        landmarks_xy=np.zeros((N_LANDMARKS, 2), np.float32),
        pose_deg=(0.0, 0.0, 0.0),
        gaze_deg=(0.0, 0.0),
        visible_share=0.8,
        inside_share=1.0,
        face_px=face_px,
        intensity=intensity,
        au_share=np.ones((n, 2), np.float32),
        au_shift_px=np.full((n, 2), 3.0, np.float32),
    )


def rows_of(plan: FilmPlan, *, face_px: float = 120.0) -> list[FaceRow]:
    """Return a row for each face of each frame, as if all were seen."""
    rows = []
    for shot_index, shot in enumerate(plan.shots):
        for frame in range(shot.start_frame, shot.end_frame):
            for position, part in enumerate(shot.parts):
                acts = part.performance.intensities(frame - shot.core_start_frame)
                rows.append(
                    FaceRow(
                        frame=frame, shot_index=shot_index, position=position,
                        truth=seen_face(acts, face_px=face_px), sharpness=200.0, luma=110.0,
                    )
                )  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def plan() -> FilmPlan:
    need_assets()
    return sample_plan()


def test_expressions_begin_peak_and_end_in_the_frames_of_the_script(plan: FilmPlan) -> None:
    labels = label_truth(plan, rows_of(plan), FILM_ID)
    tick = plan.ticks_per_frame
    found = {
        (
            label.character_number,
            str(label.kind),
            label.emotions[0],
            label.span.start_pts // tick,
            label.apex_pts[0] // tick,
            label.span.end_pts // tick - 1,
        )
        for label in labels.expressions
    }
    expected = {
        (
            each["character"], each["kind"], each["emotion"], each["onset_frame"],
            each["apex_frame"], each["offset_frame"],
        )
        for each in sample_document()["expressions"]
    }  # fmt: skip
    assert found == expected
    kinds = {label.kind for label in labels.expressions}
    assert kinds == {ExpressionKind.MICRO, ExpressionKind.MACRO}


def test_action_units_belong_to_their_expression_and_have_its_side(plan: FilmPlan) -> None:
    labels = label_truth(plan, rows_of(plan), FILM_ID)
    contempt = next(each for each in labels.expressions if each.emotions == ("contempt",))
    own = [au for au in labels.aus if au.expression_id == contempt.expression_id]
    assert {au.au for au in own} == {12, 14}
    assert {au.side for au in own} == {Side.LEFT}
    assert contempt.au_text == "L12C+L14E"


def test_blinks_stand_alone_and_speech_is_flagged(plan: FilmPlan) -> None:
    labels = label_truth(plan, rows_of(plan), FILM_ID)
    blinks = [au for au in labels.aus if au.au == 45]
    assert len(blinks) == 4
    assert all(not blink.expression_id for blink in blinks)
    speech = [au for au in labels.aus if au.flags == ("speech",)]
    assert {au.au for au in speech} >= {25, 26}
    assert all(not au.expression_id for au in speech)


def test_what_is_too_small_is_hidden_and_not_coded(plan: FilmPlan) -> None:
    labels = label_truth(plan, rows_of(plan, face_px=18.0), FILM_ID)
    assert labels.aus
    assert {au.visibility for au in labels.aus} == {Visibility.HIDDEN}
    assert labels.coded == ()


def test_what_is_seen_is_coded_within_the_cores(plan: FilmPlan) -> None:
    labels = label_truth(plan, rows_of(plan), FILM_ID)
    cores = {
        (shot.core_start_frame * plan.ticks_per_frame, shot.core_end_frame * plan.ticks_per_frame)
        for shot in plan.shots
    }
    assert {(span.span.start_pts, span.span.end_pts) for span in labels.coded} == cores


def test_a_face_that_leaves_and_comes_back_is_two_tracks(plan: FilmPlan) -> None:
    rows = [row for row in rows_of(plan) if row.shot_index == 1 and row.frame % 40]
    truth = gather_truth(plan, rows, film_id=FILM_ID, film_number=1)
    first = plan.shots[1].start_frame
    last = plan.shots[1].end_frame - 1
    gaps = len([frame for frame in range(first, last + 1) if not frame % 40])
    assert len(truth.tracks) == gaps + 1
    assert {each.character_number for each in truth.characters} == {2}


def test_clips_keep_to_the_cores_and_to_ten_seconds(plan: FilmPlan) -> None:
    truth = gather_truth(plan, rows_of(plan), film_id=FILM_ID, film_number=3)
    for clip in truth.clips:
        shot = plan.shots[clip.shot_index]
        assert shot.core_start_frame <= clip.start_frame
        assert clip.end_frame <= shot.core_end_frame
        assert clip.span.duration_s <= 10
    assert truth.clips[0].tag == "003-01-0001"


def test_small_dark_and_turned_faces_are_not_codable(plan: FilmPlan) -> None:
    row = rows_of(plan)[0]
    cases = {
        "too_small": dataclasses.replace(row, truth=seen_face({}, face_px=20.0)),
        "too_dark": dataclasses.replace(row, luma=5.0),
        "too_bright": dataclasses.replace(row, luma=250.0),
        "turned_away": dataclasses.replace(
            row, truth=dataclasses.replace(row.truth, pose_deg=(85.0, 0.0, 0.0))
        ),
        "cut_off": dataclasses.replace(row, truth=dataclasses.replace(row.truth, inside_share=0.5)),
    }
    for reason, changed in cases.items():
        truth = gather_truth(plan, [changed], film_id=FILM_ID, film_number=1)
        assert not truth.tracks[0].is_codable[0], reason
        assert truth.clips == ()
