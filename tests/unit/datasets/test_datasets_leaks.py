"""Planted leaks of each kind are found; the default split has none."""

import dataclasses
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from cinefacs.datasets.build import build_dataset
from cinefacs.datasets.config import BuildConfig, CheckConfig, SplitConfig
from cinefacs.datasets.image_files import digest_bytes, read_rgb, write_png
from cinefacs.datasets.leaks import LeakReport, check_dataset, examine_dataset, leak_error
from cinefacs.datasets.split import split_dataset
from cinefacs.errors import ConfigError, LeakError, SchemaError, StudyError
from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.records.sample import Part, Sample
from cinefacs.storage.datasets import DatasetLayout, read_dataset, write_dataset
from tests.support.drawn_study import DrawnStudy


@pytest.fixture(scope="session")
def split_study(drawn: DrawnStudy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study with a data set of several frames an event, split by film."""
    root = Path(tmp_path_factory.mktemp("leaks")) / "study"
    shutil.copytree(drawn.root, root, ignore=shutil.ignore_patterns("films"))
    config = BuildConfig(frames="per-event", n_per_event=4, no_face_ratio=0.2)
    built = build_dataset(root, "first", config=config)
    split_dataset(built.layout, config=SplitConfig(), target=None)
    return root


@pytest.fixture
def layout(split_study: Path, tmp_path: Path) -> DatasetLayout:
    """Return a copy of it that a test may spoil."""
    shutil.copytree(split_study, tmp_path / "study")
    return DatasetLayout(tmp_path / "study" / "datasets" / "first")


def plant(layout: DatasetLayout, *samples: Sample) -> DatasetManifest:
    """Put samples in place of those of the same names, or beside the others."""
    manifest = read_dataset(layout)
    changed = {sample.sample_id: sample for sample in samples}
    kept = [changed.pop(sample.sample_id, sample) for sample in manifest.samples]
    planted = dataclasses.replace(manifest, samples=(*kept, *changed.values()))
    write_dataset(layout, planted)
    return planted


def one_of(layout: DatasetLayout, part: Part) -> Sample:
    return next(sample for sample in read_dataset(layout).select(part) if sample.has_face)


def kinds(report: LeakReport) -> set[str]:
    return {leak.kind for leak in report.leaks}


def test_the_default_split_has_no_leaks(layout: DatasetLayout) -> None:
    report = check_dataset(layout)
    assert report.leaks == ()
    assert report.n_pictures > 50
    assert json.loads(layout.check_path.read_text(encoding="utf-8"))["n_leaks"] == 0


@pytest.mark.parametrize("by", ["character", "source"])
def test_other_ways_have_no_leaks(shared: DrawnStudy, tmp_path: Path, by: str) -> None:
    shutil.copytree(shared.root, tmp_path / "study", ignore=shutil.ignore_patterns("films"))
    built = build_dataset(tmp_path / "study", "first")
    manifest = built.manifest
    named = [
        dataclasses.replace(sample, label_source=f"source-{sample.film_number}")
        for sample in manifest.samples
    ]
    write_dataset(built.layout, dataclasses.replace(manifest, samples=tuple(named)))
    config = SplitConfig(by=by, leave_one_out=True)  # type: ignore[arg-type]
    split_dataset(built.layout, config=config, target=None)
    assert check_dataset(built.layout).leaks == ()


def test_a_clip_on_both_sides_is_found(layout: DatasetLayout) -> None:
    test = one_of(layout, Part.TEST)
    plant(layout, dataclasses.replace(test, parts=("train",)))
    report = examine_dataset(layout)
    assert {"clip", "character", "film", "shot"} <= kinds(report)
    clips = [leak for leak in report.leaks if leak.kind == "clip"]
    assert [(leak.what, leak.parts) for leak in clips] == [(test.clip_tag, ("train", "test"))]
    assert test.sample_id in clips[0].samples
    with pytest.raises(LeakError, match=r"expected parts that share nothing, got \d+ leaks"):
        check_dataset(layout)


def test_a_character_on_both_sides_is_found(layout: DatasetLayout) -> None:
    test, train = one_of(layout, Part.TEST), one_of(layout, Part.TRAIN)
    plant(layout, dataclasses.replace(train, subject=test.subject))
    report = examine_dataset(layout)
    assert kinds(report) == {"character"}
    assert [leak.what for leak in report.leaks] == [test.subject]


def test_the_same_bytes_on_both_sides_are_found(layout: DatasetLayout) -> None:
    test, train = one_of(layout, Part.TEST), one_of(layout, Part.TRAIN)
    root = layout.root.parent.parent
    copy = layout.image_dir / "copy.png"
    shutil.copy(root / test.image_path, copy)
    planted = dataclasses.replace(
        train, image_path="datasets/first/images/copy.png", image_sha256=test.image_sha256
    )
    plant(layout, planted)
    report = examine_dataset(layout)
    assert kinds(report) >= {"bytes"}
    same = [leak.what for leak in report.leaks if leak.kind == "bytes"]
    assert same == [test.image_sha256]


@pytest.mark.parametrize("how", ["jpeg", "brighter"])
def test_a_near_duplicate_on_the_other_side_is_found(layout: DatasetLayout, how: str) -> None:
    test, train = one_of(layout, Part.TEST), one_of(layout, Part.TRAIN)
    rgb = read_rgb(layout.root.parent.parent / test.image_path)
    if how == "jpeg":
        path = layout.image_dir / "near.jpg"
        data = cv2.imencode(".jpg", np.ascontiguousarray(rgb[:, :, ::-1]))[1].tobytes()
        path.write_bytes(data)
        digest = digest_bytes(data)
    else:
        path = layout.image_dir / "near.png"
        digest = write_png(path, np.clip(rgb.astype(int) + 12, 0, 255).astype(np.uint8))
    place = f"datasets/first/images/{path.name}"
    plant(layout, dataclasses.replace(train, image_path=place, image_sha256=digest))
    report = examine_dataset(layout)
    assert kinds(report) == {"near_duplicate"}
    pairs = {leak.samples for leak in report.leaks}
    assert (train.sample_id, test.sample_id) in pairs


def test_the_papers_leaks_are_counted_and_no_error(layout: DatasetLayout) -> None:
    split_dataset(layout, config=SplitConfig(paper=True), target=None)
    report = check_dataset(layout)
    assert {"clip", "character", "shot", "near_duplicate"} <= kinds(report)
    assert report.is_paper
    assert leak_error(report, layout) is None
    document = report.as_document()
    assert document["n_leaks"] == sum(document["by_kind"].values()) == len(report.leaks)


def test_a_leak_of_several_folds_is_told_once(layout: DatasetLayout) -> None:
    split_dataset(layout, config=SplitConfig(folds=5), target=None)
    assert check_dataset(layout).leaks == ()
    manifest = read_dataset(layout)
    first = manifest.samples[0]
    swapped = {"train": "test", "test": "train", "val": "val"}
    parts = tuple(swapped[part] for part in first.parts)
    plant(layout, dataclasses.replace(first, parts=parts))
    leaks = [leak for leak in examine_dataset(layout).leaks if leak.kind == "clip"]
    assert max(leak.n_folds for leak in leaks if leak.parts == ("train", "test")) >= 4
    assert len({(leak.what, leak.parts) for leak in leaks}) == len(leaks)


def test_lost_and_altered_pictures_are_refused(layout: DatasetLayout) -> None:
    sample = one_of(layout, Part.TRAIN)
    path = layout.root.parent.parent / sample.image_path
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(SchemaError, match="got an altered one"):
        check_dataset(layout)
    path.unlink()
    with pytest.raises(SchemaError, match="expected a picture, got: No such file"):
        check_dataset(layout)


def test_what_is_no_picture_is_refused(layout: DatasetLayout) -> None:
    sample = one_of(layout, Part.TRAIN)
    path = layout.image_dir / "text.png"
    path.write_bytes(b"no picture")
    place = "datasets/first/images/text.png"
    digest = digest_bytes(b"no picture")
    plant(layout, dataclasses.replace(sample, image_path=place, image_sha256=digest))
    with pytest.raises(SchemaError, match="got a file that cannot be decoded"):
        check_dataset(layout)


def test_a_data_set_must_be_split_to_be_checked(drawn: DrawnStudy, tmp_path: Path) -> None:
    shutil.copytree(drawn.root, tmp_path / "study", ignore=shutil.ignore_patterns("films"))
    built = build_dataset(tmp_path / "study", "first")
    with pytest.raises(SchemaError, match="expected a split one, got none"):
        check_dataset(built.layout)


def test_several_splits_share_the_pictures(layout: DatasetLayout, tmp_path: Path) -> None:
    beside = DatasetLayout(layout.root.parent / "second")
    summary = split_dataset(layout, config=SplitConfig(folds=2), seed=1, target=beside)
    assert summary.manifest.name == "second"
    assert read_dataset(layout).fold_names == ("all",)
    assert check_dataset(beside).leaks == ()
    with pytest.raises(StudyError, match="expected no such folder yet"):
        split_dataset(layout, config=SplitConfig(), target=beside)
    elsewhere = DatasetLayout(tmp_path / "a" / "b" / "c")
    with pytest.raises(StudyError, match="expected a folder beside"):
        split_dataset(layout, config=SplitConfig(), target=elsewhere)


def test_a_split_that_was_killed_is_made_anew(layout: DatasetLayout) -> None:
    beside = DatasetLayout(layout.root.parent / "killed")
    split_dataset(layout, config=SplitConfig(folds=2), seed=1, target=beside)
    for path in beside.root.iterdir():  # the manifest is written last, the record after it
        if path != beside.samples_path:
            path.unlink()
    (beside.root / ".samples.123.tmp.parquet").write_bytes(b"half")
    split_dataset(layout, config=SplitConfig(folds=2), seed=1, target=beside)
    assert len(read_dataset(beside).fold_names) == 2
    assert not list(beside.root.glob(".*"))


def test_limits_out_of_range_are_refused() -> None:
    with pytest.raises(ConfigError, match="max_bits: expected 0 to 64"):
        CheckConfig(max_bits=65)
    with pytest.raises(ConfigError, match="min_correlation: expected above 0"):
        CheckConfig(min_correlation=0)
