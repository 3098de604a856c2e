"""What the majority says: support of those who could code, medians, and what stays open."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.agreement.config import ConsensusConfig
from cinefacs.labels.agreement.raters import Rater
from cinefacs.labels.agreement.stretches import read_stretches
from cinefacs.labels.consensus.consensus import settle
from cinefacs.labels.consensus.disputes import DisputeKind
from cinefacs.labels.consensus.labels import consensus_labels
from cinefacs.labels.consensus.majority import FrameState, frame_states, runs_of
from cinefacs.labels.consensus.settlement import Settlement
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.clip import Clip
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionKind, ExpressionLabel
from cinefacs.records.film import Film
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.record_tables import write_records
from cinefacs.storage.study import StudyLayout
from tests.support.labels import WHEN
from tests.support.noisy_coders import (
    make_clip,
    make_coded,
    make_expression,
    make_film,
    make_label,
    write_study,
)

NAMES = ("ann", "bob", "cem", "dee", "eva")
CLIP = make_clip(1, 1000, 1040)
CONFIG = ConsensusConfig()


def settled(
    tmp_path: Path,
    *labels: AuLabel | ExpressionLabel,
    coded: Sequence[CodedSpan] | None = None,
    rulings: Labels | None = None,
    config: ConsensusConfig = CONFIG,
    names: Sequence[str] = NAMES,
) -> Settlement:
    if coded is None:
        coded = [make_coded(CLIP, name, [12], has_emotions=True) for name in names]
    everything = Labels(
        aus=tuple(label for label in labels if isinstance(label, AuLabel)),
        expressions=tuple(label for label in labels if isinstance(label, ExpressionLabel)),
        coded=tuple(coded),
    )
    stretches = read_stretches(write_study(tmp_path, [CLIP], Labels()), everything.coded)
    raters = [Rater(name=name, coder=name, label_set="round-1") for name in names]
    decided = Labels() if rulings is None else rulings  # without labels it is false
    return settle(everything, decided, raters, stretches, config=config)


def seen(settlement: Settlement) -> list[tuple[int, int]]:
    """Return the agreed events in frames of the clip."""
    return [(a.event.start - 1000, a.event.end - 1000) for a in settlement.agreed]


def spans(*times: tuple[str, int, int], **others: object) -> list[AuLabel]:
    return [make_label(CLIP, name, 12, start, end, **others) for name, start, end in times]


class TestFrames:
    @pytest.mark.parametrize(
        ("says", "expected"),
        [
            ("+++--", FrameState.PRESENT),
            ("++---", FrameState.ABSENT),
            ("-----", FrameState.ABSENT),
            ("+++..", FrameState.PRESENT),
            ("+++-.", FrameState.PRESENT),
            ("++--.", FrameState.DISPUTED),
            ("++-..", FrameState.DISPUTED),
            ("++...", FrameState.DISPUTED),
            ("--...", FrameState.UNKNOWN),
            (".....", FrameState.UNKNOWN),
            ("+++---", FrameState.DISPUTED),
            ("++++--", FrameState.PRESENT),
        ],
    )
    def test_three_and_more_than_half_of_those_who_could_code(
        self, says: str, expected: FrameState
    ) -> None:
        present = np.array([["-+.".index(c) for c in says]], np.int8).T
        present[present == 2] = -1
        assert frame_states(present, 3).tolist() == [expected]

    @given(
        present=st.integers(1, 6).flatmap(
            lambda n: st.lists(
                st.lists(st.integers(-1, 1), min_size=n, max_size=n), min_size=1, max_size=8
            )
        ),
        min_support=st.integers(1, 4),
    )
    def test_presence_and_absence_are_decided_alike(
        self, present: list[list[int]], min_support: int
    ) -> None:
        codes = np.array(present, np.int8).T
        mirrored = np.where(codes >= 0, 1 - codes, codes)
        straight, flipped = frame_states(codes, min_support), frame_states(mirrored, min_support)
        assert ((straight == FrameState.PRESENT) == (flipped == FrameState.ABSENT)).all()
        assert ((straight == FrameState.ABSENT) == (flipped == FrameState.PRESENT)).all()

    @given(flags=st.lists(st.booleans(), max_size=12))
    def test_runs_cover_just_the_true_flags(self, flags: list[bool]) -> None:
        covered: npt.NDArray[np.bool_] = np.zeros(len(flags), np.bool_)
        for start, end in runs_of(np.array(flags, np.bool_)):
            assert not covered[max(start - 1, 0) : end].any()
            covered[start:end] = True
        assert covered.tolist() == flags


class TestEvents:
    def test_onset_and_offset_are_the_medians_of_the_supporters(self, tmp_path: Path) -> None:
        found = settled(
            tmp_path,
            *spans(("ann", 10, 20), ("bob", 11, 23), ("cem", 12, 22), ("dee", 13, 21)),
        )
        # Four supporters: the lower of the two in the middle, 11 and 21.
        assert seen(found) == [(11, 21)]
        assert found.agreed[0].event.supporters == (0, 1, 2, 3)
        assert found.agreed[0].event.n_judging == 5
        assert found.disputes == []

    def test_three_of_five_are_enough_and_two_are_overruled(self, tmp_path: Path) -> None:
        assert seen(settled(tmp_path, *spans(*((n, 10, 20) for n in NAMES[:3])))) == [(10, 20)]
        found = settled(tmp_path, *spans(*((n, 10, 20) for n in NAMES[:2])))
        assert (found.agreed, found.disputes, found.n_overruled) == ([], [], 1)
        listing = ConsensusConfig(list_overruled=True)
        (dispute,) = settled(
            tmp_path, *spans(*((n, 10, 20) for n in NAMES[:2])), config=listing
        ).disputes
        assert dispute.kind is DisputeKind.OVERRULED

    def test_apex_side_intensity_and_what_is_not_agreed_on_them(self, tmp_path: Path) -> None:
        labels = [
            make_label(CLIP, name, 12, 10, 20, side=side, intensity=intensity, apex_pts=apex)
            for name, side, intensity, apex in [
                ("ann", Side.LEFT, Intensity.A, 1014),
                ("bob", Side.LEFT, Intensity.C, 1012),
                ("cem", Side.LEFT, Intensity.C, None),
                ("dee", Side.BOTH, None, 1019),
            ]
        ]
        found = settled(tmp_path, *labels)
        event = found.agreed[0].event
        assert (event.apex, event.side, event.intensity, event.flags) == (
            1014, Side.LEFT, Intensity.C, (),
        )  # fmt: skip
        labels[1] = replace(labels[1], side=Side.RIGHT)
        labels[2] = replace(labels[2], side=Side.RIGHT, intensity=Intensity.E)
        labels[3] = replace(labels[3], side=Side.LEFT)
        found = settled(tmp_path, *labels)
        event = found.agreed[0].event
        assert (event.side, event.intensity) == (Side.UNILATERAL, Intensity.C)
        (dispute,) = found.disputes
        assert dispute.kind is DisputeKind.SIDE_AND_INTENSITY
        assert (dispute.span.start_pts, dispute.span.end_pts) == (1010, 1020)
        labels[3] = replace(labels[3], side=Side.BOTH)
        assert settled(tmp_path, *labels).agreed[0].event.side is Side.BOTH

    def test_a_long_event_of_one_does_not_join_two_of_the_others(self, tmp_path: Path) -> None:
        found = settled(
            tmp_path,
            *spans(
                ("ann", 5, 10), ("ann", 20, 25), ("bob", 5, 10), ("bob", 20, 25), ("cem", 5, 25)
            ),
        )
        assert seen(found) == [(5, 10), (20, 25)]

    def test_medians_never_overlap_a_neighbour(self, tmp_path: Path) -> None:
        found = settled(
            tmp_path,
            *spans(
                ("ann", 5, 25), ("bob", 5, 25), ("cem", 5, 25), ("dee", 5, 12), ("dee", 18, 25),
                ("eva", 5, 11), ("eva", 19, 25),
            ),
            *spans(("ann", 12, 18), visibility=Visibility.NOT_CODABLE),
        )  # fmt: skip
        events = seen(found)
        assert all(a[1] <= b[0] for a, b in pairwise(events))

    @given(
        times=st.lists(
            st.tuples(st.sampled_from(NAMES), st.integers(0, 38), st.integers(1, 12)), max_size=10
        ),
        blind=st.lists(
            st.tuples(st.sampled_from(NAMES), st.integers(0, 38), st.integers(1, 12)), max_size=3
        ),
    )
    def test_what_is_agreed_is_in_order_and_known_and_disputes_are_not(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        times: list[tuple[str, int, int]],
        blind: list[tuple[str, int, int]],
    ) -> None:
        def cut(spans_: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
            return [(name, start, min(start + length, 40)) for name, start, length in spans_]

        found = settled(
            tmp_path_factory.getbasetemp() / "majority",
            *spans(*cut(times)),
            *spans(*cut(blind), visibility=Visibility.NOT_CODABLE),
        )
        events = seen(found)
        assert all(a[1] <= b[0] for a, b in pairwise(events))
        known = np.zeros(40, np.bool_)
        for each in found.known:
            if each.aus == (12,):
                known[each.first_frame : each.end_frame] = True
        for start, end in events:
            assert 0 <= start < end <= 40
            assert known[start:end].all()
        for dispute in found.disputes:
            if dispute.kind in {DisputeKind.PRESENCE, DisputeKind.TOO_FEW, DisputeKind.BOUNDARY}:
                first = dispute.span.start_pts - 1000
                assert not known[first : dispute.span.end_pts - 1000].any()
        labels = consensus_labels(found, label_set="consensus-1", changed_at=WHEN)
        assert len(labels.aus) == len(events)  # all are records that can be made


class TestDisputes:
    def test_a_tie_of_four_is_presence(self, tmp_path: Path) -> None:
        found = settled(
            tmp_path,
            *spans(("ann", 10, 20), ("bob", 12, 20), intensity=Intensity.B, side=Side.LEFT),
            names=NAMES[:4],
        )
        (dispute,) = found.disputes
        assert dispute.kind is DisputeKind.PRESENCE
        # In frames 10 and 11 three of four say absent; from 12 on it is two against two.
        assert (dispute.span.start_pts, dispute.span.end_pts) == (1012, 1020)
        assert (dispute.side, dispute.intensity) == (Side.LEFT, Intensity.B)
        assert dispute.dispute_id == "001-01-0001/AU12/presence/1012-1020"
        assert [claim.says for claim in dispute.claims] == ["present"] * 2 + ["absent"] * 2
        assert dispute.claims[0].onset_s == round(1010 * 1001 / 24000, 3)
        known = [(k.first_frame, k.end_frame) for k in found.known if k.aus]
        assert known == [(0, 12), (20, 40)]

    def test_too_few_could_code(self, tmp_path: Path) -> None:
        found = settled(
            tmp_path,
            *spans(("ann", 10, 20), ("bob", 10, 20)),
            *spans(*((n, 8, 22) for n in NAMES[2:]), visibility=Visibility.NOT_CODABLE),
        )
        (dispute,) = found.disputes
        assert dispute.kind is DisputeKind.TOO_FEW
        assert [claim.says for claim in dispute.claims][2:] == ["not judged"] * 3
        # Frames 8, 9, 20, 21: two say absent, nobody says present; not disputed and not known.
        assert [(k.first_frame, k.end_frame) for k in found.known if k.aus] == [(0, 8), (22, 40)]

    def test_a_split_at_the_edge_of_an_event_is_none_while_it_is_short(
        self, tmp_path: Path
    ) -> None:
        """Four coders; two see 10 to 20, one to 24 and one to 30: at 20 the votes are tied."""
        times = [("ann", 10, 20), ("bob", 10, 20), ("cem", 10, 24), ("dee", 10, 24)]
        # The medians are 10 and 20; frames 20 to 23 (167 ms) are two against two.
        found = settled(tmp_path, *spans(*times), names=NAMES[:4])
        assert (seen(found), found.disputes) == ([(10, 20)], [])
        times[2:] = [("cem", 10, 30), ("dee", 10, 30)]
        found = settled(tmp_path, *spans(*times), names=NAMES[:4])
        (dispute,) = found.disputes
        assert dispute.kind is DisputeKind.BOUNDARY
        assert (dispute.span.start_pts, dispute.span.end_pts) == (1020, 1030)

    def test_times_that_differ_by_less_than_a_frame_still_touch(self, tmp_path: Path) -> None:
        """Ticks of 1 ms, frames of 41.7 ms: two coders' ends differ by a tick, not by a frame."""
        base = Fraction(1, 1000)
        whole = TimeSpan(start_pts=0, end_pts=1668, time_base=base)
        clip = replace(CLIP, span=whole, start_frame=0, end_frame=40)
        layout = StudyLayout(tmp_path)
        write_records(layout.films_path, Film, [replace(make_film(40), span=whole)])
        write_records(layout.clips_path, Clip, [clip])
        ends = {"ann": 835, "bob": 834, "cem": 1251, "dee": 1252}
        labels = Labels(
            aus=tuple(
                make_label(CLIP, name, 12, 0, 1, span=replace(whole, start_pts=417, end_pts=end))
                for name, end in ends.items()
            ),
            coded=tuple(replace(make_coded(CLIP, name, [12]), span=whole) for name in ends),
        )
        raters = [Rater(name=name, coder=name, label_set="round-1") for name in ends]
        stretches = read_stretches(layout, labels.coded)
        found = settle(labels, Labels(), raters, stretches, config=CONFIG)
        assert [(a.event.start, a.event.end) for a in found.agreed] == [(417, 835)]
        assert [dispute.kind for dispute in found.disputes] == [DisputeKind.BOUNDARY]

    def test_what_some_did_not_go_through_is_left_to_the_others(self, tmp_path: Path) -> None:
        coded = [make_coded(CLIP, name, [12]) for name in NAMES[:3]]
        coded.append(make_coded(CLIP, "dee", [4]))
        found = settled(tmp_path, *spans(*((n, 10, 20) for n in NAMES[:3])), coded=coded)
        assert seen(found) == [(10, 20)]
        assert {au for known in found.known for au in known.aus} == {12}


