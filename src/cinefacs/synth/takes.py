"""Faces to train on: takes of a film, each with the moments before and after, and the rest."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.engines.crops import crop_affine
from cinefacs.engines.network_input import LUMA, face_affine, map_boxes
from cinefacs.records.class_space import FACE, NEUTRAL, ClassSpace, au_class, emotion_au_space
from cinefacs.records.face_set import PRESENT, UNKNOWN, FaceSet
from cinefacs.records.input_spec import InputSpec
from cinefacs.synth.act import Act, ActKind
from cinefacs.synth.drives import GAZE_AUS, HEAD_AUS, SHOWABLE_AUS
from cinefacs.synth.film_plan import FilmPlan, HardCondition, Part, ShotPlan
from cinefacs.synth.grade import Grade, draw_grade, grade_picture
from cinefacs.synth.performance import Performance
from cinefacs.synth.renderer import Renderer
from cinefacs.synth.shoot import draw_backing, draw_shot
from cinefacs.synth.truth import MIN_SHARE, MIN_SHIFT_PX, FaceTruth

__all__ = ["TAKES_VERSION", "TakeConfig", "shoot_faces"]

TAKES_VERSION = 2
"""Of how takes are drawn and labelled; part of the digest of a face set."""

Array = npt.NDArray[Any]
Grey = npt.NDArray[np.uint8]

CROP_SPEC = InputSpec(side_px=160, mode="crop", colour="grey", crop_scale=1.625)
"""Crops are a quarter wider than the 128 px at 1.3 that a detector reads: room for chance."""

_FINDER_SHIFT = (0.006, -0.030)
_FINDER_SCALE = 0.918
_FINDER_SPREAD = (0.026, 0.032, 0.064)
_EYE_SPREAD = (0.034, 0.023)
"""How CenterFace's boxes lie in the true ones: shift of the middle over the height, longer side
over longer side, and the deviations of both and of the eyes. Medians over 60 rendered faces of 12
people, 72 to 144 px high."""
_STILL_SHARE = 0.35
"""Share of these deviations that comes anew with each frame; the rest is a take's own."""
_AT_REST = frozenset({45, *HEAD_AUS, *GAZE_AUS})
"""What a neutral face may do: `cinefacs.datasets.targets` says the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TakeConfig:
    """Which moments of a take are drawn, and how they are made worse."""

    faces_per_take: int = 4
    """Labelled moments of each take."""
    step_ms: int = 0
    """Time to a neighbour; 0: neighbours are not drawn, which takes a third of the time."""
    least_intensity: float = 0.1
    """From where on an action unit is called present; a third of it and less is absent, and
    between the two nothing is said."""
    small_share: float = 0.5
    """Share of the takes whose face is small in its picture."""
    small_px: tuple[float, float] = (28.0, 100.0)
    """Height of such a face, drawn evenly by logarithm."""
    large_px: tuple[float, float] = (100.0, 120.0)
    """Height of the others."""
    own_rest_share: float = 0.75
    """Share of the takes whose face at rest is truly at rest; of the others it is the calmest of a
    few moments, as it is when it has to be found."""
    other_rest_share: float = 0.15
    """Share of the faces that are shown with their person's rest in any take."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A picture of one face, as coarse as the take's, and its truth."""

    crop: Grey
    box_xyxy: Array
    truth: FaceTruth


def shoot_faces(
    plan: FilmPlan, renderer: Renderer, config: TakeConfig, *, people: Sequence[int]
) -> FaceSet:
    """Return the faces of a plan.

    Parameters
    ----------
    plan
        Each shot is a take; the first part's face is the one that is looked at.
    renderer
        Of the plan's picture size.
    config
        Which moments.
    people
        Number of each of the plan's people.
    """
    space = emotion_au_space()
    crops: list[Grey] = []
    rows: list[dict[str, Any]] = []
    for k, shot in enumerate(plan.shots):
        if HardCondition.VERY_SMALL in shot.conditions:
            continue
        take = _Take(plan, k, renderer, config)
        for faces in take.shoot():
            numbers = []
            for face in (faces.now, faces.before, faces.after, faces.rest):
                if face is None:
                    numbers.append(-1)
                    continue
                known = next((n for n, crop in enumerate(crops[-64:], max(0, len(crops) - 64))
                              if crop is face.crop), None)  # fmt: skip
                if known is None:
                    crops.append(face.crop)
                    known = len(crops) - 1
                numbers.append(known)
            labels, intensity = _label(
                space, shot.parts[0], faces.frame, faces.now.truth, config, face_px=take.face_px
            )
            rows.append({
                "numbers": numbers, "box": faces.now.box_xyxy, "labels": labels,
                "intensity": intensity, "px": take.face_px,
                "person": people[shot.parts[0].character],
            })  # fmt: skip
    _lend_rest(np.random.default_rng([plan.seed, 22]), rows, config.other_rest_share)
    return _as_set(space, crops, rows, config)


def _lend_rest(rng: np.random.Generator, rows: Sequence[dict[str, Any]], share: float) -> None:
    """Show some faces with their person's rest in another take: other light, another turn."""
    rests: dict[int, list[int]] = {}
    for row in rows:
        rests.setdefault(row["person"], []).append(row["numbers"][3])
    for row in rows:
        choice, is_lent = int(rng.integers(1 << 30)), rng.random() < share
        if is_lent:
            own = rests[row["person"]]
            row["numbers"][3] = own[choice % len(own)]


