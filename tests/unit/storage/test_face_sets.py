"""Face sets on disk."""

import json
from pathlib import Path

import numpy as np
import pytest

from cinefacs.errors import SchemaError
from cinefacs.records.face_set import FaceSet
from cinefacs.storage.face_sets import FACE_SET_NAME, has_part, read_face_facts, read_face_set
from tests.support.face_sets import draw_faces, write_drawn_set


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_drawn_set(tmp_path, n_train=7, n_val=3)
    (read,) = read_face_set(tmp_path, "train")
    drawn = draw_faces(7, seed=0)
    for name in ("crops", "now", "before", "after", "neutral", "box_xyxy", "labels", "intensity",
                 "face_px", "person"):  # fmt: skip
        np.testing.assert_array_equal(getattr(read, name), getattr(drawn, name), err_msg=name)
    assert (read.class_space, read.crop_scale) == (drawn.class_space, drawn.crop_scale)
    assert read_face_facts(tmp_path / FACE_SET_NAME) == {"made": "for a test"}
    assert has_part(tmp_path, "val")
    assert not has_part(tmp_path, "test")


def test_crops_stay_on_the_disk(tmp_path: Path) -> None:
    write_drawn_set(tmp_path)
    (read,) = read_face_set(tmp_path, "val")
    assert isinstance(read.crops, np.memmap)


def test_some_faces_can_be_chosen() -> None:
    chosen = draw_faces(6).select(np.array([1, 4]))
    assert chosen.person.tolist() == [1, 4]
    assert len(chosen.crops) == 12


def test_a_missing_split_is_named(tmp_path: Path) -> None:
    write_drawn_set(tmp_path)
    with pytest.raises(SchemaError, match="'test', got train, val"):
        read_face_set(tmp_path, "test")


@pytest.mark.parametrize("harm", ["gone", "text", "version", "parts", "npy", "parquet"])
def test_damage_is_one_clear_error(tmp_path: Path, harm: str) -> None:
    write_drawn_set(tmp_path)
    page = tmp_path / FACE_SET_NAME
    document = json.loads(page.read_text())
    if harm == "gone":
        page.unlink()
    elif harm == "text":
        page.write_text("faces")
    elif harm == "version":
        page.write_text(json.dumps({**document, "schema_version": 9}))
    elif harm == "parts":
        page.write_text(json.dumps({**document, "parts": [{"name": "train"}]}))
    elif harm == "npy":
        (tmp_path / "train.npy").write_bytes(b"no array")
    else:
        (tmp_path / "train.parquet").write_bytes(b"no table")
    with pytest.raises(SchemaError):
        read_face_set(tmp_path, "train")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("now", np.array([0, 9], np.int32)),
        ("now", np.array([-1, 0], np.int32)),
        ("labels", np.full((2, 51), 3, np.uint8)),
        ("crops", np.zeros((4, 8, 9), np.uint8)),
        ("crop_scale", 0.5),
        ("step_ms", -1),
    ],
)
def test_rows_that_lead_nowhere_are_refused(name: str, value: object) -> None:
    faces = draw_faces(2)
    fields = {field: getattr(faces, field) for field in FaceSet.__dataclass_fields__}
    with pytest.raises(SchemaError):
        FaceSet(**{**fields, name: value})
