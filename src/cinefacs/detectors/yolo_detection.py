"""The YOLO family as detectors: loss in, boxes out."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.ops import batched_nms, nms

from cinefacs.detectors.losses.assigner import BatchTruth
from cinefacs.detectors.losses.config import LossConfig
from cinefacs.detectors.losses.detection import detection_loss, reading_loss
from cinefacs.detectors.networks.config import NetworkConfig
from cinefacs.detectors.networks.yolo import Yolo
from cinefacs.detectors.protocol import DetectionNetwork, FindOptions, Found, PictureTruth
from cinefacs.errors import ConfigError
from cinefacs.records.class_space import ClassSpace

__all__ = ["YoloDetection", "pad_truth", "suppress"]

MOST_CANDIDATES = 3_000
"""Boxes of one picture that suppression looks at, the best ones."""


def pad_truth(truth: Sequence[PictureTruth], n_classes: int, *, like: Tensor) -> BatchTruth:
    """Return the truth of a batch, padded to the largest number of boxes.

    Parameters
    ----------
    truth
        Of each picture.
    n_classes
        K.
    like
        Tensor whose device the result takes.
    """
    most = max((len(t.boxes_xyxy) for t in truth), default=0)
    boxes = torch.zeros(len(truth), most, 4, device=like.device)
    labels = torch.zeros(len(truth), most, n_classes, device=like.device)
    is_real = torch.zeros(len(truth), most, dtype=torch.bool, device=like.device)
    is_known = torch.ones(len(truth), most, n_classes, dtype=torch.bool, device=like.device)
    own = torch.tensor([t.own for t in truth], dtype=torch.long, device=like.device)  # (B,)
    for row, picture in enumerate(truth):
        n = len(picture.boxes_xyxy)
        boxes[row, :n] = picture.boxes_xyxy
        labels[row, :n] = picture.labels.float()
        is_real[row, :n] = True
        if picture.is_known is not None:
            is_known[row, :n] = picture.is_known
    return BatchTruth(boxes, labels, is_real, is_known if _is_partly(truth) else None, own)


def _is_partly(truth: Sequence[PictureTruth]) -> bool:
    """Return whether nothing is known of some label."""
    return any(t.is_known is not None and not bool(t.is_known.all()) for t in truth)


def _of_face(truth: BatchTruth, face_index: int) -> BatchTruth:
    """Return the truth with the face's class alone."""
    labels = truth.labels[..., face_index : face_index + 1]  # (B, M, 1)
    return BatchTruth(truth.boxes_xyxy, labels, truth.is_real, None)


def suppress(
    boxes_xyxy: Tensor, scores: Tensor, options: FindOptions, *, face_index: int | None
) -> Found:
    """Return the boxes of one picture that no better box of the same class covers.

    With several labels the score of the face alone decides, whatever the class, and each box
    keeps its whole vector of scores. With one label each class of a point is a candidate.

    Parameters
    ----------
    boxes_xyxy : (A, 4), px
    scores : (A, K), 0 to 1
    options
        Which boxes are kept.
    face_index
        Position of the face's class where boxes have several classes, else None.
    """
    if face_index is None:
        points, classes = torch.nonzero(scores > options.score_floor, as_tuple=True)  # (C,) each
    else:
        (points,) = torch.nonzero(scores[:, face_index] > options.score_floor, as_tuple=True)
        classes = torch.full_like(points, face_index)
    candidate = scores[points, classes]  # (C,)
    if len(candidate) > MOST_CANDIDATES:
        best = candidate.topk(MOST_CANDIDATES).indices
        points, classes, candidate = points[best], classes[best], candidate[best]
    if face_index is None:
        kept = batched_nms(boxes_xyxy[points], candidate, classes, options.nms_iou)
    else:
        kept = nms(boxes_xyxy[points], candidate, options.nms_iou)
    kept = kept[: options.most_boxes]
    return Found(boxes_xyxy[points[kept]], candidate[kept], classes[kept], scores[points[kept]])


