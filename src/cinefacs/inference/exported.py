"""An exported detector, ready to find boxes: pictures in, detections out, no torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cinefacs.engines.exported_card import ExportedCard, read_exported
from cinefacs.engines.network_input import map_boxes_back, prepare_face, prepare_picture
from cinefacs.engines.session import Session
from cinefacs.errors import ConfigError
from cinefacs.geometry.boxes import clip_boxes
from cinefacs.inference.suppression import KeptBoxes, suppress
from cinefacs.records.detections import Detections

__all__ = ["CropReadings", "ExportedDetector"]

Rgb = npt.NDArray[np.uint8]


class CropReadings(NamedTuple):
    """What a detector says of crops, one face each."""

    boxes_xyxy: npt.NDArray[np.float32]
    """(B, 4) px of the crop: the best box of each."""
    face_score: npt.NDArray[np.float32]
    """(B,) 0 to 1: that it is a face."""
    scores: npt.NDArray[np.float32]
    """(B, K) 0 to 1, calibrated where the detector has a calibration."""


class ExportedDetector:
    """A folder that ``cinefacs export`` made.

    Parameters
    ----------
    folder
        With ``detector.json`` and the graph.
    device
        Name of an OpenVINO device.
    n_threads
        Threads of the processor; None: one for each core.

    Raises
    ------
    ModelError
        The folder is no exported detector, or a file was altered.
    """

    def __init__(self, folder: Path, *, device: str = "CPU", n_threads: int | None = None) -> None:
        self.card: ExportedCard = read_exported(folder)
        # A quantised graph runs its remaining layers in f32.
        precision = "bf16" if self.card.precision == "bf16" else "f32"
        self._session = Session(
            folder / self.card.graph, device=device, n_threads=n_threads,
            precision=precision,  # type: ignore[arg-type]
        )  # fmt: skip

    def run(
        self, inputs: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return the box and the scores of every anchor point.

        Parameters
        ----------
        inputs : (B, 3, side, side) float32, 0 to 1

        Returns
        -------
        (B, A, 4) px of the input and (B, A, K) 0 to 1
        """
        boxes, scores = self._session.infer(inputs)
        return boxes, scores

    def find(self, pictures: Sequence[Rgb], *, score_floor: float | None = None) -> Detections:
        """Return the boxes of whole pictures.

        Parameters
        ----------
        pictures : (H, W, 3) uint8 each, of any size
        score_floor
            Least score; None takes the threshold that was chosen in training, or 0.25.

        Raises
        ------
        ConfigError
            The detector reads face crops: call `read_faces`.
        """
        spec = self.card.input_spec
        if spec.mode != "frame":
            raise ConfigError(
                f"detector {self.card.network}: expected one of whole pictures, got one of crops",
                hint="find the faces first, and call read_faces with their boxes",
            )
        kept = []
        for rgb in pictures:
            tensor, matrix = prepare_picture(rgb, spec)
            kept.append(self._boxes_of(tensor, matrix, rgb, score_floor))
        return self._as_detections(kept)

    def read_faces(
        self,
        rgb: Rgb,
        faces_xyxy: npt.NDArray[np.float32],
        *,
        eyes_xy: npt.NDArray[np.float32] | None = None,
        score_floor: float | None = None,
    ) -> Detections:
        """Return what each face of a picture shows: the best box of each crop.

        Parameters
        ----------
        rgb : (H, W, 3) uint8
        faces_xyxy : (F, 4), px
            Faces found before.
        eyes_xy : (F, 2, 2), px, or None
            Eye on the picture's left, then the other; levels the crop.
        score_floor
            Least score, as in `find`.

        Returns
        -------
        Detections
            Of one picture; a face whose crop has no box above the floor is left out.

        Raises
        ------
        ConfigError
            The detector reads whole pictures: call `find`.
        """
        spec = self.card.input_spec
        if spec.mode != "crop":
            raise ConfigError(
                f"detector {self.card.network}: expected one of crops, got one of whole pictures",
                hint="call find with the picture",
            )
        if spec.temporal != "single":
            raise ConfigError(
                f"detector {self.card.network}: expected one that reads faces alone, got one that "
                f"reads them with {spec.temporal}",
                hint="cut the faces with cut_face, and call read_crops with crops_as_input",
            )
        best = []
        for row, box in enumerate(faces_xyxy):
            eyes = None if eyes_xy is None else eyes_xy[row]
            tensor, matrix = prepare_face(rgb, box, spec, eyes_xy=eyes)
            kept = self._boxes_of(tensor, matrix, rgb, score_floor)
            best.append(kept.first())
        return self._as_detections([_joined(best, len(self.card.class_space))])

    def read_crops(self, inputs: npt.NDArray[np.float32]) -> CropReadings:
        """Return what each of several crops shows: the scores of its best box.

        Parameters
        ----------
        inputs : (B, 3, side, side) float32, 0 to 1
            Each as `cinefacs.engines.face_input.crops_as_input` makes it. A new B compiles the
            graph anew, so keep to a few.

        Raises
        ------
        ConfigError
            The detector reads whole pictures, or its boxes have one label each.
        """
        face = self.card.class_space.box_index
        if self.card.input_spec.mode != "crop" or face is None:
            raise ConfigError(
                f"detector {self.card.network}: expected one of crops with the class face, got "
                f"one of {self.card.input_spec.mode}s, space {self.card.class_space.name!r}"
            )
        boxes, scores = self.run(inputs)  # (B, A, 4), (B, A, K)
        best = scores[:, :, face].argmax(axis=1)  # (B,)
        rows = np.arange(len(best))
        found = scores[rows, best]  # (B, K)
        return CropReadings(boxes[rows, best], found[:, face], self._calibrated(found))

    def _calibrated(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        calibration = self.card.calibration
        return scores if calibration is None else calibration.apply(scores)

    def _boxes_of(
        self,
        tensor: npt.NDArray[np.float32],
        matrix: npt.NDArray[np.float64],
        rgb: Rgb,
        score_floor: float | None,
    ) -> KeptBoxes:
        boxes, scores = self.run(tensor[None])
        floor = self._floor(score_floor)
        kept = suppress(
            boxes[0], scores[0], face_index=self.card.class_space.box_index, score_floor=floor
        )
        back = map_boxes_back(matrix, kept.boxes_xyxy)
        cut = clip_boxes(back, resolution_wh=(rgb.shape[1], rgb.shape[0]))
        return kept._replace(boxes_xyxy=cut, class_scores=self._calibrated(kept.class_scores))

    def _floor(self, score_floor: float | None) -> float:
        if score_floor is not None:
            return score_floor
        return 0.25 if self.card.threshold is None else self.card.threshold

    def _as_detections(self, kept: Sequence[KeptBoxes]) -> Detections:
        counts = [len(item.score) for item in kept]
        k = len(self.card.class_space)
        whole = _joined(kept, k)
        return Detections(
            class_space=self.card.class_space,
            n_pictures=len(kept),
            picture_index=np.repeat(np.arange(len(kept)), counts),
            boxes_xyxy=whole.boxes_xyxy,
            score=whole.score.clip(0, 1),
            class_index=whole.class_index,
            class_scores=whole.class_scores.clip(0, 1),
        )


def _joined(parts: Sequence[KeptBoxes], n_classes: int) -> KeptBoxes:
    """Return several lists of boxes as one."""
    nothing = KeptBoxes(
        np.zeros((0, 4), dtype=np.float32),
        np.zeros(0, dtype=np.float32),
        np.zeros(0, dtype=np.int64),
        np.zeros((0, n_classes), dtype=np.float32),
    )
    every = [nothing, *parts]
    return KeptBoxes(
        np.concatenate([part.boxes_xyxy for part in every]),
        np.concatenate([part.score for part in every]),
        np.concatenate([part.class_index for part in every]),
        np.concatenate([part.class_scores for part in every]),
    )