class TestRulings:
    def rule(
        self, *labels: AuLabel | ExpressionLabel, frames: tuple[int, int], label_set: str = "a-1",
        when: str = WHEN, emotions: bool = False,
    ) -> Labels:  # fmt: skip
        coded = make_coded(CLIP, "adjudicator", [] if emotions else [12], frames=frames,
                           label_set=label_set, has_emotions=emotions)  # fmt: skip
        named = [replace(x, coder="adjudicator", label_set=label_set) for x in labels]
        return Labels(
            aus=tuple(x for x in named if isinstance(x, AuLabel)),
            expressions=tuple(x for x in named if isinstance(x, ExpressionLabel)),
            coded=(replace(coded, changed_at=when),),
        )

    def test_a_decision_counts_for_more_than_any_majority(self, tmp_path: Path) -> None:
        labels = spans(*((n, 10, 20) for n in NAMES))
        found = settled(tmp_path, *labels, rulings=self.rule(frames=(5, 25)))
        assert (found.agreed, found.disputes) == ([], [])
        assert [(k.first_frame, k.end_frame) for k in found.known if k.aus] == [(0, 40)]

    def test_a_decision_settles_a_dispute(self, tmp_path: Path) -> None:
        labels = spans(("ann", 10, 20), ("bob", 10, 20))
        ruling = self.rule(
            *spans(("adjudicator", 11, 20), side=Side.LEFT, intensity=Intensity.D),
            frames=(10, 20),
        )
        found = settled(tmp_path, *labels, names=NAMES[:4], rulings=ruling)
        assert (seen(found), found.disputes) == ([(11, 20)], [])
        event = found.agreed[0].event
        assert (event.side, event.intensity, event.flags) == (
            Side.LEFT, Intensity.D, ("adjudicated",),
        )  # fmt: skip

    def test_a_boundary_that_was_decided_lengthens_the_event(self, tmp_path: Path) -> None:
        times = [("ann", 10, 20), ("bob", 10, 20), ("cem", 10, 30), ("dee", 10, 30)]
        labels = spans(*times, side=Side.RIGHT)
        ruling = self.rule(*spans(("adjudicator", 20, 26)), frames=(20, 30))
        found = settled(tmp_path, *labels, names=NAMES[:4], rulings=ruling)
        assert (seen(found), found.disputes) == ([(10, 26)], [])
        event = found.agreed[0].event
        assert (event.side, event.flags) == (Side.RIGHT, ("adjudicated",))

    def test_not_codable_leaves_the_frames_unknown(self, tmp_path: Path) -> None:
        labels = spans(("ann", 10, 20), ("bob", 10, 20))
        blind = spans(("adjudicator", 10, 20), visibility=Visibility.NOT_CODABLE)
        found = settled(
            tmp_path, *labels, names=NAMES[:4], rulings=self.rule(*blind, frames=(10, 20))
        )
        assert (found.agreed, found.disputes) == ([], [])
        assert [(k.first_frame, k.end_frame) for k in found.known if k.aus] == [(0, 10), (20, 40)]

    def test_of_two_decisions_the_later_counts(self, tmp_path: Path) -> None:
        labels = spans(("ann", 10, 20), ("bob", 10, 20))
        early = self.rule(*spans(("adjudicator", 10, 20)), frames=(10, 20), label_set="z")
        late = self.rule(frames=(10, 20), label_set="b", when="2027-01-01T00:00:00+00:00")
        found = settled(tmp_path, *labels, names=NAMES[:4], rulings=early + late)
        assert found.agreed == []
        late = self.rule(frames=(10, 20), label_set="b", when="2025-01-01T00:00:00+00:00")
        found = settled(tmp_path, *labels, names=NAMES[:4], rulings=early + late)
        assert seen(found) == [(10, 20)]


