"""True boxes, detections and input pages refuse what makes no sense."""

from typing import Any

import numpy as np
import pytest

from cinefacs.errors import SchemaError
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.class_space import ClassSpace, named_space
from cinefacs.records.detections import Detections
from cinefacs.records.input_spec import InputSpec

ONE = ClassSpace(name="one", names=("a", "b"), multi_label=False)
SEVERAL = ClassSpace(name="several", names=("AU1", "face"), multi_label=True)

NO_FACE = ClassSpace(name="no face", names=("AU1", "AU2"), multi_label=True)


def truth(**changes: Any) -> BoxTruth:  # noqa: ANN401
    fields: dict[str, Any] = {
        "class_space": ONE,
        "n_pictures": 2,
        "picture_index": [0, 1],
        "boxes_xyxy": [[0, 0, 4, 4], [1, 1, 3, 3]],
        "labels": [[1, 0], [0, 1]],
    }
    fields |= changes
    labels = np.array(fields.pop("labels"), dtype=np.uint8).reshape(-1, 2)
    return BoxTruth(labels=labels, **fields)


def detections(**changes: Any) -> Detections:  # noqa: ANN401
    fields: dict[str, Any] = {
        "class_space": ONE,
        "n_pictures": 2,
        "picture_index": [0, 1],
        "boxes_xyxy": [[0, 0, 4, 4], [1, 1, 3, 3]],
        "score": [0.5, 1.0],
        "class_index": [0, 1],
        "class_scores": [[0.5, 0.1], [0.0, 1.0]],
    }
    return Detections(**{**fields, **changes})


def test_truth_tells_the_class_of_each_box() -> None:
    assert truth().class_index.tolist() == [0, 1]
    both = truth(class_space=SEVERAL, labels=[[1, 1], [0, 1]])
    assert both.class_index.tolist() == [1, 1]
    assert len(both) == 2
    assert len(truth(picture_index=[], boxes_xyxy=[], labels=[])) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"picture_index": [0, 2]}, "picture_index: expected 0 to 1, got 2"),
        ({"boxes_xyxy": [[0, 0, 4, 4]]}, "boxes_xyxy: expected shape"),
        ({"boxes_xyxy": [[0, 0, 4, 4], [1, 1, 1, 3]]}, "boxes with an area"),
        ({"boxes_xyxy": [[0, 0, 4, np.nan], [1, 1, 2, 3]]}, "finite"),
        ({"labels": [[1, 1], [0, 1]]}, "one class a box"),
        ({"labels": [[0, 0], [0, 1]]}, "one class a box"),
        ({"labels": [[2, 0], [0, 1]]}, "expected 0 to 1"),
        ({"class_space": SEVERAL}, "`face` on every box"),
        ({"class_space": NO_FACE}, "a class 'face'"),
    ],
)
def test_wrong_truth_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        truth(**changes)


def test_detections_are_selected_by_a_mask() -> None:
    kept = detections().select(np.array([False, True]))
    assert (len(kept), kept.n_pictures) == (1, 2)
    assert kept.score.tolist() == [1]
    assert kept.class_scores is not None
    assert detections(class_scores=None).select(np.array([True, False])).class_scores is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"picture_index": [1, 0]}, "ascending"),
        ({"picture_index": [0, 5]}, "expected 0 to 1"),
        ({"score": [0.5, 1.5]}, r"score: expected 0 to 1"),
        ({"score": [0.5]}, "expected shape"),
        ({"class_index": [0, 2]}, "class_index: expected 0 to 1"),
        ({"class_scores": [[0.5], [0.5]]}, "class_scores: expected shape"),
        ({"class_scores": [[0.5, 2], [0.5, 0]]}, "class_scores: expected 0 to 1"),
    ],
)
def test_wrong_detections_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        detections(**changes)


def test_an_input_page_goes_there_and_back() -> None:
    spec = InputSpec(side_px=128, mode="crop", colour="grey", crop_scale=1.5)
    assert InputSpec.from_document(spec.as_document()) == spec


@pytest.mark.parametrize(
    "changes",
    [{"side_px": 100}, {"side_px": 0}, {"mode": "film"}, {"colour": "bgr"}, {"crop_scale": 0.5},
     {"more": 1}],
)  # fmt: skip
def test_a_wrong_input_page_is_refused(changes: dict[str, Any]) -> None:
    document = {**InputSpec().as_document(), **changes}
    with pytest.raises(SchemaError, match="nput"):
        InputSpec.from_document(document)


def test_a_space_of_faces_alone_has_one_class() -> None:
    space = named_space("face")
    assert space.names == ("face",)
    assert space.face_index == 0
    assert space.box_index is None
    assert SEVERAL.box_index == 1
