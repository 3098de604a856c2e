"""Agreement of whole studies: every count against frame-by-frame ratings, and known answers."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from cinefacs.errors import SchemaError
from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.agreement.agree import compare_raters
from cinefacs.labels.agreement.codings import Unused, code_aus
from cinefacs.labels.agreement.config import AgreementConfig
from cinefacs.labels.agreement.raters import Rater
from cinefacs.labels.agreement.report import AgreementReport
from cinefacs.labels.agreement.stretches import read_stretches
from cinefacs.metrics.agreement import Weighting, cohen_kappa, fleiss_kappa
from cinefacs.metrics.agreement_alpha import Level, krippendorff_alpha
from cinefacs.metrics.agreement_counts import confusion_table, value_counts
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.clip import Clip
from cinefacs.records.labels import Labels
from tests.support.noisy_coders import (
    FIVE_CODERS,
    NoisyCoder,
    NoisyStudy,
    make_clip,
    make_clips,
    make_coded,
    make_expression,
    make_label,
    make_labels,
    write_study,
)

NO_INTERVALS = AgreementConfig(n_resamples=0)
TWO_CLIPS = [make_clip(1, 0, 100), make_clip(2, 200, 300)]


def raters(*names: str) -> list[Rater]:
    return [Rater(name=name, coder=name, label_set="round-1") for name in names]


def compare(
    tmp_path: Path,
    clips: Sequence[Clip],
    labels: Labels,
    names: Sequence[str],
    config: AgreementConfig = NO_INTERVALS,
    seed: int = 0,
) -> AgreementReport:
    layout = write_study(tmp_path, clips, Labels())
    stretches = read_stretches(layout, labels.coded)
    return compare_raters(labels, raters(*names), stretches, config=config, seed=seed)


def two_coders(
    ann: Sequence[AuLabel], bob: Sequence[AuLabel], *, clips: Sequence[Clip] = TWO_CLIPS
) -> Labels:
    coded = [make_coded(clip, name, [12]) for clip in clips for name in ("ann", "bob")]
    return Labels(aus=(*ann, *bob), coded=tuple(coded))


def test_every_figure_is_that_of_the_frames_rated_one_by_one(tmp_path: Path) -> None:
    """The sums over clips must give what the measures give for all frames in one long table.

    Some clips are left out by some coders, and some frames cannot be coded.
    """
    study = NoisyStudy(n_clips=30, prevalences={4: 0.2, 12: 0.4}, coders=FIVE_CODERS[:3], seed=3)
    clips = make_clips(study)
    made = make_labels(study, clips)
    tags = {clip.span.start_pts: number for number, clip in enumerate(clips)}
    coded = tuple(
        span
        for span in made.coded
        if not (span.coder == "bob" and tags[span.span.start_pts] % 7 == 0)
    )
    blind = tuple(
        make_label(clip, "cem", 12, 5, 17, visibility=Visibility.NOT_CODABLE) for clip in clips[:10]
    )
    labels = Labels(aus=made.aus + blind, coded=coded)
    names = ["ann", "bob", "cem"]
    report = compare(tmp_path, clips, labels, names)
    stretches = read_stretches(write_study(tmp_path, clips, Labels()), coded)
    _, codings = code_aus(labels, raters(*names), stretches, Unused())
    everything = list(codings)
    for channel, row in enumerate(report.per_au):
        frames = np.concatenate([coding.present[:, channel] for coding in everything], axis=1)
        ranks = np.concatenate([coding.rank[:, channel] for coding in everything], axis=1)
        grades = np.where((frames == 1) & (ranks > 0), ranks - 1, -1)
        pairs = list(combinations(range(3), 2))
        kappas = [cohen_kappa(confusion_table(frames[a], frames[b], 2)) for a, b in pairs]
        assert row.kappa.value == pytest.approx(np.mean([k for k in kappas if k is not None]))
        found = [pair.kappa.value for pair in report.pairs if pair.au == row.au]
        assert found == pytest.approx(kappas)
        assert row.alpha.value == pytest.approx(krippendorff_alpha(frames, Level.NOMINAL))
        complete = frames[:, (frames >= 0).all(axis=0)]
        assert row.fleiss.value == pytest.approx(fleiss_kappa(value_counts(complete, 2)))
        paired = frames[:, (frames >= 0).sum(axis=0) >= 2]
        assert row.n_frames == paired.shape[1]
        assert row.prevalence == pytest.approx((paired == 1).sum() / (paired >= 0).sum())
        assert row.intensity_alpha.value == pytest.approx(
            krippendorff_alpha(grades, Level.ORDINAL, n_values=5)
        )
        weighted = [
            cohen_kappa(confusion_table(grades[a], grades[b], 5), Weighting.LINEAR)
            for a, b in pairs
        ]
        assert row.intensity_kappa.value == pytest.approx(np.mean(weighted))  # type: ignore[arg-type]
        both = [((frames[a] == 1) & (frames[b] == 1)).sum() for a, b in pairs]
        ones = [((frames[[a, b]] == 1) & (frames[[a, b]] >= 0).all(axis=0)).sum() for a, b in pairs]
        assert row.wexler_frames == pytest.approx(2 * sum(both) / sum(ones))


def test_events_on_paper(tmp_path: Path) -> None:
    """Ann scores 3 events, Bob 3; two match within 5 frames: 2 x 2 / 6.

    A tick is 1001/24000 s = 41.7 ms, so 209 ms are 5 ticks and 208 ms only 4.
    """
    first, second = TWO_CLIPS
    labels = two_coders(
        [
            make_label(first, "ann", 12, 10, 30),
            make_label(first, "ann", 12, 60, 80),
            make_label(second, "ann", 12, 10, 30),
        ],
        [
            make_label(first, "bob", 12, 15, 30),
            make_label(first, "bob", 12, 61, 79),
            make_label(first, "bob", 12, 90, 95),
        ],
    )
    config = AgreementConfig(n_resamples=0, tolerance_ms=209)
    report = compare(tmp_path, TWO_CLIPS, labels, ["ann", "bob"], config)
    (row,) = report.per_au
    assert (row.n_events_matched, row.n_events_scored) == (2, 6)
    assert row.wexler.value == row.event_f1 == pytest.approx(4 / 6)
    assert row.wexler_clips == pytest.approx(2 * 1 / 3)  # both in the first, Ann in the second
    # The clips' own ratios, as in the FACS final test: 1 and 0, so .5 in the mean.
    assert report.overall.wexler_by_clip.value == pytest.approx(0.5)
    assert report.overall.wexler.value == pytest.approx(4 / 6)
    config = AgreementConfig(n_resamples=0, tolerance_ms=208)
    (row,) = compare(tmp_path, TWO_CLIPS, labels, ["ann", "bob"], config).per_au
    assert row.n_events_matched == 1


def test_two_grades_of_one_movement_are_one_event(tmp_path: Path) -> None:
    first, _ = TWO_CLIPS
    labels = two_coders(
        [
            make_label(first, "ann", 12, 10, 20, intensity=Intensity.B),
            make_label(first, "ann", 12, 20, 30, intensity=Intensity.C),
        ],
        [make_label(first, "bob", 12, 10, 30, intensity=Intensity.C)],
    )
    (row,) = compare(tmp_path, TWO_CLIPS, labels, ["ann", "bob"]).per_au
    assert (row.n_events_matched, row.n_events_scored) == (1, 2)


def test_sides_are_compared_and_may_be_made_to_matter(tmp_path: Path) -> None:
    first, second = TWO_CLIPS
    labels = two_coders(
        [
            make_label(first, "ann", 12, 10, 30, side=Side.LEFT),
            make_label(second, "ann", 12, 10, 30, side=Side.LEFT),
        ],
        [
            make_label(first, "bob", 12, 10, 30, side=Side.LEFT),
            make_label(second, "bob", 12, 10, 30, side=Side.RIGHT),
        ],
    )
    (row,) = compare(tmp_path, TWO_CLIPS, labels, ["ann", "bob"]).per_au
    assert (row.n_events_matched, row.side_agreement) == (2, 0.5)
    strict = AgreementConfig(n_resamples=0, must_match_side=True)
    (row,) = compare(tmp_path, TWO_CLIPS, labels, ["ann", "bob"], strict).per_au
    assert (row.n_events_matched, row.n_events_scored, row.side_agreement) == (1, 4, 1.0)


def test_what_the_other_could_not_judge_is_no_disagreement(tmp_path: Path) -> None:
    """Bob went through the first half only; Ann's event in the second is not held against him."""
    clip = TWO_CLIPS[0]
    labels = Labels(
        aus=(
            make_label(clip, "ann", 12, 10, 20),
            make_label(clip, "ann", 12, 70, 90),
            make_label(clip, "bob", 12, 10, 20),
        ),
        coded=(
            make_coded(clip, "ann", [12]),
            make_coded(clip, "bob", [12], frames=(0, 50)),
        ),
    )
    report = compare(tmp_path, [clip], labels, ["ann", "bob"])
    (row,) = report.per_au
    assert (row.kappa.value, row.n_frames) == (1.0, 50)
    assert (row.n_events_matched, row.n_events_scored) == (1, 2)


