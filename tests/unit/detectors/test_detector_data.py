"""Layouts on disk, views, augmentation: what goes in comes out, and rubbish is one clear error."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import yaml

from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.detectors.data.labelled_set import LabelledPicture, LabelledSet, group_by_box
from cinefacs.detectors.data.layouts import read_labelled_set
from cinefacs.detectors.data.pixels import change_pixels
from cinefacs.detectors.data.placing import Boxed, Placed, keep_visible, mirror
from cinefacs.detectors.data.views import EpochSampler, EvaluationViews, TrainingViews
from cinefacs.errors import ConfigError, FilmError, SchemaError
from cinefacs.media.picture_files import read_picture_file
from cinefacs.records.class_space import ClassSpace, au_space
from cinefacs.records.input_spec import InputSpec
from tests.support.detectors import one_label_space, several_label_space
from tests.support.labelled import draw_set, write_manifest

KINDS = '"categories": [{"id": 1, "name": "a"}]'
STRAY = '"annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1]}]'


def same_sets(a: LabelledSet, b: LabelledSet) -> bool:
    return a.class_space.names == b.class_space.names and all(
        p.path.name == q.path.name
        and np.allclose(p.boxes_xyxy, q.boxes_xyxy, atol=0.02)
        and np.array_equal(p.labels, q.labels)
        and np.array_equal(p.is_known, q.is_known)
        for p, q in zip(a.pictures, b.pictures, strict=True)
    )


def write_yolo(folder: Path, drawn: LabelledSet, **more: object) -> Path:
    """Write a set in YOLO's layout, one row for each label but the face."""
    names = [c for c in drawn.class_space.names if c != "face"]
    for picture in drawn.pictures:
        height, width = read_picture_file(picture.path).shape[:2]
        lines = []
        for (x1, y1, x2, y2), label in zip(picture.boxes_xyxy, picture.labels, strict=True):
            for c in np.flatnonzero(label[: len(names)]):
                cx, cy = (x1 + x2) / 2 / width, (y1 + y2) / 2 / height
                lines.append(
                    f"{c} {cx:.6f} {cy:.6f} {(x2 - x1) / width:.6f} {(y2 - y1) / height:.6f}"
                )
        target = folder / "labels/train" / f"{picture.path.stem}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(lines), encoding="utf-8")
    path = folder / "data.yaml"
    document = {"train": "images/train", "names": dict(enumerate(names)), **more}
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def test_a_set_in_yolos_layout_is_read(tmp_path: Path) -> None:
    drawn = draw_set(tmp_path / "images/train", one_label_space(), n=4, n_empty=1)
    read = read_labelled_set(write_yolo(tmp_path, drawn), "train")
    assert same_sets(read, drawn)
    assert read_labelled_set(tmp_path, "train").digest() == read.digest()


def test_rows_of_one_face_become_one_box_with_several_labels(tmp_path: Path) -> None:
    drawn = draw_set(tmp_path / "images/train", several_label_space(), n=6, seed=3)
    read = read_labelled_set(write_yolo(tmp_path, drawn, multi_label=True), "train")
    has_label = [p.labels[:, :-1].any() for p in drawn.pictures]
    for was, now, labelled in zip(drawn.pictures, read.pictures, has_label, strict=True):
        assert np.array_equal(was.labels if labelled else was.labels[:0], now.labels)
    assert read.class_space.names[-1] == "face"
    assert any(p.labels.sum() > 2 for p in read.pictures)


def test_grouping_keeps_one_label_sets_as_they_are() -> None:
    boxes = np.array([[0, 0, 5, 5], [0, 0, 5, 5]], dtype=np.float32)
    _, labels = group_by_box(boxes, np.array([0, 1]), one_label_space())
    assert labels.tolist() == [[1, 0, 0], [0, 1, 0]]
    _, grouped = group_by_box(boxes, np.array([0, 1]), several_label_space())
    assert grouped.tolist() == [[1, 1, 0, 1]]


