"""The exam on films whose truth was made by hand: what is planted comes back, chance is chance."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import pytest

from cinefacs.cli.app import run
from cinefacs.errors import ConfigError, SchemaError, StudyError
from cinefacs.pipeline.exam.config import ExamConfig, SweepConfig
from cinefacs.pipeline.exam.run import take_exam
from cinefacs.pipeline.exam.score_faces import well_shown
from cinefacs.records.class_space import EMOTIONS, ClassSpace, emotion_au_space
from cinefacs.records.film import Film
from cinefacs.storage.record_tables import read_records
from cinefacs.synth.drives import SHOWABLE_AUS
from tests.support.exams import ACTS, N_FRAMES, make_exam_study, write_analysis
from tests.support.exported import make_exported
from tests.support.synth import need_assets

QUICK = ExamConfig(bootstrap_draws=20, chance_draws=10)
FRAME_MS = 1000 / 24


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_assets()
    return make_exam_study(tmp_path_factory.mktemp("exam") / "study")


def films_of(study: Path) -> list[Film]:
    return read_records(study / "films.parquet", Film)


def perfect_scores() -> dict[str, npt.NDArray[np.float32]]:
    """Return scores of somebody who knows everything that can be seen."""
    columns = {f"AU{au}": np.zeros(N_FRAMES, np.float32) for au in SHOWABLE_AUS}
    columns |= {name: np.zeros(N_FRAMES, np.float32) for name in (*EMOTIONS, "neutral")}
    columns["neutral"][:] = 1
    for act in ACTS:
        if not act.is_hidden:
            columns["neutral"][act.first : act.end] = 0
            columns[act.emotion][act.first : act.end] = 1
            for au in act.aus:
                columns[f"AU{au}"][act.first : act.end] = 1
    return columns


def event(film: int, first: int, end: int, apex: int, kind: str, emotion: str) -> dict[str, object]:
    return {"film": film, "first": first, "end": end, "apex": apex, "kind": kind,
            "emotion": emotion}  # fmt: skip


def test_who_knows_everything_gets_full_marks(study: Path, tmp_path: Path) -> None:
    analysis = write_analysis(tmp_path / "a", films_of(study), perfect_scores())
    marks = take_exam(analysis, study=study, out=tmp_path / "out", config=QUICK).document
    read = marks["faces_read"]
    assert read["n_faces"] == 8  # four pictures of each of two films
    assert read["emotions"]["map50"]["value"] == 1
    # of the pictures of the hidden expression nothing is known
    assert read["emotions"]["n_unknown"] == 2
    assert marks["faces_read_in_films"]["action_units"]["mean_auroc"]["value"] == 1
    assert marks["faces_read_in_films"]["action_units"]["mean_auroc"]["n"] == 6
    assert marks["faces_read_in_films"]["action_units"]["mean_auroc_weak"]["n"] == 4
    events = marks["events"]
    assert (events["n_true"], events["n_hidden"]) == (4, 2)
    assert events["f1"]["value"] == 1
    assert events["strs"] == 1
    assert events["f1"]["chance"] < 0.5
    assert events["errors"]["onset"]["absolute_median_ms"]["value"] <= FRAME_MS
    assert events["demo"]["is_met"] is True
    assert marks["faces_found"]["recall"]["value"] == 1


def test_planted_errors_come_back(study: Path, tmp_path: Path) -> None:
    planted = [
        event(0, 48, 72, 60, "macro", "happiness"),
        event(0, 121, 129, 125, "micro", "fear") | {"scored": "surprise"},
        event(0, 210, 220, 215, "micro", "none"),
        event(0, 230, 233, 231, "blink", "none"),
        event(1, 50, 74, 63, "macro", "happiness"),
        event(1, 170, 194, 180, "macro", "anger"),
    ]
    analysis = write_analysis(tmp_path / "a", films_of(study), perfect_scores(), events=planted)
    marks = take_exam(analysis, study=study, out=tmp_path / "out", config=QUICK).document["events"]
    # of four that can be seen three are spotted; the blink and the hidden one count for nothing
    assert (marks["n_true"], marks["n_found"]) == (4, 4)
    assert marks["f1"]["value"] == pytest.approx(2 * 3 / 8)
    # by rule two of the three spotted are called what they are; the surprise was scored rightly
    emotions = marks["emotions"]
    assert (emotions["n"], emotions["n_named"]) == (3, 3)
    assert (emotions["n_right_by_rule"], emotions["n_right_as_scored"]) == (2, 1)
    onset, apex = marks["errors"]["onset"], marks["errors"]["apex"]
    assert onset["median_ms"]["value"] == pytest.approx(FRAME_MS)
    assert onset["absolute_90th_ms"]["value"] == pytest.approx(1.8 * FRAME_MS)
    assert onset["frame_ms"] == pytest.approx(FRAME_MS)
    assert apex["median_ms"]["value"] == pytest.approx(FRAME_MS)
    # one false alarm in two films of ten seconds, a face in each frame
    assert marks["false_alarms"]["a_film_minute"]["value"] == pytest.approx(3)
    assert marks["false_alarms"]["a_face_minute"]["value"] == pytest.approx(3)
    recalls = {(row["facet"], row["value"]): row for row in marks["recalls"]}
    assert recalls["kind", "macro"]["overlap"]["value"] == 1
    assert recalls["kind", "micro"]["overlap"]["value"] == 0.5
    assert recalls["intensity", "0.2 to 0.5"]["overlap"]["n"] == 2
    assert recalls["duration", "200 to 500 ms"]["overlap"]["value"] == 0.5
    # glasses are worn in the first film alone, where both are spotted; ages are drawn
    assert recalls["condition", "glasses"]["overlap"]["value"] == 1
    assert recalls["condition", "none"]["overlap"]["value"] == 0.5
    assert {"age", "gender", "skin tone", "face height"} <= {facet for facet, _ in recalls}
    demo = marks["demo"]
    assert (demo["micro"]["n_spotted"], demo["macro"]["n_spotted"]) == (1, 2)
    assert demo["most_false_alarms_in_a_film"] == 1
    assert demo["is_met"] is False
    # happiness right twice, surprise called fear: F1 of the analysis (1 + 0) / 2
    assert marks["analysis_f1"] == pytest.approx(0.5)


def constant_detector(folder: Path, space: ClassSpace) -> Path:
    """Return a detector that says the same of every face: it knows nothing."""
    scores = np.random.default_rng(0).random(len(space)).tolist()
    box = [32 - 18.5, 32 - 24.6, 32 + 18.5, 32 + 24.6]
    return make_exported(folder, space, [box], [scores], mode="crop", threshold=0.3)


def test_who_knows_nothing_gets_what_chance_gives(study: Path, tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    detector = constant_detector(tmp_path / "detector", emotion_au_space())
    out = tmp_path / "out"
    words = ["exam", str(detector), "--study", str(study), "--out", str(out)]
    assert run([*words, "--bootstrap-draws", "20", "--chance-draws", "5", "--sweep"]) == 0
    marks = json.loads((out / "exam.json").read_text())
    films = marks["faces_read_in_films"]
    assert films["action_units"]["mean_auroc"]["value"] == pytest.approx(0.5)
    emotions = films["emotions"]
    assert emotions["map50"]["value"] == pytest.approx(emotions["map50"]["chance"])
    assert marks["events"]["f1"]["value"] == 0
    assert marks["sweep"]["chosen"] is None
    assert "never" in marks["sweep"]["why_not_chosen"]
    page = (out / "exam.md").read_text()
    assert marks["exam"]["digest"] in page
    assert marks["subject"]["digest"] in page
    assert "not met" in page
    for name in ("action-units.svg", "events-recall.svg", "events-limits.svg"):
        assert f"]({name})" in page
        assert (out / name).read_text().startswith("<?xml")


def test_films_are_read_once(study: Path, tmp_path: Path) -> None:
    detector = constant_detector(tmp_path / "detector", emotion_au_space())
    steps: list[str] = []
    for _ in range(2):
        steps.append("again")
        take_exam(
            detector, study=study, out=tmp_path / "out", config=QUICK,
            on_step=lambda step: steps.append(step.name),
        )  # fmt: skip
    again = len(steps) - 1 - steps[::-1].index("again")
    assert "exam: films" in steps[:again]
    assert "exam: films" not in steps[again:]
    # a file that another program spoiled is made anew
    kept = tmp_path / "out/readings/001.npz"
    kept.write_bytes(kept.read_bytes()[:50])
    take_exam(detector, study=study, out=tmp_path / "out", config=QUICK)
    assert kept.stat().st_size > 50


def test_emotions_alone_say_nothing_of_events(study: Path, tmp_path: Path) -> None:
    space = ClassSpace(name="emotion7", names=EMOTIONS)
    detector = constant_detector(tmp_path / "detector", space)
    marks = take_exam(detector, study=study, out=tmp_path / "out", config=QUICK).document
    assert marks["events"] is None
    assert marks["faces_read"]["action_units"] is None
    assert marks["faces_read"]["emotions"]["accuracy"]["chance"] == pytest.approx(1 / 7)
    assert any("knows no action unit" in note for note in marks["notes"])


def test_limits_are_chosen_on_validation_films_only(tmp_path: Path) -> None:
    need_assets()
    study = make_exam_study(tmp_path / "study", split="val")
    analysis = write_analysis(
        tmp_path / "a", films_of(study), {k: v * 0.45 for k, v in perfect_scores().items()}
    )
    limits = SweepConfig(starts=(0.2, 0.4, 0.6), off_shares=(0.5,), smoothings_ms=(0.0,))
    config = ExamConfig(bootstrap_draws=5, chance_draws=2, limits=limits)
    marks = take_exam(analysis, study=study, out=tmp_path / "out", config=config, sweep=True)
    sweep = marks.document["sweep"]
    assert [row["f1"] for row in sweep["rows"]] == [1, 1, 0]
    assert sweep["chosen"]["on_expression"] in {0.2, 0.4}
    assert sweep["chosen"]["off_expression"] == pytest.approx(sweep["chosen"]["on_expression"] / 2)
    assert "Chosen on these validation films" in (tmp_path / "out/exam.md").read_text()


def test_a_study_without_truth_is_refused(study: Path, tmp_path: Path) -> None:
    detector = constant_detector(tmp_path / "detector", emotion_au_space())
    with pytest.raises(StudyError, match=r"no synth\.json"):
        take_exam(detector, study=tmp_path, out=tmp_path / "out")
    (tmp_path / "synth.json").write_text((study / "synth.json").read_text())
    with pytest.raises(StudyError, match=r"no face_truth\.parquet"):
        take_exam(detector, study=tmp_path, out=tmp_path / "out")
    assert not (tmp_path / "out/exam.json").exists()


def test_classes_that_do_not_fit_are_refused_before_any_work(study: Path, tmp_path: Path) -> None:
    space = ClassSpace(name="mine", names=("cat", "dog"))
    detector = constant_detector(tmp_path / "detector", space)
    steps: list[Any] = []
    with pytest.raises(ConfigError, match="got cat, dog"):
        take_exam(detector, study=study, out=tmp_path / "out", on_step=steps.append)
    assert not steps
    half = ClassSpace(name="half", names=("happiness", "surprise"))
    with pytest.raises(ConfigError, match="all seven emotions"):
        take_exam(constant_detector(tmp_path / "half", half), study=study, out=tmp_path / "out")


def test_missing_films_are_named(tmp_path: Path) -> None:
    need_assets()
    study = make_exam_study(tmp_path / "study")
    films = films_of(study)
    analysis = write_analysis(tmp_path / "a", films[:1], perfect_scores())
    with pytest.raises(StudyError, match="all 2 films"):
        take_exam(analysis, study=study, out=tmp_path / "out", config=QUICK)
    detector = constant_detector(tmp_path / "detector", emotion_au_space())
    (study / "films/002.mp4").write_bytes((study / "films/001.mp4").read_bytes())
    with pytest.raises(StudyError, match="got another"):
        take_exam(detector, study=study, out=tmp_path / "out", config=QUICK)
    (study / "films/002.mp4").unlink()
    with pytest.raises(StudyError, match="film 2"):
        take_exam(detector, study=study, out=tmp_path / "out", config=QUICK)


def test_wrong_sources_and_options(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "best.safetensors"
    weights.write_bytes(b"weights")
    words = ["exam", str(weights), "--study", str(study), "--json"]
    assert run(words) == 1
    said = json.loads(capsys.readouterr().out)["error"]
    assert said["type"] == "ConfigError"
    assert "cinefacs export" in said["hint"]
    with pytest.raises(ConfigError, match="--pictures-only"):
        take_exam(weights, study=study, out=tmp_path, pictures_only=True, sweep=True)
    with pytest.raises(ConfigError, match=r"exam\.min_iou"):
        ExamConfig(min_iou=0)
    with pytest.raises(ConfigError, match="bootstrap_draws"):
        ExamConfig(bootstrap_draws=-1)
    with pytest.raises(ConfigError, match="starts"):
        SweepConfig(starts=())
    with pytest.raises(ConfigError, match="off_shares"):
        SweepConfig(off_shares=(0.0,))


def test_a_table_that_is_no_analysis_is_refused(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "detections.parquet").write_bytes(b"nonsense")
    with pytest.raises(SchemaError, match="Parquet"):
        take_exam(folder, study=study, out=tmp_path / "out", config=QUICK)
    write_analysis(folder, films_of(study), perfect_scores())
    table = pq.read_table(folder / "detections.parquet")
    pq.write_table(table.drop_columns(["pts"]), folder / "detections.parquet")
    with pytest.raises(SchemaError, match="expected columns"):
        take_exam(folder, study=study, out=tmp_path / "out", config=QUICK)


def test_every_action_unit_is_judged_well_shown_or_not() -> None:
    text = Path("src/cinefacs/pipeline/exam/well_shown.csv").read_text()
    rows = [line.split(",", 2) for line in text.splitlines()[1:]]
    assert tuple(int(row[0]) for row in rows) == SHOWABLE_AUS
    assert all(row[2].strip() for row in rows)
    assert set(well_shown()) == {int(row[0]) for row in rows if row[1] == "yes"}