def test_what_nobody_or_only_one_looked_for_has_no_figures(tmp_path: Path) -> None:
    clip = TWO_CLIPS[0]
    labels = Labels(
        aus=(make_label(clip, "ann", 4, 0, 9), make_label(clip, "bob", 12, 0, 9)),
        coded=(make_coded(clip, "ann", [1, 4]), make_coded(clip, "bob", [1, 12])),
    )
    report = compare(tmp_path, [clip], labels, ["ann", "bob"], AgreementConfig(n_resamples=100))
    by_au = {row.au: row for row in report.per_au}
    assert list(by_au) == [1, 4, 12]
    for au in (4, 12):
        assert (by_au[au].n_frames, by_au[au].n_clips, by_au[au].prevalence) == (0, 0, None)
        assert by_au[au].kappa.value is None
        assert by_au[au].wexler.value is None
    # Both looked for AU 1 and never saw it: nothing varies, so no measure says anything.
    assert (by_au[1].n_frames, by_au[1].prevalence) == (100, 0.0)
    figures = (by_au[1].kappa, by_au[1].alpha, by_au[1].wexler, report.overall.kappa)
    assert all((f.value, f.low, f.high) == (None, None, None) for f in figures)
    assert "NaN" not in str(report.as_document())


def test_a_study_without_a_clip_in_common_is_told_as_it_is(tmp_path: Path) -> None:
    labels = Labels(coded=(make_coded(TWO_CLIPS[0], "ann", [12]),
                           make_coded(TWO_CLIPS[1], "bob", [12])))  # fmt: skip
    report = compare(tmp_path, TWO_CLIPS, labels, ["ann", "bob"], AgreementConfig())
    assert report.n_clips == 0
    assert report.per_au[0].kappa.value is None
    assert report.overall.n_aus == 0


