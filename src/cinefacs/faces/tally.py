"""Count what was seen of the faces of a film: how much of it can be coded, and why not."""

import numpy as np
import numpy.typing as npt

from cinefacs.faces.track_summary import TrackSummary, summarise_track
from cinefacs.records.face_track import CODABILITY_ORDER, Codability, FaceTrack

__all__ = ["FaceTally"]


class FaceTally:
    """Take a film's tracks one by one and keep only counts.

    Parameters
    ----------
    n_frames
        Frames of the film.
    height_px
        Height of its frames as shown.
    """

    def __init__(self, *, n_frames: int, height_px: int) -> None:
        self._height_px = height_px
        self._by_code = np.zeros(len(CODABILITY_ORDER), np.int64)
        self._tallest = np.zeros(n_frames, np.float32)  # 0 where no face can be coded
        self.summaries: list[TrackSummary] = []
        """The facts of each track that was pushed, in order."""

    def push(self, track: FaceTrack) -> None:
        """Count one track."""
        self.summaries.append(summarise_track(track))
        self._by_code += np.bincount(track.codability_code, minlength=len(CODABILITY_ORDER))
        codable = track.is_codable
        heights = (track.box_xyxy[codable, 3] - track.box_xyxy[codable, 1]) / self._height_px
        np.maximum.at(self._tallest, track.frame_index[codable], heights)

    @property
    def n_face_frames(self) -> int:
        """Faces found, summed over frames."""
        return int(self._by_code.sum())

    @property
    def n_codable_frames(self) -> int:
        """Codable faces, summed over frames."""
        return int(self._by_code[CODABILITY_ORDER.index(Codability.CODABLE)])

    @property
    def coverage(self) -> float:
        """Codable face-frames over face-frames found, 0 to 1; 0 without a face (DECISIONS 6)."""
        return self.n_codable_frames / self.n_face_frames if self.n_face_frames else 0.0

    @property
    def film_coverage(self) -> float:
        """Frames with a codable face over all frames, 0 to 1 (DECISIONS 6)."""
        return float((self._tallest > 0).mean())

    def not_codable(self) -> dict[Codability, int]:
        """Return the face-frames that cannot be coded by reason, most frequent first."""
        counts = {
            reason: int(n)
            for reason, n in zip(CODABILITY_ORDER, self._by_code, strict=True)
            if n and reason is not Codability.CODABLE
        }
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def face_heights(self, start_frame: int, end_frame: int) -> npt.NDArray[np.float32]:
        """Return the height of the largest codable face of each frame that has one.

        Parameters
        ----------
        start_frame, end_frame
            Frames to look at; the end is exclusive.

        Returns
        -------
        (K,) float32, over the frame's height
        """
        heights = self._tallest[start_frame:end_frame]
        return heights[heights > 0]
