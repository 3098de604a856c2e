"""Pictures of a live source: boxes, names and events drawn in, faces hidden, packed as JPEG."""

from collections.abc import Sequence

import cv2
import numpy as np

from cinefacs.media.frame import Frame
from cinefacs.pipeline.annotate import FindFaces
from cinefacs.reports.annotated_film import hidden_of_view
from cinefacs.reports.config import AnnotatedFilmConfig, DeidentifyConfig, LivePageConfig
from cinefacs.reports.face_cover import CoveredFrame, FaceCover
from cinefacs.reports.frame_view import FrameView
from cinefacs.reports.hidden_faces import hide_faces
from cinefacs.reports.lettering import Rgb
from cinefacs.reports.overlay import Overlay

__all__ = ["LivePainter", "to_jpeg"]


class LivePainter:
    """Draw into live frames, with faces hidden where that is asked for.

    Parameters
    ----------
    config
        What is shown.
    hide
        How faces are hidden.
    find_faces
        Finds the faces to hide; None shows them.
    """

    def __init__(
        self,
        config: AnnotatedFilmConfig,
        hide: DeidentifyConfig,
        find_faces: FindFaces | None,
    ) -> None:
        self._hide = hide
        self._find_faces = find_faces
        self._overlay = Overlay(config)
        self._cover: FaceCover[tuple[Frame, FrameView]] = FaceCover(hide.hold_s)

    def push(self, frame: Frame, view: FrameView) -> list[Rgb]:
        """Return the pictures that are finished."""
        if self._find_faces is None:
            picture = frame.rgb().copy()
            self._overlay.paint(picture, view)
            return [picture]
        found = self._find_faces(frame)
        boxes = np.array([*(face.box_xyxy for face in view.faces), *found], np.float32)
        released = self._cover.push(
            (frame, view),
            boxes.reshape(-1, 4),
            time_s=frame.pts * frame.time_base,
            is_after_cut=False,
        )
        return self._hidden(released)

    def finish(self) -> list[Rgb]:
        """Return the pictures that are left."""
        return self._hidden(self._cover.finish())

    def _hidden(self, released: Sequence[CoveredFrame[tuple[Frame, FrameView]]]) -> list[Rgb]:
        pictures = []
        for each in released:
            shown, seen = each.item
            picture = shown.rgb().copy()
            shown.drop_pixels()
            hide_faces(picture, hidden_of_view(seen, each.box_xyxy), self._hide)
            self._overlay.paint(picture, seen)
            pictures.append(picture)
        return pictures


def to_jpeg(picture: Rgb, config: LivePageConfig) -> bytes:
    """Return a picture as the page shows it.

    Parameters
    ----------
    picture : (H, W, 3) uint8
    config
        Its width and quality.
    """
    height, width = picture.shape[:2]
    if width > config.max_width_px:
        size = (config.max_width_px, max(1, round(height * config.max_width_px / width)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    flags = [cv2.IMWRITE_JPEG_QUALITY, config.jpeg_quality]
    _, packed = cv2.imencode(".jpg", np.ascontiguousarray(picture[:, :, ::-1]), flags)
    return packed.tobytes()
