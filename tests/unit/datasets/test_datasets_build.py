"""A study and its labels become samples at exactly the labelled frames."""

import dataclasses
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cinefacs.datasets import build as build_module
from cinefacs.datasets import frame_pictures
from cinefacs.datasets.build import build_dataset
from cinefacs.datasets.config import BuildConfig
from cinefacs.datasets.frame_pictures import ShownFrame, decode_frames
from cinefacs.datasets.image_files import digest_bytes, read_rgb
from cinefacs.errors import ConfigError, StudyError
from cinefacs.media.decode import ResumePoint, decode_film
from cinefacs.records.au_label import Visibility
from cinefacs.records.character import Character
from cinefacs.records.clip import ClipFrame
from cinefacs.records.face_track import CODABILITY_ORDER, Codability
from cinefacs.records.film import Film
from cinefacs.records.label_checks import SUGGESTED
from cinefacs.records.labels import Labels
from cinefacs.records.sample import Sample, SampleRole
from cinefacs.storage.datasets import read_dataset
from cinefacs.storage.face_tables import TRACK_SCHEMA, read_tracks, track_to_table
from cinefacs.storage.label_tables import add_labels
from cinefacs.storage.record_tables import read_records, write_records
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import TableWriter
from tests.support.drawn_study import (
    APEX,
    N_FRAMES,
    OFFSET,
    ONSET,
    TICKS,
    DrawnStudy,
    draw_study,
    face_box,
)

if TYPE_CHECKING:
    from cinefacs.records.step import Step


def copy_of(study: DrawnStudy, tmp_path: Path) -> StudyLayout:
    """Return a copy that a test may change; the films are read where they were."""
    shutil.copytree(study.root, tmp_path / "study", ignore=shutil.ignore_patterns("films"))
    return StudyLayout(tmp_path / "study")


def build(layout: StudyLayout, name: str = "first", **changes: object) -> tuple[Sample, ...]:
    options: dict[str, Any] = {"no_face_ratio": 0.5, **changes}
    return build_dataset(layout.root, name, config=BuildConfig(**options)).manifest.samples


def test_apexes_are_taken_at_exactly_their_frames(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    samples = build(layout)
    apexes = [sample for sample in samples if sample.role is SampleRole.APEX]
    assert [each.frame_index for each in apexes if each.film_number == 2] == [
        APEX,
        N_FRAMES + APEX,
    ]
    film = drawn.films[1]
    truth = [frame.rgb().copy() for chunk in decode_film(Path(film.path)) for frame in chunk]
    for sample in samples:
        if sample.film_number == film.film_number:
            file = layout.root / sample.image_path
            np.testing.assert_array_equal(read_rgb(file), truth[sample.frame_index])
            assert sample.image_sha256 == digest_bytes(file.read_bytes())
            assert sample.pts == sample.frame_index * TICKS
    first = apexes[0]
    assert first.box_xyxy == face_box(0, 1, APEX)
    assert first.subject == "001-01"
    assert first.clip_tag == "001-01-0001"
    assert (first.coder, first.label_set, first.label_source) == (
        "consensus",
        "round-1",
        "script",
    )
    assert first.kind == "micro"


def test_neutral_and_empty_pictures_come_in_the_ratio_asked_for(
    drawn: DrawnStudy, tmp_path: Path
) -> None:
    samples = build(copy_of(drawn, tmp_path), neutral_ratio=1.0)
    roles = [sample.role for sample in samples]
    assert roles.count(SampleRole.APEX) == 10
    assert roles.count(SampleRole.NEUTRAL) == 10
    assert roles.count(SampleRole.NO_FACE) == 5  # one a film: others would look the same
    for sample in samples:
        within = sample.frame_index % N_FRAMES
        if sample.role is SampleRole.NEUTRAL:
            assert not ONSET - 5 <= within <= OFFSET + 5
            assert "neutral" in sample.classes
        if sample.role is SampleRole.NO_FACE:
            assert sample.frame_index // N_FRAMES == 2
            assert sample.classes == ()


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ("apex", [APEX]),
        ("per-event", [ONSET, APEX, OFFSET]),
        ("all", list(range(ONSET, OFFSET + 1))),
    ],
)
def test_frames_of_an_event(
    drawn: DrawnStudy, tmp_path: Path, frames: str, expected: list[int]
) -> None:
    samples = build(copy_of(drawn, tmp_path), frames=frames, n_per_event=3)
    chosen = [
        sample.frame_index
        for sample in samples
        if sample.subject == "001-01" and sample.role in {SampleRole.APEX, SampleRole.EVENT}
    ]
    assert chosen == expected