def coco_document(drawn: LabelledSet) -> dict[str, Any]:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for i, picture in enumerate(drawn.pictures):
        images.append({"id": 10 + i, "file_name": picture.path.name})
        for box, label in zip(picture.boxes_xyxy.tolist(), picture.labels, strict=True):
            x1, y1, x2, y2 = box
            annotations.append({
                "id": len(annotations), "image_id": 10 + i,
                "category_id": 5 + int(label.argmax()), "bbox": [x1, y1, x2 - x1, y2 - y1],
            })  # fmt: skip
    categories = [{"id": 5 + i, "name": n} for i, n in enumerate(drawn.class_space.names)]
    return {"images": images, "annotations": annotations, "categories": categories}


def test_a_set_in_cocos_layout_is_read(tmp_path: Path) -> None:
    drawn = draw_set(tmp_path, one_label_space(), n=4, n_empty=1)
    document = coco_document(drawn)
    crowd = {"id": 99, "image_id": 10, "category_id": 5, "bbox": [0, 0, 5, 5], "iscrowd": 1}
    flat = {"id": 98, "image_id": 10, "category_id": 5, "bbox": [0, 0, 5, 0]}
    document["annotations"] += [crowd, flat]
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    read = read_labelled_set(path, "train")
    assert same_sets(read, drawn)
    assert read.notes == ("1 crowd boxes left out", "1 boxes without an area left out")


@pytest.mark.parametrize("several", [False, True])
def test_our_own_manifest_goes_there_and_back(several: bool, tmp_path: Path) -> None:
    space = several_label_space() if several else one_label_space()
    drawn = draw_set(tmp_path / "pictures", space, n=5, n_empty=2)
    path = write_manifest(tmp_path, {"train": drawn, "val": drawn})
    read = read_labelled_set(path, "val")
    assert same_sets(read, drawn)
    assert read.class_space == space
    assert read.digest() == drawn.digest()
    with pytest.raises(SchemaError, match="for test in the fold 'all', got none") as caught:
        read_labelled_set(path, "test")
    assert caught.value.hint is not None
    assert "it has 5 for train, 5 for val" in caught.value.hint


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.5 0.5 0.2", "expected class, x, y"),
        ("0 0.5 0.5 0.2 0.2 0.1 0.1", "expected class, x, y"),
        ("zero 0.5 0.5 0.2 0.2", "expected five numbers"),
        ("7 0.5 0.5 0.2 0.2", "a class from 0 to 2"),
        ("0.5 0.5 0.5 0.2 0.2", "a class from 0 to 2"),
        ("0 50 50 20 20", "inside 0 to 1"),
        ("0 0.5 0.5 0 0.2", "a box with an area"),
        ("0 nan 0.5 0.2 0.2", "expected class, x, y"),
    ],
)
def test_a_wrong_line_is_named_with_file_and_number(
    line: str, message: str, tmp_path: Path
) -> None:
    drawn = draw_set(tmp_path / "images/train", one_label_space(), n=1)
    path = write_yolo(tmp_path, drawn)
    (tmp_path / "labels/train/000.txt").write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(SchemaError, match=message) as caught:
        read_labelled_set(path, "train")
    assert "000.txt, line 2" in caught.value.message


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("data.yaml", "names: [a]", "expected the split 'train', got none"),
        ("data.yaml", "names: [a]\ntrain: nowhere", "expected a folder or a .txt file"),
        ("data.yaml", "names: {1: a}\ntrain: .", "expected the keys 0, 1, 2"),
        ("data.yaml", "names: 3\ntrain: .", "a list of class names"),
        ("data.yaml", "names: [a]\ntrain: .\nmulti_label: 3", "true or false"),
        ("data.yaml", "names: [a]\ntrain: .", "expected pictures in"),
        ("coco.json", "[]", "expected a data set, got list"),
        ("coco.json", "{", "expected JSON"),
        ("coco.json", "{}", "a COCO file with 'images'"),
        ("coco.json", f'{{"images": [3], "annotations": [], {KINDS}}}', "a COCO file, got"),
        ("coco.json", f'{{"images": [], {STRAY}, {KINDS}}}', "a known picture and category"),
        ("manifest.json", '{"schema_version": 9}', "of schema version 1, got 9"),
    ],
)  # fmt: skip
def test_a_wrong_data_set_is_one_clear_error(
    name: str, content: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(SchemaError, match=message):
        read_labelled_set(tmp_path / name, "train")


def test_nothing_where_a_data_set_should_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"manifest\.json, data\.yaml or face_set\.json"):
        read_labelled_set(tmp_path, "train")
    with pytest.raises(SchemaError, match="no such file"):
        read_labelled_set(tmp_path / "gone.json", "train")


