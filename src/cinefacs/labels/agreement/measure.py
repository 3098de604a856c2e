"""From counts of clips to figures with intervals."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.labels.agreement.config import AgreementConfig
from cinefacs.labels.agreement.counts import AuCounts
from cinefacs.labels.agreement.emotion_counts import EmotionCounts
from cinefacs.labels.agreement.label_runs import OnStep, told
from cinefacs.labels.agreement.raters import Rater
from cinefacs.labels.agreement.report import (
    AgreementReport,
    AuAgreement,
    EmotionAgreement,
    Estimate,
    OverallAgreement,
    PairAgreement,
)
from cinefacs.metrics.agreement import (
    Weighting,
    cohen_kappas,
    fleiss_kappas,
    light_kappas,
    wexler_ratios,
)
from cinefacs.metrics.agreement_alpha import Level, krippendorff_alphas
from cinefacs.metrics.agreement_bootstrap import (
    draw_cluster_weights,
    leave_one_out,
    percentile_intervals,
    resample,
)
from cinefacs.metrics.agreement_counts import divide_or_nan, none_for_nan

__all__ = ["measure_agreement"]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any]

_KAPPA, _ALPHA, _FLEISS, _WEXLER, _INTENSITY_KAPPA, _INTENSITY_ALPHA = range(6)
_N_SHARED = 6
"""Figures of all coders together; those of the pairs follow."""


def measure_agreement(
    counts: AuCounts,
    emotions: EmotionCounts | None,
    *,
    raters: Sequence[Rater],
    config: AgreementConfig,
    seed: int,
    notes: Sequence[str],
    on_step: OnStep | None = None,
) -> AgreementReport:
    """Return all figures of agreement.

    Parameters
    ----------
    counts, emotions
        Counts of the clips.
    raters
        Who was compared, in the order of the counts.
    config
        Weighting and intervals.
    seed
        Of the bootstrap. All figures use the same resamples.
    notes
        Handed on.
    on_step
        Told how far the work has come.
    """
    is_judged = np.asarray((counts.n_frames > 0).any(axis=1))
    if emotions is not None:
        is_judged = is_judged | (emotions.n_frames > 0)
    weights = None
    if config.n_resamples and is_judged.any():
        rng = np.random.default_rng(seed)
        weights = draw_cluster_weights(int(is_judged.sum()), config.n_resamples, rng)
    study = _Study(weights=weights, level=config.interval_level)
    per_au: list[AuAgreement] = []
    pairs: list[PairAgreement] = []
    shared: list[_Redrawn] = []
    aus = told(
        enumerate(counts.aus), on_step,
        name="intervals", n_total=len(counts.aus), unit="action units",
    )  # fmt: skip
    for position, au in aus:
        au_counts = _AuFeatures(counts, position, is_judged, Weighting(config.intensity_weighting))
        values, intervals, redrawn = study.estimate(au_counts.features, au_counts.measure)
        shared.append(redrawn.first(2))
        per_au.append(_au_agreement(au, au_counts, values, intervals, n_raters=len(raters)))
        pairs += _pair_agreements(au, au_counts, values, intervals, raters)
    return AgreementReport(
        coders=tuple(rater.name for rater in raters),
        label_sets=tuple(rater.label_set for rater in raters),
        n_clips=int(is_judged.sum()),
        tolerance_ms=config.tolerance_ms,
        interval_level=config.interval_level,
        n_resamples=config.n_resamples,
        per_au=tuple(per_au),
        pairs=tuple(pairs),
        overall=_overall(counts, is_judged, study, per_au, shared),
        emotion=None if emotions is None else _emotion_agreement(emotions, is_judged, study),
        notes=tuple(notes),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Redrawn:
    """Figures of studies of other clips."""

    replicates: Floats
    """(B, S) of clips drawn anew; no row if no intervals are wanted."""
    left_out: Floats
    """(C, S) without each clip; no row if no intervals are wanted."""

    def first(self, n: int) -> "_Redrawn":
        """Return only the first figures."""
        return _Redrawn(replicates=self.replicates[:, :n], left_out=self.left_out[:, :n])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Study:
    """Resamples of the clips, shared by all figures."""

    weights: Floats | None
    """(B, C) how often each clip was drawn; None: there are no intervals."""
    level: float
    """Share of the resamples inside an interval."""

    def estimate(
        self, features: Counts, measure: Callable[[Floats], Floats]
    ) -> tuple[Floats, list[tuple[float | None, float | None]], _Redrawn]:
        """Return the figures of the whole study, their intervals, and those of other clips."""
        values = measure(features.sum(axis=0, dtype=np.float64)[None])[0]
        nothing = np.zeros((0, values.size))
        redrawn = _Redrawn(replicates=nothing, left_out=nothing)
        if self.weights is not None:
            redrawn = _Redrawn(
                replicates=resample(features, measure, weights=self.weights),
                left_out=leave_one_out(features, measure),
            )
        return values, self.intervals(redrawn, values), redrawn

    def intervals(
        self, redrawn: _Redrawn, values: Floats
    ) -> list[tuple[float | None, float | None]]:
        """Return an interval for each figure that is defined."""
        if not redrawn.replicates.size:
            return [(None, None)] * values.size
        found = percentile_intervals(
            redrawn.replicates, left_out=redrawn.left_out, level=self.level
        )
        return [
            (None, None) if np.isnan(value) else found.at(position)
            for position, value in enumerate(values)
        ]


def _estimate(
    position: int, values: Floats, intervals: Sequence[tuple[float | None, float | None]]
) -> Estimate:
    low, high = intervals[position]
    return Estimate(value=none_for_nan(values[position]), low=low, high=high)


def _flatten(blocks: Iterable[Counts], keep: npt.NDArray[np.bool_]) -> Counts:
    """Return (C, F) the blocks of the clips that are kept, side by side."""
    rows = [block[keep] for block in blocks]
    return np.concatenate(
        [block.reshape(block.shape[0], prod(block.shape[1:])) for block in rows], axis=1
    )


class _AuFeatures:
    """The counts of one action unit as one row of numbers per clip, and what follows from sums."""

    def __init__(
        self, counts: AuCounts, position: int, keep: npt.NDArray[np.bool_], weighting: Weighting
    ) -> None:
        self._weighting = weighting
        self.pairs = counts.pairs
        blocks = {
            "tables": counts.tables[:, :, position],
            "coincidences": counts.coincidences[:, position],
            "complete": counts.complete[:, position],
            "events": counts.events[:, :, position],
            "intensities": counts.intensities[:, :, position],
            "ranks": counts.rank_coincidences[:, position],
        }
        self._shapes = {name: block.shape[1:] for name, block in blocks.items()}
        self.features = _flatten(blocks.values(), keep)
        self.n_frames = counts.n_frames[keep, position]  # (C,)
        self.scored = counts.scored[keep, :, position].sum(axis=0)  # (P, 2)
        self.sums = self.split(self.features.sum(axis=0, dtype=np.float64)[None])

    def split(self, sums: Floats) -> dict[str, Floats]:
        """Return the blocks that rows of sums are made of, each with the axis of rows first."""
        blocks, start = {}, 0
        for name, shape in self._shapes.items():
            size = prod(shape)
            blocks[name] = sums[:, start : start + size].reshape(-1, *shape)
            start += size
        return blocks

    def measure(self, sums: Floats) -> Floats:
        """Return (B, 6 + P) figures: those of all coders, and Cohen's kappa of each pair."""
        blocks = self.split(sums)
        kappas = cohen_kappas(blocks["tables"])  # (B, P)
        intensity_kappas = cohen_kappas(blocks["intensities"], self._weighting)
        events = blocks["events"].sum(axis=1)  # (B, 3)
        shared = [
            light_kappas(kappas.T),
            krippendorff_alphas(blocks["coincidences"], Level.NOMINAL),
            fleiss_kappas(blocks["complete"]),
            wexler_ratios(events[:, 0], events[:, 1]),
            light_kappas(intensity_kappas.T),
            krippendorff_alphas(blocks["ranks"], Level.ORDINAL),
        ]
        return np.column_stack([*shared, kappas])

    def intensity_kappas(self) -> Floats:
        """Return (P,) the weighted kappa of each pair."""
        return cohen_kappas(self.sums["intensities"][0], self._weighting)


