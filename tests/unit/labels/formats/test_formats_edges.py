"""What a format does where its own limits are reached: short frames, faces lost, odd values."""

import dataclasses
import json
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from cinefacs.errors import SchemaError
from cinefacs.labels.formats.catalog import FORMATS
from cinefacs.labels.formats.contract import ImportOptions
from cinefacs.labels.formats.fields import list_text, unpack
from cinefacs.labels.formats.files import is_xml_text, xml_text
from cinefacs.labels.labelled_films import FaceBoxes
from cinefacs.records.au_label import AuLabel
from cinefacs.records.labels import Labels
from tests.support.labelled_films import film_of, shelf, times_of
from tests.support.labels import AU_LABEL, CODED, EXPRESSION, WHEN
from tests.support.records import FILM_ID

TIMES = times_of([1000] * 20, film_id=FILM_ID, time_base=Fraction(1, 24_000))
OPTIONS = ImportOptions(changed_at=WHEN)
CLAIMED = ImportOptions(changed_at=WHEN, coder="ann", label_set="one", character_number=1)


def label(first: int, last: int, **changes: object) -> AuLabel:
    changes.setdefault("apex_pts", None)
    return dataclasses.replace(AU_LABEL, span=TIMES.span_of(first, last), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["elan", "boris", "boris-events"])
def test_frames_shorter_than_a_millisecond_are_named(tmp_path: Path, name: str) -> None:
    """4000 frames a second: a label of one frame has no length in ms, one of three moves."""
    times = times_of([1] * 40, film_id=FILM_ID, time_base=Fraction(1, 4000))
    aus = tuple(
        dataclasses.replace(AU_LABEL, span=times.span_of(*frames), apex_pts=apex)
        for frames, apex in (((4, 4), None), ((5, 8), 5))
    )
    coded = dataclasses.replace(CODED, span=times.span_of(0, 39))
    written = FORMATS[name].export(
        Labels(aus=aus, coded=(coded,)), shelf(film_of(times)), tmp_path / "out"
    )
    lost = {loss.what: loss.n for loss in written.losses}
    assert lost["label shorter than a millisecond: left out"] == 1
    assert lost["time that milliseconds cannot tell from the next frame's"] == 1


@pytest.mark.parametrize("found", [[0, 1, 6, 7], []], ids=["some", "none"])
def test_cvat_has_a_box_where_the_face_was_lost(tmp_path: Path, found: list[int]) -> None:
    """The span stays whole: nearest box, or the whole picture, both marked occluded."""
    frames = np.array(found, np.int64)
    boxes = FaceBoxes(
        frame_index=frames,
        pts=TIMES.pts[frames],
        box_xyxy=np.array([[n, 10, n + 50, 60] for n in found], np.float32).reshape(-1, 4),
    )
    film = dataclasses.replace(film_of(TIMES), read_boxes=lambda: {1: boxes} if found else {})
    labels = Labels(
        aus=(label(1, 6),), coded=(dataclasses.replace(CODED, span=TIMES.span_of(1, 6)),)
    )
    written = FORMATS["cvat"].export(labels, shelf(film), tmp_path / "out")
    boxes_of_au = ET.parse(written.paths[0]).getroot().findall("track")[0]  # noqa: S314
    shown = [(box.get("xtl"), box.get("occluded")) for box in boxes_of_au]
    if found:
        assert shown == [
            ("1.00", "0"), ("1.00", "1"), ("1.00", "1"), ("6.00", "1"), ("6.00", "1"),
            ("6.00", "0"), ("6.00", "0"),
        ]  # fmt: skip
    else:
        assert set(shown) == {("0.00", "1")}
    assert {loss.what for loss in written.losses} == {
        (
            f"frame without a face box: {'the nearest box' if found else 'the whole picture'} is "
            "given, marked occluded"
        )
    }
    read = FORMATS["cvat"].read(written.paths[:1], shelf(film), OPTIONS)
    assert read.labels == labels