def test_the_other_face_of_a_picture_keeps_what_is_known_of_it(
    shared: DrawnStudy, tmp_path: Path
) -> None:
    layout = copy_of(shared, tmp_path)
    samples = build(layout, space="emotion")
    both = [s for s in samples if s.film_number == 1 and s.frame_index == 3 * N_FRAMES + APEX]
    assert [sample.role for sample in both] == [SampleRole.APEX, SampleRole.APEX]
    assert both[0].image_path == both[1].image_path
    others = [sample for sample in samples if sample.role is SampleRole.OTHER_FACE]
    assert {sample.classes for sample in others} == {("neutral",)}
    alone = build(layout, "alone", space="emotion", other_faces=False)
    assert all(sample.role is not SampleRole.OTHER_FACE for sample in alone)


def test_a_face_that_nobody_labelled_is_kept_without_classes(
    shared: DrawnStudy, tmp_path: Path
) -> None:
    layout = copy_of(shared, tmp_path)
    for path in (layout.labels_path, layout.expression_labels_path, layout.coded_spans_path):
        path.unlink()
    add_labels(layout, shared.labels.select(lambda label: label.character_number == 1))
    samples = build(layout, frames="all")
    others = [sample for sample in samples if sample.character_number == 2]
    assert {sample.role for sample in others} == {SampleRole.OTHER_FACE}
    assert {sample.classes for sample in others} == {("face",)}
    assert all(len(sample.unknown_classes) == 50 and not sample.coder for sample in others)