def test_what_is_no_picture_is_one_clear_error(tmp_path: Path) -> None:
    for content in (b"", b"rubbish"):
        (tmp_path / "x.png").write_bytes(content)
        with pytest.raises(FilmError, match="expected a picture"):
            read_picture_file(tmp_path / "x.png")
    with pytest.raises(FilmError, match="a readable picture"):
        read_picture_file(tmp_path / "gone.png")


def test_a_view_is_a_function_of_seed_epoch_and_number(tmp_path: Path) -> None:
    drawn = draw_set(tmp_path, one_label_space(), n=4)
    spec = InputSpec(side_px=64)

    def view(seed: int, key: tuple[int, int]) -> torch.Tensor:
        views = TrainingViews(drawn, spec, AugmentConfig(), seed=seed, n_epochs=20)
        views[(5, 3)]  # what was asked before leaves no trace
        return views[key].image

    assert torch.equal(view(0, (1, 2)), view(0, (1, 2)))
    for seed, key in ((1, (1, 2)), (0, (2, 2)), (0, (1, 3))):
        assert not torch.equal(view(0, (1, 2)), view(seed, key))


@pytest.mark.parametrize("mode", ["frame", "crop"])
def test_boxes_follow_their_colour_through_every_change(mode: str, tmp_path: Path) -> None:
    drawn = draw_set(tmp_path, one_label_space(), n=4, side_px=120)
    spec = InputSpec(side_px=128, mode=mode)  # type: ignore[arg-type]
    augment = AugmentConfig(
        mosaic=0.5 if mode == "frame" else 0, mosaic_off_epochs=0, hue=0, brightness=0.1,
        exposure=0.1, saturation=0.1, grey=0, jpeg=0, blur=0,
    )  # fmt: skip
    views = TrainingViews(drawn, spec, augment, seed=0, n_epochs=50)
    n_boxes = 0
    for epoch in range(20):
        for number in range(len(views)):
            image, (boxes, labels, is_known, _) = views[(epoch, number)]
            assert image.shape == (3, 128, 128)
            assert is_known is not None
            assert is_known.all()
            for (x1, y1, x2, y2), label in zip(boxes.tolist(), labels, strict=True):
                inner = image[:, int(y1 * 0.75 + y2 * 0.25) : int(y1 * 0.25 + y2 * 0.75),
                              int(x1 * 0.75 + x2 * 0.25) : int(x1 * 0.25 + x2 * 0.75)]  # fmt: skip
                assert int(inner.mean(dim=(1, 2)).argmax()) == int(label.argmax())
                n_boxes += 1
    assert n_boxes > 60


def test_mosaics_end_before_the_last_epochs(tmp_path: Path) -> None:
    drawn = draw_set(tmp_path, one_label_space(), n=4)
    augment = AugmentConfig(mosaic=1, mosaic_off_epochs=5)
    views = TrainingViews(drawn, InputSpec(side_px=64), augment, seed=0, n_epochs=10)
    early = sum(len(views[(e, n)].truth.boxes_xyxy) for e in range(5) for n in range(4))
    late = [len(views[(e, n)].truth.boxes_xyxy) for e in range(5, 10) for n in range(4)]
    assert max(late) <= 1
    assert early > 20