def test_a_single_clip_has_figures_but_no_interval(tmp_path: Path) -> None:
    clip = TWO_CLIPS[0]
    labels = two_coders(
        [make_label(clip, "ann", 12, 10, 30)], [make_label(clip, "bob", 12, 12, 30)], clips=[clip]
    )
    (row,) = compare(tmp_path, [clip], labels, ["ann", "bob"], AgreementConfig()).per_au
    assert row.kappa.value is not None
    assert (row.kappa.low, row.kappa.high) == (None, None)


class TestEmotions:
    def make(self) -> Labels:
        first, second = TWO_CLIPS
        coded = [
            make_coded(clip, name, [], has_emotions=True)
            for clip in TWO_CLIPS
            for name in ("ann", "bob")
        ]
        expressions = (
            make_expression(first, "ann", ["happiness"], 0, 50),
            make_expression(first, "bob", ["Happiness"], 0, 50),
            make_expression(second, "ann", ["fear"], 0, 40),
            make_expression(second, "bob", ["surprise", "fear"], 0, 40),
        )
        return Labels(expressions=expressions, coded=tuple(coded))

    def test_figures(self, tmp_path: Path) -> None:
        """By hand: of 200 frames 50 happiness, 40 fear against fear+surprise, and 110 none.

        400 ratings: none 220, happiness 100, fear 40, both 40. D_o = 40 / 200;
        D_e = 1 - (220*219 + 100*99 + 2*40*39) / (400*399).
        """
        emotion = compare(tmp_path, TWO_CLIPS, self.make(), ["ann", "bob"]).emotion
        assert emotion is not None
        assert emotion.values == ("none", "fear", "happiness", "fear+surprise")
        assert emotion.n_frames == 200
        assert emotion.prevalence == pytest.approx(180 / 400)
        chance = 1 - (220 * 219 + 100 * 99 + 2 * 40 * 39) / (400 * 399)
        assert emotion.alpha.value == pytest.approx(1 - 0.2 / chance)
        named = 1 - (100 * 99 + 2 * 40 * 39) / (180 * 179)
        assert emotion.alpha_where_named.value == pytest.approx(1 - (40 / 90) / named)

    def test_remarks_in_the_place_of_emotions_are_told(self, tmp_path: Path) -> None:
        clip = make_clip(1, 0, 100)
        remarks = tuple(make_expression(clip, "ann", [f"remark {n}"], n, n + 1) for n in range(63))
        coded = tuple(make_coded(clip, name, [], has_emotions=True) for name in ("ann", "bob"))
        with pytest.raises(SchemaError, match="at most 62 different ones, got 63"):
            compare(tmp_path, [clip], Labels(expressions=remarks, coded=coded), ["ann", "bob"])

    def test_none_where_nobody_named_any(self, tmp_path: Path) -> None:
        labels = Labels(coded=tuple(make_coded(c, n, [12], has_emotions=True)
                                    for c in TWO_CLIPS for n in ("ann", "bob")))  # fmt: skip
        assert compare(tmp_path, TWO_CLIPS, labels, ["ann", "bob"]).emotion is None