def _au_agreement(
    au: int,
    features: _AuFeatures,
    values: Floats,
    intervals: Sequence[tuple[float | None, float | None]],
    *,
    n_raters: int,
) -> AuAgreement:
    tables, events = features.sums["tables"][0], features.sums["events"][0]  # (P, 2, 2), (P, 3)
    n_values = features.sums["coincidences"][0].sum(axis=1)  # (2,)
    matched, scored, same_side = events.sum(axis=0)
    agreed_clips, scored_clips = features.scored.sum(axis=0)
    pair_f1 = wexler_ratios(events[:, 0], events[:, 1])
    nothing = Estimate(value=None, low=None, high=None)
    return AuAgreement(
        au=au,
        n_clips=int((features.n_frames > 0).sum()),
        n_frames=int(features.n_frames.sum()),
        prevalence=none_for_nan(divide_or_nan(n_values[1], n_values.sum()).item()),
        kappa=_estimate(_KAPPA, values, intervals),
        n_pairs=int((~np.isnan(values[_N_SHARED:])).sum()),
        alpha=_estimate(_ALPHA, values, intervals),
        fleiss=_estimate(_FLEISS, values, intervals) if n_raters > 2 else nothing,
        wexler=_estimate(_WEXLER, values, intervals),
        event_f1=none_for_nan(light_kappas(pair_f1).item()),
        n_events_matched=int(matched),
        n_events_scored=int(scored),
        wexler_clips=none_for_nan(wexler_ratios(agreed_clips, scored_clips).item()),
        wexler_frames=none_for_nan(_frame_ratio(tables.sum(axis=0))),
        side_agreement=none_for_nan(divide_or_nan(same_side, matched).item()),
        intensity_kappa=_estimate(_INTENSITY_KAPPA, values, intervals),
        intensity_alpha=_estimate(_INTENSITY_ALPHA, values, intervals),
    )