@pytest.mark.parametrize("flip", [0.0, 1.0])
def test_a_crop_says_which_of_two_touching_faces_is_its_own(tmp_path: Path, flip: float) -> None:
    space = au_space([1, 12])
    path = tmp_path / "pair.png"
    cv2.imwrite(str(path), np.full((160, 240, 3), 90, np.uint8))
    boxes = np.array([[40, 30, 115, 130], [115, 30, 190, 130]], np.float32)
    labels = np.array([[1, 0, 1], [0, 1, 1]], np.uint8)
    picture = LabelledPicture(path=path, boxes_xyxy=boxes, labels=labels)
    labelled = LabelledSet(class_space=space, pictures=(picture,))
    spec = InputSpec(side_px=64, mode="crop", colour="grey")
    augment = AugmentConfig(mosaic=0, flip=flip)
    views = TrainingViews(labelled, spec, augment, seed=0, n_epochs=20)
    shown = [(face, views[epoch, face].truth) for epoch in range(20) for face in range(2)]
    assert any(len(truth.labels) == 2 for _, truth in shown)
    for face, truth in shown:
        assert truth.labels[truth.own].tolist() == labels[face].tolist()
    whole = TrainingViews(labelled, InputSpec(side_px=64), augment, seed=0, n_epochs=20)
    assert whole[0, 0].truth.own == -1


def test_the_mirror_swaps_sides_and_labels() -> None:
    space = au_space([1, 51, 52])  # AU1, AU51, AU52, face
    rgb = np.zeros((10, 20, 3), dtype=np.uint8)
    rgb[:, :5] = 255
    placed = Placed(
        rgb=rgb, boxes_xyxy=np.array([[0.0, 2, 5, 8]]), labels=np.array([[0, 1, 0, 1]], np.uint8),
        is_known=np.array([[False, True, True, True]]),
    )  # fmt: skip
    turned = mirror(placed, space)
    assert turned.labels.tolist() == [[0, 0, 1, 1]]
    assert turned.is_known.tolist() == placed.is_known.tolist()
    assert turned.boxes_xyxy.tolist() == [[15, 2, 20, 8]]
    assert turned.rgb[:, 15:].min() == 255
    back = mirror(turned, space)
    assert np.array_equal(back.rgb, rgb)
    assert back.labels.tolist() == placed.labels.tolist()


def test_a_face_whose_mirror_image_has_no_class_is_left_as_it_is() -> None:
    space = ClassSpace(name="x", names=("AU51", "AU4"))
    rgb = np.random.default_rng(0).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    box = np.array([[0.0, 0, 5, 8]])
    known = np.ones((1, 2), np.bool_)
    turned_head = Placed(
        rgb=rgb, boxes_xyxy=box, labels=np.array([[1, 0]], np.uint8), is_known=known
    )
    frown = Placed(rgb=rgb, boxes_xyxy=box, labels=np.array([[0, 1]], np.uint8), is_known=known)
    assert mirror(turned_head, space) is turned_head
    assert not np.array_equal(mirror(frown, space).rgb, rgb)
    assert mirror(frown, space).is_known.all()  # one label holds, so the other does not


def test_what_is_not_known_of_one_side_is_not_known_of_the_other_in_the_mirror() -> None:
    def known_in_mirror(aus: list[int], is_known: list[bool]) -> list[list[bool]]:
        placed = Placed(
            rgb=np.zeros((4, 4, 3), np.uint8), boxes_xyxy=np.array([[0.0, 0, 4, 4]]),
            labels=np.array([[0] * len(aus) + [1]], np.uint8),
            is_known=np.array([[*is_known, True]]),
        )  # fmt: skip
        known: list[list[bool]] = mirror(placed, au_space(aus)).is_known.tolist()
        return known

    assert known_in_mirror([4, 51, 52], [True, False, True]) == [[True, True, False, True]]
    # A head turned to the right (52) would be one turned to the left, and nobody looked for it.
    assert known_in_mirror([4, 51], [True, True]) == [[True, False, True]]


def test_boxes_that_hardly_show_are_dropped_and_the_rest_is_cut() -> None:
    boxes = np.array([[-5.0, 0, 15, 20], [-30, 0, 5, 20], [3, 3, 6, 20], [40, 40, 60, 60]])
    labels = np.eye(4, dtype=np.uint8)
    is_known = labels == 1
    kept = keep_visible(Boxed(boxes, labels, is_known, np.arange(len(boxes))), (0, 0, 32, 32))
    assert kept.boxes_xyxy.tolist() == [[0, 0, 15, 20]]
    assert kept.labels.tolist() == [[1, 0, 0, 0]]
    assert kept.is_known.tolist() == [[True, False, False, False]]
    assert kept.position.tolist() == [0]