def test_pictures_of_the_study_are_used_again(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    film = drawn.films[0]
    row = ClipFrame(
        film_id=film.film_id,
        clip_tag="001-01-0001",
        picture_number=APEX + 1,
        frame_index=APEX,
        pts=APEX * TICKS,
        shown_at_s=APEX * film.span.time_base * TICKS,
    )
    write_records(layout.frames_path, ClipFrame, [row])
    first = build(layout)
    source = layout.root / first[0].image_path
    layout.frame_dir.mkdir()
    shutil.copy(source, layout.frame_dir / f"{row.tag}.png")
    again = build(layout, "again")
    places = [s.image_path for s in again if s.film_number == 1 and s.frame_index == APEX]
    assert places == [f"frames/{row.tag}.png"]


def test_a_study_of_stills_gives_the_pictures_that_it_kept(
    drawn: DrawnStudy, tmp_path: Path
) -> None:
    layout = copy_of(drawn, tmp_path)
    layout.frame_dir.mkdir()
    rows = []
    faces = [s for s in build(layout, no_face_ratio=0) if s.film_number == 1]
    for number, frame in enumerate(sorted({sample.frame_index for sample in faces}), start=1):
        sample = next(sample for sample in faces if sample.frame_index == frame)
        row = ClipFrame(
            film_id=drawn.films[0].film_id, clip_tag="001-01-0001", picture_number=number,
            frame_index=frame, pts=sample.pts, shown_at_s=sample.pts * sample.time_base,
        )  # fmt: skip
        shutil.copy(layout.root / sample.image_path, layout.frame_dir / f"{row.tag}.png")
        rows.append(row)
    write_records(layout.frames_path, ClipFrame, rows)
    films = read_records(layout.films_path, Film)
    stills = dataclasses.replace(films[0], codec="png", path=str(layout.root / "synth.json"))
    write_records(layout.films_path, Film, [stills, *films[1:]])
    again = [sample for sample in build(layout, "again") if sample.film_number == 1]
    assert [s.sample_id for s in again] == [s.sample_id for s in faces]
    assert {sample.role for sample in again} == {sample.role for sample in faces}
    assert all(sample.image_path.startswith("frames/") for sample in again)
    (layout.frame_dir / f"{rows[0].tag}.png").unlink()
    with pytest.raises(StudyError, match="found 1 of them missing"):
        build(layout, "gone")


def test_combinations_need_enough_faces(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    summary = build_dataset(
        layout.root,
        "sets",
        config=BuildConfig(space="combination", min_combination=3, neutral_ratio=0.5),
    )
    names = summary.manifest.class_space.names
    assert names == ("AU4+AU6+AU15", "AU6+AU12", "neutral", "other")
    tally = {row.name: row.n_samples for row in summary.balance}
    assert tally == {"AU4+AU6+AU15": 3, "AU6+AU12": 3, "neutral": 5, "other": 4}


def test_short_clips_are_left_out_as_in_the_paper(drawn: DrawnStudy, tmp_path: Path) -> None:
    samples = build(copy_of(drawn, tmp_path), paper_clips=True)
    assert {sample.character_number for sample in samples} == {1}


def test_a_second_run_does_nothing_and_another_is_refused(
    drawn: DrawnStudy, tmp_path: Path
) -> None:
    layout = copy_of(drawn, tmp_path)
    steps: list[Step] = []
    config = BuildConfig(no_face_ratio=0)
    first = build_dataset(layout.root, "first", config=config, on_step=steps.append)
    assert steps
    assert not first.was_done
    again = build_dataset(layout.root, "first", config=config)
    assert again.was_done
    assert again.manifest == first.manifest == read_dataset(first.layout)
    with pytest.raises(StudyError, match="made with other options"):
        build_dataset(layout.root, "first", config=BuildConfig())
    with pytest.raises(StudyError, match="made with other options"):
        build_dataset(layout.root, "first", config=config, seed=1)
    more = dataclasses.replace(drawn.labels.coded[0], coder="zoe")
    add_labels(layout, Labels(coded=(more,)))
    with pytest.raises(StudyError, match="made with other labels, films or faces"):
        build_dataset(layout.root, "first", config=config)
    forced = build_dataset(layout.root, "first", config=config, force=True)
    assert forced.manifest.samples == first.manifest.samples


def test_a_killed_run_goes_on_with_the_pictures_that_it_made(
    drawn: DrawnStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = copy_of(drawn, tmp_path)
    config = BuildConfig(no_face_ratio=0)

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(build_module, "write_dataset", kill)
        with pytest.raises(KeyboardInterrupt):
            build_dataset(layout.root, "first", config=config)
    decoded: list[int] = []

    def watch(film: Film, wanted: Mapping[int, ResumePoint]) -> Iterator[ShownFrame]:
        decoded.extend(wanted)
        return decode_frames(film, wanted)

    monkeypatch.setattr(frame_pictures, "decode_frames", watch)
    first = build_dataset(layout.root, "first", config=config).manifest
    assert decoded == []
    other = build_dataset(layout.root, "other", config=config).manifest
    assert len(decoded) == len(first)
    assert [s.image_sha256 for s in first.samples] == [s.image_sha256 for s in other.samples]
    assert [s.pts for s in first.samples] == [s.pts for s in other.samples]


def test_the_same_seed_draws_the_same_faces(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    draws = [
        [
            (sample.sample_id, sample.role)
            for sample in build_dataset(layout.root, name, seed=seed).manifest.samples
        ]
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    assert draws[0] == draws[1] != draws[2]


def test_suggestions_are_taken_only_on_purpose(tmp_path: Path) -> None:
    study = draw_study(tmp_path / "study", n_films=1, coder=SUGGESTED)
    with pytest.raises(StudyError, match="got the suggestions") as caught:
        build(study.layout, labels=(SUGGESTED,))
    assert "--allow-suggestions" in caught.value.hint
    summary = build_dataset(
        study.root, "first", config=BuildConfig(labels=(SUGGESTED,), allow_suggestions=True)
    )
    assert "suggestions that no person has settled" in summary.manifest.warnings[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ("ann",)}, "expected one label set of 'ann', got none"),
        ({"kinds": "macro"}, "expected at least one labelled face, got none"),
    ],
)
def test_what_is_not_there_is_named(
    drawn: DrawnStudy, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(StudyError, match=message):
        build(copy_of(drawn, tmp_path), **changes, neutral_ratio=0)


def test_two_coders_of_the_same_frames_are_refused(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    more = dataclasses.replace(drawn.labels.coded[0], coder="zoe")
    add_labels(layout, Labels(coded=(more,)))
    with pytest.raises(StudyError, match="expected one coder of character 1"):
        build(layout, labels=("consensus", "zoe"))
    add_labels(layout, Labels(coded=(dataclasses.replace(more, label_set="round-2"),)))
    with pytest.raises(StudyError, match="expected one label set of 'zoe', got 2 label sets"):
        build(layout, labels=("zoe",))


def test_what_cannot_be_used_is_counted(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    labels = drawn.labels
    stranger = dataclasses.replace(labels.coded[0], film_id="cd" * 32)
    nobody = dataclasses.replace(labels.coded[0], character_number=9)
    early = dataclasses.replace(labels.expressions[0].span, start_pts=0, end_pts=4)
    unsaid = dataclasses.replace(labels.expressions[0], expression_id="x", apex_pts=(), span=early)
    late = dataclasses.replace(labels.expressions[0], expression_id="y")
    beyond = dataclasses.replace(
        late,
        span=dataclasses.replace(late.span, start_pts=5000, end_pts=5010),
        apex_pts=(5001,),
    )
    odd = Labels(
        coded=(*labels.coded, stranger, nobody),
        expressions=(*labels.expressions, unsaid, beyond),
        aus=labels.aus,
    )
    for path in (layout.labels_path, layout.expression_labels_path, layout.coded_spans_path):
        path.unlink()
    add_labels(layout, odd)
    counts = build_dataset(layout.root, "first").manifest.counts
    assert counts["labelled character of a film that is not in the study"] == 1
    assert counts["labelled character without a face"] == 1
    assert counts["apex not known"] == 1
    assert counts["event without a face"] == 1
    middle = build(layout, "middle", unknown_apex="middle")
    assert {s.event_id for s in middle} >= {"x"}


def test_a_lone_action_unit_is_an_event(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    alone = dataclasses.replace(drawn.labels.aus[1], expression_id="", coder="zoe")
    hidden = dataclasses.replace(alone, au=4, visibility=Visibility.HIDDEN)
    coded = dataclasses.replace(drawn.labels.coded[0], coder="zoe")
    add_labels(layout, Labels(aus=(alone, hidden), coded=(coded,)))
    samples = build(layout, labels=("zoe",), neutral_ratio=0, no_face_ratio=0)
    assert [sample.role for sample in samples] == [SampleRole.APEX]
    assert f"AU{alone.au}" in samples[0].classes
    assert samples[0].hidden_classes == ("AU4",)
    assert samples[0].event_id.startswith(f"AU{alone.au}-both-")


def test_lone_action_units_say_nothing_of_emotions(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    blink = dataclasses.replace(drawn.labels.aus[0], au=45, expression_id="", coder="zoe")
    happy = dataclasses.replace(drawn.labels.expressions[1], coder="zoe")
    coded = [dataclasses.replace(span, coder="zoe") for span in drawn.labels.coded[:2]]
    add_labels(layout, Labels(aus=(blink,), expressions=(happy,), coded=tuple(coded)))

    def roles(name: str, **changes: object) -> list[str]:
        samples = build(layout, name, labels=("zoe",), neutral_ratio=0, **changes)
        return [sample.event_id for sample in samples if sample.role is SampleRole.APEX]

    assert roles("a", space="emotion") == [happy.expression_id]
    assert roles("b", space="au") == ["AU45-both-" + str(8 * TICKS), happy.expression_id]
    assert roles("c", space="au", lone_aus=False) == [happy.expression_id]
    assert roles("d", space="au", kinds="micro") == [happy.expression_id]


def test_characters_of_one_name_are_one_person(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    characters = read_records(layout.characters_path, Character)
    named = [
        dataclasses.replace(each, name="Anna" if each.character_number == 1 else "")
        for each in characters
    ]
    write_records(layout.characters_path, Character, named)
    subjects = {sample.subject for sample in build(layout) if sample.subject}
    assert subjects == {"Anna", *(f"00{film}-02" for film in range(1, 6))}
    apart = {s.subject for s in build(layout, "apart", names_are_persons=False) if s.subject}
    assert "001-01" in apart


def test_faces_that_nobody_can_read_are_left_out(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    blurred = np.full(N_FRAMES, CODABILITY_ORDER.index(Codability.BLURRED), np.uint8)
    with TableWriter(tmp_path / "tracks.parquet", TRACK_SCHEMA) as writer:
        for track in read_tracks(layout.tracks_path):
            is_first = track.film_id == drawn.films[0].film_id
            code = blurred if is_first else track.codability_code
            writer.write(track_to_table(dataclasses.replace(track, codability_code=code)))
    shutil.move(tmp_path / "tracks.parquet", layout.tracks_path)
    summary = build_dataset(layout.root, "first")
    assert summary.manifest.counts["face not codable"] == 2
    assert {sample.film_number for sample in summary.manifest.samples} == {2, 3, 4, 5}
    every = build(layout, "every", codable_only=False)
    assert {sample.film_number for sample in every} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(("ratio", "least"), [(0, 0), (60, 10)])
def test_far_frames_are_sought_and_black_pictures_left_out(
    tmp_path: Path, ratio: float, least: int
) -> None:
    """Two hundred black frames lie between the two characters: more than is read over."""
    study = draw_study(tmp_path / "study", n_films=1, n_black_shots=9)
    film = study.films[0]
    truth = [frame.rgb().copy() for chunk in decode_film(Path(film.path)) for frame in chunk]
    config = BuildConfig(neutral_ratio=0, no_face_ratio=ratio)
    manifest = build_dataset(study.root, "first", config=config).manifest
    for sample in manifest.samples:
        np.testing.assert_array_equal(
            read_rgb(study.root / sample.image_path), truth[sample.frame_index]
        )
    frames = [sample.frame_index for sample in manifest.samples]
    assert max(frames) - min(frames) > 200
    assert manifest.counts.get("picture without a face: of one colour", 0) >= least


def test_persons_of_several_films_are_one_subject(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    persons = tmp_path / "persons.yaml"
    persons.write_text('anna: ["001-01", "003-02"]\n', encoding="utf-8")
    summary = build_dataset(layout.root, "first", persons_path=persons)
    anna = {s.film_number for s in summary.manifest.samples if s.subject == "anna"}
    assert anna == {1, 3}
    assert "persons" in summary.manifest.inputs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("anna: 1\n", "expected a name with a list of characters"),
        ('anna: ["1"]\n', "expected a character such as '003-06'"),
        ('anna: ["001-01"]\nben: ["001-01"]\n', "expected each character once"),
    ],
)
def test_a_wrong_file_of_persons_is_refused(
    drawn: DrawnStudy, tmp_path: Path, text: str, message: str
) -> None:
    persons = tmp_path / "persons.yaml"
    persons.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        build_dataset(drawn.root, "never", persons_path=persons)


def test_a_film_that_is_gone_or_another_is_named(drawn: DrawnStudy, tmp_path: Path) -> None:
    layout = copy_of(drawn, tmp_path)
    films = read_records(layout.films_path, Film)
    elsewhere = tmp_path / "film.mp4"
    moved = [dataclasses.replace(films[0], path=str(elsewhere)), *films[1:]]
    write_records(layout.films_path, Film, moved)
    with pytest.raises(StudyError, match="found no such file"):
        build(layout)
    shutil.copy(films[1].path, elsewhere)
    with pytest.raises(StudyError, match="got another of the same name"):
        build(layout)


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": ()},
        {"n_per_event": 0},
        {"min_combination": 0},
        {"neutral_ratio": -1},
        {"no_face_ratio": float("inf")},
    ],
)
def test_options_out_of_range_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        BuildConfig(**changes)
