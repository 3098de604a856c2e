"""Read the expressions of faces while their frames pass by: cut, batch, run, keep.

Faces come frame by frame from whoever follows them (`cinefacs.faces.reader`, or tracks that are
stored already) and are known by a number. Memory holds a few batches of crops, what a face waits
for (`cinefacs.inference.motion`), and one row of scores for each face-frame until it is taken.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from cinefacs.engines.face_input import stack_as_input, stack_crops
from cinefacs.engines.network_input import as_network_input, cut_face, map_boxes_back
from cinefacs.geometry.boxes import clip_boxes
from cinefacs.inference.config import ReadConfig
from cinefacs.inference.crops import CropReadings, best_of_each
from cinefacs.inference.exported import ExportedDetector
from cinefacs.inference.motion import Moment, MotionWindow, Shown, make_window
from cinefacs.inference.readings import FaceReadings, KeptReadings
from cinefacs.inference.whole_frames import FrameReader
from cinefacs.media.frame import Frame
from cinefacs.records.input_spec import InputSpec
from cinefacs.records.seen_face import SeenFace

__all__ = ["CropReader", "ExpressionReader", "make_expression_reader"]

Array = npt.NDArray[np.float32]

_N_RUNNING = 2
"""Batches that are on their way at a time: one is computed while the next is cut."""


class ExpressionReader(Protocol):
    """What reads faces, cut out or in whole frames."""

    def push(self, frame: Frame, faces: Sequence[SeenFace], /) -> None:
        """Read faces of a frame; its pixels are not needed afterwards."""
        ...

    def end(self, face: int, /) -> None:
        """Take note that a face will not be seen again."""
        ...

    def flush(self) -> None:
        """Read at once whatever waits for a batch to fill; what waits for later frames stays."""
        ...

    def take(self, face: int, /) -> FaceReadings:
        """Return what was read of a face since the last time, and forget it."""
        ...

    def forget(self, face: int, /) -> None:
        """Forget a face that ended."""
        ...

    def close(self) -> None:
        """Let go of the network."""
        ...


def make_expression_reader(detector: ExportedDetector, config: ReadConfig) -> ExpressionReader:
    """Return a reader of the kind that a detector was trained for: crops or whole frames."""
    if detector.card.input_spec.mode == "frame":
        return FrameReader(detector, config)
    return CropReader(detector, config)


class _Waiting(NamedTuple):
    """A face whose input is complete."""

    face: int
    shown: Shown


class CropReader:
    """Read faces that are cut out, several at a time.

    A batch always has the same size, so that the network is compiled once; a face's scores do not
    hang on who else is in the batch. The network runs in a thread of its own.

    Parameters
    ----------
    detector
        Of face crops.
    config
        Sizes and limits.
    """

    def __init__(self, detector: ExportedDetector, config: ReadConfig) -> None:
        self._detector = detector
        self._spec = detector.card.input_spec
        self._config = config
        self._n_at_once = detector.card.shape.batch or config.batch
        self._kept = KeptReadings(detector.card.class_space)
        self._windows: dict[int, MotionWindow] = {}
        self._waiting: list[_Waiting] = []
        self._running: deque[tuple[list[_Waiting], Future[tuple[Array, Array]]]] = deque()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="expressions")

    def push(self, frame: Frame, faces: Sequence[SeenFace], /) -> None:
        """Cut the faces out of a frame, and read those whose input is complete.

        Parameters
        ----------
        frame
            The frame.
        faces
            Those that can be read (`SeenFace.is_readable`).
        """
        rgb = frame.rgb()
        start_s = frame.pts * frame.time_base
        for each in faces:
            crop, matrix = cut_face(rgb, each.box_xyxy, self._spec, eyes_xy=each.points_xy[:2])
            moment = Moment(
                frame_index=frame.index,
                start_s=start_s,
                crop=_kept_pixels(crop, self._spec),
                matrix=matrix,
                size_wh=frame.size_wh,
                activity=each.activity or 0.0,
            )
            window = self._windows.get(each.face)
            if window is None:
                window = self._windows[each.face] = make_window(self._spec)
            for shown in window.push(moment):
                self._queue(each.face, shown)

    def end(self, face: int, /) -> None:
        """Take note that a face will not be seen again: what waits for later frames is complete."""
        window = self._windows.pop(face, None)
        for shown in window.finish() if window is not None else ():
            self._queue(face, shown)

    def flush(self) -> None:
        """Read at once whatever waits for a batch to fill."""
        if self._waiting:
            self._start()
        while self._running:
            self._collect()

    def take(self, face: int, /) -> FaceReadings:
        """Return what was read of a face, and forget it; waits for its crops, if there are any."""
        if any(each.face == face for each in self._waiting):
            self._start()
        while any(each.face == face for batch, _ in self._running for each in batch):
            self._collect()
        return self._kept.take(face)

    def forget(self, face: int, /) -> None:
        """Forget a face that ended."""
        self.take(face)

    def close(self) -> None:
        """Let go of the network; what was not taken is lost."""
        self._worker.shutdown(cancel_futures=True)

    def _queue(self, face: int, shown: Shown) -> None:
        self._waiting.append(_Waiting(face, shown))
        if len(self._waiting) == self._n_at_once:
            self._start()

    def _start(self) -> None:
        """Set a batch going; wait first where too many are on their way."""
        while len(self._running) >= _N_RUNNING:
            self._collect()
        batch, self._waiting = self._waiting, []
        shown = [each.shown for each in batch]
        self._running.append((batch, self._worker.submit(self._run, shown)))

    def _run(self, batch: Sequence[Shown]) -> tuple[Array, Array]:
        """Return boxes and scores of all anchor points of some faces."""
        side = self._spec.side_px
        inputs = np.zeros((self._n_at_once, 3, side, side), np.float32)
        for row, shown in enumerate(batch):
            inputs[row] = _as_input(shown, self._spec)
        boxes, scores = self._detector.run(inputs)
        return boxes[: len(batch)], scores[: len(batch)]

    def _collect(self) -> None:
        """Keep the answers of the oldest batch."""
        batch, answer = self._running.popleft()
        boxes, scores = answer.result()  # (B, A, 4), (B, A, K)
        best = self._choose(boxes, scores)
        calibration = self._detector.card.calibration
        for row, (face, shown) in enumerate(batch):
            if best.score[row] < self._config.min_face_score:
                continue
            moment = shown.moment
            found = best.class_scores[row]
            box = map_boxes_back(moment.matrix, best.boxes_xyxy[row][None])
            self._kept.add(
                face,
                moment.frame_index,
                clip_boxes(box, resolution_wh=moment.size_wh)[0],
                float(best.score[row]),
                found if calibration is None else calibration.apply(found),
            )

    def _choose(self, boxes: Array, scores: Array) -> CropReadings:
        """Return the best box of each crop.

        Only boxes around the middle count: beside a face another one may show at the crop's rim.
        """
        middle = self._spec.side_px / 2
        off_xy = np.abs((boxes[:, :, :2] + boxes[:, :, 2:]) / 2 - middle)  # (B, A, 2)
        is_middle = off_xy.max(axis=2) <= middle / self._spec.crop_scale  # (B, A)
        face = self._detector.card.class_space.box_index
        return best_of_each(boxes, scores, face_index=face, counts=is_middle)


def _kept_pixels(crop: npt.NDArray[np.uint8], spec: InputSpec) -> npt.NDArray[np.uint8]:
    """Return what is kept of a crop: brightness alone, a third of it, where that is all."""
    if spec.colour == "rgb":
        return crop
    return stack_crops([crop], InputSpec(side_px=spec.side_px, mode="crop", colour="grey"))


def _as_input(shown: Shown, spec: InputSpec) -> Array:
    """Return the input of one face, (3, side, side)."""
    if spec.colour == "rgb":
        return as_network_input(shown.crops[0], spec)
    return stack_as_input(np.concatenate(shown.crops, axis=-1), spec)
