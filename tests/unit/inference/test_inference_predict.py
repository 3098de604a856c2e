"""``predict``: boxes come back to the picture, faces to the finder's faces; rubbish is refused."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cinefacs.cli.app import run
from cinefacs.errors import ConfigError, FilmError
from cinefacs.inference.exported import ExportedDetector
from cinefacs.pipeline import predict as module
from cinefacs.pipeline.predict import predict_pictures
from cinefacs.records.class_space import ClassSpace
from tests.support.exported import make_exported

ONE = ClassSpace(name="one", names=("anger", "fear"), multi_label=False)
SEVERAL = ClassSpace(name="several", names=("AU1", "AU12", "face"), multi_label=True)


def picture(path: Path, width: int = 128, height: int = 64) -> Path:
    cv2.imwrite(str(path), np.full((height, width, 3), 90, dtype=np.uint8))
    return path


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    """Return a detector that finds anger in the middle, and a weaker copy beside it."""
    boxes = [[16.0, 24.0, 48.0, 40.0], [17.0, 24.0, 48.0, 40.0], [0.0, 0.0, 8.0, 8.0]]
    scores = [[0.9, 0.3], [0.8, 0.0], [0.05, 0.02]]
    return make_exported(tmp_path / "frames", ONE, boxes, scores, threshold=0.25)


def test_boxes_come_back_to_the_picture(frames: Path, tmp_path: Path) -> None:
    """A picture of 128 x 64 fills the middle half of the input at half its size."""
    summary = predict_pictures(frames, [picture(tmp_path / "a.png")])
    (found,) = summary.pictures
    assert [thing.name for thing in found.found] == ["anger", "fear"]
    assert list(found.found[0].box_xyxy) == [32, 16, 96, 48]
    assert found.found[0].score == pytest.approx(0.9, abs=1e-4)
    assert found.found[0].class_scores["fear"] == pytest.approx(0.3, abs=1e-4)


def test_boxes_are_cut_at_the_border_of_the_picture(tmp_path: Path) -> None:
    folder = make_exported(tmp_path / "d", ONE, [[-9.0, 0, 80, 64]], [[0.9, 0]])
    rgb = np.zeros((64, 128, 3), dtype=np.uint8)
    found = ExportedDetector(folder).find([rgb, rgb])
    assert found.picture_index.tolist() == [0, 1]
    assert found.boxes_xyxy[0].tolist() == [0, 0, 128, 64]


def test_without_a_threshold_a_quarter_is_taken(tmp_path: Path) -> None:
    folder = make_exported(tmp_path / "d", ONE, [[0.0, 0, 9, 9]], [[0.2, 0]])
    detector = ExportedDetector(folder)
    rgb = np.zeros((64, 64, 3), dtype=np.uint8)
    assert len(detector.find([rgb])) == 0
    assert len(detector.find([rgb], score_floor=0.1)) == 1


class TwoFaces:
    """Stands for the face finder."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def find(self, still: Any) -> Any:  # noqa: ANN401
        assert still.small_rgb((10, 5)).shape == (5, 10, 3)
        assert still.size_wh == (128, 64)

        class Found:
            box_xyxy = np.array([[10, 10, 40, 40], [80, 20, 120, 50]], dtype=np.float32)
            points_xy = np.array(
                [[[18, 20], [32, 20], [0, 0], [0, 0], [0, 0]],
                 [[90, 30], [110, 30], [0, 0], [0, 0], [0, 0]]], dtype=np.float32
            )  # fmt: skip

        return Found()


def test_faces_are_found_and_each_is_read_in_its_crop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = [[16.0, 16.0, 48.0, 48.0], [0.0, 0.0, 60.0, 60.0]]
    scores = [[0.2, 0.7, 0.9], [0.9, 0.9, 0.3]]
    folder = make_exported(tmp_path / "crops", SEVERAL, boxes, scores, mode="crop")
    monkeypatch.setattr(module, "FaceFinder", TwoFaces)
    monkeypatch.setattr(module, "model_path", lambda _: folder / "model.xml")
    summary = predict_pictures(
        folder, [picture(tmp_path / "a.png")], out=tmp_path / "out", is_drawn=True
    )
    (found,) = summary.pictures
    assert [thing.name for thing in found.found] == ["AU12", "AU12"]
    first = next(t for t in found.found if t.box_xyxy[0] < 60)
    centre = ((first.box_xyxy[0] + first.box_xyxy[2]) / 2,
              (first.box_xyxy[1] + first.box_xyxy[3]) / 2)  # fmt: skip
    assert centre == pytest.approx((25, 25), abs=0.1)
    written = json.loads((tmp_path / "out/predictions.json").read_text(encoding="utf-8"))
    assert written["pictures"][0]["found"][0]["name"] == "AU12"
    drawn = cv2.imdecode(np.fromfile(tmp_path / "out/00001-a.png", np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    assert (drawn != 90).any()


def test_a_face_without_labels_is_called_a_face(tmp_path: Path) -> None:
    folder = make_exported(tmp_path / "d", SEVERAL, [[0.0, 0, 60, 60]], [[0.1, 0.2, 0.9]])
    (found,) = predict_pictures(folder, [picture(tmp_path / "a.png")]).pictures
    assert found.found[0].name == "face"


def test_the_verb_prints_one_document(
    frames: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("b.png", "a.png"):
        picture(folder / name)
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    assert run(["predict", str(frames), str(folder), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [Path(p["path"]).name for p in document["pictures"]] == ["a.png", "b.png"]
    assert run(["predict", str(frames), str(folder / "a.png")]) == 0
    assert "anger 0.90" in capsys.readouterr().out


def test_rubbish_is_one_clear_error(
    frames: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="at least one picture"):
        predict_pictures(frames, [tmp_path / "empty"])
    with pytest.raises(ConfigError, match="a folder to draw into"):
        predict_pictures(frames, [tmp_path], is_drawn=True)
    with pytest.raises(FilmError, match="a readable picture"):
        predict_pictures(frames, [tmp_path / "gone.png"])
    assert run(["predict", str(tmp_path / "gone"), str(tmp_path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["type"] in {"ConfigError", "ModelError"}