def _as_set(
    space: ClassSpace, crops: Sequence[Grey], rows: Sequence[dict[str, Any]], config: TakeConfig
) -> FaceSet:
    side, k = CROP_SPEC.side_px, len(space)
    numbers = np.array([row["numbers"] for row in rows], np.int32).reshape(-1, 4)
    return FaceSet(
        class_space=space,
        crop_scale=CROP_SPEC.crop_scale,
        crops=np.stack(crops) if crops else np.zeros((0, side, side), np.uint8),
        now=numbers[:, 0],
        before=numbers[:, 1],
        after=numbers[:, 2],
        neutral=numbers[:, 3],
        step_ms=config.step_ms,
        box_xyxy=np.array([row["box"] for row in rows], np.float32).reshape(-1, 4),
        labels=np.array([row["labels"] for row in rows], np.uint8).reshape(-1, k),
        intensity=np.array([row["intensity"] for row in rows], np.float32),
        face_px=np.array([row["px"] for row in rows], np.float32),
        person=np.array([row["person"] for row in rows], np.int64),
    )


@dataclass(frozen=True, slots=True)
class _Faces:
    """One labelled moment and what is shown with it."""

    frame: int
    now: _Drawn
    before: _Drawn | None
    after: _Drawn | None
    rest: _Drawn | None


class _Take:
    """One shot: its light, its finish, and the finder's habits in it."""

    def __init__(self, plan: FilmPlan, k: int, renderer: Renderer, config: TakeConfig) -> None:
        self._plan, self._k, self._config = plan, k, config
        self._renderer = renderer
        self._shot = plan.shots[k]
        self._backdrop = draw_backing(self._shot)
        self._rng = np.random.default_rng([plan.seed, k, 21])
        is_small = self._rng.random() < config.small_share
        low, high = np.log(config.small_px if is_small else config.large_px)
        self.face_px = float(np.exp(self._rng.uniform(low, high)))
        self._grade = _scaled(draw_grade(self._rng, is_still=True), self.face_px)
        self._habit = self._rng.normal(0, 1, 7)

    def shoot(self) -> Iterator[_Faces]:
        """Yield the labelled moments; none where the face cannot be seen."""
        config, rate = self._config, self._plan.rate_fps
        rest: _Drawn | None = None
        step = round(config.step_ms * rate / 1000)
        for frame in _moments(self._rng, self._shot, config.faces_per_take):
            now = self._draw(frame, self._shot)
            if now is None:
                continue
            if rest is None:
                rest = self._draw_rest()
            before = self._draw(frame - step, self._shot) if step else None
            after = self._draw(frame + step, self._shot) if step else None
            yield _Faces(frame, now, before, after, rest)

    def _draw_rest(self) -> _Drawn | None:
        """Return the person at rest in this take, or nearly so."""
        part = self._shot.parts[0]
        n = part.performance.n_frames
        frames = [int(frame) for frame in self._rng.integers(0, n, 5)]
        if self._rng.random() < self._config.own_rest_share:
            calm = dataclasses.replace(part.performance, acts=())
            part = dataclasses.replace(part, performance=calm)
            shot = dataclasses.replace(self._shot, parts=(part, *self._shot.parts[1:]))
            return self._draw(frames[0], shot)
        efforts = [_effort(part.performance, frame) for frame in frames]
        return self._draw(frames[int(np.argmin(efforts))], self._shot)

    def _draw(self, frame: int, shot: ShotPlan) -> _Drawn | None:
        rgb, faces = draw_shot(
            self._plan, shot, frame, self._renderer, backdrop=self._backdrop, motion_samples=1
        )
        truth = next((truth for position, truth in faces if position == 0), None)
        if truth is None or truth.visible_share < MIN_SHARE / 2:
            return None
        share = min(1.0, self.face_px / truth.face_px)
        height, width = rgb.shape[:2]
        small_wh = (max(16, round(width * share)), max(16, round(height * share)))
        scale = np.array([small_wh[0] / width, small_wh[1] / height])
        small = cv2.resize(rgb, small_wh, interpolation=cv2.INTER_AREA)
        seed = self._plan.seed * 1_000_003 + self._k * 1009 + frame + 50
        finished = grade_picture(np.asarray(small, np.uint8), self._grade, seed=seed)
        return self._cut(finished, truth, scale)

    def _cut(self, rgb: npt.NDArray[np.uint8], truth: FaceTruth, scale: Array) -> _Drawn:
        """Return the face as the finder would have cut it."""
        box = truth.box_xyxy.astype(np.float64) * np.tile(scale, 2)
        eyes = truth.points_xy[:2].astype(np.float64) * scale
        width, height = box[2:] - box[:2]
        anew = self._rng.normal(0, 1, 7)
        chance = self._habit * np.sqrt(1 - _STILL_SHARE**2) + anew * _STILL_SHARE
        shift = np.array(_FINDER_SHIFT) + chance[:2] * _FINDER_SPREAD[:2]
        side = max(width, height) * (_FINDER_SCALE + chance[2] * _FINDER_SPREAD[2])
        middle = (box[:2] + box[2:]) / 2 + shift * height
        found = np.concatenate([middle - side / 2, middle + side / 2])
        eyes += chance[3:].reshape(2, 2) * _EYE_SPREAD * height
        if np.hypot(*(eyes[1] - eyes[0])) < 0.08 * height or eyes[1, 0] <= eyes[0, 0]:
            matrix = face_affine(found, CROP_SPEC)  # a profile: its eyes give no line
        else:
            matrix = face_affine(found, CROP_SPEC, eyes_xy=eyes)
        side_px = CROP_SPEC.side_px
        crop = crop_affine(rgb, matrix, (side_px, side_px)).astype(np.float32) @ LUMA
        return _Drawn((crop + 0.5).astype(np.uint8), map_boxes(matrix, box[None])[0], truth)


