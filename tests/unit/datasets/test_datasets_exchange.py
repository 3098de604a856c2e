"""What other programs write is read; what they can hold comes back the same."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefacs.datasets.build import build_dataset
from cinefacs.datasets.config import BuildConfig, SplitConfig
from cinefacs.datasets.exchange import Format, export_dataset, import_dataset
from cinefacs.datasets.image_files import write_png
from cinefacs.datasets.image_groups import clipped_box, images_of
from cinefacs.datasets.placing import Placing
from cinefacs.datasets.split import PAPER_WARNING, split_dataset
from cinefacs.errors import CinefacsError, SchemaError, StudyError
from cinefacs.records.class_space import ClassSpace, au_space, emotion_space
from cinefacs.records.dataset_manifest import (
    DatasetManifest,
    ImageBase,
    SplitProtocol,
    SplitUnit,
)
from cinefacs.records.sample import Sample, SampleRole
from cinefacs.storage.datasets import DatasetLayout, read_dataset, write_dataset
from tests.support.datasets import SAMPLE
from tests.support.drawn_study import DrawnStudy, background

WIDTH, HEIGHT = 160, 120
GIVEN = SplitProtocol(unit=SplitUnit.FILM, method="ratio", seed=0)
HUGE = 10**400
HUGE_TIME = {"role": str(SampleRole.NO_FACE), "time_base": "1e99999999"}
Held = dict[tuple[str, str], set[tuple[tuple[float, ...], frozenset[str]]]]


def held(manifest: DatasetManifest, *, fold: int = 0, with_unknown: bool = False) -> Held:
    """Return what a layout of boxes can hold: by picture and part, boxes with their classes."""
    content: Held = {}
    for image in images_of(manifest, fold=fold):
        faces = content.setdefault((image.samples[0].image_sha256, image.part), set())
        for face in image.faces:
            box = clipped_box(face)
            if box is not None and (face.classes or with_unknown):
                names = {*face.classes, *(f"?{n}" for n in face.unknown_classes if with_unknown)}
                faces.add((box, frozenset(names)))
    return content


@pytest.fixture(scope="session")
def both_kinds(
    shared: DrawnStudy, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, DatasetLayout]:
    """Return a split data set of several classes a face, and one of one."""
    root = Path(tmp_path_factory.mktemp("exchange")) / "study"
    shutil.copytree(shared.root, root, ignore=shutil.ignore_patterns("films"))
    layouts = {}
    for space in ("emotion+au", "emotion"):
        config = BuildConfig(space=space, no_face_ratio=0.5)
        layout = build_dataset(root, space.replace("+", "-"), config=config).layout
        split_dataset(layout, config=SplitConfig(), target=None)
        layouts[space] = layout
    return layouts


@pytest.mark.parametrize("placing", ["copy", "symlink"])
@pytest.mark.parametrize("layout", ["yolo", "coco", "cvat"])
@pytest.mark.parametrize("space", ["emotion+au", "emotion"])
def test_what_a_layout_can_hold_comes_back(
    both_kinds: dict[str, DatasetLayout],
    tmp_path: Path,
    space: str,
    layout: Format,
    placing: Placing,
) -> None:
    source = both_kinds[space]
    manifest = read_dataset(source)
    summary = export_dataset(source, layout, tmp_path / "out", placing=placing)
    assert summary.n_pictures == len({sample.image_path for sample in manifest.samples})
    assert summary.left_out == {}
    back = import_dataset(tmp_path / "out", layout, tmp_path / "back", placing=placing)
    assert back == read_dataset(DatasetLayout(tmp_path / "back"))
    assert held(back) == held(manifest)
    assert back.class_space == manifest.class_space
    assert back.protocol is not None
    assert back.protocol.unit is SplitUnit.GIVEN
    assert {s.film_number for s in back.samples} == {1, 2, 3}
    pictures = [(tmp_path / "back" / sample.image_path) for sample in back.samples]
    assert all(path.is_symlink() == (placing == "symlink") for path in pictures)


def test_coco_gives_back_every_field_of_ours(
    both_kinds: dict[str, DatasetLayout], tmp_path: Path
) -> None:
    source = both_kinds["emotion+au"]
    manifest = read_dataset(source)
    export_dataset(source, "coco", tmp_path / "out")
    back = import_dataset(tmp_path / "out", "coco", tmp_path / "back")
    paths = {sample.sample_id: sample.image_path for sample in manifest.samples}
    restored = [
        dataclasses.replace(sample, image_path=paths[sample.sample_id]) for sample in back.samples
    ]
    assert sorted(restored, key=lambda s: s.sample_id) == sorted(
        manifest.samples, key=lambda s: s.sample_id
    )


def test_cvat_keeps_what_is_unknown(both_kinds: dict[str, DatasetLayout], tmp_path: Path) -> None:
    source = both_kinds["emotion+au"]
    export_dataset(source, "cvat", tmp_path / "out")
    back = import_dataset(tmp_path / "out", "cvat", tmp_path / "back")
    manifest = read_dataset(source)
    assert any("?AU17" in names for own in held(manifest, with_unknown=True).values()
               for _, names in own)  # fmt: skip
    assert held(back, with_unknown=True) == held(manifest, with_unknown=True)


quarters = st.integers(0, 4 * WIDTH).map(lambda k: float(np.float32(k / 3)))


@st.composite
def faces_of(draw: st.DrawFn, *, space: ClassSpace) -> list[tuple[tuple[float, ...], list[str]]]:
    """Draw faces of one picture, each in a place of its own, within the picture."""
    faces = {}
    for _ in range(draw(st.integers(0, 3))):
        x = sorted({draw(quarters) % WIDTH, draw(quarters) % WIDTH})
        y = sorted({draw(quarters) % HEIGHT, draw(quarters) % HEIGHT})
        if len(x) == 2 and len(y) == 2:
            most = 4 if space.multi_label else 1
            names = draw(st.lists(st.sampled_from(space.names), min_size=1, max_size=most))
            box = (np.float32(x[0]), np.float32(y[0]), np.float32(x[1]), np.float32(y[1]))
            if box[0] < box[2] and box[1] < box[3]:
                faces[tuple(float(corner) for corner in box)] = names
    return list(faces.items())


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), is_multi=st.booleans(), number=st.integers(0, 10**9))
def test_yolo_is_the_identity_on_any_boxes(
    tmp_path: Path, data: st.DataObject, is_multi: bool, number: int
) -> None:
    space = au_space((1, 12, 51)) if is_multi else emotion_space()
    layout = DatasetLayout(tmp_path / str(number) / "set")
    samples: list[Sample] = []
    for k in range(data.draw(st.integers(1, 3))):
        path = f"images/p{k}.png"
        digest = write_png(layout.root / path, background(k))
        part = data.draw(st.sampled_from(["train", "val", "test"]))
        plain = dataclasses.replace(
            SAMPLE, image_path=path, image_sha256=digest, image_width_px=WIDTH,
            image_height_px=HEIGHT, parts=(part,), role=SampleRole.NO_FACE, box_xyxy=None,
            classes=(), sample_id=f"{k}",
        )  # fmt: skip
        faces = [
            dataclasses.replace(
                plain, sample_id=f"{k}-{n}", role=SampleRole.IMPORTED, box_xyxy=box,
                classes=tuple(name for name in space.names if name in set(names)),
            )
            for n, (box, names) in enumerate(data.draw(faces_of(space=space)))
        ]  # fmt: skip
        samples += faces or [plain]
    manifest = DatasetManifest(
        name="set", class_space=space, samples=tuple(samples), image_base=ImageBase.DATASET,
        protocol=GIVEN, fold_names=("all",),
    )  # fmt: skip
    write_dataset(layout, manifest)
    export_dataset(layout, "yolo", layout.root.parent / "out")
    back = import_dataset(layout.root.parent / "out", "yolo", layout.root.parent / "back")
    assert held(back) == held(manifest)
    assert back.class_space.names == space.names
    shutil.rmtree(layout.root.parent)


def test_faces_that_a_layout_cannot_hold_are_counted(
    both_kinds: dict[str, DatasetLayout], tmp_path: Path
) -> None:
    source = both_kinds["emotion"]
    shutil.copytree(source.root.parent.parent, tmp_path / "study")
    layout = DatasetLayout(tmp_path / "study" / "datasets" / source.root.name)
    manifest = read_dataset(layout)
    faces = [sample for sample in manifest.samples if sample.has_face]
    outside = dataclasses.replace(faces[0], box_xyxy=(-50.0, 0.0, -1.0, 20.0))
    nameless = dataclasses.replace(faces[1], classes=(), intensities=())
    over = dataclasses.replace(faces[2], box_xyxy=(100.0, 50.0, 300.0, 130.0))
    changed = {sample.sample_id: sample for sample in (outside, nameless, over)}
    samples = tuple(changed.get(sample.sample_id, sample) for sample in manifest.samples)
    write_dataset(layout, dataclasses.replace(manifest, samples=samples))
    summary = export_dataset(layout, "yolo", tmp_path / "out")
    assert summary.left_out == {"face outside its picture": 1, "face without a class": 1}
    back = import_dataset(tmp_path / "out", "yolo", tmp_path / "back")
    boxes = {sample.box_xyxy for sample in back.samples}
    assert (100.0, 50.0, 160.0, 120.0) in boxes
    assert export_dataset(layout, "cvat", tmp_path / "cvat").left_out == {
        "face outside its picture": 1
    }


def test_a_fold_is_chosen_and_a_folder_is_never_overwritten(
    both_kinds: dict[str, DatasetLayout], tmp_path: Path
) -> None:
    source = both_kinds["emotion"]
    beside = DatasetLayout(source.root.parent / "folds")
    split_dataset(source, config=SplitConfig(folds=3), target=beside)
    assert export_dataset(beside, "yolo", tmp_path / "out", fold=2).fold == "fold-3"
    with pytest.raises(StudyError, match="expected no such folder yet"):
        export_dataset(beside, "yolo", tmp_path / "out")
    assert export_dataset(beside, "yolo", tmp_path / "out", force=True).fold == "fold-1"
    with pytest.raises(SchemaError, match="expected a fold below 3, got 3"):
        export_dataset(beside, "yolo", tmp_path / "other", fold=3)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    shutil.rmtree(beside.root)


@pytest.mark.parametrize("layout", ["yolo", "coco", "cvat"])
def test_the_papers_warning_goes_with_every_export(
    both_kinds: dict[str, DatasetLayout], tmp_path: Path, layout: Format
) -> None:
    source = both_kinds["emotion"]
    leaky = DatasetLayout(source.root.parent / f"leaky-{layout}")
    split_dataset(source, config=SplitConfig(paper=True), target=leaky)
    summary = export_dataset(leaky, layout, tmp_path / "out")
    assert summary.warnings == (PAPER_WARNING,)
    texts = [
        path.read_text(encoding="utf-8")
        for path in (tmp_path / "out").rglob("*")
        if path.suffix in {".yaml", ".json", ".xml"}
    ]
    assert texts
    assert all("PAPER PROTOCOL" in text for text in texts)
    import_dataset(tmp_path / "out", layout, tmp_path / "back")
    shutil.rmtree(leaky.root)


def test_a_data_set_that_is_not_split(shared: DrawnStudy, tmp_path: Path) -> None:
    shutil.copytree(shared.root, tmp_path / "study", ignore=shutil.ignore_patterns("films"))
    built = build_dataset(tmp_path / "study", "first")
    with pytest.raises(StudyError, match="expected a split one for YOLO"):
        export_dataset(built.layout, "yolo", tmp_path / "yolo")
    for layout in ("coco", "cvat"):
        export_dataset(built.layout, layout, tmp_path / layout)
        back = import_dataset(
            tmp_path / layout,
            layout,
            tmp_path / f"back-{layout}",
        )
        assert held(back) == held(built.manifest)
        assert not back.is_split


def _yolo(folder: Path, lines: str, yaml: str = "train: images/train\nnames: [a, b]\n") -> Path:
    write_png(folder / "images" / "train" / "003-06-0007-0008.png", background(1))
    write_png(folder / "images" / "train" / "empty.png", background(2))
    (folder / "labels" / "train").mkdir(parents=True)
    label = folder / "labels" / "train" / "003-06-0007-0008.txt"
    label.write_text(lines, encoding="utf-8")
    (folder / "data.yaml").write_text(yaml, encoding="utf-8")
    return folder


def test_yolo_of_other_people_is_read(tmp_path: Path) -> None:
    yaml = "path: .\ntrain: list.txt\nval: [images/val]\nnc: 2\nnames: {0: a, 1: b}\n"
    folder = _yolo(tmp_path / "in", "1 .5 .5 .25 .5\n\n0 .5 .5 .25 .5\n", yaml)
    write_png(folder / "images" / "val" / "empty.png", background(3))
    lines = "images/train/003-06-0007-0008.png\n\nimages/train/empty.png\n"
    (folder / "list.txt").write_text(lines, encoding="utf-8")
    manifest = import_dataset(folder / "data.yaml", "yolo", tmp_path / "out")
    face, empty, other = manifest.samples
    assert face.box_xyxy == (60.0, 30.0, 100.0, 90.0)
    assert face.classes == ("a", "b")
    assert (face.film_number, face.character_number, face.subject) == (3, 6, "003-06")
    assert face.clip_tag == "003-06-0007"
    assert empty.role is other.role is SampleRole.NO_FACE
    assert (empty.sample_id, other.sample_id) == ("empty", "val-2-empty")
    assert manifest.class_space == ClassSpace(name="imported", names=("a", "b"), multi_label=True)


@pytest.mark.parametrize(
    ("lines", "yaml", "message"),
    [
        ("0 .5 .5 .25\n", None, r"txt, line 1: expected class, x, y"),
        ("x .5 .5 .2 .2\n", None, r"txt, line 1: expected five numbers"),
        ("0 .1 .1 .2 .2 .3 .3\n", None, r"expected class, x, y"),
        ("\n2 .5 .5 .2 .2\n", None, r"txt, line 2: expected a class from 0 to 1"),
        ("0 .5 .5 1.2 .2\n", None, r"inside 0 to 1"),
        ("0 .5 .5 0 .2\n", None, r"inside 0 to 1"),
        ("0 nan .5 .2 .2\n", None, r"expected class, x, y"),
        ("", "train: images/train\n", r"names: expected a list of class names, got None"),
        ("", "train: images/train\nnames: {1: a}\n", r"names: expected the keys 0, 1"),
        ("", "train: images/train\nnames: [a]\nnc: 2\n", r"nc: expected 1"),
        ("", "train: images/no\nnames: [a]\n", r"expected a folder or a .txt file"),
        ("", "names: [a]\n", r"expected pictures in train, val or test, found none"),
        ("", "train: [\n", r"expected YAML"),
    ],
)
def test_wrong_yolo_is_refused(tmp_path: Path, lines: str, yaml: str | None, message: str) -> None:
    folder = _yolo(tmp_path / "in", lines, *([] if yaml is None else [yaml]))
    with pytest.raises(CinefacsError, match=message):
        import_dataset(folder, "yolo", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["labels/train/003-06-0007-0008.txt", "list.txt", "data.yaml"])
def test_yolo_in_another_encoding_is_refused(tmp_path: Path, name: str) -> None:
    folder = _yolo(tmp_path / "in", "0 .5 .5 .2 .2\n", "train: list.txt\nnames: [a, b]\n")
    (folder / "list.txt").write_text("images/train/003-06-0007-0008.png\n", encoding="utf-8")
    text = (folder / name).read_text(encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-16")
    with pytest.raises(CinefacsError, match="expected") as caught:
        import_dataset(folder, "yolo", tmp_path / "out")
    assert str(folder / name) in caught.value.message


def _coco(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    write_png(folder / "train" / "a.png", background(1))
    document: dict[str, Any] = {
        "images": [{"id": 7, "file_name": "a.png", "width": 160, "height": 120}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 5, "bbox": [10, 20, 30, 40], "area": 1200}
        ],
        "categories": [{"id": 5, "name": "happiness"}, {"id": 9, "name": "fear"}],
    }
    change(document)
    (folder / "annotations").mkdir()
    file = folder / "annotations" / "instances_train.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_coco_of_other_people_is_read(tmp_path: Path) -> None:
    manifest = import_dataset(_coco(tmp_path / "in", len), "coco", tmp_path / "out")
    (face,) = manifest.samples
    assert face.box_xyxy == (10.0, 20.0, 40.0, 60.0)
    assert face.classes == ("happiness",)
    assert manifest.class_space.names == ("happiness", "fear")
    assert face.parts == ("train",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["annotations"][0].update(category_id=6), "picture and category, got 7 and 6"),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, 0, 4]), "expected a box with an area"),
        (lambda d: d["annotations"][0].update(bbox=[1, 2]), "expected a COCO file"),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, 3, HUGE]), "expected a COCO file"),
        (
            lambda d: d["annotations"][0].update(bbox=[1, 2, 3, 1e300]),
            "annotation 1: expected four",
        ),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, float("inf"), 4]), "expected four"),
        (lambda d: d["annotations"][0].update(bbox=[float("nan"), 2, 3, 4]), "expected four"),
        (lambda d: d["annotations"][0].update(image_id=float("inf")), "expected a COCO file"),
        (lambda d: d["images"][0].update(id=float("inf")), "expected a COCO file"),
        (lambda d: d["categories"][0].update(id=float("inf")), "expected a COCO file"),
        (
            lambda d: d["images"].append({"id": 7, "file_name": "b.png"}),
            "images: expected each id once, got 7 twice",
        ),
        (
            lambda d: d["categories"].append({"id": 5, "name": "anger"}),
            "categories: expected each id once, got 5 twice",
        ),
        (lambda d: d["annotations"][0].update(bbox=[500, 2, 9, 9]), "expected boxes in 160x120"),
        (lambda d: d["images"][0].update(file_name="b.png"), "expected a picture b.png"),
        (lambda d: d["images"][0].update(file_name="../a.png"), "expected a picture ../a.png"),
        (lambda d: d["images"][0].update(cinefacs=[{"role": "x"}]), "fields of a sample"),
        (lambda d: d["images"][0].update(cinefacs=[HUGE_TIME]), "fields of a sample"),
        (
            lambda d: d["images"][0].update(cinefacs=[HUGE_TIME | {"time_base": "1/0"}]),
            "of a sample",
        ),
        (lambda d: d.pop("images"), "expected a COCO file with 'images'"),
        (lambda d: d.pop("categories"), "expected a COCO file"),
        (
            lambda d: (d["images"].clear(), d["annotations"].clear()),
            "expected pictures, found none",
        ),
    ],
)
def test_wrong_coco_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(SchemaError, match=message):
        import_dataset(_coco(tmp_path / "in", change), "coco", tmp_path / "out")


def test_coco_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    folder = _coco(tmp_path / "in", len)
    (folder / "annotations" / "instances_train.json").write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(SchemaError, match="expected JSON"):
        import_dataset(folder, "coco", tmp_path / "out")


def test_coco_files_must_agree(tmp_path: Path) -> None:
    folder = _coco(tmp_path / "in", len)
    other = folder / "annotations" / "instances_val.json"
    other.write_text(
        '{"images": [], "annotations": [], "categories": [{"id": 1, "name": "x"}]}',
        encoding="utf-8",
    )
    with pytest.raises(SchemaError, match="expected the classes of instances_train"):
        import_dataset(folder, "coco", tmp_path / "out")
    other.write_text("{", encoding="utf-8")
    with pytest.raises(SchemaError, match="expected JSON"):
        import_dataset(folder, "coco", tmp_path / "out")
    with pytest.raises(SchemaError, match=r"expected annotations/\*\.json"):
        import_dataset(tmp_path, "coco", tmp_path / "out")


CVAT = """<annotations><version>1.1</version><meta><task><labels>
<label><name>happiness</name></label><label><name>fear</name></label></labels></task></meta>
<image id="0" name="a.png" width="160" height="120" subset="Train">
<box label="fear" xtl="10.5" ytl="20" xbr="40" ybr="60"/></image></annotations>"""


def _cvat(folder: Path, text: str) -> Path:
    write_png(folder / "images" / "a.png", background(1))
    (folder / "annotations.xml").write_text(text, encoding="utf-8")
    return folder


def test_cvat_of_other_people_is_read(tmp_path: Path) -> None:
    manifest = import_dataset(_cvat(tmp_path / "in", CVAT), "cvat", tmp_path / "out")
    (face,) = manifest.samples
    assert face.box_xyxy == (10.5, 20.0, 40.0, 60.0)
    assert (face.classes, face.parts) == (("fear",), ("train",))


OWN_CVAT = """<annotations><version>1.1</version><meta><task><labels><label><name>face</name>
<attributes><attribute><name>{name}</name><values>{values}</values></attribute></attributes>
</label></labels></task></meta><image id="0" name="a.png" width="160" height="120">
<box label="face" xtl="1" ytl="2" xbr="4" ybr="6"><attribute name="{name}">{value}</attribute>
</box></image></annotations>"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CVAT.replace('label="fear"', 'label="joy"'), "expected a label of <meta>, got 'joy'"),
        (CVAT.replace('xtl="10.5"', ""), "expected xtl, ytl, xbr, ybr"),
        (CVAT.replace('xbr="40"', 'xbr="4"'), "expected a box with an area"),
        (CVAT.replace("a.png", "b.png"), "expected a picture b.png"),
        (CVAT.replace("a.png", "../a.png"), "inside the folder"),
        (CVAT.replace("<label>", "<no>").replace("</label>", "</no>"), "expected labels in"),
        ('<!DOCTYPE x [<!ENTITY y "z">]>' + CVAT, "expected plain XML"),
        ("<annotations>", "expected XML"),
        (OWN_CVAT.format(name="class", values="a\nb", value="c"), "expected one of"),
        (OWN_CVAT.format(name="AU12", values="present", value="maybe"), "got 'maybe'"),
    ],
)
def test_wrong_cvat_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        import_dataset(_cvat(tmp_path / "in", text), "cvat", tmp_path / "out")


def test_cvat_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="expected a CVAT file"):
        import_dataset(tmp_path, "cvat", tmp_path / "out")