def test_yolo_without_a_face_leaves_the_label_out(tmp_path: Path) -> None:
    labels = Labels(
        aus=(label(1, 3),), coded=(dataclasses.replace(CODED, span=TIMES.span_of(0, 5)),)
    )
    films = shelf(film_of(TIMES, with_faces=False))
    written = FORMATS["yolo"].export(labels, films, tmp_path / "out")
    assert [path.name for path in written.paths] == ["data.yaml"]
    counts = {loss.what: loss.n for loss in written.losses}
    assert counts["label without a face box in any frame: left out"] == 1
    assert counts["frame without a face box: left out, which may split its label in two"] == 3


def test_names_that_xml_cannot_hold_come_back_all_the_same(tmp_path: Path) -> None:
    odd = "a\x01b/\u2028 #2\ud7ff"
    labels = Labels(
        aus=(label(1, 3, coder=odd, label_set=odd, text="\r\n\x00", expression_id="e\x02"),),
        expressions=(
            dataclasses.replace(
                EXPRESSION, span=TIMES.span_of(1, 3), apex_pts=(), coder=odd, label_set=odd,
                expression_id="e\x02", emotions=("a;b", "[c"), au_text="\x0c",
            ),
        ),
        coded=(dataclasses.replace(CODED, span=TIMES.span_of(1, 3), coder=odd, label_set=odd),),
    )  # fmt: skip
    films = shelf(film_of(TIMES))
    for name in ("cvat", "elan", "label-studio", "boris", "boris-events", "csv"):
        written = FORMATS[name].export(labels, films, tmp_path / name)
        assert FORMATS[name].read(written.paths[:1], films, OPTIONS).labels == labels, name


