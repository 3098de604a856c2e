"""Numbers that no film has are passed over or refused, whatever the format; none hangs a reader."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cinefacs.errors import SchemaError
from cinefacs.labels.formats.catalog import FORMATS
from cinefacs.labels.formats.contract import Imported, ImportOptions, NoteKind
from tests.support.labelled_films import film_of, shelf, times_of
from tests.support.labels import WHEN
from tests.support.records import FILM_ID

TIMES = times_of([1] * 240, film_id=FILM_ID, time_base=Fraction(1, 24))
FILMS = shelf(film_of(TIMES))
OPTIONS = ImportOptions(changed_at=WHEN, coder="ann", label_set="one", character_number=1)
LONG = "9" * 400
LONGER = "9" * 4000
"""Two such numbers are read, but their product is not written: Python stops at 4,300 digits."""
TOO_LONG = "9" * 5000
TIMES_OF_NO_FILM = ["1e400", "1e99999999", "-1e99999999", LONG, TOO_LONG, "1/0", "1_0"]


def read(name: str, path: Path, text: str) -> Imported:
    path.write_text(text, encoding="utf-8")
    return FORMATS[name].read([path], FILMS, OPTIONS)


def assert_only_unit_4_is_read(imported: Imported) -> None:
    assert [(au.au, TIMES.frames_of(au.span)) for au in imported.labels.aus] == [(4, (0, 23))]
    assert any(note.kind is NoteKind.SKIPPED for note in imported.notes)


@pytest.mark.parametrize("time", TIMES_OF_NO_FILM)
@pytest.mark.parametrize("column", ["onset_s", "end_s", "apexes_s"])
def test_a_row_of_csv_with_such_a_time_is_passed_over(
    tmp_path: Path, time: str, column: str
) -> None:
    cells = {"au": "12", "onset_s": "0.5", "end_s": "1.5", "apexes_s": "1", column: time}
    text = f"{','.join(cells)}\n{','.join(cells.values())}\n4,0,1,\n"
    assert_only_unit_4_is_read(read("csv", tmp_path / "a.csv", text))


@pytest.mark.parametrize(
    "cells",
    [
        {"time_base_s": "1e99999999"},
        {"time_base_s": "1/0"},
        {"time_base_s": f"1/{LONG}"},
        {"time_base_s": f"{TOO_LONG}/1"},
        {"start_pts": str(10**30), "end_pts": str(2 * 10**30), "time_base_s": f"1/{10**30}"},
        {"start_pts": str(2**63), "end_pts": str(2**63 + 1), "time_base_s": f"1/{2**63}"},
        {"apexes_pts": LONG},
        {"end_pts": TOO_LONG},
        {"character": LONG},
        {"au": LONG},
        {"coded_aus": f"4;{2**63}", "kind": "coded"},
        {"emotions": "[" * 100_000, "kind": "expression"},
    ],
    ids=str,
)  # fmt: skip
def test_a_row_of_csv_with_such_ticks_is_passed_over(tmp_path: Path, cells: dict[str, str]) -> None:
    names = ("kind", "au", "character", "start_pts", "end_pts", "apexes_pts", "time_base_s",
             "emotions", "coded_aus")  # fmt: skip
    good = {"kind": "au", "au": "4", "start_pts": "0", "end_pts": "24"}
    rows = [",".join(row.get(name, "") for name in names) for row in (good | cells, good)]
    imported = read("csv", tmp_path / "a.csv", "\n".join([",".join(names), *rows]))
    assert_only_unit_4_is_read(imported)


def test_ticks_as_large_as_a_table_holds_are_read(tmp_path: Path) -> None:
    text = "au,start_pts,end_pts,time_base_s\n4,0,9223372036854775807,1/9223372036854775808\n"
    (label,) = read("csv", tmp_path / "a.csv", text).labels.aus
    assert label.span.end_pts == 2**63 - 1


@pytest.mark.parametrize(("time", "seconds"), [("4.1666e-02", 0.041666), ("-0", 0), (".5", 0.5)])
def test_times_as_programs_write_floats_are_read(tmp_path: Path, time: str, seconds: float) -> None:
    text = f"au;onset_s;end_s\n4;{time.replace('.', ',')};1.0000000000000002\n"
    (label,) = read("csv", tmp_path / "a.csv", text).labels.aus
    assert TIMES.frames_of(label.span) == (round(seconds * 24), 23)


@pytest.mark.parametrize(
    "time", [*TIMES_OF_NO_FILM, f"{TOO_LONG}:00:01", f"{LONG}:01", f"0:{TOO_LONG}", f"0:1.{LONG}"]
)
def test_a_row_of_boris_with_such_a_time_is_passed_over(tmp_path: Path, time: str) -> None:
    rows = [("AU12", "START", "0"), ("AU12", "STOP", time), ("AU4", "START", "0"),
            ("AU4", "STOP", "1"), ("AU12", "START", time)]  # fmt: skip
    text = "Subject\tBehavior\tBehavior type\tTime\n"
    text += "".join(f"\t{code}\t{kind}\t{when}\n" for code, kind, when in rows)
    assert_only_unit_4_is_read(read("boris-events", tmp_path / "a.tsv", text))


EAF = """<ANNOTATION_DOCUMENT FORMAT="3.0" VERSION="3.0"
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd"><HEADER/>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/>
<TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="1000"/>
<TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="{time}"/></TIME_ORDER>
<TIER TIER_ID="AU12{more}" LINGUISTIC_TYPE_REF="x"><ANNOTATION><ALIGNABLE_ANNOTATION
ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts3"><ANNOTATION_VALUE/>
</ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<TIER TIER_ID="AU4" LINGUISTIC_TYPE_REF="x"><ANNOTATION><ALIGNABLE_ANNOTATION
ANNOTATION_ID="a2" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2"><ANNOTATION_VALUE/>
</ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="x" TIME_ALIGNABLE="true"/></ANNOTATION_DOCUMENT>
"""


@pytest.mark.parametrize("time", [LONG, LONGER])
def test_an_annotation_of_elan_at_such_a_time_is_passed_over(tmp_path: Path, time: str) -> None:
    assert_only_unit_4_is_read(read("elan", tmp_path / "a.eaf", EAF.format(time=time, more="")))


def test_a_document_of_elan_with_a_number_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="a whole ELAN document"):
        read("elan", tmp_path / "a.eaf", EAF.format(time=TOO_LONG, more=""))


def test_a_tier_of_elan_of_such_a_character_is_passed_over(tmp_path: Path) -> None:
    text = EAF.format(time=1000, more=f" c{TOO_LONG} ann/one")
    assert_only_unit_4_is_read(read("elan", tmp_path / "a.eaf", text))


def boris(time: object, subject: str = "") -> str:
    events = [[0, subject, "AU12"], [time, subject, "AU12"], [0, "", "AU4"], [1, "", "AU4"]]
    return json.dumps({"observations": {"one": {"events": events}}})


def test_a_subject_of_boris_with_such_a_number_is_a_name(tmp_path: Path) -> None:
    text = boris(1, subject=f"character {TOO_LONG}")
    labels = read("boris", tmp_path / "a.boris", text).labels.aus
    assert {(label.au, label.character_number) for label in labels} == {(4, 1), (12, 1)}


Change = Callable[[dict[str, Any], str], object]
NUMBER = "@"


def studio(change: Change) -> str:
    """Return a file of Label Studio in which something is changed to `NUMBER`."""
    span = {"start": 1, "end": 24}
    value = {"ranges": [span], "timelinelabels": ["AU4"]}
    who, apex = {"number": 1}, {"number": 9}
    result: list[dict[str, Any]] = [
        {"id": "a", "type": "timelinelabels", "value": value},
        {"id": "a", "type": "number", "from_name": "character", "value": who},
        {"id": "a", "type": "number", "from_name": "apex_frame", "value": apex},
    ]
    parts = {"data": {"fps": 24}, "range": span, "character": who, "apex": apex,
             "region": result[0]}  # fmt: skip
    task = {"data": parts["data"], "annotations": [{"completed_by": 1, "result": result}]}
    change(parts, NUMBER)
    return json.dumps([task])


def coco(change: Change) -> str:
    """Return a COCO file in which something is changed to `NUMBER`."""
    parts: dict[str, Any] = {
        "image": {"id": 1, "frame_index": 3},
        "category": {"id": 1, "name": "AU4"},
        "annotation": {"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 40, 200, 250]},
    }
    change(parts, NUMBER)
    return json.dumps({
        "images": [parts["image"]], "categories": [parts["category"]],
        "annotations": [parts["annotation"]],
    })  # fmt: skip


JSON_FILES = {
    "studio fps": ("label-studio", studio(lambda p, n: p["data"].update(fps=n))),
    "studio start": ("label-studio", studio(lambda p, n: p["range"].update(start=n))),
    "studio end": ("label-studio", studio(lambda p, n: p["range"].update(end=n))),
    "studio character": ("label-studio", studio(lambda p, n: p["character"].update(number=n))),
    "studio apex": ("label-studio", studio(lambda p, n: p["apex"].update(number=n))),
    "coco box": ("coco", coco(lambda p, n: p["annotation"].update(bbox=[n, 0, 9, 9]))),
    "coco frame": ("coco", coco(lambda p, n: p["image"].update(frame_index=n))),
    "coco id": ("coco", coco(lambda p, n: p["image"].update(id=n))),
    "boris time": ("boris", boris(NUMBER)),
}


@pytest.mark.parametrize("place", JSON_FILES)
@pytest.mark.parametrize("number", ["1e999", "-1e999", "1e300", LONG, TOO_LONG, "NaN", "Infinity"])
def test_a_json_file_with_such_a_number_is_refused(tmp_path: Path, place: str, number: str) -> None:
    name, text = JSON_FILES[place]
    with pytest.raises(SchemaError, match=f"expected a JSON document, got: .*{number[:9]}"):
        read(name, tmp_path / "a.json", text.replace(f'"{NUMBER}"', number))


@pytest.mark.parametrize("number", ["1e999", LONG, TOO_LONG])
def test_such_a_number_in_a_remark_is_a_remark(tmp_path: Path, number: str) -> None:
    remark = f'{{"apex_frames": [{number}], "text": "x"}}'
    text = studio(lambda parts, _: parts["region"].update(meta={"text": [remark]}))
    (label,) = read("label-studio", tmp_path / "a.json", text).labels.aus
    assert label.text == remark


def test_a_picture_of_coco_whose_name_has_such_a_number_is_passed_over(tmp_path: Path) -> None:
    image = {"id": 1, "file_name": f"001-f{TOO_LONG}.png"}
    text = coco(lambda parts, _: (parts["image"].clear(), parts["image"].update(image)))
    assert read("coco", tmp_path / "a.json", text).labels.aus == ()


CVAT = """<annotations><meta><task><size>{size}</size><start_frame>0</start_frame>
<frame_filter>step={step}</frame_filter></task></meta><track id="0" label="AU12">
<box frame="{frame}" outside="0"><attribute name="character">{who}</attribute></box>
<box frame="{end}" outside="1"/></track><track id="1" label="AU4"><box frame="0" outside="0"/>
<box frame="24" outside="1"/></track></annotations>"""


@pytest.mark.parametrize(
    "change", [{"frame": LONG}, {"frame": "-1"}, {"frame": TOO_LONG}, {"end": LONG}], ids=str
)
def test_a_track_of_cvat_with_such_a_number_is_passed_over(
    tmp_path: Path, change: dict[str, str]
) -> None:
    values = {"size": "240", "step": "1", "frame": "0", "end": "24", "who": "1"} | change
    assert_only_unit_4_is_read(read("cvat", tmp_path / "a.xml", CVAT.format(**values)))


@pytest.mark.parametrize("who", [LONG, TOO_LONG])
def test_a_character_of_cvat_with_such_a_number_is_none(tmp_path: Path, who: str) -> None:
    text = CVAT.format(size=240, step=1, frame=0, end=24, who=who)
    labels = read("cvat", tmp_path / "a.xml", text).labels.aus
    assert [(label.au, label.character_number) for label in labels] == [(12, 1), (4, 1)]


@pytest.mark.parametrize("change", [{"size": LONGER, "step": LONGER}, {"size": TOO_LONG}], ids=str)
def test_a_task_of_cvat_with_such_a_number_is_refused(
    tmp_path: Path, change: dict[str, str]
) -> None:
    values = {"size": "240", "step": "1", "frame": "0", "end": "24", "who": "1"} | change
    with pytest.raises(SchemaError, match="expected whole numbers as size"):
        read("cvat", tmp_path / "a.xml", CVAT.format(**values))
