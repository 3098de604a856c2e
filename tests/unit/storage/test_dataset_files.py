"""A data set reads as it was written, and what is damaged is refused."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefacs.errors import SchemaError, StudyError
from cinefacs.records.class_space import emotion_space
from cinefacs.records.dataset_manifest import DatasetManifest, ImageBase
from cinefacs.storage.datasets import DatasetLayout, digest_samples, read_dataset, write_dataset
from cinefacs.storage.study import StudyLayout
from tests.support.datasets import SAMPLE, manifests

MANIFEST = DatasetManifest(
    name="first",
    class_space=emotion_space(),
    samples=(SAMPLE,),
    image_base=ImageBase.STUDY,
)
by_disk = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@by_disk
@given(manifest=manifests(), number=st.integers(0, 10**9))
def test_data_sets_round_trip(tmp_path: Path, manifest: DatasetManifest, number: int) -> None:
    layout = DatasetLayout(tmp_path / str(number))
    write_dataset(layout, manifest)
    assert read_dataset(layout) == manifest


def test_pictures_lie_in_the_study_or_in_the_data_set(tmp_path: Path) -> None:
    layout = DatasetLayout(StudyLayout(tmp_path).dataset_dir / "first")
    assert layout.base_dir(ImageBase.STUDY) == tmp_path.resolve()
    assert layout.base_dir(ImageBase.DATASET) == layout.root


def test_a_folder_without_a_data_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="expected a data set, found no such file"):
        read_dataset(DatasetLayout(tmp_path))


def _alter(change: Callable[[dict[str, Any]], object]) -> Callable[[DatasetLayout], None]:
    def alter(layout: DatasetLayout) -> None:
        document = json.loads(layout.manifest_path.read_text(encoding="utf-8"))
        change(document)
        layout.manifest_path.write_text(json.dumps(document), encoding="utf-8")

    return alter


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda layout: layout.manifest_path.write_text("{"), "expected JSON"),
        (lambda layout: layout.manifest_path.write_text("[]"), "schema version 1, got None"),
        (_alter(lambda document: document.update(schema_version=9)), "schema version 1, got 9"),
        (_alter(lambda document: document.update(samples_sha256="")), "got others"),
        (_alter(lambda document: document.update(image_base="moon")), "the fields of a data set"),
        (_alter(lambda document: document.pop("class_space")), "the fields of a data set"),
        (_alter(lambda document: document.update(colour=1)), "the fields of a data set"),
    ],
)
def test_damage_is_refused(
    tmp_path: Path, damage: Callable[[DatasetLayout], None], message: str
) -> None:
    layout = DatasetLayout(tmp_path)
    write_dataset(layout, MANIFEST)
    damage(layout)
    with pytest.raises(SchemaError, match=message):
        read_dataset(layout)


def test_the_digest_tells_samples_apart() -> None:
    other = dataclasses.replace(SAMPLE, pts=173)
    assert digest_samples((SAMPLE,)) == digest_samples((dataclasses.replace(SAMPLE),))
    assert digest_samples((SAMPLE,)) != digest_samples((other,))
