"""Go on training packed weights on faces of the user's own films, and say what it was good for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.detectors.evaluation.faces import read_scores
from cinefacs.detectors.losses.config import LossConfig
from cinefacs.detectors.shipping.measure import measure_reading
from cinefacs.detectors.shipping.model_card import add_measurement
from cinefacs.detectors.shipping.pack import AdaptedOn, PackSummary, pack_weights
from cinefacs.detectors.tasks import DataSource, load_network, train_detector
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.weights.card import WeightsCard
from cinefacs.detectors.yolo_detection import YoloDetection
from cinefacs.errors import ConfigError
from cinefacs.records.step import Step
from cinefacs.storage.face_sets import read_face_set

__all__ = ["AdaptConfig", "AdaptSummary", "adapt_weights"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AdaptConfig:
    """How weights are adapted."""

    epochs: int = 4
    """Times that each face is seen."""
    batch: int = 32
    """Faces of one step."""
    learning_rate: float = 0.0002
    """Highest rate: a tenth of the training's, so that what it knew stays."""
    augment: AugmentConfig = field(default_factory=lambda: AugmentConfig(mosaic=0.0))
    """How faces are changed."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.epochs < 1 or self.batch < 1 or not self.learning_rate > 0:
            raise ConfigError(
                "adapt: expected at least one epoch, one face and a rate above 0, got "
                f"{self.epochs}, {self.batch}, {self.learning_rate}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class AdaptSummary:
    """What the adaptation came to, on faces that were held out."""

    packed: PackSummary
    """The new weights."""
    before: dict[str, Any]
    """What the weights said of the held-out faces before."""
    after: dict[str, Any]
    """And afterwards."""

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "out": str(self.packed.folder), "size_bytes": self.packed.size_bytes,
            "before": self.before, "after": self.after,
        }  # fmt: skip


def adapt_weights(
    weights: Path,
    faces: Path,
    out: Path,
    *,
    run: Path,
    films: Sequence[AdaptedOn],
    config: AdaptConfig | None = None,
    seed: int = 0,
    on_step: Callable[[Step], None] | None = None,
) -> AdaptSummary:
    """Train on from weights, on faces of which much may be unknown; write packed weights.

    A class of which nothing is known of a face has no term in the loss: it moves only as far as
    what it shares with others moves.

    Parameters
    ----------
    weights
        Packed or trained weights, ``.safetensors``.
    faces
        Face set of the user's films.
    out
        Folder of the new weights.
    run
        Folder of the training, which goes on there after a kill.
    films
        What was learned from, for the record.
    config
        How.
    seed
        Of everything random.
    on_step
        Told after each batch.

    Raises
    ------
    ConfigError
        The weights read no crops, or a folder holds something else.
    ModelError, SchemaError, TrainingError
        A file cannot be read; numbers overflowed.
    """
    config = config or AdaptConfig()
    base, _ = load_network(weights)
    before = _measure(weights, faces)
    spec = base.input_spec
    training = TrainConfig(
        epochs=config.epochs, batch=config.batch, learning_rate=config.learning_rate,
        side_px=spec.side_px, mode=spec.mode, colour=spec.colour, crop_scale=spec.crop_scale,
        temporal=spec.temporal, step_ms=spec.step_ms, warmup_epochs=1, patience=0, ema_steps=100,
        loss=LossConfig(class_gain=3.0), augment=config.augment,
    )  # fmt: skip
    train_detector(
        base.network.name, DataSource(path=faces), out=run, config=training, weights=weights,
        seed=seed, on_step=on_step,
    )  # fmt: skip
    trained = run / "weights.safetensors"
    after = _measure(trained, faces, base=base)
    note = (
        "Adapted: the figures below under *synthetic faces* are those of the held-out faces of the "
        "films named above, judged by the labels that were given, not by truth."
    )
    packed = pack_weights(trained, faces, out, adapted_on=films, notes=[note], base=base)
    add_measurement(out, "adapted", {"before": before, "after": after})
    return AdaptSummary(packed=packed, before=before, after=after)


def _measure(weights: Path, faces: Path, *, base: WeightsCard | None = None) -> dict[str, Any]:
    """Return what weights say of the held-out faces."""
    card, network = load_network(weights)
    if not isinstance(network, YoloDetection) or card.input_spec.mode != "crop":
        raise ConfigError(f"{weights}: expected a network of crops, got {card.network.name}")
    if base is not None:
        card = replace(card, calibration=base.calibration)
    labelled = DataSource(path=faces).read("val")
    if labelled.class_space.names != card.class_space.names:
        raise ConfigError(
            f"{weights}: expected the classes of the faces, got the space {card.class_space.name!r}"
        )
    scores = read_scores(network, labelled, card.input_spec)
    if card.calibration is not None:
        scores = card.calibration.apply(scores)
    parts = read_face_set(faces, "val")
    labels = np.concatenate([part.labels for part in parts])
    return measure_reading(
        scores, labels == 1, labels != 2, card.class_space,
        intensity=np.concatenate([part.intensity for part in parts]),
    )  # fmt: skip
