"""A detector as Python code uses it: fit, predict, save, export; the same for all networks."""

import copy
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import torch

from cinefacs.config import config_digest
from cinefacs.detectors.build import build_network, describe_network
from cinefacs.detectors.data.labelled_set import LabelledSet
from cinefacs.detectors.evaluation.run import as_detections, calibrated
from cinefacs.detectors.export.export import ExportSummary, export_detector
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.networks.describe import NetworkSize
from cinefacs.detectors.protocol import DetectionNetwork, FindOptions
from cinefacs.detectors.tasks import DataSource, load_network
from cinefacs.detectors.training.complete import complete_config
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.fit import FitResult, fit
from cinefacs.detectors.training.fitting import Fitting
from cinefacs.detectors.weights.card import WeightsCard
from cinefacs.detectors.weights.files import tensors_digest, write_weights
from cinefacs.detectors.yolo_detection import YoloDetection
from cinefacs.engines.exported_card import ExportPrecision
from cinefacs.engines.face_input import crops_as_input
from cinefacs.engines.network_input import (
    letterbox_affine,
    letterbox_centred,
    map_boxes_back,
    prepare_picture,
)
from cinefacs.errors import ConfigError
from cinefacs.geometry.boxes import clip_boxes
from cinefacs.records.calibration import Calibration
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.detections import Detections
from cinefacs.records.input_spec import InputSpec
from cinefacs.records.step import Step

__all__ = ["Detector"]


