"""Exported files open in the libraries that other people read them with.

COCO: faster-coco-eval, a reimplementation of the reference evaluation of cocodataset.org; each
expected number is counted by hand from the labels below. ELAN: pympi's own look-ups by time.
Label Studio and CVAT have no light library that reads a file without a server; their files are
held against the elements and keys that their documentation names.
"""

import dataclasses
import json
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import faster_coco_eval
import numpy as np
import pytest
from pympi.Elan import Eaf

from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.formats.catalog import FORMATS
from cinefacs.records.labels import Labels
from tests.support.labelled_films import film_of, shelf, times_of
from tests.support.labels import AU_LABEL, CODED, EXPRESSION
from tests.support.records import FILM_ID

# 25 frames a second, 2 s: frame n begins at 40 n ms
TIMES = times_of([3600] * 50, film_id=FILM_ID, time_base=Fraction(1, 90_000))
FILMS = shelf(film_of(TIMES))
SMILE = dataclasses.replace(
    AU_LABEL, span=TIMES.span_of(10, 14), apex_pts=int(TIMES.pts[12]), expression_id="e1"
)
BROW = dataclasses.replace(
    SMILE, au=4, side=Side.BOTH, intensity=Intensity.D, span=TIMES.span_of(12, 13), expression_id=""
)
OTHER_SMILE = dataclasses.replace(SMILE, side=Side.RIGHT, character_number=2)
LABELS = Labels(
    aus=(SMILE, BROW, OTHER_SMILE),
    expressions=(
        dataclasses.replace(EXPRESSION, span=TIMES.span_of(10, 14), apex_pts=(int(TIMES.pts[12]),)),
    ),
    coded=(dataclasses.replace(CODED, span=TIMES.span_of(0, 49)),),
)


def exported(name: str, folder: Path) -> Path:
    return FORMATS[name].export(LABELS, FILMS, folder).paths[0]


def test_the_coco_library_counts_what_was_labelled(tmp_path: Path) -> None:
    coco = faster_coco_eval.COCO(str(exported("coco", tmp_path)))
    assert len(coco.imgs) == 5  # frames 10 to 14
    names = {category["name"]: category["id"] for category in coco.cats.values()}
    counts = {name: len(coco.getAnnIds(catIds=[key])) for name, key in names.items()}
    assert counts == {"AU12": 5 + 5, "AU4": 2, "expression": 5}
    first = coco.loadAnns(coco.getAnnIds(catIds=[names["AU4"]]))[0]
    # the face of character 1 in frame 12: from (20 + 12, 40) on, 200 by 250 px
    assert first["bbox"] == [32.0, 40.0, 200.0, 250.0]
    assert first["area"] == 200.0 * 250.0
    assert first["attributes"]["intensity"] == "D"
    assert first["attributes"]["onset_frame"] == 12
    assert first["attributes"]["offset_frame"] == 13
    assert first["attributes"]["apex_frames"] == [12]