def _frame_ratio(table: Floats) -> float:
    """Return 2 * both present / (one present + the other present)."""
    n_present = table[1, :].sum() + table[:, 1].sum()
    return float(wexler_ratios(table[1, 1], n_present).item())


def _pair_agreements(
    au: int,
    features: _AuFeatures,
    values: Floats,
    intervals: Sequence[tuple[float | None, float | None]],
    raters: Sequence[Rater],
) -> list[PairAgreement]:
    tables, events = features.sums["tables"][0], features.sums["events"][0]
    intensity_kappas = features.intensity_kappas()
    n_frames = tables.sum(axis=(1, 2))
    first_present = divide_or_nan(tables[:, 1].sum(axis=1), n_frames)
    second_present = divide_or_nan(tables[:, :, 1].sum(axis=1), n_frames)
    ratios = wexler_ratios(events[:, 0], events[:, 1])
    return [
        PairAgreement(
            au=au,
            first=raters[first].name,
            second=raters[second].name,
            n_frames=int(n_frames[pair]),
            prevalence_first=none_for_nan(first_present[pair]),
            prevalence_second=none_for_nan(second_present[pair]),
            kappa=_estimate(_N_SHARED + pair, values, intervals),
            wexler=none_for_nan(ratios[pair]),
            n_events_matched=int(events[pair, 0]),
            n_events_scored=int(events[pair, 1]),
            intensity_kappa=none_for_nan(intensity_kappas[pair]),
        )
        for pair, (first, second) in enumerate(features.pairs)
    ]


