"""COCO and YOLO hold labels frame by frame: what comes back, and what the export says is lost."""

import dataclasses
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefacs.errors import StudyError
from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.formats.coco import COCO
from cinefacs.labels.formats.contract import ImportOptions, NoteKind
from cinefacs.labels.formats.held import TITLES
from cinefacs.labels.formats.yolo import YOLO
from cinefacs.records.au_label import AuLabel
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.labels import Labels
from tests.support.labelled_films import film_of, frame_times, placed_labels, shelf, times_of
from tests.support.labels import AU_LABEL, CODED, EXPRESSION, WHEN

FILM_ID = AU_LABEL.film_id
TIMES = times_of([1000] * 20, film_id=FILM_ID, time_base=Fraction(1, 24_000))
OPTIONS = ImportOptions(changed_at=WHEN)
CLAIMED = ImportOptions(changed_at=WHEN, coder="ann", label_set="round-1")
by_disk = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def label(first: int, last: int, **changes: object) -> AuLabel:
    changes.setdefault("apex_pts", None)
    return dataclasses.replace(AU_LABEL, span=TIMES.span_of(first, last), **changes)  # type: ignore[arg-type]


def labels_of(*aus: AuLabel, expressions: tuple[ExpressionLabel, ...] = ()) -> Labels:
    span = TIMES.span_of(0, 19)
    return Labels(aus=aus, expressions=expressions, coded=(dataclasses.replace(CODED, span=span),))


@by_disk
@given(data=st.data(), number=st.integers(0, 10**9))
def test_coco_gives_back_all_but_what_was_looked_at(
    tmp_path: Path, data: st.DataObject, number: int
) -> None:
    times = data.draw(frame_times())
    labels = data.draw(placed_labels(times))
    films = shelf(film_of(times))
    written = COCO.export(labels, films, tmp_path / f"{number}.json")
    lost = [loss.what for loss in written.losses if "no picture" not in loss.what]
    assert lost == [f"{TITLES['coded']}: the format cannot hold it"]
    if not labels.aus and not labels.expressions:
        return
    read = COCO.read(written.paths, films, OPTIONS)
    assert Counter(read.labels.aus) == Counter(labels.aus)
    assert Counter(read.labels.expressions) == Counter(labels.expressions)
    assert {note.what for note in read.notes} == {"what the coder went through, by the labels"}


def test_coco_leaves_out_frames_without_a_face_and_says_so(tmp_path: Path) -> None:
    films = shelf(film_of(TIMES, with_faces=False))
    written = COCO.export(labels_of(label(2, 4)), films, tmp_path / "coco.json")
    assert {loss.what: loss.n for loss in written.losses} == {
        "what the coder went through: the format cannot hold it": 1,
        "frame without a face box: left out": 3,
        "label without a face box in any frame: left out": 1,
    }


def test_yolo_gives_back_unit_frames_and_face(tmp_path: Path) -> None:
    films = shelf(film_of(TIMES, pictures={5: ("001-01-0001-0006",)}))
    labels = labels_of(label(2, 6), label(8, 9, au=4), label(4, 5, character_number=2))
    written = YOLO.export(labels, films, tmp_path / "yolo")
    assert (
        (tmp_path / "yolo/labels/001-01-0001-0006.txt").read_text(encoding="utf-8").splitlines()
        == [  # by hand: face of character 1 in frame 5 is 25 to 225 px of 640, 40 to 290 of 360
            "1 0.195312 0.458333 0.312500 0.694444",
            "1 0.664062 0.458333 0.312500 0.694444",
        ]
    )
    read = YOLO.read([tmp_path / "yolo"], films, CLAIMED)
    found = {(au.au, au.character_number, *TIMES.frames_of(au.span)) for au in read.labels.aus}
    assert found == {(12, 1, 2, 6), (4, 1, 8, 9), (12, 2, 4, 5)}
    lost = {loss.what for loss in written.losses}
    assert {
        f"{TITLES[key]}: the format cannot hold it" for key in ("side", "intensity", "coder")
    } < lost


def test_yolo_counts_every_kind_of_thing_that_it_loses(tmp_path: Path) -> None:
    full = label(
        2, 6, apex_pts=int(TIMES.pts[3]), is_static=True, score=0.5, text="L12B", flags=("odd",),
        expression_id="e1",
    )  # fmt: skip
    expression = dataclasses.replace(EXPRESSION, span=TIMES.span_of(2, 6), apex_pts=())
    labels = labels_of(full, label(3, 8), expressions=(expression,))
    written = YOLO.export(labels, shelf(film_of(TIMES)), tmp_path / "yolo")
    counts = {loss.what: loss.n for loss in written.losses}
    for key in YOLO.not_held - {"intensity_high", "visibility"}:
        assert counts[f"{TITLES[key]}: the format cannot hold it"] in {1, 2}, key
    assert counts["label that touches another of its unit: they become one"] == 1


