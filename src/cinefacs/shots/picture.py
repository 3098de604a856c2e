"""Take a small picture of each shot as it passes."""

from fractions import Fraction

import cv2
import numpy as np

from cinefacs.errors import SchemaError
from cinefacs.media.frame import Frame
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.records.shot import ShotPicture

__all__ = ["PictureTaker"]

_WIDTH_PX = 160
_JPEG_QUALITY = 80
_SETTLED_S = Fraction(1, 2)  # by then the eye has found what the shot shows


class PictureTaker:
    """Keep one picture of the shot that is passing.

    It shows the first frame that lies half a second into the shot and in no transition; a shot
    without such a frame is shown by its first.

    Parameters
    ----------
    film_id
        SHA-256 of the film.
    """

    def __init__(self, film_id: str) -> None:
        self._film_id = film_id
        self._picture: ShotPicture | None = None
        self._start_pts = 0
        self._is_settled = False

    def push(self, shot_frames: ShotFrames) -> None:
        """Look at some frames of the shot."""
        if self._picture is None:
            first = shot_frames.frames[0]
            self._start_pts = first.pts
            self._picture = self._take(first, shot_frames.shot_index)
        if self._is_settled:
            return
        for frame, in_transition in zip(shot_frames.frames, shot_frames.in_transition, strict=True):
            passed_s = (frame.pts - self._start_pts) * frame.time_base
            if passed_s >= _SETTLED_S and not in_transition:
                self._picture = self._take(frame, shot_frames.shot_index)
                self._is_settled = True
                return

    def finish_shot(self) -> ShotPicture:
        """Return the shot's picture and get ready for the next shot.

        Raises
        ------
        SchemaError
            No frame was pushed since the last shot.
        """
        if self._picture is None:
            raise SchemaError("PictureTaker: expected at least one frame of the shot, got none")
        picture, self._picture, self._is_settled = self._picture, None, False
        return picture

    def _take(self, frame: Frame, shot_index: int) -> ShotPicture:
        width_px, height_px = frame.size_wh
        small = frame.small_rgb((_WIDTH_PX, max(1, round(_WIDTH_PX * height_px / width_px))))
        bgr = np.ascontiguousarray(small[:, :, ::-1])
        _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        return ShotPicture(
            film_id=self._film_id,
            shot_index=shot_index,
            frame_index=frame.index,
            jpeg=jpeg.tobytes(),
        )