def test_pixels_change_within_bounds_and_only_where_asked() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (16, 16, 3)).astype(np.uint8)
    none = AugmentConfig(hue=0, saturation=0, brightness=0, exposure=0, grey=0, blur=0, jpeg=0)
    still = change_pixels(rgb, none, np.random.default_rng(0))
    assert np.abs(still.astype(int) - rgb).max() <= 8  # there and back through HSV
    all_grey = change_pixels(rgb, AugmentConfig(grey=1, jpeg=0), np.random.default_rng(0))
    assert np.array_equal(all_grey[..., 0], all_grey[..., 2])
    loud = change_pixels(rgb, AugmentConfig(blur=1, jpeg=1), np.random.default_rng(0))
    assert loud.shape == rgb.shape
    assert loud.dtype == np.uint8


@pytest.mark.parametrize("options", [{"mosaic": 2}, {"flip": -1}, {"turn_deg": 200}])
def test_a_change_out_of_range_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="augment: "):
        AugmentConfig(**options)  # type: ignore[arg-type]


def test_two_processes_share_an_epoch_evenly() -> None:
    ranks = [EpochSampler(7, seed=3, rank=r, n_ranks=2) for r in range(2)]
    taken = [[n for _, n in sampler] for sampler in ranks]
    assert [len(part) for part in taken] == [4, 4]
    assert set(taken[0]) | set(taken[1]) == set(range(7))
    ranks[0].epoch = 1
    assert [n for _, n in ranks[0]] != taken[0]
    assert sorted(n for _, n in EpochSampler(7, seed=3)) == list(range(7))


@pytest.mark.parametrize("mode", ["frame", "crop"])
def test_views_for_measuring_show_the_face_where_the_truth_says(mode: str, tmp_path: Path) -> None:
    drawn = draw_set(tmp_path, one_label_space(), n=3, n_empty=1, side_px=100)
    views = EvaluationViews(drawn, InputSpec(side_px=64, mode=mode))  # type: ignore[arg-type]
    items = [views[i] for i in range(len(views))]
    truth = views.truth(items)
    assert len(views) == (3 if mode == "frame" else 2)
    assert len(truth) == 2
    assert truth.n_pictures == len(views)
    if mode == "crop":
        centres = (truth.boxes_xyxy[:, :2] + truth.boxes_xyxy[:, 2:]) / 2
        np.testing.assert_allclose(centres, 32, atol=1e-3)


def test_no_face_to_cut_out_is_said(tmp_path: Path) -> None:
    drawn = draw_set(tmp_path, one_label_space(), n=2, n_empty=2)
    with pytest.raises(SchemaError, match="faces to cut out, got none"):
        EvaluationViews(drawn, InputSpec(side_px=64, mode="crop"))
    with pytest.raises(SchemaError, match="at least one, got none"):
        LabelledSet(class_space=one_label_space(), pictures=())


def test_a_neighbour_who_shows_in_a_crop_keeps_the_own_name(tmp_path: Path) -> None:
    path = tmp_path / "both.png"
    cv2.imwrite(str(path), np.full((80, 120, 3), 128, np.uint8))
    left, right, far = [10, 20, 50, 60], [54, 20, 94, 60], [100, 4, 116, 20]
    space = ClassSpace(name="two", names=("anger", "fear"))
    picture = LabelledPicture(
        path=path, boxes_xyxy=np.array([left, right, far], np.float32),
        labels=np.array([[1, 0], [0, 1], [1, 0]], np.uint8), names=("left", "right", "far"),
    )  # fmt: skip
    labelled = LabelledSet(class_space=space, pictures=(picture,))
    views = EvaluationViews(labelled, InputSpec(side_px=64, mode="crop", crop_scale=2.0))
    truth = views.truth([views[k] for k in range(3)])
    assert truth.names is not None
    by_view: dict[int, list[tuple[str, int]]] = {}
    shown = zip(truth.picture_index.tolist(), truth.names, truth.class_index.tolist(), strict=True)
    for view, name, label in shown:
        by_view.setdefault(view, []).append((name, label))
    assert by_view[0] == [("left", 0), ("right", 1)]
    assert by_view[1] == [("left", 0), ("right", 1), ("far", 0)]
    assert by_view[2] == [("far", 0)]