def test_frames_of_other_tools_are_joined_to_labels(tmp_path: Path) -> None:
    """A folder as a labelling tool makes it of the study's pictures: classes.txt, no data.yaml."""
    pictures = {frame: (f"001-01-0001-{frame + 1:04d}",) for frame in range(20)}
    films = shelf(film_of(TIMES, pictures=pictures))
    folder = tmp_path / "tool"
    (folder / "labels").mkdir(parents=True)
    (folder / "classes.txt").write_text("AU12\nL4B\nhat\n", encoding="utf-8")
    for frame in (3, 4, 5, 9):
        (folder / f"labels/001-01-0001-{frame + 1:04d}.txt").write_text(
            "0 0.9 0.9 0.05 0.05\n2 0.5 0.5 0.1 0.1\n1 nan 0 0 0\nrubbish\n", encoding="utf-8"
        )
    (folder / "labels/holiday.txt").write_text("0 0.5 0.5 0.1 0.1\n", encoding="utf-8")
    read = YOLO.read([folder], films, CLAIMED)
    found = {(au.au, *TIMES.frames_of(au.span)) for au in read.labels.aus}
    assert found == {(12, 3, 5), (12, 9, 9), (4, 3, 5), (4, 9, 9)}
    assert {(au.side, au.intensity) for au in read.labels.aus if au.au == 4} == {
        (Side.LEFT, Intensity.B)
    }
    assert {au.character_number for au in read.labels.aus} == {1}  # no face there: the clip's
    skipped = {note.what: note.n for note in read.notes if note.kind is NoteKind.SKIPPED}
    assert skipped == {
        "class that is no action unit": 4,
        "line that is no class and box": 4,
        "file whose name is no frame of the study": 1,
    }


def test_a_face_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    films = shelf(film_of(TIMES))
    folder = tmp_path / "tool"
    (folder / "labels").mkdir(parents=True)
    (folder / "data.yaml").write_text("names: [AU12]\n", encoding="utf-8")
    (folder / "labels/001-f0000003.txt").write_text("0 0.9 0.9 0.05 0.05\n", encoding="utf-8")
    with pytest.raises(StudyError, match="character's number") as caught:
        YOLO.read([folder], films, CLAIMED)
    assert "--character" in caught.value.hint
    read = YOLO.read([folder], films, dataclasses.replace(CLAIMED, character_number=2))
    assert [au.character_number for au in read.labels.aus] == [2]


def test_coco_of_other_tools_is_joined_to_labels(tmp_path: Path) -> None:
    pictures = {frame: (f"001-02-0001-{frame + 1:04d}",) for frame in range(20)}
    films = shelf(film_of(TIMES, pictures=pictures))
    images = [{"id": n, "file_name": f"frames/001-02-0001-{n + 1:04d}.png"} for n in (3, 4)]
    images.append({"id": 99, "file_name": "holiday.png"})
    document = {
        "images": images,
        "categories": [{"id": 1, "name": "R12"}, {"id": 2, "name": "hat"}],
        "annotations": [
            # the first lies on the face of character 1, the second on none: the clip's is 2
            {"id": 1, "image_id": 3, "category_id": 1, "bbox": [23, 40, 200, 250]},
            {"id": 2, "image_id": 4, "category_id": 1, "bbox": [600, 300, 9, 9]},
            {"id": 3, "image_id": 4, "category_id": 2, "bbox": [1, 1, 2, 2]},
            {"id": 4, "image_id": 99, "category_id": 1, "bbox": [1, 1, 2, 2]},
            {"id": 5, "image_id": 77, "category_id": 1, "bbox": [1, 1, 2, 2]},
        ],
    }
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    read = COCO.read([path], films, CLAIMED)
    found = {(au.au, au.character_number, *TIMES.frames_of(au.span)) for au in read.labels.aus}
    assert found == {(12, 1, 3, 3), (12, 2, 4, 4)}
    assert {au.side for au in read.labels.aus} == {Side.RIGHT}
    assert len([note for note in read.notes if note.kind is NoteKind.SKIPPED]) == 3
