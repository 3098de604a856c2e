"""From scripted blendshapes to suggestions."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.facs.codes import Side
from cinefacs.labels.suggest.blendshape_mapping import MappingMark, standard_mappings
from cinefacs.labels.suggest.config import SuggestConfig
from cinefacs.pipeline.suggest_spans import (
    CharacterSuggestions,
    score_track,
    suggest_for_character,
)
from cinefacs.records.au_label import AuLabel
from cinefacs.records.label_checks import SUGGESTED
from cinefacs.records.time_span import TimeSpan
from tests.support.suggesting import TICKS, TIME_BASE, ScriptedFace, levels, script_face

MAPPINGS = tuple(each for each in standard_mappings() if each.mark is not MappingMark.NONE)
WHEN = "2026-11-25T10:00:00+00:00"
REST = [0.02] * 200


def suggest(*faces: ScriptedFace, config: SuggestConfig | None = None) -> CharacterSuggestions:
    scores = [score_track(*face, MAPPINGS) for face in faces]
    seen = [each for each in scores if each is not None]
    return suggest_for_character(3, seen, MAPPINGS, config or SuggestConfig(), changed_at=WHEN)


def of_au(suggestions: CharacterSuggestions, *aus: int) -> list[AuLabel]:
    return [label for label in suggestions.labels if label.au in aus]


def frames_of(span: TimeSpan) -> tuple[int, int]:
    return span.start_pts // TICKS, span.end_pts // TICKS


def smile(
    values: Sequence[float], right: Sequence[float] | None = None
) -> dict[str, Sequence[float]]:
    return {"mouthSmileLeft": values, "mouthSmileRight": values if right is None else right}


def test_a_smile_becomes_one_label_with_exact_times() -> None:
    values = levels((80, 0.02), (2, 0.3), (40, 0.9), (3, 0.3), (75, 0.02))
    suggestions = suggest(script_face(smile(values), n_frames=200))
    (label,) = suggestions.labels
    assert frames_of(label.span) == (80, 125)  # down to where the rise falls below 0.2
    assert label.apex_pts == 82 * TICKS
    assert (label.au, label.side, label.character_number) == (12, Side.BOTH, 3)
    assert (label.coder, label.source, label.label_set) == (SUGGESTED, "blendshapes", "blendshapes")
    assert (label.intensity, label.flags) == (None, ())
    assert label.score == pytest.approx((0.9 - 0.02) / (1 - 0.02))


def test_the_own_neutral_is_taken_away() -> None:
    always_high = levels((100, 0.45), (30, 0.5), (70, 0.45))
    assert of_au(suggest(script_face(smile(always_high), n_frames=200)), 12) == []
    higher = levels((100, 0.45), (30, 0.9), (70, 0.45))
    assert len(of_au(suggest(script_face(smile(higher), n_frames=200)), 12)) == 1


def test_who_smiles_for_most_of_the_time_still_has_a_smile() -> None:
    values = levels((40, 0.02), (160, 0.9))
    (label,) = of_au(suggest(script_face(smile(values), n_frames=200)), 12)
    assert frames_of(label.span) == (40, 200)
    assert label.flags == ("offset_unseen",)


def test_a_face_seen_too_shortly_has_no_neutral_and_says_so() -> None:
    suggestions = suggest(script_face(smile([0.9] * 20), n_frames=20))
    (label,) = of_au(suggestions, 12)
    assert not suggestions.has_neutral
    assert label.flags == ("neutral_unknown", "onset_unseen", "offset_unseen")
    assert label.score == pytest.approx(0.9)


@pytest.mark.parametrize(("left", "right", "side"), [
    (0.9, 0.9, Side.BOTH), (0.9, 0.1, Side.LEFT), (0.1, 0.9, Side.RIGHT), (0.9, 0.4, Side.BOTH),
])  # fmt: skip
def test_one_side_is_named_where_the_other_hardly_moves(
    left: float, right: float, side: Side
) -> None:
    parts = [levels((80, 0.0), (40, level), (80, 0.0)) for level in (left, right)]
    (label,) = of_au(suggest(script_face(smile(*parts), n_frames=200)), 12)
    assert label.side is side


def test_lips_have_a_top_and_a_bottom() -> None:
    rolled = {"mouthRollLower": levels((80, 0.0), (40, 0.5), (80, 0.0))}
    (label,) = of_au(suggest(script_face(rolled, n_frames=200)), 28)
    assert label.side is Side.BOTTOM
    assert label.flags == ("mapping_approximate",)


@pytest.mark.parametrize(
    ("n_frames", "right", "expected"),
    [
        (6, 0.9, [(45, Side.BOTH)]),  # 240 ms
        (6, 0.0, [(46, Side.LEFT)]),
        (12, 0.9, [(45, Side.BOTH)]),  # 480 ms
        (13, 0.9, [(43, Side.BOTH)]),  # 520 ms
        (50, 0.0, [(43, Side.LEFT)]),
    ],
)
def test_blink_wink_and_closed_eyes_are_told_apart(
    n_frames: int, right: float, expected: list[tuple[int, Side]]
) -> None:
    eyes = {
        "eyeBlinkLeft": levels((80, 0.0), (n_frames, 0.9), (120 - n_frames, 0.0)),
        "eyeBlinkRight": levels((80, 0.0), (n_frames, right), (120 - n_frames, 0.0)),
    }
    labels = of_au(suggest(script_face(eyes, n_frames=200)), 43, 45, 46)
    assert [(label.au, label.side) for label in labels] == expected


def test_a_slip_of_one_frame_is_no_action() -> None:
    values = levels((80, 0.0), (1, 0.9), (119, 0.0))
    assert suggest(script_face(smile(values), n_frames=200)).labels == ()


def test_a_pause_of_two_frames_is_bridged_and_a_long_one_not() -> None:
    short = levels((80, 0.0), (20, 0.9), (2, 0.0), (20, 0.9), (78, 0.0))
    long = levels((60, 0.0), (20, 0.9), (20, 0.0), (20, 0.9), (80, 0.0))
    assert len(suggest(script_face(smile(short), n_frames=200)).labels) == 1
    assert len(suggest(script_face(smile(long), n_frames=200)).labels) == 2


def test_what_could_not_be_coded_is_neither_scored_nor_gone_through() -> None:
    values = levels((80, 0.0), (40, 0.9), (80, 0.0))
    face = script_face(smile(values), n_frames=200, not_codable=range(100, 160),
                       without_mesh=range(20, 30))  # fmt: skip
    suggestions = suggest(face)
    assert [frames_of(each.span) for each in suggestions.coded] == [(0, 20), (30, 100), (160, 200)]
    (label,) = suggestions.labels
    assert frames_of(label.span) == (80, 100)
    assert label.flags == ("offset_unseen",)
    assert len(suggestions.scores) == 130


def test_short_gaps_do_not_part_what_was_gone_through() -> None:
    face = script_face(smile(REST), n_frames=200, not_codable=[50, 51])
    (coded,) = suggest(face).coded
    assert frames_of(coded.span) == (0, 200)


def test_only_action_units_with_scores_were_looked_for() -> None:
    (coded,) = suggest(script_face(smile(REST), n_frames=200)).coded
    assert coded.aus == tuple(each.au for each in MAPPINGS)
    assert not {5, 6, 9, 57} & set(coded.aus)
    assert not coded.has_emotions


def test_a_face_without_a_mesh_or_without_a_codable_frame_has_no_scores() -> None:
    track, shapes = script_face(smile(REST), n_frames=200, not_codable=range(200))
    assert score_track(track, shapes, MAPPINGS) is None
    assert score_track(track, None, MAPPINGS) is None
    track, shapes = script_face(smile(REST), n_frames=200, without_mesh=range(200))
    assert score_track(track, shapes, MAPPINGS) is None


def test_the_neutral_is_one_for_all_tracks_and_no_span_leaves_its_track() -> None:
    first = script_face(smile([0.3] * 200), n_frames=200)
    second = script_face(
        smile(levels((100, 0.3), (100, 0.9))), n_frames=200, track_id=1, first_frame=200
    )
    third = script_face(smile([0.9] * 50), n_frames=50, track_id=2, first_frame=400)
    suggestions = suggest(first, second, third)
    assert [frames_of(label.span) for label in suggestions.labels] == [(300, 400), (400, 450)]
    assert suggestions.labels[0].score == pytest.approx((0.9 - 0.3) / (1 - 0.3))
    assert suggestions.rise[12].shape == (450,)


def test_a_head_is_told_against_the_camera_and_not_against_its_own_neutral() -> None:
    turned = {"yaw": [30.0] * 200}
    (label,) = suggest(script_face({}, n_frames=200, pose_deg=turned)).labels
    assert (label.au, label.side) == (51, Side.BOTH)  # to the picture's right is the person's left
    assert label.score == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("angle", "degrees", "au"),
    [("yaw", -30, 52), ("pitch", 30, 53), ("pitch", -30, 54), ("roll", 30, 55), ("roll", -30, 56)],
)
def test_directions_of_the_head(angle: str, degrees: float, au: int) -> None:
    (label,) = suggest(script_face({}, n_frames=50, pose_deg={angle: [degrees] * 50})).labels
    assert label.au == au


def test_a_smile_alone_suggests_no_upper_lip_raiser_and_no_lip_pressor() -> None:
    values = levels((80, 0.0), (40, 0.9), (80, 0.0))
    lifted = smile(values) | dict.fromkeys(
        ("mouthUpperUpLeft", "mouthUpperUpRight", "mouthPressLeft"), values
    )
    assert of_au(suggest(script_face(lifted, n_frames=200)), 10, 24) == []


def test_smoothing_is_an_option_that_flattens() -> None:
    values = levels((80, 0.0), (3, 0.5), (117, 0.0))
    face = script_face(smile(values), n_frames=200)
    assert len(suggest(face).labels) == 1
    assert suggest(face, config=SuggestConfig(smoothing_ms=200.0)).labels == ()


@given(st.integers(0, 2**32 - 1), st.integers(30, 120))
def test_suggestions_lie_where_the_face_was_seen_and_never_claim_a_strength(
    seed: int, n_frames: int
) -> None:
    rng = np.random.default_rng(seed)
    walk = np.clip(np.cumsum(rng.normal(0, 0.15, (n_frames, 52)), axis=0), 0, 1)
    track, shapes = script_face(
        {}, n_frames=n_frames, not_codable=np.flatnonzero(rng.random(n_frames) < 0.2).tolist()
    )
    shapes = dataclasses.replace(shapes, scores=walk.astype(np.float32))
    suggestions = suggest((track, shapes))
    starts = {span.span.start_pts for span in suggestions.coded}
    assert starts
    for label in suggestions.labels:
        assert label.score is not None
        assert label.score >= SuggestConfig().start_rise - 1e-6
        assert (label.coder, label.intensity) == (SUGGESTED, None)
        assert any(
            span.span.start_pts <= label.span.start_pts and label.span.end_pts <= span.span.end_pts
            for span in suggestions.coded
        )
        assert label.span.time_base == TIME_BASE