def test_xml_texts() -> None:
    assert is_xml_text("a\tb\n")
    assert not is_xml_text("a\rb")
    assert xml_text("a\x00b\ufffe") == "a?b?"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"au": True}, "au: expected a whole number, got True"),
        ({"au": 1.5}, "au: expected a whole number, got 1.5"),
        ({"au": "1e3"}, "au: expected a whole number"),
        ({"au": float("inf")}, "au: expected a whole number"),
        ({"is_static": "perhaps"}, "is_static: expected true or false"),
        ({"score": [1]}, "score: expected a number"),
        ({"score": True}, "score: expected a number"),
        ({"text": {}}, "text: expected a text"),
        ({"side": "up"}, "side: expected both or left"),
        ({"flags": 3}, "flags: expected a list"),
        ({"flags": "[broken"}, "flags: expected a list"),
        ({"flags": [None]}, "flags: expected a list"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        unpack("au", values)
    assert message in str(caught.value)


def test_values_are_read_as_json_and_as_text() -> None:
    assert unpack("au", {"au": 12.0, "is_static": "YES", "score": 1, "side": " Left "}) == {
        "au": 12, "is_static": True, "score": 1.0, "side": "left",
    }  # fmt: skip
    assert unpack("coded", {"aus": "1;4; 12", "has_emotions": False}) == {
        "aus": (1, 4, 12), "has_emotions": False,
    }  # fmt: skip
    assert unpack("expression", {"emotions": [], "kind": None, "au_text": ""}) == {"emotions": ()}
    assert list_text(("a", "b")) == "a;b"
    assert list_text(("a;b",)) == '["a;b"]'


def test_cvat_frames_that_are_no_numbers_or_beyond_the_film(tmp_path: Path) -> None:
    shape = '<box frame="{}" outside="0" keyframe="1" xtl="1" ytl="1" xbr="2" ybr="2"/>'
    text = (
        "<annotations><meta><job><size></size></job></meta>"
        f'<track label="AU1"><note/>{shape.format("soon")}</track>'
        f'<track label="AU2">{shape.format(99)}</track><track label="AU4"/>'
        f'<track label="AU5">{shape.format(3)}</track></annotations>'
    )
    path = tmp_path / "a.xml"
    path.write_text(text, encoding="utf-8")
    read = FORMATS["cvat"].read([path], shelf(film_of(TIMES)), CLAIMED)
    assert [au.au for au in read.labels.aus] == [5]
    assert any("expected a whole number, got 'soon'" in note.what for note in read.notes)
    assert any(note.what.startswith("frames: expected") for note in read.notes)
    path.write_text('<annotations><track label="AU5"/></annotations>', encoding="utf-8")
    assert len(FORMATS["cvat"].read([path], shelf(film_of(TIMES)), CLAIMED).labels) == 0


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("label-studio", [{"data": {}, "annotations": [{"result": [
            {"id": "a", "type": "timelinelabels", "value": {"ranges": [{"start": "x", "end": 1}],
             "timelinelabels": ["AU1"]}}]}]}]),
        ("label-studio", [{"data": {}, "annotations": [{"result": [
            {"id": "a", "type": "videorectangle", "value": {"labels": ["AU1"],
             "sequence": [{"frame": None}]}}]}]}]),
        ("boris", {"observations": {"one": {"events": [[0.5]]}}}),
        ("boris", {"observations": {"one": {"events": [["soon", "1", "AU1"]]}}}),
        ("boris", {"observations": {"one": {"file": 3, "events": []}}}),
        ("coco", {"images": [{"id": "x"}], "categories": [], "annotations": []}),
    ],
)  # fmt: skip
def test_json_of_the_right_kind_with_the_wrong_content(
    tmp_path: Path, name: str, document: object
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SchemaError, match="expected"):
        FORMATS[name].read([path], shelf(film_of(TIMES)), CLAIMED)


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("label-studio", {"data": {}, "annotations": [{"result": [
            {"id": "a", "type": "timelinelabels", "meta": None,
             "value": {"ranges": [{"start": 1, "end": 900}], "timelinelabels": ["AU1"]}},
            {"id": "b", "type": "timelinelabels", "meta": {"text": ['{"apex_frames": ["x"]}']},
             "value": {"ranges": [{"start": 1, "end": 2}], "timelinelabels": ["AU1"]}}]}]}),
        ("boris", {"observations": {"one": {"events": [[900, "1", "AU1"], [901, "1", "AU1"]]}}}),
        ("coco", {"images": [{"id": 1, "frame_index": 1}], "categories": [{"id": 1, "name": "AU1"}],
                  "annotations": [{"image_id": [1], "category_id": 1},
                                  {"image_id": 1, "category_id": 1, "attributes": {
                      "label": [1], "onset_frame": "x"}}]}),
    ],
)  # fmt: skip
def test_labels_that_lie_nowhere_are_skipped(tmp_path: Path, name: str, document: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    read = FORMATS[name].read([path], shelf(film_of(TIMES)), CLAIMED)
    assert len(read.labels) == 0
    assert read.notes


def test_csv_seconds_and_lists_that_are_no_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "au,onset_s,end_s,start_pts,end_pts,apexes_pts\n1,soon,1,,,\n1,,,0,1000,x\n1,0,9,,,\n"
        "1,0,0.1,,,\n",
        encoding="utf-8",
    )
    read = FORMATS["csv"].read([path], shelf(film_of(TIMES)), CLAIMED)
    assert [TIMES.frames_of(au.span) for au in read.labels.aus] == [(0, 1)]
    assert len(read.notes) == 4


def test_yolo_beyond_the_films_end_and_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "data.yaml").write_text("names: {0: AU1}\n", encoding="utf-8")
    for name, text in (("001-f0000099", "0 .1 .1 .1 .1\n"), ("001-f0000002", "\n0 .1 .1 .1 .1\n"),
                       ("009-f0000002", "0 .1 .1 .1 .1\n")):  # fmt: skip
        (tmp_path / f"labels/{name}.txt").write_text(text, encoding="utf-8")
    read = FORMATS["yolo"].read([tmp_path], shelf(film_of(TIMES)), CLAIMED)
    assert [TIMES.frames_of(au.span) for au in read.labels.aus] == [(2, 2)]
    assert {note.what for note in read.notes} >= {
        "frame beyond the film's end",
        "file whose name is no frame of the study",
    }
