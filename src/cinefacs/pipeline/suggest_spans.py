"""From the blendshape scores of one character to suggested labels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cinefacs.events.baseline import Baseline, measure_baseline
from cinefacs.events.config import EventConfig
from cinefacs.events.spans import RiseSpan, RowTimes, find_spans
from cinefacs.facs.codes import Side
from cinefacs.labels.suggest.blendshape_mapping import AuMapping, MappingMark, OnlyWhen
from cinefacs.labels.suggest.config import SuggestConfig
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.face_track import Blendshapes, FaceTrack
from cinefacs.records.label_checks import SUGGESTED
from cinefacs.records.time_span import TimeSpan

__all__ = ["SOURCE", "CharacterSuggestions", "score_track", "suggest_for_character"]

SOURCE = "blendshapes"
"""Where suggested labels come from."""

_EYES = frozenset({Side.LEFT, Side.RIGHT})


@dataclass(frozen=True, kw_only=True, slots=True)
class CharacterSuggestions:
    """What is suggested for one character."""

    scores: FaceScores
    """Scores of every frame in which the face could be read, see `score_track`."""
    rise: Mapping[int, npt.NDArray[np.float32]]
    """(N,) of each action unit, above the own neutral, the stronger side."""
    has_neutral: bool
    """Whether the neutral is known."""
    labels: tuple[AuLabel, ...]
    """The suggestions, by onset."""
    coded: tuple[CodedSpan, ...]
    """Where the face could be read."""


def score_track(
    track: FaceTrack, blendshapes: Blendshapes | None, mappings: Sequence[AuMapping]
) -> FaceScores | None:
    """Return how far each action unit is there, in the frames that a coder could read.

    Parameters
    ----------
    track
        The face.
    blendshapes
        Its scores; None where no mesh was ever found.
    mappings
        What speaks for what; a column for each action unit and side, such as ``AU12 left``.

    Returns
    -------
    FaceScores or None
        None where no frame has both a codable face and scores.
    """
    if blendshapes is None:
        return None
    has_scores = np.isin(track.frame_index, blendshapes.frame_index)
    rows = np.flatnonzero(track.is_codable & has_scores)
    if not len(rows):
        return None
    shape_rows = np.searchsorted(blendshapes.frame_index, track.frame_index[rows])
    scores, pose = blendshapes.scores[shape_rows], blendshapes.pose_deg[shape_rows]
    terms = [(each, side, term) for each in mappings for side, term in each.terms]
    columns = [term.evaluate(scores, pose, full=each.full) for each, _, term in terms]
    return FaceScores(
        film_id=track.film_id,
        time_base=track.time_base,
        class_names=tuple(_column_name(each.au, side) for each, side, _ in terms),
        track_id=np.full(len(rows), track.track_id),
        frame_index=track.frame_index[rows],
        pts=track.pts[rows],
        end_pts=np.append(track.pts[1:], track.end_pts)[rows],
        box_xyxy=track.box_xyxy[rows],
        face_score=track.score[rows],
        scores=np.stack(columns, axis=1),  # (N, K)
    )


def suggest_for_character(
    character_number: int,
    tracks: Sequence[FaceScores],
    mappings: Sequence[AuMapping],
    config: SuggestConfig,
    *,
    changed_at: str,
) -> CharacterSuggestions:
    """Return the suggestions for one character.

    The own neutral is a low quantile of each score over all the time in which the character
    could be read; spans are those of `cinefacs.events.spans.find_spans` on the stronger side.

    Parameters
    ----------
    character_number
        Its number in the film.
    tracks
        Scores of its tracks, at least one, by ascending track.
    mappings
        As for `score_track`.
    config
        The limits.
    changed_at
        Time of the labels, ISO 8601 with its distance from UTC.
    """
    scores = FaceScores.joined(tracks)
    baseline = _measure_neutral(scores, mappings, config)
    event_config = _event_config(config)
    author = _Author(scores.film_id, character_number, config.label_set, changed_at)
    labels: list[AuLabel] = []
    coded: list[CodedSpan] = []
    rises: list[npt.NDArray[np.float32]] = []
    aus = tuple(sorted(each.au for each in mappings))
    for track in tracks:
        times = RowTimes.of_track(track)
        rise = baseline.share_risen(
            times.smooth(track.scores, sigma_s=config.smoothing_ms / 1000)
        )  # (n, K)
        rises.append(rise)
        for mapping in mappings:
            sides = _sides_of(mapping, track, rise)
            strongest = np.max(list(sides.values()), axis=0)  # (n,)
            for found in find_spans(strongest, times, event_config):
                side = _side_of(sides, found, config)
                span = track.span(found.first, found.end)
                if _belongs(mapping, span, side, config):
                    apex = int(track.pts[found.apex]), float(strongest[found.apex])
                    flags = _flags(mapping, found, baseline)
                    labels.append(author.label(mapping.au, side, span, apex=apex, flags=flags))
        coded += [author.coded(each, aus) for each in _seen_spans(track, times, config)]
    whole_rise = np.concatenate(rises)  # (N, K)
    return CharacterSuggestions(
        scores=scores,
        rise={
            each.au: np.max(list(_sides_of(each, scores, whole_rise).values()), axis=0)
            for each in mappings
        },
        has_neutral=baseline.is_known,
        labels=tuple(sorted(labels, key=lambda each: (each.span.start_pts, each.au, each.side))),
        coded=tuple(coded),
    )


@dataclass(frozen=True, slots=True)
class _Author:
    """What all labels of a run and character share."""

    film_id: str
    character_number: int
    label_set: str
    changed_at: str

    def label(
        self,
        au: int,
        side: Side,
        span: TimeSpan,
        *,
        apex: tuple[int, float],
        flags: tuple[str, ...],
    ) -> AuLabel:
        """Return a label; `apex` is its time stamp and the rise there."""
        return AuLabel(
            film_id=self.film_id,
            character_number=self.character_number,
            au=au,
            side=side,
            intensity=None,  # a score is no FACS intensity
            span=span,
            apex_pts=apex[0],
            coder=SUGGESTED,
            label_set=self.label_set,
            source=SOURCE,
            changed_at=self.changed_at,
            score=apex[1],
            flags=flags,
        )

    def coded(self, span: TimeSpan, aus: tuple[int, ...]) -> CodedSpan:
        """Return that a stretch was gone through."""
        return CodedSpan(
            film_id=self.film_id,
            character_number=self.character_number,
            span=span,
            aus=aus,
            has_emotions=False,
            coder=SUGGESTED,
            label_set=self.label_set,
            source=SOURCE,
            changed_at=self.changed_at,
        )


def _column_name(au: int, side: Side) -> str:
    return f"AU{au} {side}"


def _measure_neutral(
    scores: FaceScores, mappings: Sequence[AuMapping], config: SuggestConfig
) -> Baseline:
    """Return the own neutral; angles of the head have none."""
    baseline = measure_baseline(
        scores,
        quantile=config.neutral_quantile,
        max_level=config.max_neutral,
        min_seen_s=config.min_neutral_s,
    )
    has_neutral = [each.has_neutral for each in mappings for _ in each.terms]
    levels = np.where(has_neutral, baseline.levels, 0).astype(np.float32)
    return replace(baseline, levels=levels)


def _event_config(config: SuggestConfig) -> EventConfig:
    return EventConfig(
        on_rise=config.start_rise,
        off_rise=config.stop_rise,
        merge_gap_ms=config.max_gap_ms,
        min_duration_ms=config.min_ms,
        split_valley=config.split_valley,
    )


def _sides_of(
    mapping: AuMapping, track: FaceScores, rise: npt.NDArray[np.float32]
) -> dict[Side, npt.NDArray[np.float32]]:
    """Return the (n,) rise of each side."""
    names = track.class_names
    return {side: rise[:, names.index(_column_name(mapping.au, side))] for side, _ in mapping.terms}


def _side_of(
    sides: Mapping[Side, npt.NDArray[np.float32]], span: RiseSpan, config: SuggestConfig
) -> Side:
    """Return one side where the other hardly moves, else both."""
    means = {side: float(rise[span.first : span.end].mean()) for side, rise in sides.items()}
    strongest = max(means, key=lambda side: means[side])
    others = [mean for side, mean in means.items() if side != strongest]
    is_alone = bool(others) and max(others) < config.one_sided_share * means[strongest]
    return strongest if is_alone else Side.BOTH


def _belongs(mapping: AuMapping, span: TimeSpan, side: Side, config: SuggestConfig) -> bool:
    """Return whether a span is of this action unit and not of one with the same scores."""
    if mapping.only is OnlyWhen.ALWAYS:
        return True
    is_long = float(span.duration_s) * 1000 > config.max_blink_ms
    if mapping.only is OnlyWhen.LONG:
        return is_long
    wanted = {Side.BOTH} if mapping.only is OnlyWhen.SHORT_BOTH else _EYES
    return not is_long and side in wanted


def _flags(mapping: AuMapping, span: RiseSpan, baseline: Baseline) -> tuple[str, ...]:
    flags = {
        "mapping_approximate": mapping.mark is MappingMark.APPROXIMATE,
        "neutral_unknown": mapping.has_neutral and not baseline.is_known,
        "onset_unseen": not span.is_onset_seen,
        "offset_unseen": not span.is_offset_seen,
    }
    return tuple(name for name, is_set in flags.items() if is_set)


def _seen_spans(track: FaceScores, times: RowTimes, config: SuggestConfig) -> Iterator[TimeSpan]:
    """Yield the stretches in which the face was read, short gaps bridged."""
    pauses_ms = 1000 * (times.start_s[1:] - times.end_s[:-1])
    breaks = np.flatnonzero(pauses_ms > config.max_gap_ms) + 1
    for first, end in pairwise([0, *breaks.tolist(), len(track)]):
        yield track.span(first, end)