def _scaled(grade: Grade, face_px: float) -> Grade:
    """Return a grade whose blurs fit the size of the face: they are meant for one of 110 px."""
    share = float(np.clip(face_px / 110, 0.35, 1))
    return dataclasses.replace(
        grade, defocus_px=grade.defocus_px * share, smear_px=grade.smear_px * share
    )


def _moments(rng: np.random.Generator, shot: ShotPlan, n: int) -> list[int]:
    """Return the labelled frames of a take: apexes, other frames of acts, and any frames."""
    performance = shot.parts[0].performance
    acts = [act for act in performance.acts if act.kind in {ActKind.MICRO, ActKind.MACRO}]
    order = rng.permutation(len(acts)).tolist()
    frames = [_moment_of(rng, acts[k]) for k in order]
    frames = frames[: max(1, n - 1)]
    blinks = [act.apex for act in performance.acts if act.kind is ActKind.BLINK]
    if blinks and rng.random() < 0.3:
        frames.append(blinks[int(rng.integers(len(blinks)))])
    while len(frames) < n:
        frames.append(int(rng.integers(performance.n_frames)))
    return [frame for frame in dict.fromkeys(frames) if 0 <= frame < performance.n_frames][:n]


def _moment_of(rng: np.random.Generator, act: Act) -> int:
    return act.apex if rng.random() < 0.5 else int(rng.integers(act.onset, act.offset + 1))


def _effort(performance: Performance, frame: int) -> float:
    return sum(max(sides) for sides in performance.intensities(frame).values())


def _label(
    space: ClassSpace,
    part: Part,
    frame: int,
    truth: FaceTruth,
    config: TakeConfig,
    *,
    face_px: float,
) -> tuple[npt.NDArray[np.uint8], float]:
    """Return what is known of each class, and the strength of the strongest action unit.

    Nothing is said of what acts and cannot be seen: of action units on hidden skin or that move it
    by less than `MIN_SHIFT_PX` of the picture made small, of emotions of which no action unit can
    be seen, and of calm where something acts that cannot be seen.
    """
    labels = np.zeros(len(space), np.uint8)
    names = list(space.names)
    labels[names.index(FACE)] = PRESENT
    strongest, is_calm, is_shown = 0.0, True, False
    smaller = min(1.0, face_px / truth.face_px)
    for row, au in enumerate(SHOWABLE_AUS):
        side = int(truth.intensity[row, 1] > truth.intensity[row, 0])
        value = float(truth.intensity[row, side])
        is_seen = truth.au_share[row].max() >= MIN_SHARE
        place = names.index(au_class(au))
        if value >= config.least_intensity:
            moves = truth.au_shift_px[row, side] * smaller >= MIN_SHIFT_PX
            labels[place] = PRESENT if is_seen and moves else UNKNOWN
        elif not is_seen or value > config.least_intensity / 3:
            labels[place] = UNKNOWN
        if au not in _AT_REST:
            strongest = max(strongest, value)
            is_calm &= value <= config.least_intensity / 3
            is_shown |= labels[place] == PRESENT
    moment = frame + part.performance.first_frame
    for act in part.performance.acts:
        if not act.emotion or not act.onset <= moment <= act.offset:
            continue
        value = act.strength(moment) * max(max(sides) for _, *sides in act.peaks)
        is_seen = any(labels[names.index(au_class(au))] == PRESENT for au, *_ in act.peaks)
        is_present = value >= config.least_intensity and is_seen
        labels[names.index(act.emotion)] = PRESENT if is_present else UNKNOWN
    if is_calm or not is_shown:
        labels[names.index(NEUTRAL)] = PRESENT if is_calm else UNKNOWN
    return labels, strongest
