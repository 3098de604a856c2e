"""What we export is read by the programs that it is for, and holds what the manifest says.

pycocotools (BSD-2-Clause), supervision (MIT) and torchvision (BSD-3-Clause) read the folders by
their own code; boxes and classes are compared with the manifest's.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from supervision import DetectionDataset

from cinefacs.datasets.build import build_dataset
from cinefacs.datasets.config import BuildConfig, SplitConfig
from cinefacs.datasets.exchange import export_dataset
from cinefacs.datasets.image_groups import clipped_box, images_of
from cinefacs.datasets.split import split_dataset
from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.storage.datasets import DatasetLayout, read_dataset
from tests.support.drawn_study import draw_study
from tests.support.media import skip_or_fail

Boxes = dict[str, set[tuple[int, tuple[float, ...]]]]


@pytest.fixture(scope="session", params=["emotion+au", "emotion"])
def exported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[DatasetManifest, Path]:
    """Return a data set, and the folder of its exports."""
    folder = Path(tmp_path_factory.mktemp("layouts"))
    study = draw_study(folder / "study", n_films=3, is_shared=True)
    config = BuildConfig(space=request.param, no_face_ratio=0.5)
    layout: DatasetLayout = build_dataset(study.root, "first", config=config).layout
    split_dataset(layout, config=SplitConfig(), target=None)
    export_dataset(layout, "yolo", folder / "yolo")
    export_dataset(layout, "coco", folder / "coco")
    manifest = read_dataset(layout)
    shutil.rmtree(study.root)  # an export stands on its own
    return manifest, folder


def expected(manifest: DatasetManifest, part: str) -> Boxes:
    """Return by picture the class and corners of each box, to a hundredth of a pixel."""
    boxes: Boxes = {}
    for image in images_of(manifest):
        if image.part == part:
            own = boxes.setdefault(image.name, set())
            for face in image.faces:
                corners = tuple(round(value, 2) for value in clipped_box(face) or ())
                own |= {(index, corners) for index in manifest.class_space.indices(face.classes)}
    return boxes


@pytest.mark.parametrize("part", ["train", "val", "test"])
def test_pycocotools_reads_coco(exported: tuple[DatasetManifest, Path], part: str) -> None:
    manifest, folder = exported
    coco = COCO(folder / "coco" / "annotations" / f"instances_{part}.json")
    names = [coco.cats[key]["name"] for key in sorted(coco.getCatIds())]
    assert tuple(names) == manifest.class_space.names
    found: Boxes = {}
    for image in coco.loadImgs(coco.getImgIds()):
        assert (folder / "coco" / part / image["file_name"]).is_file()
        own = found.setdefault(image["file_name"], set())
        for row in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])):
            x, y, width, height = row["bbox"]
            corners = tuple(round(value, 2) for value in (x, y, x + width, y + height))
            own.add((row["category_id"] - 1, corners))
    assert found == expected(manifest, part)
    assert any(found.values())


def _boxes_of(dataset: DetectionDataset) -> Boxes:
    found: Boxes = {}
    for path, _, detections in dataset:
        assert detections.class_id is not None
        rows = zip(detections.class_id.tolist(), detections.xyxy, strict=True)
        found[Path(path).name] = {
            (int(index), tuple(round(float(value), 2) for value in box)) for index, box in rows
        }
    return found


@pytest.mark.parametrize("part", ["train", "val", "test"])
def test_supervision_reads_both(exported: tuple[DatasetManifest, Path], part: str) -> None:
    manifest, folder = exported
    yolo = DetectionDataset.from_yolo(
        images_directory_path=str(folder / "yolo" / "images" / part),
        annotations_directory_path=str(folder / "yolo" / "labels" / part),
        data_yaml_path=str(folder / "yolo" / "data.yaml"),
    )
    assert tuple(yolo.classes) == manifest.class_space.names
    coco = DetectionDataset.from_coco(
        images_directory_path=str(folder / "coco" / part),
        annotations_path=str(folder / "coco" / "annotations" / f"instances_{part}.json"),
    )
    assert tuple(coco.classes) == manifest.class_space.names
    assert _boxes_of(coco) == expected(manifest, part)
    assert {name: len(own) for name, own in _boxes_of(yolo).items()} == {
        name: len(own) for name, own in expected(manifest, part).items()
    }
    for name, own in _boxes_of(yolo).items():
        want = sorted(expected(manifest, part)[name])
        got = sorted(own)
        np.testing.assert_allclose([box for _, box in got], [box for _, box in want], atol=0.02)
        assert [index for index, _ in got] == [index for index, _ in want]


def test_torchvision_reads_coco(exported: tuple[DatasetManifest, Path]) -> None:
    try:
        from torchvision.datasets import CocoDetection
    except ImportError:
        skip_or_fail("torchvision is not installed (extra train)")
        raise
    manifest, folder = exported
    file = folder / "coco" / "annotations" / "instances_train.json"
    dataset = CocoDetection(root=folder / "coco" / "train", annFile=file)
    names = {row["id"]: row["file_name"] for row in json.loads(file.read_text("utf-8"))["images"]}
    found: Boxes = {name: set() for name in names.values()}
    for picture, rows in dataset:
        assert picture.size == (160, 120)
        for row in rows:
            x, y, width, height = row["bbox"]
            corners = tuple(round(value, 2) for value in (x, y, x + width, y + height))
            found[names[row["image_id"]]].add((row["category_id"] - 1, corners))
    assert found == expected(manifest, "train")
