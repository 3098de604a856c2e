"""Class spaces, samples and data sets are checked when made."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from cinefacs.errors import ConfigError, SchemaError
from cinefacs.records.class_space import (
    EMOTIONS,
    FACE,
    ClassSpace,
    au_class,
    au_space,
    combination_space,
    emotion7_space,
    emotion_au_space,
    emotion_space,
    named_space,
)
from cinefacs.records.dataset_manifest import (
    DatasetManifest,
    ImageBase,
    SplitProtocol,
    SplitUnit,
)
from cinefacs.records.sample import Part, SampleRole
from tests.support.datasets import SAMPLE, manifests

MANIFEST = DatasetManifest(
    name="first",
    class_space=emotion_space(),
    samples=(SAMPLE,),
    image_base=ImageBase.STUDY,
)
BY_FILM = SplitProtocol(unit=SplitUnit.FILM, method="ratio", seed=0, ratios=(0.8, 0.1, 0.1))


def test_the_presets_have_the_classes_of_the_paper() -> None:
    assert emotion7_space().names == EMOTIONS
    assert emotion_space().names == (*EMOTIONS, "neutral")
    assert len(au_space()) == 42 + 1  # paper, section 4.1
    assert len(emotion_au_space()) == 7 + 1 + 42 + 1
    assert au_space().names[-1] == FACE
    assert au_space().multi_label
    assert not emotion_space().multi_label


def test_combinations_are_exact_sets_and_a_rest() -> None:
    space = combination_space([(12, 6), {6, 12}, [4]])
    assert space.names == ("AU4", "AU6+AU12", "other")
    assert combination_space([(1,)], has_neutral=True).names == ("AU1", "neutral", "other")
    with pytest.raises(SchemaError, match="at least one action unit"):
        au_class([])


def test_classes_are_found_by_name() -> None:
    space = au_space([1, 12])
    assert space.indices(["face", "AU1"]) == (2, 0)
    np.testing.assert_array_equal(space.multi_hot(["AU12", "face"]), [0, 1, 1])
    assert space.face_index == 2
    assert emotion_space().face_index is None
    with pytest.raises(SchemaError, match="expected one of the space 'au', got 'AU2'"):
        space.indices(["AU2"])


def test_a_mirrored_picture_turns_left_into_right() -> None:
    space = au_space([12, 51, 52, 53, 61, 62])
    turned = [space.names[index] for index in space.mirrored if index is not None]
    assert turned == ["AU12", "AU52", "AU51", "AU53", "AU62", "AU61", "face"]
    assert emotion_space().mirrored == tuple(range(8))
    sided = ClassSpace(name="own", names=("AU12L", "AU12R", "AU14L"), multi_label=True)
    assert sided.mirrored == (1, 0, None)


def test_a_mirrored_combination_that_is_no_class_is_another() -> None:
    space = combination_space([(12, 51), (6, 55), (6, 56)])
    assert space.names == ("AU6+AU55", "AU6+AU56", "AU12+AU51", "other")
    assert space.mirrored == (1, 0, 3, 3)
    without_rest = ClassSpace(name="own", names=("AU12+AU51", "AU4"), multi_label=False)
    assert without_rest.mirrored == (None, 1)


def test_a_space_comes_back_from_its_document() -> None:
    for name in ("emotion", "emotion7", "au", "emotion+au"):
        space = named_space(name)
        assert space.name == name
        assert ClassSpace.from_document(space.as_document()) == space
    with pytest.raises(ConfigError, match="expected one that needs no data, got 'emotions'"):
        named_space("emotions")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"name": "a", "names": ["b"], "multi_label": 1},
        {"name": "a", "names": "b", "multi_label": True},
        {"name": "a", "names": [1], "multi_label": True},
        {"name": "a", "names": ["b"], "multi_label": True, "colour": 1},
    ],
)
def test_a_wrong_document_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="class space: expected"):
        ClassSpace.from_document(document)


@pytest.mark.parametrize(
    ("names", "multi_label"),
    [((), True), (("a", "a"), True), ((" a",), True), (("a", "face"), False)],
)
def test_a_class_space_refuses(names: tuple[str, ...], multi_label: bool) -> None:
    with pytest.raises(SchemaError, match=r"ClassSpace\.names: expected"):
        ClassSpace(name="own", names=names, multi_label=multi_label)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample_id": ""}, "sample_id"),
        ({"film_id": ""}, "film_id"),
        ({"film_number": -1}, "film_number"),
        ({"frame_index": -1}, "frame_index"),
        ({"time_base": 0}, "time_base"),
        ({"image_path": "/a.png"}, "image_path"),
        ({"image_path": "a/../b.png"}, "image_path"),
        ({"image_path": "a\\b.png"}, "image_path"),
        ({"image_sha256": "ab"}, "image_sha256"),
        ({"image_width_px": 0}, "image size"),
        ({"box_xyxy": None}, "box_xyxy"),
        ({"box_xyxy": (5, 5, 5, 9)}, "x1 < x2"),
        ({"box_xyxy": (5, 5, float("inf"), 9)}, "finite"),
        ({"box_xyxy": (5, 5, 9)}, "x1 < x2"),
        ({"role": SampleRole.NO_FACE}, "no face"),
        ({"points_xy": (1,) * 9}, "10 finite numbers"),
        ({"points_xy": (*(1,) * 9, float("nan"))}, "10 finite numbers"),
        ({"classes": ("fear", "fear")}, "each class once"),
        ({"unknown_classes": ("happiness",)}, "both held and unknown"),
        ({"hidden_classes": ("anger",)}, "unknown classes"),
        ({"intensities": (1, 2)}, "1 numbers from 0 to 5"),
        ({"intensities": (6,)}, "1 numbers from 0 to 5"),
        ({"parts": ("exam",)}, "parts"),
        ({"role": SampleRole.IMPORTED, "box_xyxy": None}, "none without a face"),
    ],
)
def test_a_sample_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        dataclasses.replace(SAMPLE, **changes)


def test_a_sample_keeps_whole_numbers_as_floats() -> None:
    sample = dataclasses.replace(SAMPLE, box_xyxy=(1, 2, 3, 4), points_xy=tuple(range(10)))
    assert [type(value) for value in (*(sample.box_xyxy or ()), *(sample.points_xy or ()))] == [
        float
    ] * 14
    assert sample.has_face
    assert sample.image_wh == (320, 240)
    assert sample.frame_key == (SAMPLE.film_id, 172)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "../up"}, "name"),
        ({"name": ".hidden"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "_x"}, "name"),
        ({"samples": (SAMPLE, SAMPLE)}, "each once"),
        ({"class_space": au_space()}, "classes of 'au'"),
        ({"fold_names": ("a",)}, "none without"),
        ({"protocol": BY_FILM}, "with a protocol"),
        ({"protocol": BY_FILM, "fold_names": ("a",)}, "1 parts"),
        (
            {"samples": (dataclasses.replace(SAMPLE, classes=("fear", "anger")),)},
            "one class at most",
        ),
    ],
)
def test_a_data_set_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        dataclasses.replace(MANIFEST, **changes)


def test_only_the_paper_splits_by_frames() -> None:
    with pytest.raises(SchemaError, match="is_paper"):
        SplitProtocol(unit=SplitUnit.FRAME, method="ratio", seed=0)
    with pytest.raises(SchemaError, match="is_paper"):
        SplitProtocol(unit=SplitUnit.FILM, method="ratio", seed=0, is_paper=True)
    with pytest.raises(SchemaError, match="method"):
        SplitProtocol(unit=SplitUnit.FILM, method="guess", seed=0)


def test_parts_are_selected_by_fold() -> None:
    sample = dataclasses.replace(SAMPLE, parts=("test", "train"))
    split = dataclasses.replace(
        MANIFEST, samples=(sample,), protocol=BY_FILM, fold_names=("a", "b")
    )
    assert split.is_split
    assert split.select(Part.TEST) == (sample,)
    assert split.select(Part.TRAIN, fold=1) == (sample,)
    assert split.select(Part.VAL) == ()
    with pytest.raises(SchemaError, match="a fold below 2, got 2"):
        split.select(Part.TEST, fold=2)
    with pytest.raises(SchemaError, match="a fold below 0"):
        MANIFEST.select(Part.TEST)


@given(manifest=manifests())
def test_targets_and_known_classes_never_meet(manifest: DatasetManifest) -> None:
    shape = (len(manifest), len(manifest.class_space))
    assert manifest.targets.shape == manifest.is_known.shape == shape
    assert not (manifest.targets * ~manifest.is_known).any()
    assert manifest.targets.sum() == sum(len(sample.classes) for sample in manifest.samples)
