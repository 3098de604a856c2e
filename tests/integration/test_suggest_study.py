"""`labels suggest` on studies whose faces are scripted: what it writes, and when it does not."""

import dataclasses
import json
from pathlib import Path

import pytest

from cinefacs.cli.app import run
from cinefacs.errors import SchemaError, StudyError
from cinefacs.labels.suggest.config import SuggestConfig
from cinefacs.pipeline.suggest import suggest_labels
from cinefacs.records.label_checks import SUGGESTED
from cinefacs.records.labels import Labels
from cinefacs.storage.label_tables import add_labels, read_labels
from cinefacs.storage.run_records import read_run_record
from cinefacs.storage.study import StudyLayout
from tests.support.labels import AU_LABEL, CODED, EXPRESSION
from tests.support.suggesting import levels, script_face, write_suggestible_study

SMILE = levels((80, 0.02), (40, 0.9), (80, 0.02))
AUTHOR = (SUGGESTED, "blendshapes")


@pytest.fixture
def study(tmp_path: Path) -> StudyLayout:
    """Return a study with two people: one smiles once, of the other nothing can be read."""
    blurred = script_face({}, n_frames=50, track_id=1, first_frame=300, not_codable=range(50))
    smiling = script_face({"mouthSmileLeft": SMILE, "mouthSmileRight": SMILE}, n_frames=200)
    return write_suggestible_study(tmp_path / "study", {1: [smiling], 2: [blurred]})


def add_coder(layout: StudyLayout) -> Labels:
    """Add the labels of a coder to the study."""
    labels = Labels(
        aus=(dataclasses.replace(AU_LABEL, expression_id="e1"),),
        expressions=(EXPRESSION,),
        coded=(CODED,),
    )
    add_labels(layout, labels)
    return labels


def test_suggestions_stand_in_the_study_as_labels_of_nobody(study: StudyLayout) -> None:
    summary = suggest_labels(study.root)
    stored = read_labels(study, authors=[AUTHOR])
    assert [(label.au, label.coder) for label in stored.aus] == [(12, SUGGESTED)]
    assert len(stored.coded) == 1
    assert summary.is_new
    assert summary.n_labels == 1
    (character,) = summary.characters  # of the other one nothing could be read
    assert (character.film_number, character.character_number) == (1, 1)
    assert (character.name, character.seen_s, character.has_neutral) == ("Person 1", 8.0, True)
    assert character.n_by_au == {12: 1}


def test_the_record_says_how_they_were_made(study: StudyLayout) -> None:
    suggest_labels(study.root, seed=7)
    record = read_run_record(study.suggestion_dir("blendshapes") / "run.json")
    assert record is not None
    assert (record.verb, record.seed) == ("labels suggest", 7)
    assert set(record.inputs) == {
        "films.parquet", "tracks.parquet", "blendshapes.parquet", "characters.parquet",
    }  # fmt: skip
    assert record.config["neutral_quantile"] == 0.1
    assert "never truth" in record.notes[0]


def test_a_second_run_finds_nothing_to_do(study: StudyLayout) -> None:
    first = suggest_labels(study.root)
    written = study.labels_path.read_bytes()
    second = suggest_labels(study.root)
    assert not second.is_new
    assert second.characters == first.characters
    assert study.labels_path.read_bytes() == written


def test_other_options_need_force_or_another_name(study: StudyLayout) -> None:
    suggest_labels(study.root)
    stricter = SuggestConfig(start_rise=0.95)
    with pytest.raises(StudyError, match="other faces, options or another version") as caught:
        suggest_labels(study.root, config=stricter)
    assert "--force" in caught.value.hint
    assert suggest_labels(study.root, config=stricter, force=True).n_labels == 0
    assert read_labels(study, authors=[AUTHOR]).aus == ()
    other = SuggestConfig(label_set="second")
    assert suggest_labels(study.root, config=other).n_labels == 1
    assert {each.label_set for each in read_labels(study).coded} == {"blendshapes", "second"}


def test_other_faces_need_force_too(study: StudyLayout) -> None:
    suggest_labels(study.root)
    write_suggestible_study(study.root, {1: [script_face({}, n_frames=200)]})
    with pytest.raises(StudyError, match="other faces"):
        suggest_labels(study.root)
    assert suggest_labels(study.root, force=True).n_labels == 0


def test_a_run_that_was_killed_before_its_labels_is_done_again(study: StudyLayout) -> None:
    suggest_labels(study.root)
    for path in (study.labels_path, study.expression_labels_path, study.coded_spans_path):
        path.unlink()  # as if the record alone had been written
    assert suggest_labels(study.root).is_new
    assert len(read_labels(study, authors=[AUTHOR]).aus) == 1


def test_a_record_of_other_labels_is_not_believed(study: StudyLayout) -> None:
    suggest_labels(study.root)
    path = study.suggestion_dir("blendshapes") / "run.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(document | {"started_at": "2020-01-01T00:00:00+00:00"}))
    with pytest.raises(StudyError, match="expected no suggestions"):
        suggest_labels(study.root)
    path.unlink()
    with pytest.raises(StudyError, match="expected no suggestions"):
        suggest_labels(study.root)


