"""From a training to a folder that ships, and on to weights adapted to a study."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from cinefacs.cli.app import run
from cinefacs.detectors.data.layouts import read_labelled_set
from cinefacs.detectors.data.views import EvaluationViews
from cinefacs.detectors.shipping.adapt import AdaptConfig, adapt_weights
from cinefacs.detectors.shipping.pack import AdaptedOn, pack_weights
from cinefacs.detectors.tasks import DataSource, load_network, train_detector
from cinefacs.detectors.weights.card import read_card
from cinefacs.engines.catalog import sha256_of
from cinefacs.errors import ConfigError, ModelError
from cinefacs.inference.exported import ExportedDetector
from cinefacs.pipeline.cut_faces import CutConfig, cut_study_faces
from cinefacs.storage.face_sets import read_face_set
from tests.support.detectors import CROP_READER
from tests.support.drawn_study import DrawnStudy, draw_study
from tests.support.face_sets import write_drawn_set
from tests.support.trainings import short_training


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_drawn_set(tmp_path_factory.mktemp("faces"), n_train=48, n_val=40)


@pytest.fixture(scope="module")
def trained(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    config = short_training(epochs=2, batch=16, mode="crop", colour="grey", temporal="neutral")
    train_detector(CROP_READER, DataSource(path=faces), out=out, config=config)
    return out / "weights.safetensors"


@pytest.fixture(scope="module")
def packed(trained: Path, faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packed") / "weights"
    pack_weights(trained, faces, out)
    return out


def test_the_folder_holds_all_that_ships(packed: Path) -> None:
    assert {path.name for path in packed.iterdir()} == {
        "fp16", "int8", "weights.safetensors", "weights.json", "weights.yaml", "measured.json",
        "MODEL_CARD.md",
    }  # fmt: skip
    origin = yaml.safe_load((packed / "weights.yaml").read_text(encoding="utf-8"))
    assert origin["adapted_on"] == []
    assert origin["made_from"]["faces"] == {"made": "for a test"}
    assert {name: sha256_of(packed / name) for name in origin["files"]} == origin["files"]
    assert {"fp16/model.bin", "int8/model.bin", "weights.safetensors"} <= set(origin["files"])


def test_the_graph_says_what_the_16_bit_numbers_say(packed: Path, faces: Path) -> None:
    card, network = load_network(packed / "weights.safetensors")
    views = EvaluationViews(read_labelled_set(faces, "val"), card.input_spec)
    images = np.stack([views[n].image.numpy() for n in range(4)])
    said = ExportedDetector(packed / "fp16").read_crops(images)
    import torch

    with torch.no_grad():
        _, scores = network.predict_raw(torch.from_numpy(images))  # type: ignore[operator]
    best = scores[:, :, -1].argmax(dim=1)
    expected = scores[torch.arange(4), best].numpy()
    assert card.calibration is not None
    np.testing.assert_allclose(said.class_scores, card.calibration.apply(expected), atol=2e-3)
    np.testing.assert_allclose(said.score, expected[:, -1], atol=2e-3)


def test_the_pages_of_graph_and_numbers_agree(packed: Path) -> None:
    card, _ = read_card(packed / "weights.safetensors")
    for precision in ("fp16", "int8"):
        page = ExportedDetector(packed / precision).card
        assert page.precision == precision
        assert page.calibration == card.calibration
        assert page.threshold == card.threshold
        assert page.input_spec == card.input_spec


def test_the_card_says_what_was_measured(packed: Path) -> None:
    found = json.loads((packed / "measured.json").read_text(encoding="utf-8"))["validation"]
    text = (packed / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert f"| AU12 | {found['auroc']['AU12']:.2f} |" in text
    assert "Not measured yet: `cinefacs exam`" in text
    assert "Adapted on no film" in text
    assert f"too few of these faces have them: {', '.join(found['not_calibrated'])}." in text
    weak = [name for name, value in found["auroc"].items() if value and value < 0.6]
    assert weak
    assert f"(AUROC below 0.60): {', '.join(weak)}." in text


@pytest.fixture
def copied(packed: Path, tmp_path: Path) -> Path:
    """For the tests that write into the folder: the others share `packed`, in any order."""
    return Path(shutil.copytree(packed, tmp_path / "copied"))


def test_a_measurement_goes_into_the_card(copied: Path, tmp_path: Path) -> None:
    result = tmp_path / "real.json"
    row = {"name": "AU12", "blendshapes": "mouthSmileLeft", "pooled": 0.61, "pooled_low": 0.4,
           "pooled_high": None, "within": 0.5, "within_low": 0.1, "within_high": 0.7}  # fmt: skip
    result.write_text(json.dumps({"n_faces": 12, "n_clips": 2, "face_recall": 0.75,
                                  "correlations": [row]}))  # fmt: skip
    assert run(["models", "card", str(copied), "real", str(result)]) == 0
    text = (copied / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "| AU12 | mouthSmileLeft | 0.61 (0.40 to -) | 0.50 (0.10 to 0.70) |" in text
    assert "75.0 % of the crops" in text


def test_frames_coded_by_eye_stand_beside_the_teacher_and_what_was_adapted(
    copied: Path, tmp_path: Path
) -> None:
    row = {"name": "AU12", "blendshapes": "mouthSmileLeft", "pooled": 0.6, "pooled_low": None,
           "pooled_high": None, "within": 0.5, "within_low": None, "within_high": None}  # fmt: skip

    def told(weights: float) -> dict[str, Any]:
        return {"n_faces": 12, "n_clips": 2, "face_recall": 1.0, "adapted_on": 3,
                "correlations": [row],
                "frames_by_eye": {"n_frames": 9, "AU12": {
                    "n_present": 4, "n_absent": 5, "n_clips_with_both": 1,
                    "weights": {"pooled": weights, "within": None},
                    "blendshapes": {"pooled": 0.97, "within": 0.9}}}}  # fmt: skip

    for kind, weights in (("real", 0.71), ("real_adapted", 0.82)):
        (tmp_path / f"{kind}.json").write_text(json.dumps(told(weights)))
        assert run(["models", "card", str(copied), kind, str(tmp_path / f"{kind}.json")]) == 0
        text = (copied / "MODEL_CARD.md").read_text(encoding="utf-8")
        adapted = " 0.82 (-) |" if kind == "real_adapted" else ""
        assert f"| AU12 | 4 | 5 | 0.71 (-) |{adapted} 0.97 (0.90) |" in text
    assert "suggestions for 3 other real\nclips" in text


def test_the_marks_of_an_exam_go_into_the_card(copied: Path, tmp_path: Path) -> None:
    def score(value: float | None, chance: float) -> dict[str, float | int | None]:
        return {"value": value, "low": None, "high": None, "chance": chance, "n": 7}

    group = {"facet": "age", "value": "5 to 12", "n_faces": 8, "n_people": 1,
             "mean_auroc": score(0.66, 0.5), "accuracy": None}  # fmt: skip
    exam = {
        "exam": {"name": "heldout-v1", "digest": "6ed921438c3a2c77", "n_films": 22,
                 "n_people": 66, "n_pictures": 900},
        "subject": {"precision": "int8"},
        "faces_found": {"recall": score(0.981, 0.18)},
        "faces_read": {
            "n_faces": 1234, "box_met": score(0.99, 0.0),
            "action_units": {"mean_auroc": score(0.713, 0.5), "mean_auroc_weak": score(None, 0.5)},
            "emotions": {"map50": score(0.31, 0.14), "accuracy": score(0.42, 0.125)},
            "groups": [group],
        },
        "notes": ["A note of the exam."],
    }  # fmt: skip
    result = tmp_path / "exam.json"
    result.write_text(json.dumps(exam))
    assert run(["models", "card", str(copied), "exam", str(result)]) == 0
    text = (copied / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "heldout-v1 (digest `6ed921438c3a`): 22 films" in text
    assert "| AUROC of action units, mean | 0.71 | - to - | 0.50 | 7 |" in text
    assert "| the same at intensity 0.2 to 0.5 | - | - to - | 0.50 | 7 |" in text
    assert "| age: 5 to 12 | 8 | 1 | 0.66 | - |" in text
    assert "A note of the exam." in text


def test_it_can_be_packed_again_but_not_into_somebody_elses_folder(
    copied: Path, trained: Path, faces: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match=r"thesis\.txt"):
        pack_weights(trained, faces, theirs)
    assert (theirs / "thesis.txt").read_text() == "years of work"
    before = sha256_of(copied / "weights.safetensors")
    pack_weights(trained, faces, copied)
    assert sha256_of(copied / "weights.safetensors") == before


def test_rubbish_is_no_measurement(packed: Path, tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[1]")
    assert run(["models", "card", str(packed), "exam", str(tmp_path / "list.json")]) == 1
    assert run(["models", "card", str(tmp_path), "exam", str(packed / "measured.json")]) == 1
    with pytest.raises(ModelError):
        pack_weights(tmp_path / "none.safetensors", tmp_path, tmp_path / "out")


@pytest.mark.slow
def test_what_the_rest_tells_is_learned(tmp_path: Path) -> None:
    # AU1 lifts a bar by 6 px, and people's bars lie up to 8 px apart: only beside the rest is it
    # told for sure; AU12 is seen in the face alone.
    faces = write_drawn_set(tmp_path / "faces", n_train=160, n_val=80)
    config = short_training(
        epochs=30, batch=16, mode="crop", colour="grey", temporal="neutral", settle_batches=8
    )
    train_detector(CROP_READER, DataSource(path=faces), out=tmp_path / "run", config=config)
    done = pack_weights(tmp_path / "run" / "weights.safetensors", faces, tmp_path / "packed")
    auroc = done.measured["validation"]["auroc"]
    assert auroc["AU12"] > 0.95
    assert auroc["AU1"] > 0.9


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> DrawnStudy:
    return draw_study(tmp_path_factory.mktemp("study"), n_films=1, is_shared=True)


def test_faces_of_a_study_are_cut_with_their_rest(study: DrawnStudy, tmp_path: Path) -> None:
    coder = study.labels.aus[0].coder
    cut = cut_study_faces(
        study.root, tmp_path / "faces", config=CutConfig(labels=(coder,), held_out_every=2)
    )
    (learned,), (held,) = (read_face_set(cut.folder, split) for split in ("train", "val"))
    assert cut.n_faces == {"train": len(learned), "val": len(held)}
    names = learned.class_space.names
    for part in (learned, held):
        assert (part.neutral >= 0).all()
        shown = (part.labels == 1).any(axis=0)
        assert shown[names.index("face")]
        assert shown[names.index("neutral")]
        # what nobody looked for is not taught as absent
        assert (part.labels[:, names.index("AU10")] == 2).all()
        assert (part.labels[:, names.index("AU1")] != 2).any()
        rest = part.labels[:, [k for k, name in enumerate(names) if name.startswith("AU")]] == 1
        calm = {int(row) for row, any_au in zip(part.now, rest.any(axis=1), strict=True)
                if not any_au}  # fmt: skip
        assert set(part.neutral.tolist()) <= calm
    assert not set(learned.person.tolist()) & {0}


def test_weights_adapt_and_say_what_they_learned_from(
    packed: Path, study: DrawnStudy, tmp_path: Path
) -> None:
    coder = study.labels.aus[0].coder
    cut = cut_study_faces(
        study.root, tmp_path / "faces", config=CutConfig(labels=(coder,), held_out_every=2)
    )
    films = [AdaptedOn(sha256=film.film_id, name=film.path) for film in cut.films]
    done = adapt_weights(
        packed / "weights.safetensors", cut.folder, tmp_path / "new", run=tmp_path / "run",
        films=films, config=AdaptConfig(epochs=1, batch=16),
    )  # fmt: skip
    origin = yaml.safe_load((tmp_path / "new" / "weights.yaml").read_text(encoding="utf-8"))
    assert [film["sha256"] for film in origin["adapted_on"]] == [study.films[0].film_id]
    assert done.before["n_faces"] == done.after["n_faces"] == cut.n_faces["val"]
    old, _ = read_card(packed / "weights.safetensors")
    new, _ = read_card(tmp_path / "new" / "weights.safetensors")
    au10 = old.class_space.names.index("AU10")  # nobody coded it, so its calibration stays
    assert old.calibration is not None
    assert new.calibration is not None
    assert new.calibration.slope[au10] == old.calibration.slope[au10]
    assert new.threshold == old.threshold
    assert "by the labels that were given" in (tmp_path / "new" / "MODEL_CARD.md").read_text()
    assert sha256_of(tmp_path / "new" / "weights.safetensors") != sha256_of(
        packed / "weights.safetensors"
    )


def test_a_study_without_suggestions_cannot_be_adapted_to(
    study: DrawnStudy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["adapt", str(study.root), "--weights", str(tmp_path / "w.safetensors")]
    assert run([*words, "--out", str(tmp_path / "new")]) == 1
    assert "expected one label set of 'suggested', got none" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