class TestEmotions:
    def test_the_majority_names_one(self, tmp_path: Path) -> None:
        kinds = (ExpressionKind.MICRO, ExpressionKind.MICRO, None)
        labels = [
            make_expression(CLIP, name, ["fear"], 10, 20, kind=kind)
            for name, kind in zip(NAMES[:3], kinds, strict=True)
        ]
        labels.append(make_expression(CLIP, "dee", ["surprise"], 10, 20))
        found = settled(tmp_path, *labels)
        (agreed,) = found.agreed
        assert (agreed.au, agreed.emotions, seen(found)) == (None, ("fear",), [(10, 20)])
        assert (agreed.event.kind, agreed.event.apex) == (ExpressionKind.MICRO, 1010)
        assert found.disputes == []
        (label,) = consensus_labels(found, label_set="c", changed_at=WHEN).expressions
        assert label.emotions == ("fear",)

    def test_several_names_without_a_majority_are_a_dispute(self, tmp_path: Path) -> None:
        labels = [
            make_expression(CLIP, name, emotions, 10, 20)
            for name, emotions in [
                ("ann", ["fear"]), ("bob", ["fear"]), ("cem", ["fear", "surprise"]),
                ("dee", ["surprise"]),
            ]
        ]  # fmt: skip
        found = settled(tmp_path, *labels)
        (dispute,) = found.disputes
        assert (dispute.kind, dispute.what) == (DisputeKind.EMOTION, "emotion")
        assert [claim.emotion for claim in dispute.claims] == [
            "fear", "fear", "fear+surprise", "surprise", None,
        ]  # fmt: skip
        known = [(k.first_frame, k.end_frame) for k in found.known if k.has_emotions]
        assert known == [(0, 10), (20, 40)]
        ruling = TestRulings().rule(
            make_expression(CLIP, "adjudicator", ["surprise"], 12, 20),
            frames=(10, 20),
            emotions=True,
        )
        found = settled(tmp_path, *labels, rulings=ruling)
        assert ([a.emotions for a in found.agreed], seen(found)) == ([("surprise",)], [(12, 20)])
        assert found.disputes == []

    def test_a_minority_that_names_one_is_overruled_by_none(self, tmp_path: Path) -> None:
        labels = [make_expression(CLIP, name, ["fear"], 10, 20) for name in NAMES[:2]]
        found = settled(tmp_path, *labels)
        assert (found.agreed, found.disputes) == ([], [])