class Detector:
    """A network with what it wants to be shown: RGB pictures in, `Detections` out.

    Parameters
    ----------
    network
        Trained or not.
    input_spec
        What it is shown.
    threshold
        Score from which on a box counts; None where none was chosen.
    calibration
        From scores of classes to probabilities; None where none was made.
    training
        Record of the training, or where the numbers came from.
    """

    def __init__(
        self,
        network: DetectionNetwork,
        input_spec: InputSpec,
        *,
        threshold: float | None = None,
        calibration: Calibration | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        self.network = network
        self.input_spec = input_spec
        self.threshold = threshold
        self.calibration = calibration
        self.training = dict(training or {})

    @classmethod
    def create(
        cls, name: str, class_space: ClassSpace, input_spec: InputSpec, *, seed: int = 0
    ) -> Self:
        """Return an untrained detector.

        Parameters
        ----------
        name
            As `find_network` reads it.
        class_space, input_spec
            What it tells apart, and what it is shown.
        seed
            Of its first numbers.

        Raises
        ------
        ConfigError
            Unknown name, or a network that cannot learn the class space.
        """
        torch.manual_seed(seed)
        network = build_network(find_network(name), class_space, side_px=input_spec.side_px)
        return cls(network, input_spec)

    @classmethod
    def load(cls, weights: Path) -> Self:
        """Return the detector of a weights file.

        Raises
        ------
        ModelError
            The files cannot be read, or do not fit.
        """
        card, network = load_network(weights)
        return cls(
            network, card.input_spec, threshold=card.threshold, calibration=card.calibration,
            training=card.training,
        )  # fmt: skip

    def describe(self) -> NetworkSize:
        """Return layers, parameters and GFLOPs."""
        return describe_network(
            self.network.config, self.network.class_space, side_px=self.input_spec.side_px
        )

    def fit(
        self,
        train_set: LabelledSet,
        val_set: LabelledSet,
        folder: Path,
        config: TrainConfig,
        *,
        seed: int = 0,
        device: str = "cpu",
        on_step: Callable[[Step], None] | None = None,
    ) -> FitResult:
        """Train, and take over the best weights; until then the detector stays as it is.

        Parameters
        ----------
        train_set, val_set
            Learned from, and measured on.
        folder
            Where the results go; an unfinished training there is gone on with if it began with the
            numbers that the network has now.
        config
            How; what it leaves open is chosen by the classes and the device, as `train` does. Its
            side, mode and colour must be the detector's.
        seed, device, on_step
            As for `cinefacs.detectors.tasks.train_detector`.

        Raises
        ------
        ConfigError
            The configuration asks for another input than the detector has, or for a loss that its
            network cannot learn from; or the folder holds another training.
        TrainingError
            Numbers overflowed or memory ran out.
        """
        config = complete_config(config, train_set.class_space, device)
        names = {
            "train": train_set.digest(),
            "val": val_set.digest(),
            "seed": str(seed),
            "network": self._name,
            "start": tensors_digest(self.network.state_dict()),
        }
        fitting = Fitting(
            network=copy.deepcopy(self.network), train_set=train_set, val_set=val_set,
            config=config, folder=folder, digest=config_digest(config, names), seed=seed,
            device=device,
        )  # fmt: skip
        if fitting.input_spec != self.input_spec:
            raise ConfigError(
                f"training: expected the detector's input {self.input_spec}, "
                f"got {fitting.input_spec}"
            )
        if isinstance(fitting.network, YoloDetection):
            fitting.network.set_loss(config.loss)
        result = fit(fitting, on_step=on_step)
        trained = Detector.load(result.weights_path)
        self.network, self.threshold = trained.network, trained.threshold
        self.calibration, self.training = trained.calibration, trained.training
        return result

    @property
    def _name(self) -> str:
        return self.network.config.name

    def predict(
        self, pictures: Sequence[npt.NDArray[np.uint8]], *, options: FindOptions | None = None
    ) -> Detections:
        """Return the boxes of pictures, in their own pixels; scores of classes are calibrated.

        Parameters
        ----------
        pictures : (H, W, 3) uint8 each, of any size
            A detector of crops takes crops. One that is shown a face's neighbours or its rest, too,
            sees the face itself in their place, as with `ExportedDetector.read_faces`.
        options
            Which boxes are kept; None keeps those from the threshold up.
        """
        chosen = options or FindOptions(
            score_floor=0.25 if self.threshold is None else self.threshold
        )
        self.network.eval()
        found = []
        for rgb in pictures:
            tensor, matrix = self._as_input(rgb)
            (answer,) = self.network.find(torch.from_numpy(tensor)[None], chosen)
            back = map_boxes_back(matrix, answer.boxes_xyxy.numpy())
            cut = clip_boxes(back, resolution_wh=(rgb.shape[1], rgb.shape[0]))
            found.append(answer._replace(boxes_xyxy=torch.from_numpy(cut)))
        return calibrated(as_detections(found, self.network.class_space), self.calibration)

    def _as_input(
        self, rgb: npt.NDArray[np.uint8]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
        """Return a picture as the network reads it, and the map that brought it there."""
        spec = self.input_spec
        if spec.mode == "frame":
            return prepare_picture(rgb, spec)
        side_wh = (spec.side_px, spec.side_px)
        crop = letterbox_centred(rgb, side_wh)
        matrix = letterbox_affine((rgb.shape[1], rgb.shape[0]), side_wh)
        return crops_as_input([crop] * spec.n_crops, spec), matrix

    def save(self, weights: Path) -> None:
        """Write the weights and their page.

        Raises
        ------
        ModelError
            The name does not end in ``.safetensors``.
        StorageError
            The disk refused.
        """
        card = WeightsCard(
            network=self.network.config, class_space=self.network.class_space,
            input_spec=self.input_spec, threshold=self.threshold, calibration=self.calibration,
            training=self.training,
        )  # fmt: skip
        write_weights(weights, self.network, card)

    def export(
        self,
        out: Path,
        *,
        graph_format: Literal["onnx", "openvino"] = "openvino",
        precision: ExportPrecision = "f32",
        calibration: DataSource | None = None,
    ) -> ExportSummary:
        """Write a folder that runs without torch.

        Parameters
        ----------
        out, graph_format, precision, calibration
            As for `cinefacs.detectors.export.export.export_detector`.

        Raises
        ------
        ConfigError
            The network cannot be exported: Faster R-CNN.
        """
        with tempfile.TemporaryDirectory() as scratch:
            weights = Path(scratch) / "weights.safetensors"
            self.save(weights)
            return export_detector(
                weights, out=out, graph_format=graph_format, precision=precision,
                calibration=calibration,
            )  # fmt: skip