class YoloDetection(DetectionNetwork):
    """A network of the YOLO family with its loss.

    Parameters
    ----------
    config
        Family, scale and switches.
    class_space
        One label or several.
    side_px
        Side of the square input.
    loss
        Gains of the loss.
    """

    def __init__(
        self,
        config: NetworkConfig,
        class_space: ClassSpace,
        side_px: int,
        *,
        loss: LossConfig | None = None,
    ) -> None:
        super().__init__(config, class_space, side_px)
        self.set_loss(loss or LossConfig())
        self.yolo = Yolo(config, len(class_space))

    def set_loss(self, loss: LossConfig) -> None:
        """Weigh the parts of the loss anew; the numbers of the network stay.

        Parameters
        ----------
        loss
            Gains of the loss.

        Raises
        ------
        ConfigError
            Its labels do not go with the class space, or the network.
        """
        if loss.labels == "given_face" and self.class_space.box_index is None:
            raise ConfigError(
                "loss.labels given_face: expected several labels a face, "
                f"got {self.class_space.name!r}",
                hint="--loss.labels joint",
            )
        if self.config.reader == "crop":
            self._check_reader(loss)
        self.loss_config = loss

    def _check_reader(self, loss: LossConfig) -> None:
        if self.class_space.face_index is None or len(self.class_space) == 1:
            raise ConfigError(
                f"network {self.config.name}: expected several labels a face, "
                f"got {self.class_space.name!r}",
                hint="a crop reader reads the labels of one face; leave +crop-reader out",
            )
        if loss.labels != "joint":
            raise ConfigError(
                f"loss.labels: expected joint for {self.config.name}, got {loss.labels}",
                hint="a crop reader asks for no label at any point",
            )

    def losses(self, images: Tensor, truth: Sequence[PictureTruth]) -> dict[str, Tensor]:
        """Return the losses of boxes, classes and distances, and of what a crop reader says."""
        raw, said = self.yolo.read(images)
        padded = pad_truth(truth, len(self.class_space), like=images)
        face = self.class_space.face_index
        reading: dict[str, Tensor] = {}
        if said is not None and face is not None:
            reading["reading"] = reading_loss(
                said, padded, face_index=face, gain=self.loss_config.reading_gain
            )
            padded = _of_face(padded, face)
        loss = detection_loss(
            raw,
            padded,
            head=self.yolo.head,
            image_wh=(int(images.shape[3]), int(images.shape[2])),
            box_loss=self.config.box_loss,
            config=self.loss_config,
            face_index=None if reading else self.class_space.box_index,
        )
        return {**loss._asdict(), **reading}

    def predict_raw(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the box and the scores of every anchor point: what is exported.

        Parameters
        ----------
        images : (B, 3, H, W), 0 to 1

        Returns
        -------
        (B, A, 4) px and (B, A, K) 0 to 1
            In float32, whatever the network computes in: in bf16 a coordinate of 640 px would
            have a step of 4 px. With a crop reader the probability of a label is that of a face
            at the point times that of the label in the crop.
        """
        raw, said = self.yolo.read(images)
        raw = type(raw)(*(part.float() for part in raw))
        scores = raw.class_logits.sigmoid()  # (B, A, K), or (B, A, 1) of the face
        face = self.class_space.face_index
        if said is not None and face is not None:
            labels = scores * said.float().sigmoid()[:, None]  # (B, A, K - 1)
            scores = torch.cat([labels[..., :face], scores, labels[..., face:]], dim=2)
        return self.yolo.head.decode(raw), scores

    @torch.no_grad()
    def find(self, images: Tensor, options: FindOptions) -> list[Found]:
        """Return the boxes of each picture."""
        boxes, scores = self.predict_raw(images)
        face = self.class_space.box_index
        return [
            suppress(b, s, options, face_index=face) for b, s in zip(boxes, scores, strict=True)
        ]

    def run_once(self, image: Tensor) -> None:
        """Run the network."""
        self.yolo.read(image)
