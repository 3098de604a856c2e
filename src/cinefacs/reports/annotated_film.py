"""Frames of a film with everything drawn in, and faces hidden where that is asked for."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cinefacs.geometry.boxes import pairwise_iou
from cinefacs.media.frame import Frame
from cinefacs.media.painted_frame import PaintedFrame
from cinefacs.reports.config import AnnotatedFilmConfig, DeidentifyConfig
from cinefacs.reports.face_cover import CoveredFrame, FaceCover
from cinefacs.reports.film_sweep import FilmSweep
from cinefacs.reports.frame_view import FrameView
from cinefacs.reports.hidden_faces import HiddenFace, hide_faces
from cinefacs.reports.overlay import Overlay

__all__ = ["FilmAnnotator", "hidden_of_view"]

Boxes = npt.NDArray[np.float32]

_SAME_IOU = 0.2
"""Overlap from which on a place shows a face that is drawn already: it is covered all the same,
but not drawn twice."""


class _Seen(NamedTuple):
    frame: Frame
    view: FrameView


class FilmAnnotator:
    """Take decoded frames in order, give painted ones back.

    Without hiding, each frame comes back at once; with it, `DeidentifyConfig.hold_s` later.

    Parameters
    ----------
    sweep
        What is to be shown.
    config
        How.
    deidentify
        How faces are hidden; None shows them.
    cut_frames
        Frames at which the picture changes completely (hard cuts): no cover is held across.
    """

    def __init__(
        self,
        sweep: FilmSweep,
        config: AnnotatedFilmConfig,
        *,
        deidentify: DeidentifyConfig | None = None,
        cut_frames: Collection[int] = (),
    ) -> None:
        self._sweep = sweep
        self._overlay = Overlay(config)
        self._deidentify = deidentify
        self._cut_frames = frozenset(cut_frames)
        self._cover: FaceCover[_Seen] = FaceCover(deidentify.hold_s if deidentify else 0.0)

    def push(self, frame: Frame, found_xyxy: Boxes | None = None) -> list[PaintedFrame]:
        """Take the next frame; return those that are finished.

        Parameters
        ----------
        frame
            Decoded, in display order.
        found_xyxy : (N, 4) px, or None
            Faces that a finder sees in this very frame, whether or not they are tracked; they
            are hidden along with the tracked ones. Without effect unless faces are hidden.
        """
        view = self._sweep.view(
            frame_index=frame.index, pts=frame.pts, time_base=frame.time_base
        )  # fmt: skip
        if self._deidentify is None:
            return [self._paint(frame, view, None)]
        tracked = [face.box_xyxy for face in view.faces]
        found = [] if found_xyxy is None else list(found_xyxy)
        released = self._cover.push(
            _Seen(frame, view),
            np.array([*tracked, *found], np.float32).reshape(-1, 4),
            time_s=frame.pts * frame.time_base,
            is_after_cut=frame.index in self._cut_frames,
        )
        return self._painted(released)

    def finish(self) -> list[PaintedFrame]:
        """Return the frames that are left."""
        return self._painted(self._cover.finish())

    def _painted(self, released: list[CoveredFrame[_Seen]]) -> list[PaintedFrame]:
        return [
            self._paint(each.item.frame, each.item.view, each.box_xyxy) for each in released
        ]  # fmt: skip

    def _paint(self, frame: Frame, view: FrameView, covers: Boxes | None) -> PaintedFrame:
        picture = frame.rgb().copy()
        frame.drop_pixels()
        if covers is not None and self._deidentify is not None:
            hide_faces(picture, hidden_of_view(view, covers), self._deidentify)
        self._overlay.paint(picture, view)
        return PaintedFrame(frame, picture)


def hidden_of_view(view: FrameView, covers: Boxes) -> list[HiddenFace]:
    """Return the places to be covered: tracked faces with what they show, and all others.

    Parameters
    ----------
    view
        Tracked faces of the frame.
    covers : (N, 4) px
        All places, those of the tracked faces among them.
    """
    known = [
        HiddenFace(
            box_xyxy=face.box_xyxy,
            points_xy=face.points_xy if face.levels else None,  # unread is not neutral
            levels=face.levels,
        )
        for face in view.faces
    ]
    drawn = [face.box_xyxy for face in known]
    others = []
    for box in covers:
        is_new = not drawn or float(pairwise_iou(box[None], np.stack(drawn)).max()) < _SAME_IOU
        others.append(HiddenFace(box_xyxy=box, is_drawn=is_new))
        if is_new:
            drawn.append(box)
    return [*others, *known]
