"""An exported detector, ready to find boxes: pictures in, detections out, no torch."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from cinefacs.engines.exported_card import ExportedCard, read_exported
from cinefacs.engines.face_input import crops_as_input
from cinefacs.engines.network_input import cut_face, map_boxes_back, prepare_picture
from cinefacs.engines.session import Session
from cinefacs.engines.session_stream import stream_batches
from cinefacs.errors import ConfigError, SchemaError
from cinefacs.geometry.boxes import clip_boxes
from cinefacs.inference.crops import CropReadings, best_of_each
from cinefacs.inference.suppression import KeptBoxes, suppress
from cinefacs.records.detections import Detections

__all__ = ["ExportedDetector"]

Rgb = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float32]
Affine = npt.NDArray[np.float64]
Tag = TypeVar("Tag")


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
        inputs : (B, 3, H, W) float32, 0 to 1, B at least 1
            H and W as the page's `shape` says; where its batch is fixed, the last is filled up.

        Returns
        -------
        (B, A, 4) px of the input and (B, A, K) 0 to 1
        """
        n_most = self.card.shape.batch
        if n_most is None:
            boxes, scores = self._session.infer(inputs)
            return boxes, scores
        n = len(inputs)
        filled = np.concatenate([inputs, np.zeros((-n % n_most, *inputs.shape[1:]), np.float32)])
        parts = filled.reshape(-1, n_most, *inputs.shape[1:])
        outputs = [self._session.infer(part) for part in parts]
        boxes, scores = (np.concatenate(each)[:n] for each in zip(*outputs, strict=True))
        return boxes, scores

    def find(
        self,
        pictures: Sequence[Rgb],
        *,
        score_floor: float | None = None,
        is_rect: bool = False,
    ) -> Detections:
        """Return the boxes of whole pictures.

        Parameters
        ----------
        pictures : (H, W, 3) uint8 each, of any size
        score_floor
            Least score; None takes the threshold that was chosen in training, or 0.25.
        is_rect
            Show the smallest rectangle that holds a picture instead of the training's square: 640
            x 384 for 16:9, three fifths of the work. The first picture of each shape takes half
            a second more.

        Raises
        ------
        ConfigError
            The detector reads face crops: call `read_faces`. Or its graph has fixed sides, and
            rectangles are asked for.
        """
        input_wh = self._picture_input_wh(is_rect=is_rect)
        kept = []
        for rgb in pictures:
            tensor, matrix = prepare_picture(
                rgb, self.card.input_spec, is_rect=is_rect, input_wh=input_wh
            )
            kept.append(self._boxes_of(tensor, matrix, rgb, score_floor))
        return self._as_detections(kept)

    def stream_pictures(
        self,
        pictures: Iterable[tuple[Tag, Rgb]],
        *,
        score_floor: float | None = None,
        is_rect: bool = False,
        n_requests: int | None = None,
    ) -> Iterator[tuple[Tag, Detections]]:
        """Yield the boxes of each of many whole pictures, in order, while further ones are read.

        Faster than `find` by as much as the network leaves cores idle.

        Parameters
        ----------
        pictures
            What belongs to a picture (anything, handed back), and (H, W, 3) uint8. A change of
            the size of the input waits for all that are on their way.
        score_floor, is_rect
            As in `find`.
        n_requests
            Pictures on their way at a time; None: about one for each core.

        Raises
        ------
        ConfigError
            As in `find`.
        """
        input_wh = self._picture_input_wh(is_rect=is_rect)

        def prepared() -> Iterator[tuple[tuple[Tag, Affine, tuple[int, int]], Array]]:
            for tag, rgb in pictures:
                tensor, matrix = prepare_picture(
                    rgb, self.card.input_spec, is_rect=is_rect, input_wh=input_wh
                )
                yield (tag, matrix, (rgb.shape[1], rgb.shape[0])), tensor[None]

        answers = stream_batches(
            self._session, prepared(), n_requests=n_requests, n_rows=self.card.shape.batch
        )
        for (tag, matrix, size_wh), (boxes, scores) in answers:
            kept = self._kept(boxes[0], scores[0], matrix, size_wh, score_floor)
            yield tag, self._as_detections([kept])

    def read_faces(
        self,
        rgb: Rgb,
        faces_xyxy: npt.NDArray[np.float32],
        *,
        eyes_xy: npt.NDArray[np.float32] | None = None,
        score_floor: float | None = None,
    ) -> Detections:
        """Return what each face of a picture shows: the best box of each crop.

        A single picture tells nothing of a face's neighbours in time or of its rest: a detector
        that is shown those sees the face itself in their place, and reads less well.

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
        self._require_crops()
        spec = self.card.input_spec
        best = []
        for row, box in enumerate(faces_xyxy):
            eyes = None if eyes_xy is None else eyes_xy[row]
            crop, matrix = cut_face(rgb, box, spec, eyes_xy=eyes)
            tensor = crops_as_input([crop] * spec.n_crops, spec)
            kept = self._boxes_of(tensor, matrix, rgb, score_floor)
            best.append(kept.first())
        return self._as_detections([_joined(best, len(self.card.class_space))])

    def read_crops(self, inputs: Array) -> CropReadings:
        """Return what each of several inputs shows: the scores of its best box.

        Parameters
        ----------
        inputs : (N, 3, S, S) float32, 0 to 1
            Each as `cinefacs.engines.face_input.crops_as_input` makes it; S the side of the
            detector's input. `engines.network_input.map_boxes_back` carries boxes to the picture.

        Returns
        -------
        CropReadings
            One row an input, in order.

        Raises
        ------
        ConfigError
            The detector reads whole pictures.
        SchemaError
            The inputs have another shape or type.
        """
        ((_, readings),) = self.stream_crops([(None, inputs)])
        return readings

    def stream_crops(
        self, batches: Iterable[tuple[Tag, Array]], *, n_requests: int | None = None
    ) -> Iterator[tuple[Tag, CropReadings]]:
        """Yield what each batch shows, in order, while further batches are read.

        Parameters
        ----------
        batches
            What belongs to a batch (anything, handed back), and its inputs as for `read_crops`.
            All of one length are fastest; the last may be shorter.
        n_requests
            Batches on their way at a time; None: about one for each core. No more than these
            and one are in memory.

        Raises
        ------
        ConfigError
            The detector reads whole pictures.
        SchemaError
            The inputs have another shape or type.
        ModelError
            A batch is longer than the graph takes, where it was exported for a number of images.
        """
        self._require_crops()
        face = self.card.class_space.box_index
        inputs = self._checked(batches)
        answers = stream_batches(
            self._session, inputs, n_requests=n_requests, n_rows=self.card.shape.batch
        )
        for tag, (boxes, scores) in answers:
            readings = best_of_each(boxes, scores, face_index=face)
            yield tag, readings._replace(class_scores=self._calibrated(readings.class_scores))

    def _checked(self, batches: Iterable[tuple[Tag, Array]]) -> Iterator[tuple[Tag, Array]]:
        shape = (3, self.card.input_spec.side_px, self.card.input_spec.side_px)
        for tag, inputs in batches:
            if inputs.ndim != 4 or inputs.shape[1:] != shape or inputs.dtype != np.float32:
                raise SchemaError(
                    f"inputs: expected (N, 3, {shape[1]}, {shape[2]}) float32, got "
                    f"{inputs.shape} {inputs.dtype}",
                    hint="make them with engines.face_input.crops_as_input",
                )
            yield tag, inputs

    def _require_crops(self) -> None:
        if self.card.input_spec.mode != "crop":
            raise ConfigError(
                f"detector {self.card.network}: expected one of crops, got one of whole pictures",
                hint="call find with the picture",
            )

    def _calibrated(self, scores: Array) -> Array:
        calibration = self.card.calibration
        return scores if calibration is None else calibration.apply(scores)

    def _boxes_of(
        self,
        tensor: npt.NDArray[np.float32],
        matrix: Affine,
        rgb: Rgb,
        score_floor: float | None,
    ) -> KeptBoxes:
        boxes, scores = self.run(tensor[None])
        return self._kept(boxes[0], scores[0], matrix, (rgb.shape[1], rgb.shape[0]), score_floor)

    def _kept(
        self,
        boxes: Array,
        scores: Array,
        matrix: Affine,
        size_wh: tuple[int, int],
        score_floor: float | None,
    ) -> KeptBoxes:
        """Return what stays of the answer to one input, in the picture's pixels."""
        floor = self._floor(score_floor)
        kept = suppress(
            boxes, scores, face_index=self.card.class_space.box_index, score_floor=floor
        )
        cut = clip_boxes(map_boxes_back(matrix, kept.boxes_xyxy), resolution_wh=size_wh)
        return kept._replace(boxes_xyxy=cut, class_scores=self._calibrated(kept.class_scores))

    def _picture_input_wh(self, *, is_rect: bool) -> tuple[int, int] | None:
        """Return the size that the graph was fixed to, or None; raise where it cannot be used."""
        if self.card.input_spec.mode != "frame":
            raise ConfigError(
                f"detector {self.card.network}: expected one of whole pictures, got one of crops",
                hint="find the faces first, and call read_faces with their boxes",
            )
        size_wh = self.card.shape.size_wh
        if size_wh is not None and is_rect:
            raise ConfigError(
                f"detector {self.card.network}: expected a graph with free sides for rectangles, "
                f"got {size_wh[1]} x {size_wh[0]}",
                hint="export it without --height-px and --width-px",
            )
        return size_wh

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
