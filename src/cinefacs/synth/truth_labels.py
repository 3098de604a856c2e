"""The truth as labels: what a perfect coder would have written, with what nobody can see marked."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np

from cinefacs.facs.codes import Intensity, Side
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionKind, ExpressionLabel
from cinefacs.records.label_checks import TRUTH
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan
from cinefacs.synth.act import Act, ActKind
from cinefacs.synth.drives import SHOWABLE_AUS
from cinefacs.synth.film_plan import FilmPlan, Part, ShotPlan
from cinefacs.synth.truth_tables import FaceRow

__all__ = ["LABEL_SET", "intensity_letter", "label_truth"]

LABEL_SET = "truth-1"
"""Name of the label set; the number changes when the rules below do."""
_SOURCE = "synthetic"
_CHANGED_AT = "2026-01-01T00:00:00+00:00"
"""A fixed moment: the same plan must give the same bytes."""
_LETTERS = (0.2, 0.4, 0.6, 0.8)
_SPEECH_FLOOR = 0.08
"""Least intensity at which an action unit of speech or chewing is labelled."""


def intensity_letter(value: float) -> Intensity:
    """Return the FACS letter of an intensity from 0 to 1: five equal steps.

    The manual's steps are uneven and of appearance, not of muscle; this is a convention of the
    synthetic films.
    """
    return list(Intensity)[int(np.searchsorted(_LETTERS, value, side="right"))]


def label_truth(plan: FilmPlan, rows: Sequence[FaceRow], film_id: str) -> Labels:
    """Return the labels of a film by the coder ``truth``.

    An expression is labelled from the first to the last frame in which it acts within its shot's
    core and its face is in the picture. Each of its action units is ``visible`` where it can be
    seen at the apex, else ``hidden``.

    Parameters
    ----------
    plan
        The film.
    rows
        All faces of all frames.
    film_id
        SHA-256 of the film.
    """
    by_face: dict[tuple[int, int], dict[int, FaceRow]] = defaultdict(dict)
    for row in rows:
        by_face[row.shot_index, row.position][row.frame] = row
    aus: list[AuLabel] = []
    expressions: list[ExpressionLabel] = []
    coded: list[CodedSpan] = []
    for (shot_index, position), faces in sorted(by_face.items()):
        scribe = _Scribe(
            plan, plan.shots[shot_index], shot_index=shot_index, position=position, faces=faces,
            film_id=film_id,
        )  # fmt: skip
        for number, act in enumerate(scribe.part.performance.acts):
            if act.kind in {ActKind.SPEECH, ActKind.CHEWING}:
                aus += scribe.confounder(act)
            else:
                new_aus, new_expressions = scribe.act(act, number)
                aus += new_aus
                expressions += new_expressions
        coded += scribe.coded()
    return Labels(aus=tuple(aus), expressions=tuple(expressions), coded=tuple(coded))


class _Scribe:
    """Writes the labels of one face in one shot."""

    def __init__(
        self,
        plan: FilmPlan,
        shot: ShotPlan,
        *,
        shot_index: int,
        position: int,
        faces: dict[int, FaceRow],
        film_id: str,
    ) -> None:
        self.part: Part = shot.parts[position]
        self._plan = plan
        self._shot = shot
        self._name = f"{film_id[:12]}-{shot_index:04d}-{position}"
        self._faces = faces
        self._film_id = film_id

    def _frames(self, act: Act) -> list[int]:
        """Return the film's frames in which an act shows, the shot's core and the picture given."""
        shift = self._shot.core_start_frame - self.part.performance.first_frame
        first = max(act.onset + shift, self._shot.core_start_frame)
        last = min(act.offset + shift, self._shot.core_end_frame - 1)
        return [frame for frame in range(first, last + 1) if frame in self._faces]

    def _moment(self, frame: int) -> int:
        """Return the frame of the acts that a frame of the film shows."""
        return frame - self._shot.core_start_frame + self.part.performance.first_frame

    def _span(self, frames: Sequence[int]) -> TimeSpan:
        tick = self._plan.ticks_per_frame
        return TimeSpan(
            start_pts=frames[0] * tick,
            end_pts=(frames[-1] + 1) * tick,
            time_base=self._plan.time_base,
        )

    def act(self, act: Act, number: int) -> tuple[list[AuLabel], list[ExpressionLabel]]:
        """Return the labels of an expression or a blink."""
        frames = self._frames(act)
        if not frames:
            return [], []
        best = max(frames, key=lambda frame: act.strength(self._moment(frame)))
        has_apex = act.apex <= self._moment(best) <= act.apex_end
        apex_pts = best * self._plan.ticks_per_frame if has_apex else None
        is_expression = act.kind in {ActKind.MICRO, ActKind.MACRO}
        expression_id = f"{self._name}-{number:03d}" if is_expression else ""
        flags = () if has_apex else ("apex_outside",)
        shown = act.intensities(self._moment(best))
        aus = [
            self._au(
                au,
                left,
                right,
                frames=frames,
                best=best,
                apex_pts=apex_pts,
                expression_id=expression_id,
                flags=flags,
            )
            for au, (left, right) in sorted(shown.items())
        ]
        if not is_expression:
            return aus, []
        expression = ExpressionLabel(
            film_id=self._film_id,
            character_number=self.part.character + 1,
            expression_id=expression_id,
            span=self._span(frames),
            apex_pts=() if apex_pts is None else (apex_pts,),
            kind=ExpressionKind.MICRO if act.kind is ActKind.MICRO else ExpressionKind.MACRO,
            emotions=(act.emotion,) if act.emotion else (),
            au_text=_au_text(aus),
            coder=TRUTH,
            label_set=LABEL_SET,
            source=_SOURCE,
            changed_at=_CHANGED_AT,
            flags=flags,
        )
        return aus, [expression]

    def confounder(self, act: Act) -> list[AuLabel]:
        """Return what speech or chewing moves: a label for each run of frames in which it acts."""
        word = str(act.kind)
        labels: list[AuLabel] = []
        frames = self._frames(act)
        track: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
        for frame in frames:
            for au, (left, right) in self.part.performance.intensities(
                frame - self._shot.core_start_frame
            ).items():
                if au in _MOUTH_AUS and max(left, right) >= _SPEECH_FLOOR:
                    track[au].append((frame, left, right))
        for au, seen in sorted(track.items()):
            for _, run in groupby(enumerate(seen), key=lambda item: item[1][0] - item[0]):
                cells = [cell for _, cell in run]
                best, left, right = max(cells, key=lambda cell: max(cell[1:]))
                labels.append(
                    self._au(
                        au, left, right, frames=[cell[0] for cell in cells], best=best,
                        apex_pts=best * self._plan.ticks_per_frame, expression_id="",
                        flags=(word,),
                    )
                )  # fmt: skip
        return labels

    def _au(
        self,
        au: int,
        left: float,
        right: float,
        *,
        frames: Sequence[int],
        best: int,
        apex_pts: int | None,
        expression_id: str,
        flags: tuple[str, ...],
    ) -> AuLabel:
        is_seen = self._faces[best].truth.shows(au)
        return AuLabel(
            film_id=self._film_id,
            character_number=self.part.character + 1,
            au=au,
            side=_side(left, right),
            intensity=intensity_letter(max(left, right)),
            span=self._span(frames),
            apex_pts=apex_pts,
            visibility=Visibility.VISIBLE if is_seen else Visibility.HIDDEN,
            coder=TRUTH,
            label_set=LABEL_SET,
            source=_SOURCE,
            changed_at=_CHANGED_AT,
            expression_id=expression_id,
            flags=flags,
        )

    def coded(self) -> list[CodedSpan]:
        """Return the stretches in which the face can be seen: only there is absent known."""
        inside = [
            frame
            for frame, row in sorted(self._faces.items())
            if row.truth.is_visible
            and self._shot.core_start_frame <= frame < self._shot.core_end_frame
        ]
        spans = []
        for _, run in groupby(enumerate(inside), key=lambda item: item[1] - item[0]):
            frames = [frame for _, frame in run]
            spans.append(
                CodedSpan(
                    film_id=self._film_id,
                    character_number=self.part.character + 1,
                    span=self._span(frames),
                    aus=SHOWABLE_AUS,
                    has_emotions=True,
                    coder=TRUTH,
                    label_set=LABEL_SET,
                    source=_SOURCE,
                    changed_at=_CHANGED_AT,
                )
            )
        return spans


_MOUTH_AUS = (8, 10, 14, 16, 18, 20, 22, 24, 25, 26)
"""Action units that speech and chewing move."""


def _side(left: float, right: float) -> Side:
    """Return the side; strengths within a tenth of each other count as alike."""
    if right == 0:
        return Side.LEFT
    if left == 0:
        return Side.RIGHT
    return Side.BOTH if abs(left - right) <= 0.1 * max(left, right) else Side.ASYMMETRIC


def _au_text(labels: Iterable[AuLabel]) -> str:
    letters = {Side.LEFT: "L", Side.RIGHT: "R", Side.ASYMMETRIC: "A"}
    return "+".join(
        f"{letters.get(label.side, '')}{label.au}{label.intensity or ''}" for label in labels
    )
