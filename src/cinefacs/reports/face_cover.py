"""Decide which places of each frame are covered, so that no face shows that was found.

Every face that is found in a frame is covered in it. Besides, places stay covered for a while
after a face was lost and before it was first found, and between two sightings of one face its
place is taken to move on the straight line between them. That needs a look ahead: a frame comes
back once nothing that is still to come can add to it.
"""

from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from cinefacs.geometry.boxes import pairwise_iou

__all__ = ["CoveredFrame", "FaceCover"]

Boxes: TypeAlias = npt.NDArray[np.float32]
Item = TypeVar("Item")

_SAME_IOU = 0.1
"""Overlap from which on two boxes of frames near to each other are taken for one face."""
_SAME_DISTANCE = 1.0
"""Distance of centres, in sides of the larger box, up to which they are so, too. Both limits are
generous: two faces taken for one lead to a cover too many, not to one too few."""


@dataclass(frozen=True, slots=True)
class CoveredFrame(Generic[Item]):
    """A frame that nothing can be added to."""

    item: Item
    """As it was pushed."""
    box_xyxy: Boxes
    """(N, 4) px: faces to be covered."""


@dataclass(slots=True)
class _Waiting(Generic[Item]):
    item: Item
    time_s: Fraction
    boxes: list[Boxes] = field(default_factory=list)


@dataclass(slots=True)
class _Chain:
    """One face from frame to frame."""

    box: Boxes
    """(4,) where it was last found."""
    time_s: Fraction
    is_found: bool = True


class FaceCover(Generic[Item]):
    """Take frames with the faces found in them; give them back with the places to cover.

    Parameters
    ----------
    hold_s : s
        How long places are held, and how long a gap is bridged. As many frames are kept.
    """

    def __init__(self, hold_s: float) -> None:
        self._hold_s = Fraction(hold_s)
        self._waiting: deque[_Waiting[Item]] = deque()
        self._chains: list[_Chain] = []

    def push(
        self, item: Item, box_xyxy: Boxes, *, time_s: Fraction, is_after_cut: bool
    ) -> list[CoveredFrame[Item]]:
        """Take the next frame.

        Parameters
        ----------
        item
            Comes back with the places.
        box_xyxy : (N, 4), px
            Faces found, by whatever means.
        time_s : s
            When it begins.
        is_after_cut
            Whether the picture changed completely: nothing is held across.
        """
        released = self.finish() if is_after_cut else []
        waiting = _Waiting(item, time_s, list(box_xyxy))
        for chain in self._chains:
            chain.is_found = False
        for box in box_xyxy:
            self._add(box, waiting)
        self._chains = [
            chain for chain in self._chains if time_s - chain.time_s <= self._hold_s
        ]  # fmt: skip
        waiting.boxes += [chain.box for chain in self._chains if not chain.is_found]
        self._waiting.append(waiting)
        while time_s - self._waiting[0].time_s > self._hold_s:
            released.append(_release(self._waiting.popleft()))
        return released

    def finish(self) -> list[CoveredFrame[Item]]:
        """Give back what is left, at a cut or at the film's end."""
        released = [_release(each) for each in self._waiting]
        self._waiting.clear()
        self._chains.clear()
        return released

    def _add(self, box: Boxes, frame: _Waiting[Item]) -> None:
        """Go on with a chain, bridging what was missed, or begin one and look back."""
        chain = self._chain_of(box)
        if chain is None:
            self._chains.append(_Chain(box, frame.time_s))
            for before in self._waiting:
                if frame.time_s - before.time_s <= self._hold_s:
                    before.boxes.append(box)
            return
        for missed in self._waiting:
            if chain.time_s < missed.time_s:
                share = (missed.time_s - chain.time_s) / (frame.time_s - chain.time_s)
                missed.boxes.append(chain.box + np.float32(share) * (box - chain.box))
        chain.box, chain.time_s, chain.is_found = box, frame.time_s, True

    def _chain_of(self, box: Boxes) -> _Chain | None:
        """Return the chain of a face, nearest first, that nobody went on with in this frame."""
        free = [chain for chain in self._chains if not chain.is_found]
        if not free:
            return None
        boxes = np.stack([chain.box for chain in free])  # (N, 4)
        overlap = pairwise_iou(box[None], boxes)[0]
        gap = np.hypot(*((boxes[:, :2] + boxes[:, 2:] - box[:2] - box[2:]) / 2).T)
        side = np.maximum((boxes[:, 2:] - boxes[:, :2]).max(axis=1), (box[2:] - box[:2]).max())
        is_same = (overlap >= _SAME_IOU) | (gap <= _SAME_DISTANCE * side)
        if not is_same.any():
            return None
        return free[int(np.where(is_same, overlap - gap / side, -np.inf).argmax())]


def _release(waiting: _Waiting[Item]) -> CoveredFrame[Item]:
    boxes = np.array(waiting.boxes, np.float32).reshape(-1, 4)
    return CoveredFrame(waiting.item, boxes)