class TestKnownNoise:
    def test_the_same_seed_gives_the_same_intervals(self, tmp_path: Path) -> None:
        study = NoisyStudy(n_clips=20, prevalences={12: 0.4})
        clips = make_clips(study)
        labels, names = make_labels(study, clips), [coder.name for coder in study.coders]
        config = AgreementConfig(n_resamples=200)
        one, two, other = (
            compare(tmp_path, clips, labels, names, config, seed) for seed in (5, 5, 6)
        )
        assert one == two
        assert one.per_au[0].kappa.value == other.per_au[0].kappa.value
        assert one.per_au[0].kappa.low != other.per_au[0].kappa.low

    def test_coders_who_guess_have_a_kappa_of_0(self, tmp_path: Path) -> None:
        guessers = tuple(
            NoisyCoder(name=name, sensitivity=0.3, false_alarm=0.3) for name in ("ann", "bob")
        )
        study = NoisyStudy(n_clips=200, prevalences={12: 0.4}, coders=guessers)
        clips = make_clips(study)
        report = compare(
            tmp_path, clips, make_labels(study, clips), ["ann", "bob"],
            AgreementConfig(n_resamples=500, interval_level=0.999),
        )  # fmt: skip
        kappa = report.per_au[0].kappa
        assert kappa.low is not None
        assert kappa.high is not None
        assert kappa.low <= 0.0 <= kappa.high
        assert kappa.high - kappa.low < 0.4


def test_an_action_unit_of_one_clip_has_no_interval_and_widens_that_of_all(tmp_path: Path) -> None:
    """AU 12 agrees well in many clips, AU 4 badly in the only one that shows it."""
    clips = [make_clip(n, 200 * n, 200 * n + 100) for n in range(1, 21)]
    labels = Labels(
        aus=(
            *(make_label(clip, "ann", 12, 10, 50) for clip in clips),
            *(make_label(clip, "bob", 12, 10 + clip.clip_number % 3, 50) for clip in clips),
            make_label(clips[0], "ann", 4, 10, 30),
            make_label(clips[0], "bob", 4, 28, 48),
        ),
        coded=tuple(make_coded(clip, name, [4, 12]) for clip in clips for name in ("ann", "bob")),
    )  # fmt: skip
    report = compare(tmp_path, clips, labels, ["ann", "bob"], AgreementConfig(n_resamples=400))
    rare, frequent = report.per_au
    assert rare.kappa.value is not None
    assert (rare.kappa.low, rare.kappa.high) == (None, None)
    assert frequent.kappa.low is not None
    both = report.overall.kappa
    assert report.overall.n_aus == 2
    assert both.value is not None
    assert both.low is not None
    assert both.high is not None
    assert both.value == pytest.approx((rare.kappa.value + (frequent.kappa.value or 0)) / 2)
    assert both.low < both.value < both.high
