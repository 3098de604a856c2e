"""The paper's way: find and read in whole frames, and give each box to the face that it shows."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cinefacs.engines.network_input import map_boxes_back, prepare_picture
from cinefacs.geometry.boxes import clip_boxes, pairwise_iou
from cinefacs.inference.config import ReadConfig
from cinefacs.inference.exported import ExportedDetector
from cinefacs.inference.readings import FaceReadings, KeptReadings
from cinefacs.inference.suppression import KeptBoxes, suppress
from cinefacs.media.frame import Frame
from cinefacs.records.seen_face import SeenFace

__all__ = ["FrameReader"]


class FrameReader:
    """Read whole frames, and match what was found with the faces that are followed.

    Parameters
    ----------
    detector
        Of whole pictures.
    config
        Limits.
    """

    def __init__(self, detector: ExportedDetector, config: ReadConfig) -> None:
        self._detector = detector
        self._config = config
        self._kept = KeptReadings(detector.card.class_space)

    def push(self, frame: Frame, faces: Sequence[SeenFace], /) -> None:
        """Read a frame in which faces are followed.

        A followed face gets the surest box that overlaps it enough and that no other face took;
        one without such a box is unread in this frame.

        Parameters
        ----------
        frame
            The frame.
        faces
            Those that can be read (`SeenFace.is_readable`); at least one.
        """
        found = self._find(frame)
        overlap = pairwise_iou(np.stack([each.box_xyxy for each in faces]), found.boxes_xyxy)
        is_free = np.ones(len(faces), dtype=bool)
        calibration = self._detector.card.calibration
        for row in range(len(found.score)):  # surest first
            candidates = np.where(is_free, overlap[:, row], -1.0)
            best = int(candidates.argmax())
            if candidates[best] < self._config.min_match_iou:
                continue
            is_free[best] = False
            scores = found.class_scores[row].clip(0, 1)
            self._kept.add(
                faces[best].face,
                frame.index,
                found.boxes_xyxy[row],
                float(found.score[row].clip(0, 1)),
                scores if calibration is None else calibration.apply(scores),
            )

    def end(self, face: int, /) -> None:
        """Nothing waits for later frames."""

    def flush(self) -> None:
        """Nothing waits for a batch to fill."""

    def take(self, face: int, /) -> FaceReadings:
        """Return what was read of a face, and forget it."""
        return self._kept.take(face)

    def forget(self, face: int, /) -> None:
        """Forget a face that ended."""
        self._kept.forget(face)

    def close(self) -> None:
        """Nothing runs beside."""

    def _find(self, frame: Frame) -> KeptBoxes:
        """Return the boxes of a frame, surest first."""
        card = self._detector.card
        size_wh = card.shape.size_wh
        tensor, matrix = prepare_picture(
            frame.rgb(), card.input_spec, is_rect=size_wh is None, input_wh=size_wh
        )
        boxes, scores = self._detector.run(tensor[None])
        kept = suppress(
            boxes[0],
            scores[0],
            face_index=card.class_space.box_index,
            score_floor=self._config.min_face_score,
        )
        back = map_boxes_back(matrix, kept.boxes_xyxy)
        cut: npt.NDArray[np.float32] = clip_boxes(back, resolution_wh=frame.size_wh)
        return kept._replace(boxes_xyxy=cut)
