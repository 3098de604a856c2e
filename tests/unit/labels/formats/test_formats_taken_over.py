"""A person who corrects a model's suggestions is not taken to have looked where the model did."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from cinefacs.labels import labelled_films
from cinefacs.labels.exchange import export_labels, import_labels
from cinefacs.labels.formats.contract import CodedSource
from cinefacs.records.character import Character
from cinefacs.records.film import Film
from cinefacs.records.frame_times import FrameTimes
from cinefacs.records.labels import Labels
from cinefacs.storage.label_tables import add_labels, read_labels
from cinefacs.storage.record_tables import write_records
from cinefacs.storage.study import StudyLayout
from tests.support.noisy_coders import make_clip, make_coded, make_label, write_study

CLIP = make_clip(1, 0, 100)


def bare_study(root: Path, labels: Labels) -> StudyLayout:
    layout = write_study(root, [CLIP], labels)
    person = Character(
        film_id=CLIP.film_id,
        character_number=CLIP.character_number,
        name="",
        is_under_study=True,
        track_ids=(),
        n_face_frames=0,
        n_codable_frames=0,
    )
    write_records(layout.characters_path, Character, [person])
    return layout


def study_of(tmp_path: Path, coder: str) -> tuple[StudyLayout, Path]:
    """Return a study with labels of one coder, and a file of them to which AU 6 was added."""
    labels = Labels(
        aus=(make_label(CLIP, coder, 12, 10, 20),), coded=(make_coded(CLIP, coder, [4, 12]),)
    )
    layout = bare_study(tmp_path / "study", labels)
    changed = dataclasses.replace(labels, aus=(*labels.aus, make_label(CLIP, coder, 6, 10, 20)))
    other = bare_study(tmp_path / "other", Labels())
    add_labels(other, changed)
    (path,) = export_labels(other.root, tmp_path / "file.csv", format_name="csv").paths
    return layout, path


@pytest.fixture(autouse=True)
def _no_film(monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV asks a film for its frames' numbers; these studies have none on disk."""

    def times(film: Film) -> FrameTimes:
        pts = np.arange(film.span.start_pts, film.span.end_pts, dtype=np.int64)
        return FrameTimes(
            film_id=film.film_id, time_base=film.span.time_base, pts=pts, end_pts=pts + 1
        )

    monkeypatch.setattr(labelled_films, "read_frame_times", times)


@pytest.mark.parametrize("by", [CodedSource.LABELS, CodedSource.CLIPS])
def test_what_a_model_went_through_is_left_out(tmp_path: Path, by: CodedSource) -> None:
    layout, path = study_of(tmp_path, "suggested")
    imported = import_labels(layout.root, [path], format_name="csv", coder="ann", coded=by)
    assert "what suggested went through" in " ".join(note.what for note in imported.notes)
    coded = [span for span in read_labels(layout).coded if span.coder == "ann"]
    assert {span.aus for span in coded} == {(6, 12)}
    wanted = make_label(CLIP, "ann", 6, 10, 20).span if by is CodedSource.LABELS else CLIP.span
    assert {span.span for span in coded} == {wanted}


def test_a_persons_own_words_stay_and_what_they_leave_out_is_noted(tmp_path: Path) -> None:
    layout, path = study_of(tmp_path, "ann")
    imported = import_labels(layout.root, [path], format_name="csv", label_set="round-2")
    (note,) = imported.notes
    assert "not looked for by its own coder" in note.what
    assert "AU6" in note.example
    coded = [span for span in read_labels(layout).coded if span.label_set == "round-2"]
    assert [span.aus for span in coded] == [(4, 12)]


def test_a_person_may_take_a_persons_work_over(tmp_path: Path) -> None:
    layout, path = study_of(tmp_path, "ann")
    import_labels(layout.root, [path], format_name="csv", coder="bob")
    coded = [span for span in read_labels(layout).coded if span.coder == "bob"]
    assert [span.aus for span in coded] == [(4, 12)]