def _mean_defined(values: Floats) -> Floats:
    """Return the mean over the last axis of what is defined."""
    return light_kappas(np.moveaxis(values, -1, 0))


def _overall(
    counts: AuCounts,
    keep: npt.NDArray[np.bool_],
    study: _Study,
    per_au: Sequence[AuAgreement],
    shared: Sequence[_Redrawn],
) -> OverallAgreement:
    """Return the figures of all action units together."""
    events = counts.events[keep].sum(axis=(1, 2))[:, :2]  # (C, 2)
    scored = counts.scored[keep].sum(axis=2)  # (C, P, 2)
    by_clip = wexler_ratios(scored[..., 0], scored[..., 1])  # (C, P)
    is_defined = ~np.isnan(by_clip)
    ratio_sums = np.where(is_defined, by_clip, 0.0).sum(axis=1)
    features = np.column_stack([events, ratio_sums, is_defined.sum(axis=1)])

    def measure(sums: Floats) -> Floats:
        return np.column_stack(
            [
                wexler_ratios(sums[:, 0], sums[:, 1]),
                divide_or_nan(sums[:, 2], sums[:, 3]),
            ]
        )

    values, intervals, _ = study.estimate(features, measure)
    kappas = np.array([_or_nan(row.kappa.value) for row in per_au])
    alphas = np.array([_or_nan(row.alpha.value) for row in per_au])
    means = np.array([_mean_defined(kappas), _mean_defined(alphas)])
    mean_intervals = study.intervals(_mean_redrawn(shared), means)
    return OverallAgreement(
        kappa=_estimate(0, means, mean_intervals),
        alpha=_estimate(1, means, mean_intervals),
        wexler=_estimate(0, values, intervals),
        wexler_by_clip=_estimate(1, values, intervals),
        n_aus=int((~np.isnan(kappas)).sum()),
    )


def _mean_redrawn(redrawn: Sequence[_Redrawn]) -> _Redrawn:
    """Return the means over action units in each study of other clips, of those defined there."""
    nothing = [np.zeros((0, 2))]
    return _Redrawn(
        replicates=_mean_defined(np.stack([au.replicates for au in redrawn] or nothing, axis=2)),
        left_out=_mean_defined(np.stack([au.left_out for au in redrawn] or nothing, axis=2)),
    )


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _emotion_agreement(
    emotions: EmotionCounts, keep: npt.NDArray[np.bool_], study: _Study
) -> EmotionAgreement:
    """Return the figures on emotions."""
    n_kinds, n_pairs = len(emotions.values), emotions.tables.shape[1]
    features = _flatten((emotions.tables, emotions.coincidences, emotions.named), keep)
    square = n_kinds * n_kinds

    def measure(sums: Floats) -> Floats:
        tables = sums[:, : n_pairs * square].reshape(-1, n_pairs, n_kinds, n_kinds)
        rest = sums[:, n_pairs * square :].reshape(-1, 2, n_kinds, n_kinds)
        return np.column_stack(
            [
                light_kappas(cohen_kappas(tables).T),
                krippendorff_alphas(rest[:, 0], Level.NOMINAL),
                krippendorff_alphas(rest[:, 1], Level.NOMINAL),
            ]
        )

    values, intervals, _ = study.estimate(features, measure)
    n_values = emotions.coincidences[keep].sum(axis=(0, 2))  # (K,)
    return EmotionAgreement(
        values=emotions.values,
        n_frames=int(emotions.n_frames[keep].sum()),
        prevalence=none_for_nan(divide_or_nan(n_values[1:].sum(), n_values.sum()).item()),
        kappa=_estimate(0, values, intervals),
        alpha=_estimate(1, values, intervals),
        alpha_where_named=_estimate(2, values, intervals),
    )
