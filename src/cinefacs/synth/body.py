"""The shape of one person and how it moves: identity, expression, gaze, head, arms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.assets import HeadAssets, load_assets
from cinefacs.synth.drives import SHAPE_AUS, shape_weights, unit_moves
from cinefacs.synth.mesh import eye_balls
from cinefacs.synth.person import Person

__all__ = ["Body", "Pose", "turn_matrix"]

Array = npt.NDArray[Any]

_REST_EYES = ("helper-l-eye", "helper-r-eye")
_HEAD_GROUPS = (
    "helper-l-eye", "helper-r-eye", "helper-upper-teeth", "helper-lower-teeth", "helper-tongue",
    "helper-l-eyelashes-1", "helper-l-eyelashes-2", "helper-r-eyelashes-1", "helper-r-eyelashes-2",
)  # fmt: skip
_LOOK_DEG = 30.0
"""Turn of the eye at which its lid shape has weight 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pose:
    """What a face does at one moment."""

    intensity: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    """Left and right intensity, 0 to 1, by action unit; head and gaze units are not here."""
    head_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Yaw (positive: to the person's left), pitch (positive: down), roll (positive: top to the
    person's right)."""
    head_shift: float = 0.0
    """Forward (positive) or back, dm."""
    gaze_deg: tuple[float, float] = (0.0, 0.0)
    """Yaw (positive: to the person's left) and pitch (positive: down) in the head."""


def turn_matrix(yaw_deg: float, pitch_deg: float, roll_deg: float = 0.0) -> Array:
    """Return the 3x3 turn by roll, then pitch, then yaw; angles as in `Pose`."""
    y, p, r = np.radians([yaw_deg, pitch_deg, roll_deg])
    yaw = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    pitch = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    roll = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return np.asarray(yaw @ pitch @ roll)


def _macro_weights(person: Person) -> dict[str, float]:
    """Return the weights of the MakeHuman base shapes for age, gender, origin and weight.

    The base shapes are a baby (1 year), a child (about 11), a grown person (25) and an old one
    (90). The straight way from baby to child makes a toddler of a child of six, so the baby's
    share is cut to a third.
    """
    age = person.age_years
    old = float(np.clip((age - 25) / 65, 0, 1))
    young = float(np.clip((age - 11) / 14, 0, 1)) - old
    baby = float(np.clip((11 - age) / 10, 0, 1)) / 3
    child = 1 - old - young - baby
    ages = {"baby": baby, "child": child, "young": young, "old": old}
    genders = {"female": 1 - person.maleness, "male": person.maleness}
    origins = dict(zip(("african", "asian", "caucasian"), person.origin, strict=True))
    weights = _three("weight", person.weight)
    muscles = _three("muscle", person.muscle)
    found: dict[str, float] = {}
    for age_name, a in ages.items():
        for gender, g in genders.items():
            for origin, o in origins.items():
                found[f"macrodetails/{origin}-{gender}-{age_name}"] = a * g * o
            for muscle, m in muscles.items():
                for weight, w in weights.items():
                    name = f"macrodetails/universal-{gender}-{age_name}-{muscle}-{weight}"
                    found[name] = a * g * m * w
    return {name: weight for name, weight in found.items() if weight > 1e-4}


def _three(word: str, value: float) -> dict[str, float]:
    low, high = max(0.0, 1 - 2 * value), max(0.0, 2 * value - 1)
    return {f"min{word}": low, f"max{word}": high, f"average{word}": 1 - low - high}


@cache
def _head_weight() -> Array:
    """Return how far each base vertex follows the head, (V, 1)."""
    assets = load_assets()
    weight = (
        assets.weights[:, assets.bones.index("head")]
        + 0.45 * assets.weights[:, assets.bones.index("neck_01")]
    )
    for group in _HEAD_GROUPS:
        weight[np.unique(assets.quads[group][:, :, 0])] = 1.0
    return np.clip(weight, 0, 1)[:, None].astype(np.float64)


class Body:
    """One person's shape; poses are computed on the base mesh's vertices.

    Parameters
    ----------
    person
        Whose.
    """

    def __init__(self, person: Person) -> None:
        assets = load_assets()
        self.person = person
        vertices = assets.vertices.astype(np.float64).copy()
        for name, weight in _macro_weights(person).items():
            target = assets.target(name)
            vertices[target.vertices] += weight * target.moves
        local = np.zeros_like(vertices)
        for name, weight in person.shapes:
            target = assets.target(name)
            share = person.asymmetry if name.startswith("asym/") else 1.0
            local[target.vertices] += weight * share * target.moves
        eyes = [np.unique(assets.quads[name][:, :, 0]) for name in _REST_EYES]
        self._eye_vertices = eyes
        self.face_scale = _eye_distance(vertices, eyes) / _eye_distance(assets.vertices, eyes)
        """Size of the face over the base mesh's; children's are smaller."""
        vertices += local * self.face_scale
        self.still = _drop_arms(vertices, assets, person.arm_drop_deg)
        """(V, 3) dm: at rest, arms hanging."""
        self.pivot = self.joint("neck") * 0.6 + self.joint("head") * 0.4
        """Point that the head turns about, dm."""
        self.head_weight = _head_weight()
        """(V, 1) how far each vertex follows the head."""
        gain = np.array(person.au_gain)
        tilt = np.array(person.au_asymmetry)
        self._gain = {
            au: (float(gain[k] * (1 + tilt[k])), float(gain[k] * (1 - tilt[k])))
            for k, au in enumerate(SHAPE_AUS)
        }

    def joint(self, name: str) -> Array:
        """Return where a joint of the body is, (3,) dm."""
        assets = load_assets()
        return np.asarray(self.still[assets.joints[name].astype(np.int64)].mean(axis=0))

    @property
    def eye_centres(self) -> tuple[Array, Array]:
        """Centres of the left and right eyeball at rest, (3,) dm each."""
        centres, _ = eye_balls(self.still)
        return centres[0], centres[1]

    @property
    def eye_radius(self) -> float:
        """Radius of an eyeball, dm."""
        return eye_balls(self.still)[1]

    def moved(self, pose: Pose) -> Array:
        """Return the base vertices in a pose, (V, 3) dm, before the head turns.

        Lids follow the gaze; the eyeballs turn by themselves.
        """
        vertices = self.still.copy()
        gained = {
            au: (sides[0] * self._gain[au][0], sides[1] * self._gain[au][1])
            for au, sides in pose.intensity.items()
            if au in self._gain
        }
        for au in (43, 45, 46):  # how far a lid closes is no matter of gain
            if au in gained:
                gained[au] = pose.intensity[au]
        weights = shape_weights(gained)
        for name, weight in _look_weights(pose.gaze_deg).items():
            weights[name] = weights.get(name, 0.0) + weight
        for (unit, side), weight in weights.items():
            index, moves = unit_moves(unit, side)
            if unit.startswith("unit/eyeLook"):
                is_lid = ~np.isin(index, np.concatenate(self._eye_vertices))
                index, moves = index[is_lid], moves[is_lid]
            vertices[index] += weight * self.face_scale * moves
        turn = turn_matrix(*pose.gaze_deg)
        for index, centre in zip(self._eye_vertices, self.eye_centres, strict=True):
            vertices[index] = (self.still[index] - centre) @ turn.T + centre
        return vertices

    def head_matrix(self, pose: Pose) -> Array:
        """Return the 4x4 turn of the head about the neck, in the person's own space."""
        matrix = np.eye(4)
        matrix[:3, :3] = turn_matrix(*pose.head_deg)
        shift = np.array([0.0, 0.0, pose.head_shift])
        matrix[:3, 3] = self.pivot - matrix[:3, :3] @ self.pivot + shift
        return matrix

    def posed(self, pose: Pose) -> Array:
        """Return the base vertices in a pose, (V, 3) dm, with the head turned."""
        vertices = self.moved(pose)
        matrix = self.head_matrix(pose)
        turned = vertices @ matrix[:3, :3].T + matrix[:3, 3]
        return np.asarray(vertices + self.head_weight * (turned - vertices))


def _eye_distance(vertices: Array, eyes: list[Array]) -> float:
    left, right = (vertices[index].mean(axis=0) for index in eyes)
    return float(np.linalg.norm(left - right))


def _look_weights(gaze_deg: tuple[float, float]) -> dict[tuple[str, str], float]:
    """Return the lid shapes of a gaze."""
    yaw, pitch = gaze_deg
    weights: dict[tuple[str, str], float] = {}
    for side, inwards in (("Left", -1), ("Right", 1)):
        across = "In" if yaw * inwards > 0 else "Out"
        weights[f"unit/eyeLook{across}{side}", ""] = abs(yaw) / _LOOK_DEG
        along = "Down" if pitch > 0 else "Up"
        weights[f"unit/eyeLook{along}{side}", ""] = abs(pitch) / _LOOK_DEG
    return {name: weight for name, weight in weights.items() if weight > 0}


def _drop_arms(vertices: Array, assets: HeadAssets, drop_deg: float) -> Array:
    """Return the vertices with both arms turned down about their shoulders."""
    moved = vertices.copy()
    for side, sign in (("l", -1.0), ("r", 1.0)):
        names = [f"{bone}_{side}" for bone in ("upperarm", "lowerarm", "hand")]
        weight = assets.weights[:, [assets.bones.index(name) for name in names]].sum(axis=1)
        shoulder = vertices[assets.joints[f"{side}-shoulder"].astype(np.int64)].mean(axis=0)
        turn = turn_matrix(0, 0, sign * drop_deg)
        turned = (vertices - shoulder) @ turn.T + shoulder
        moved += weight[:, None] * (turned - vertices)
    return moved