def test_labels_of_people_stay_as_they_are(study: StudyLayout) -> None:
    theirs = add_coder(study)
    suggest_labels(study.root)
    suggest_labels(study.root, force=True)
    assert read_labels(study, authors=theirs.authors) == theirs


def test_a_figure_shows_suggestions_beside_coders(study: StudyLayout) -> None:
    add_coder(study)
    summary = suggest_labels(study.root, has_figures=True)
    (path,) = summary.figure_paths
    assert path == study.root / "suggestions/blendshapes/001-01.svg"
    figure = path.read_text(encoding="utf-8")
    assert 'class="suggested"' in figure
    assert 'class="coder"' in figure
    assert "12 Lip corner puller" in figure


def test_only_direct_ones_can_be_asked_for(study: StudyLayout) -> None:
    suggest_labels(study.root, config=SuggestConfig(only_direct=True))
    (coded,) = read_labels(study, authors=[AUTHOR]).coded
    assert coded.aus == (1, 2, 12, 18, 22)


def test_tracks_of_one_person_come_together_by_number(tmp_path: Path) -> None:
    late = script_face({}, n_frames=100, track_id=5, first_frame=400)
    early = script_face({}, n_frames=100, track_id=2)
    layout = write_suggestible_study(tmp_path, {1: [late, early]})
    summary = suggest_labels(layout.root)
    assert summary.characters[0].seen_s == 8.0
    starts = [each.span.start_pts for each in read_labels(layout, authors=[AUTHOR]).coded]
    assert starts == [0, 4000]


def test_tracks_that_belong_to_nobody_are_passed_over(study: StudyLayout) -> None:
    nobody = script_face({"jawOpen": [0.9] * 50}, n_frames=50, track_id=7, first_frame=900)
    write_suggestible_study(study.root, {1: [nobody]})  # tables of the tracks
    tables = {path: path.read_bytes() for path in (study.tracks_path, study.blendshapes_path)}
    write_suggestible_study(study.root, {1: [script_face({}, n_frames=50)]})
    for path, content in tables.items():
        path.write_bytes(content)
    with pytest.raises(StudyError, match="expected a face that can be coded, found none"):
        suggest_labels(study.root)


def test_a_study_without_a_readable_face_is_an_error(tmp_path: Path) -> None:
    blurred = script_face({}, n_frames=50, not_codable=range(50))
    layout = write_suggestible_study(tmp_path, {1: [blurred]})
    with pytest.raises(StudyError, match="expected a face that can be coded, found none"):
        suggest_labels(layout.root)
    assert not layout.labels_path.exists()


def test_a_folder_that_is_no_study_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"expected a study with faces, found no films\.parquet"):
        suggest_labels(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_study_without_faces_is_an_error_that_names_the_table(study: StudyLayout) -> None:
    study.tracks_path.unlink()  # such as a study of imported labels alone
    with pytest.raises(StudyError, match=r"found no tracks\.parquet"):
        suggest_labels(study.root)


def test_a_damaged_table_is_one_clear_error(study: StudyLayout) -> None:
    study.blendshapes_path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(SchemaError, match=r"blendshapes\.parquet: expected a Parquet table"):
        suggest_labels(study.root)


def test_the_command_prints_one_document(
    study: StudyLayout, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "suggest.yaml"
    config.write_text("start_rise: 0.95\nlabel_set: strict\n", encoding="utf-8")
    words = ["labels", "suggest", str(study.root), "--config", str(config), "--figure", "--json"]
    assert run(words) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["coder"], document["label_set"], document["n_labels"]) == (
        "suggested", "strict", 0,
    )  # fmt: skip
    assert document["mapping"]["direct"] == [1, 2, 12, 18, 22]
    assert 6 in document["mapping"]["none"]
    assert [Path(path).name for path in document["figure_paths"]] == ["001-01.svg"]


def test_the_command_speaks_to_people(
    study: StudyLayout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["labels", "suggest", str(study.root), "--figure"]) == 0
    said = capsys.readouterr().out
    assert "film 001, character 01 (Person 1): AU 12: 1 (8.0 s seen)" in said
    assert "never truth" in said
    assert "look at: " in said
    assert run(["labels", "suggest", str(study.root)]) == 0
    assert "there already" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["labels", "suggest", str(tmp_path / "gone"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["type"] == "StudyError"
    config = tmp_path / "suggest.yaml"
    config.write_text("start_ris: 0.5", encoding="utf-8")
    assert run(["labels", "suggest", str(tmp_path), "--config", str(config)]) == 1
    assert "did you mean 'start_rise'?" in capsys.readouterr().err


def test_a_person_seen_too_shortly_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = write_suggestible_study(tmp_path, {1: [script_face({}, n_frames=10)]})
    assert run(["labels", "suggest", str(layout.root)]) == 0
    assert "nothing (0.4 s seen; too short for a neutral of their own)" in capsys.readouterr().out