def test_the_coco_library_finds_the_labels_equal_to_themselves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = exported("coco", tmp_path)
    truth = faster_coco_eval.COCO(str(path))
    document = json.loads(path.read_text(encoding="utf-8"))
    results = [
        {key: item[key] for key in ("image_id", "category_id", "bbox")} | {"score": 1.0}
        for item in document["annotations"]
    ]
    evaluation = faster_coco_eval.COCOeval_faster(truth, truth.loadRes(results), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    capsys.readouterr()
    assert np.isclose(evaluation.stats[0], 1.0)


def test_pympi_finds_the_labels_at_their_times(tmp_path: Path) -> None:
    eaf = Eaf(str(exported("elan", tmp_path)))
    tier = "L12 c1 ann/round-1"
    assert eaf.get_annotation_data_for_tier(tier) == [(400, 600, "B")]
    assert eaf.get_annotation_data_for_tier(f"apex {tier}") == [(480, 520, "apex")]
    assert eaf.get_child_tiers_for(tier) == [f"apex {tier}", f"detail {tier}"]
    ((start, end, detail, _),) = eaf.get_ref_annotation_data_for_tier(f"detail {tier}")
    assert (start, end) == (400, 600)
    assert json.loads(detail)["expression_id"] == "e1"
    assert eaf.get_parameters_for_tier(tier)["ANNOTATOR"] == "ann"
    assert eaf.get_parameters_for_tier(tier)["PARTICIPANT"] == "character 1"
    words = [entry[0][0][0] for entry in eaf.get_cv_entries("intensity").values()]
    assert words == ["present", "A", "B", "C", "D", "E"]
    assert list(eaf.timeslots.values()) == sorted(eaf.timeslots.values())
    assert eaf.get_linked_files()[0]["MEDIA_URL"].endswith("film.mp4")


def test_cvat_has_what_its_documentation_names(tmp_path: Path) -> None:
    """docs.cvat.ai, XML annotation format, version 1.1, *Interpolation*."""
    root = ET.parse(exported("cvat", tmp_path)).getroot()  # noqa: S314  (our own file)
    assert (root.tag, root.findtext("version")) == ("annotations", "1.1")
    assert root.findtext("meta/task/size") == "50"
    assert root.findtext("meta/task/mode") == "interpolation"
    assert root.findtext("meta/task/original_size/width") == "640"
    tracks = root.findall("track")
    assert [track.get("id") for track in tracks] == [str(n) for n in range(len(tracks))]
    declared = {
        label.findtext("name", ""): {
            attribute.findtext("name") for attribute in label.findall("attributes/attribute")
        }
        for label in root.findall("meta/task/labels/label")
    }
    for track in tracks:
        boxes = track.findall("box")
        assert {box.get("keyframe") for box in boxes} == {"1"}
        if track.get("label") != "coded":
            frames = [int(box.get("frame", "")) for box in boxes]
            assert frames == list(range(frames[0], frames[0] + len(frames)))
        for box in boxes:
            assert {"xtl", "ytl", "xbr", "ybr", "outside", "occluded"} <= set(box.keys())
            names = [attribute.get("name") for attribute in box]
            assert set(names) == declared[track.get("label", "")]
            assert len(names) == len(set(names))
    smile = next(track for track in tracks if track.get("label") == "AU12")
    assert [(box.get("frame"), box.get("outside")) for box in smile] == [
        ("10", "0"), ("11", "0"), ("12", "0"), ("13", "0"), ("14", "0"), ("15", "1"),
    ]  # fmt: skip
    spec = json.loads((tmp_path / "001.cvat-labels.json").read_text(encoding="utf-8"))
    assert {
        label["name"]: {attribute["name"] for attribute in label["attributes"]} for label in spec
    } == declared


def test_label_studio_has_what_its_documentation_names(tmp_path: Path) -> None:
    """labelstud.io/tags: TimelineLabels, VideoRectangle, Choices and Number per region."""
    path = exported("label-studio", tmp_path)
    (task,) = json.loads(path.read_text(encoding="utf-8"))
    config = ET.parse(tmp_path / "labels.label-studio.xml").getroot()  # noqa: S314
    controls = {tag.get("name"): tag for tag in config.iter() if tag.get("name")}
    types = {"TimelineLabels": "timelinelabels", "VideoRectangle": "videorectangle",
             "Choices": "choices", "Number": "number"}  # fmt: skip
    assert controls["video"].get("frameRate") == "$fps"
    assert task["data"]["fps"] == 25.0
    (annotation,) = task["annotations"]
    for item in annotation["result"]:
        tag = controls[item["from_name"]]
        assert types[tag.tag] == item["type"]
        assert item["to_name"] == tag.get("toName") == "video"
        if item["type"] == "choices":
            allowed = {choice.get("value") for choice in tag}
            assert set(item["value"]["choices"]) <= allowed
        if item["type"] == "timelinelabels":
            assert set(item["value"]["timelinelabels"]) <= {label.get("value") for label in tag}
    smile = next(i for i in annotation["result"] if i["type"] == "timelinelabels")
    assert smile["value"] == {"ranges": [{"start": 11, "end": 15}], "timelinelabels": ["AU12"]}
    face = next(i for i in annotation["result"] if i["type"] == "videorectangle")
    first, *_, last = face["value"]["sequence"]
    assert (first["frame"], first["enabled"], last["frame"], last["enabled"]) == (
        11,
        True,
        15,
        False,
    )
    assert face["value"]["framesCount"] == 50
    # 30 px of 640, 40 px of 360, 200 px wide
    assert (first["x"], first["width"]) == (30 / 640 * 100, pytest.approx(200 / 640 * 100))
    assert first["y"] == pytest.approx(40 / 360 * 100)
