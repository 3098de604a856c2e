"""A hand held before a face."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.body import Body, turn_matrix
from cinefacs.synth.stage import HeldHand

__all__ = ["hold_hand"]

Array = npt.NDArray[Any]


def hold_hand(body: Body, hand: HeldHand) -> Array:
    """Return the base vertices with the left hand turned and moved before the face, (V, 3).

    A right hand is the left one mirrored.

    Parameters
    ----------
    body
        Of the person who holds it.
    hand
        Where and how.
    """
    wrist, knuckle = body.joint("l-hand"), body.joint("l-finger-3-1")
    elbow = body.joint("l-elbow")
    along = (knuckle - wrist) / np.linalg.norm(knuckle - wrist)
    arm = (wrist - elbow) / np.linalg.norm(wrist - elbow)
    along = (along + arm) / np.linalg.norm(along + arm)
    thumb = np.array([0.0, 0.0, 1.0])
    palm = np.cross(along, thumb)
    palm /= np.linalg.norm(palm)
    thumb = np.cross(palm, along)
    source = np.stack([along, thumb, palm], axis=1)
    turn = turn_matrix(0, 0, hand.turn_deg)
    # Fingers up, thumb to the middle of the face, palm to the face.
    wanted = turn @ np.stack([[0, 1.0, 0], [-1.0, 0, 0], [0, 0, -1.0]], axis=1)
    if np.linalg.det(wanted) * np.linalg.det(source) < 0:
        wanted[:, 2] *= -1
    rotation = wanted @ source.T
    middle = wrist * 0.35 + knuckle * 0.65
    eyes = (body.eye_centres[0] + body.eye_centres[1]) / 2
    scale = body.face_scale
    goal = eyes + np.array([hand.at[0], hand.at[1], 0.0]) * scale
    goal[2] = eyes[2] + (0.42 * scale + hand.distance)
    moved = (body.still - middle) @ rotation.T + goal
    if not hand.is_left:
        moved = moved * np.array([-1.0, 1.0, 1.0])
    return np.asarray(moved)
