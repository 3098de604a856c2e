"""`cinefacs datasets` from a study to a data sheet, on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from cinefacs.cli.app import run
from tests.support.drawn_study import draw_study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_study(Path(tmp_path_factory.mktemp("verbs")) / "study", n_films=4).root


def document_of(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:  # noqa: ANN401
    """Return the one JSON document that a command prints."""
    capsys.readouterr()
    assert run([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_the_whole_way(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"{tmp_path.name}-set"
    folder = str(study / "datasets" / name)
    config = tmp_path / "build.yaml"
    config.write_text("space: emotion\nlabels: [consensus/round-1]\nno_face_ratio: 0.3\n")
    built = document_of(
        capsys, "datasets", "build", str(study), name, "--config", str(config),
        "--frames", "per-event", "--n-per-event", "2",
    )  # fmt: skip
    assert built["class_space"] == "emotion"
    assert built["roles"]["apex"] == 8
    split = document_of(capsys, "datasets", "split", folder, "--seed", "1")
    assert [fold["name"] for fold in split["folds"]] == ["all"]
    record = json.loads((study / "datasets" / name / "run.json").read_text(encoding="utf-8"))
    assert (record["verb"], record["seed"]) == ("datasets split", 1)
    check = document_of(capsys, "datasets", "check", folder)
    assert (check["n_leaks"], check["is_paper"]) == (0, False)
    for layout in ("yolo", "coco", "cvat"):
        out = str(tmp_path / layout)
        words = ["datasets", "export", folder, layout, "--out", out, "--images", "symlink"]
        assert document_of(capsys, *words)["n_pictures"] == built["n_pictures"]
        back = ["datasets", "import", out, layout, "--out", str(tmp_path / f"back-{layout}")]
        assert document_of(capsys, *back)["class_space"] == "emotion"
    sheet = document_of(capsys, "datasets", "describe", folder)
    assert Path(sheet["sheet_path"]).is_file()
    assert sheet["n_not_stated"] > 10
    paper = str(study / "datasets" / f"{name}-paper")
    loud = document_of(capsys, "datasets", "split", folder, "--paper", "--out", paper)
    assert loud["warnings"][0].startswith("PAPER PROTOCOL")
    leaky = document_of(capsys, "datasets", "check", paper)
    assert leaky["is_paper"]
    assert leaky["n_leaks"] > 0


def test_people_are_told_in_words(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{tmp_path.name}-words"
    folder = str(study / "datasets" / name)
    assert run(["datasets", "build", str(study), name]) == 0
    assert "happiness" in capsys.readouterr().out
    assert run(["datasets", "build", str(study), name]) == 0
    assert "was there already" in capsys.readouterr().out
    assert run(["datasets", "split", folder, "--paper"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("random: train ")
    assert "warning: PAPER PROTOCOL" in told.err
    assert run(["datasets", "check", folder]) == 0
    told = capsys.readouterr()
    assert "character" in told.out
    assert "no error" in told.err
    assert run(["datasets", "export", folder, "yolo", "--out", str(tmp_path / "out")]) == 0
    assert "pictures for yolo" in capsys.readouterr().out
    words = ["datasets", "import", str(tmp_path / "out"), "yolo", "--out", str(tmp_path / "in")]
    assert run(words) == 0
    assert "samples of 51 classes" in capsys.readouterr().out
    assert run(["datasets", "describe", folder]) == 0
    assert "answers not stated" in capsys.readouterr().out


def test_leaks_of_an_import_are_an_error(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{tmp_path.name}-leaky"
    folder = str(study / "datasets" / name)
    assert run(["datasets", "build", str(study), name, "--frames", "all"]) == 0
    assert run(["datasets", "split", folder, "--paper"]) == 0
    out, back = str(tmp_path / "out"), str(tmp_path / "back")
    assert run(["datasets", "export", folder, "coco", "--out", out]) == 0
    assert run(["datasets", "import", out, "coco", "--out", back]) == 0
    found = document_of(capsys, "datasets", "check", back, code=1)
    assert found["error"]["type"] == "LeakError"
    assert found["by_kind"]["clip"] > 0
    assert run(["datasets", "check", back]) == 1
    assert "error: data set back: expected parts that share nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["build", "nowhere", "x"], "StudyError"),
        (["build", "STUDY", "../x"], "SchemaError"),
        (["build", "STUDY", "x", "--labels", "ann"], "StudyError"),
        (["split", "nowhere"], "StudyError"),
        (["check", "nowhere"], "StudyError"),
        (["describe", "nowhere"], "StudyError"),
        (["export", "nowhere", "yolo", "--out", "x"], "StudyError"),
        (["import", "nowhere", "yolo", "--out", "x"], "ConfigError"),
        (["import", "nowhere", "coco", "--out", "x"], "SchemaError"),
    ],
)
def test_one_clear_error(
    study: Path, capsys: pytest.CaptureFixture[str], words: list[str], kind: str
) -> None:
    command = [str(study) if word == "STUDY" else word for word in words]
    document = document_of(capsys, "datasets", *command, code=1)
    assert document["error"]["type"] == kind
    assert "expected" in document["error"]["message"]


def test_wrong_usage_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["datasets", "export", "a", "pascal", "--out", "x"]) == 2
    assert '"yolo", "coco", "cvat"' in capsys.readouterr().err
