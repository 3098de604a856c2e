"""The whole loss: empty pictures, several labels, normalisers, determinism."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from cinefacs.detectors.losses.assigner import BatchTruth, assign
from cinefacs.detectors.losses.config import LossConfig
from cinefacs.detectors.losses.detection import DetectionLoss, detection_loss
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.networks.head import RawPredictions
from cinefacs.detectors.networks.yolo import Yolo
from cinefacs.detectors.protocol import PictureTruth
from cinefacs.detectors.yolo_detection import YoloDetection, pad_truth
from cinefacs.errors import ConfigError
from cinefacs.records.class_space import ClassSpace


def network(n_classes: int = 3, name: str = "yolov8n*0.25") -> Yolo:
    torch.manual_seed(0)
    return Yolo(find_network(name), n_classes)


def truth(*pictures: list[tuple[list[float], list[float]]], n_classes: int = 3) -> BatchTruth:
    """Return a padded batch from lists of (box, labels)."""
    most = max(len(picture) for picture in pictures)
    boxes = torch.zeros(len(pictures), most, 4)
    labels = torch.zeros(len(pictures), most, n_classes)
    is_real = torch.zeros(len(pictures), most, dtype=torch.bool)
    for i, picture in enumerate(pictures):
        for j, (box, label) in enumerate(picture):
            boxes[i, j], labels[i, j], is_real[i, j] = torch.tensor(box), torch.tensor(label), True
    return BatchTruth(boxes, labels, is_real)


def loss_of(yolo: Yolo, raw: RawPredictions, answer: BatchTruth) -> DetectionLoss:
    return detection_loss(raw, answer, head=yolo.head, image_wh=(64, 64), box_loss="mpdiou")


def total(loss: DetectionLoss) -> Tensor:
    return loss.box + loss.classes + loss.distance


def test_pictures_without_boxes_train_the_classes_only() -> None:
    yolo = network()
    raw = yolo(torch.rand(2, 3, 64, 64))
    loss = loss_of(yolo, raw, truth([], []))
    assert float(loss.box.detach()) == 0
    assert float(loss.distance.detach()) == 0
    torch.autograd.backward(total(loss))
    assert float(loss.classes.detach()) > 0
    slopes = [p.grad for p in yolo.parameters() if p.grad is not None]
    assert all(torch.isfinite(slope).all() for slope in slopes)


def test_padding_changes_nothing() -> None:
    yolo = network().eval()
    raw = yolo(torch.rand(1, 3, 64, 64))
    row = ([5.0, 5, 40, 50], [0.0, 1, 0])
    alone = loss_of(yolo, raw, truth([row]))
    boxes, labels, *_ = truth([row, ([1.0, 1, 63, 63], [1.0, 1, 1])])
    padded = BatchTruth(boxes, labels, torch.tensor([[True, False]]))
    for a, b in zip(alone, loss_of(yolo, raw, padded), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_a_box_between_all_points_has_no_point_and_no_nan() -> None:
    yolo = network()
    loss = loss_of(yolo, yolo(torch.rand(1, 3, 64, 64)), truth([([5.0, 5, 7, 7], [1.0, 0, 0])]))
    assert float(loss.box.detach()) == 0
    assert torch.isfinite(total(loss))


def test_several_labels_do_not_count_the_box_several_times() -> None:
    yolo = network().eval()
    with torch.no_grad():
        raw = yolo(torch.rand(1, 3, 64, 64))._replace(class_logits=torch.zeros(1, 84, 3))
    box = [5.0, 5, 40, 50]
    one = loss_of(yolo, raw, truth([(box, [1.0, 0, 0])]))
    three = loss_of(yolo, raw, truth([(box, [1.0, 1, 1])]))
    torch.testing.assert_close(one.box, three.box)
    torch.testing.assert_close(one.distance, three.distance)


def test_copies_of_a_box_lose_all_labels_but_one() -> None:
    """What stock assignment does to a face with three labels written as three rows."""
    points = torch.tensor([[4.0 + 8 * i, 4.0 + 8 * j] for j in range(8) for i in range(8)])
    boxes = torch.tensor([8.0, 8, 56, 56]).expand(1, 64, 4)
    scores = torch.full((1, 64, 3), 0.5)
    box = [8.0, 8, 56, 56]
    copies = truth([(box, [1.0, 0, 0]), (box, [0.0, 1, 0]), (box, [0.0, 0, 1])])
    got = assign(scores, boxes, points, copies)
    assert (got.class_targets.amax(dim=(0, 1)) > 0).tolist() == [True, False, False]
    grouped = assign(scores, boxes, points, truth([(box, [1.0, 1, 1])]))
    assert (grouped.class_targets.amax(dim=(0, 1)) > 0).tolist() == [True, True, True]
    assert int(grouped.is_positive.sum()) == 10


def test_the_best_point_is_asked_for_its_own_overlap() -> None:
    points = torch.tensor([[20.0, 20], [28.0, 20]])
    boxes = torch.tensor([[[10.0, 10, 30, 30], [12.0, 10, 34, 30]]])
    got = assign(torch.full((1, 2, 1), 0.3), boxes, points, truth([([10.0, 10, 30, 30], [1.0])],
                 n_classes=1))  # fmt: skip
    assert float(got.weights[0, 0]) == pytest.approx(1, abs=1e-5)
    assert 0 < float(got.weights[0, 1]) < 0.5


def test_gains_multiply_their_parts() -> None:
    yolo = network().eval()
    raw = yolo(torch.rand(1, 3, 64, 64))
    answer = truth([([5.0, 5, 40, 50], [0.0, 1, 0])])
    plain = detection_loss(raw, answer, head=yolo.head, image_wh=(64, 64))
    heavy = detection_loss(
        raw, answer, head=yolo.head, image_wh=(64, 64),
        config=LossConfig(box_gain=15, class_gain=3, distance_gain=1.5),
    )  # fmt: skip
    torch.testing.assert_close(heavy.box, 2 * plain.box)
    torch.testing.assert_close(heavy.classes, 6 * plain.classes)
    torch.testing.assert_close(heavy.distance, plain.distance)


@pytest.mark.parametrize("name", ["yolov8n-smart*0.25", "yolov5n*0.25", "yolov3-tiny*0.125"])
def test_one_step_is_the_same_with_the_same_seed(name: str) -> None:
    def step(seed: int) -> list[Tensor]:
        torch.manual_seed(seed)
        yolo = Yolo(find_network(name), 3)
        optimizer = torch.optim.SGD(yolo.parameters(), lr=0.01)
        answer = truth([([5.0, 5, 40, 50], [0.0, 1, 0])])
        loss = total(loss_of(yolo, yolo(torch.rand(1, 3, 64, 64)), answer))
        torch.autograd.backward(loss)
        optimizer.step()
        return [loss.detach(), *(p.detach() for p in yolo.parameters())]

    first, again, other = step(1), step(1), step(2)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_an_unknown_class_has_no_term_where_points_answer_for_the_face() -> None:
    """The oracle: the same entropy, summed here term by term without those that are unknown."""
    yolo = network().eval()
    with torch.no_grad():
        raw = yolo(torch.rand(2, 3, 64, 64))
    rows = ([5.0, 5, 40, 50], [1.0, 0, 0]), ([30.0, 20, 62, 60], [0.0, 1, 0])
    whole = truth([*rows], [rows[0]])
    is_known = torch.tensor([[[True, False, True], [True, True, False]], [[True] * 3] * 2])
    partly = whole._replace(is_known=is_known)
    answer = assign(raw.class_logits.sigmoid(), yolo.head.decode(raw), raw.points_px, whole)
    terms = functional.binary_cross_entropy_with_logits(
        raw.class_logits, answer.class_targets, reduction="none"
    )
    kept, left_out = 0.0, 0
    for b, a in zip(*(index.tolist() for index in torch.where(answer.weights >= 0)), strict=True):
        for k in range(3):
            is_left_out = bool(answer.is_positive[b, a]) and not bool(
                is_known[b, int(answer.box_index[b, a]), k]
            )
            left_out += is_left_out
            kept += 0.0 if is_left_out else float(terms[b, a, k])
    assert left_out >= 15
    want = kept / float(answer.class_targets.sum().clamp_min(1)) * LossConfig().class_gain
    loss = loss_of(yolo, raw, partly)
    assert float(loss.classes) == pytest.approx(want, rel=1e-4)
    everything = loss_of(yolo, raw, whole)
    assert float(everything.classes) > float(loss.classes)
    torch.testing.assert_close(loss.box, everything.box)
    torch.testing.assert_close(loss.distance, everything.distance)


def test_what_is_unknown_moves_no_score() -> None:
    yolo = network().eval()
    with torch.no_grad():
        raw = yolo(torch.rand(1, 3, 64, 64))
    answer = truth([([5.0, 5, 40, 50], [1.0, 0, 0])])
    is_known = torch.tensor([[[True, False, True]]])
    slopes = []
    for one in (answer, answer._replace(is_known=is_known)):
        logits = raw.class_logits.clone().requires_grad_()
        torch.autograd.backward(loss_of(yolo, raw._replace(class_logits=logits), one).classes)
        assert logits.grad is not None
        slopes.append(logits.grad[0])
    known, partly = slopes
    points = assign(raw.class_logits.sigmoid(), yolo.head.decode(raw), raw.points_px, answer)
    own = points.is_positive[0]
    assert own.any()
    assert (partly[own, 1] == 0).all()
    assert (known[own, 1] > 0).all()
    torch.testing.assert_close(partly[:, [0, 2]], known[:, [0, 2]])
    torch.testing.assert_close(partly[~own], known[~own])


def test_a_batch_carries_what_is_known_and_pads_it() -> None:
    boxes, labels = torch.tensor([[1.0, 1, 9, 9]]), torch.tensor([[0.0, 0, 1]])
    is_known = torch.tensor([[True, False, True]])
    like = torch.zeros(1)
    known = pad_truth([PictureTruth(boxes, labels, torch.ones(1, 3).bool())], 3, like=like)
    assert known.is_known is None  # nothing is left out, so nothing need be looked at
    two = [PictureTruth(boxes, labels, is_known), PictureTruth(boxes[:0], labels[:0])]
    padded = pad_truth(two, 3, like=like)
    assert padded.is_known is not None
    assert padded.is_known.tolist() == [[[True, False, True]], [[True, True, True]]]


def test_labels_given_the_face_are_asked_where_points_answer_for_it() -> None:
    """The oracle: point by point, label by label; the face's class is the last of three."""
    yolo = network().eval()
    with torch.no_grad():
        raw = yolo(torch.rand(2, 3, 64, 64))
    rows = ([5.0, 5, 40, 50], [1.0, 0, 1]), ([30.0, 20, 62, 60], [0.0, 1, 1])
    is_known = torch.tensor([[[True, False, True], [True] * 3], [[True] * 3] * 2])
    whole = truth([*rows], [rows[0]])._replace(is_known=is_known)
    answer = assign(raw.class_logits.sigmoid(), yolo.head.decode(raw), raw.points_px, whole)
    scores = raw.class_logits.sigmoid().double()
    face = labels = weight = targets = 0.0
    for picture in range(2):
        for point in range(scores.shape[1]):
            score = scores[picture, point]
            target = float(answer.class_targets[picture, point, 2])
            face -= target * float(score[2].log()) + (1 - target) * float((1 - score[2]).log())
            targets += target
            if not answer.is_positive[picture, point]:
                continue
            box = int(answer.box_index[picture, point])
            own = float(answer.weights[picture, point])
            weight += own
            for k in range(2):
                if not is_known[picture, box, k]:
                    continue
                says = score[k] if whole.labels[picture, box, k] == 1 else 1 - score[k]
                labels -= own * float(says.log())
    want = face / max(targets, 1) + labels / max(weight, 1)
    config = LossConfig(class_gain=2, labels="given_face")
    loss = detection_loss(
        raw, whole, head=yolo.head, image_wh=(64, 64), config=config, face_index=2
    )
    assert float(loss.classes) == pytest.approx(2 * want, rel=1e-5)


def test_labels_given_the_face_of_pictures_without_faces() -> None:
    yolo = network()
    loss = detection_loss(
        yolo(torch.rand(2, 3, 64, 64)), truth([], []), head=yolo.head, image_wh=(64, 64),
        config=LossConfig(labels="given_face"), face_index=2,
    )  # fmt: skip
    torch.autograd.backward(total(loss))
    assert float(loss.classes.detach()) > 0
    assert all(torch.isfinite(p.grad).all() for p in yolo.parameters() if p.grad is not None)


def test_labels_given_the_face_need_a_face_among_several_labels() -> None:
    one_label = ClassSpace(name="emotions", names=("happiness", "fear"))
    with pytest.raises(ConfigError, match="given_face: expected several labels a face"):
        YoloDetection(
            find_network("yolov8n*0.25"), one_label, 64, loss=LossConfig(labels="given_face")
        )
    with pytest.raises(ConfigError, match="expected joint or given_face, got 'both'"):
        LossConfig(labels="both")  # type: ignore[arg-type]
