"""Files as the other programs write them by themselves, with nothing of ours in them."""

import json
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from cinefacs.errors import CinefacsError, SchemaError, StudyError
from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.formats.catalog import FORMATS, find_format
from cinefacs.labels.formats.contract import CodedSource, Imported, ImportOptions, NoteKind
from cinefacs.labels.labelled_films import LabelledFilms
from cinefacs.records.frame_times import FrameTimes
from tests.support.labelled_films import film_of, shelf, times_of
from tests.support.labels import WHEN
from tests.support.records import FILM_ID

# 24 frames a second: frame n begins at n / 24 s
TIMES = times_of([1000] * 48, film_id=FILM_ID, time_base=Fraction(1, 24_000))
FILM = film_of(TIMES)
FILMS = shelf(FILM)
WHO = ImportOptions(changed_at=WHEN, coder="ann", label_set="one", character_number=1)

CVAT_TRACKS = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version>
<meta><task><size>48</size><mode>interpolation</mode>{more}<source>film.mp4</source></task></meta>
{tracks}</annotations>
"""


def box(frame: int, *, outside: int = 0, keyframe: int = 1, **attributes: str) -> str:
    inner = "".join(f'<attribute name="{k}">{v}</attribute>' for k, v in attributes.items())
    return (
        f'<box frame="{frame}" outside="{outside}" occluded="0" keyframe="{keyframe}" '
        f'xtl="1" ytl="2" xbr="3" ybr="4" z_order="0">{inner}</box>'
    )


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def read(
    name: str, path: Path, films: LabelledFilms = FILMS, options: ImportOptions = WHO
) -> Imported:
    return find_format(name).read([path], films, options)


def found(imported: Imported) -> list[tuple[object, ...]]:
    """Return unit, side, strength, first, last and apex frame of each label."""
    return [
        (au.au, str(au.side), au.intensity, *TIMES.frames_of(au.span),
         None if au.apex_pts is None else TIMES.frame_at(au.apex_pts))
        for au in imported.labels.aus
    ]  # fmt: skip


def skipped(imported: Imported) -> dict[str, int]:
    return {note.what: note.n for note in imported.notes if note.kind is NoteKind.SKIPPED}


def assumed(imported: Imported) -> dict[str, int]:
    return {note.what: note.n for note in imported.notes if note.kind is NoteKind.ASSUMED}


def test_cvat_interpolated_frames_and_two_appearances(tmp_path: Path) -> None:
    """CVAT writes interpolated frames with keyframe 0, and keeps an attribute until it changes."""
    shown = [box(4, side="left", intensity="B", apex="false"), box(5, keyframe=0, apex="false")]
    shown += [box(6, apex="true"), box(7, keyframe=0, apex="true"), box(8, outside=1)]
    again = [box(20, side="right", intensity="none"), box(22, keyframe=0), box(23, outside=1)]
    tracks = f'<track id="0" label="AU12" source="manual">{"".join(shown + again)}</track>'
    tracks += f'<track id="1" label="R4C">{box(46)}{box(47)}</track>'
    tracks += f'<track id="2" label="hat">{box(1)}</track>'
    path = write(tmp_path / "a.xml", CVAT_TRACKS.format(more="", tracks=tracks))
    imported = read("cvat", path)
    assert found(imported) == [
        (12, "left", Intensity.B, 4, 7, 6),
        (12, "right", None, 20, 22, None),
        (4, "right", Intensity.C, 46, 47, None),
    ]
    assert skipped(imported) == {"track whose label is no action unit": 1}
    assert assumed(imported)["track that goes outside and comes back: a label each"] == 1
    assert imported.labels.aus[0].source == "cvat"


def test_cvat_with_a_frame_filter_ends_a_step_earlier(tmp_path: Path) -> None:
    tracks = f'<track id="0" label="AU1">{box(10)}{box(15)}{box(20, outside=1)}</track>'
    tracks += f'<track id="1" label="AU2">{box(30)}</track>'
    more = "<start_frame>0</start_frame><frame_filter>step=5</frame_filter>"
    text = CVAT_TRACKS.format(more=more, tracks=tracks).replace("<size>48<", "<size>9<")
    imported = read("cvat", write(tmp_path / "a.xml", text))
    assert found(imported) == [(1, "both", None, 10, 15, None), (2, "both", None, 30, 30, None)]
    assert assumed(imported)["track without an end: it ends with its last shape"] == 1


def test_cvat_attribute_that_changes_and_a_remark_are_kept(tmp_path: Path) -> None:
    boxes = box(1, intensity="B", detail="looks odd") + box(2, intensity="C") + box(3, outside=1)
    tracks = f'<track id="0" label="AU1">{boxes}</track>'
    imported = read("cvat", write(tmp_path / "a.xml", CVAT_TRACKS.format(more="", tracks=tracks)))
    assert found(imported) == [(1, "both", Intensity.B, 1, 2, None)]
    assert imported.labels.aus[0].text == "looks odd"
    assert assumed(imported)["attribute that changes within a label: its first value was taken"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<annotations><image id='0'/></annotations>", "got 'CVAT for images'"),
        ("<html/>", "expected CVAT's <annotations>, got <html>"),
        (CVAT_TRACKS.format(more="", tracks="").replace(">48<", ">49<"), "reaches frame 48"),
        (CVAT_TRACKS.format(more="", tracks="").replace(">48<", ">many<"), "whole numbers as size"),
    ],
)
def test_cvat_that_does_not_fit_is_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SchemaError, match="expected") as caught:
        read("cvat", write(tmp_path / "a.xml", text))
    assert message in caught.value.message


@pytest.mark.parametrize("folder", ["", "task_7/"])
def test_cvat_in_the_zip_that_it_packs(tmp_path: Path, folder: str) -> None:
    path = tmp_path / "task.zip"
    tracks = f'<track id="0" label="AU1">{box(10)}{box(15, outside=1)}</track>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{folder}annotations.xml", CVAT_TRACKS.format(more="", tracks=tracks))
        archive.writestr("images/frame_000000.PNG", b"")
    assert found(read("cvat", path)) == [(1, "both", None, 10, 14, None)]
    content = path.read_bytes()
    path.write_bytes(content.replace(b"annotations.xml", b"annotations.txt"))
    with pytest.raises(SchemaError, match=r"one annotations\.xml in the ZIP, got 0"):
        read("cvat", path)
    path.write_bytes(content.replace(b"<annotations>", b"<annotatiXns>"))
    with pytest.raises(SchemaError, match="expected a whole ZIP"):
        read("cvat", path)


def test_cvat_says_that_damaged_frames_have_no_number(tmp_path: Path) -> None:
    films = shelf(replace(FILM, film=replace(FILM.film, n_damaged_frames=2)))
    tracks = f'<track id="0" label="AU1">{box(10)}{box(15, outside=1)}</track>'
    path = write(tmp_path / "a.xml", CVAT_TRACKS.format(more="", tracks=tracks))
    imported = read("cvat", path, films)
    assert assumed(imported)["CVAT counts only those frames that the study kept"] == 1
    written = find_format("cvat").export(imported.labels, films, tmp_path / "out")
    assert any(loss.what.startswith("frame numbers: CVAT") for loss in written.losses)


def eaf(tiers: str, slots: dict[str, int | None]) -> str:
    listed = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="{name}"' + ("/>" if time is None else f' TIME_VALUE="{time}"/>')
        for name, time in slots.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="" '
        'DATE="2026-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">'
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL="file:'
        '///C:/films/film.mp4" MIME_TYPE="video/mp4"/></HEADER>'
        f"<TIME_ORDER>{listed}</TIME_ORDER>{tiers}"
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>'
        "</ANNOTATION_DOCUMENT>"
    )


def tier(name: str, *annotations: tuple[str, str, str], annotator: str = "") -> str:
    inside = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}{n}" TIME_SLOT_REF1="{start}" '
        f'TIME_SLOT_REF2="{end}"><ANNOTATION_VALUE>{value}</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION>"
        for n, (start, end, value) in enumerate(annotations)
    )
    who = f' ANNOTATOR="{annotator}"' if annotator else ""
    return f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="{name}"{who}>{inside}</TIER>'


def test_elan_tiers_of_others_are_read_by_their_names(tmp_path: Path) -> None:
    """42 ms is nearest to frame 1 (41.67 ms), 250 ms to the end of frame 5 (250 ms)."""
    slots = {"ts1": 42, "ts2": 250, "ts3": None, "ts4": 9_000}
    tiers = tier("AU12", ("ts1", "ts2", "b"), annotator="eve")
    tiers += tier("AU4@eve", ("ts1", "ts2", "L4C/D"), ("ts2", "ts3", "A"), annotator="eve")
    tiers += tier("R6", ("ts1", "ts2", "strong"), ("ts2", "ts4", "A"), annotator="eve")
    tiers += tier("speech", ("ts1", "ts2", "hello"))
    path = write(tmp_path / "a.eaf", eaf(tiers, slots))
    imported = read("elan", path, options=replace(WHO, coder=None))
    assert found(imported) == [
        (12, "both", Intensity.B, 1, 5, None),
        (4, "left", Intensity.C, 1, 5, None),
        (6, "right", None, 1, 5, None),
    ]
    assert {au.coder for au in imported.labels.aus} == {"eve"}
    assert imported.labels.aus[1].intensity_high is Intensity.D
    assert imported.labels.aus[2].text == "strong"
    assert set(skipped(imported).values()) == {1}
    assert {"annotation without times", "tier that is named after no action unit"} < set(
        skipped(imported)
    )


def test_label_studio_export_of_a_persons_work(tmp_path: Path) -> None:
    """Frames 13 to 24 counted from 1 are frames 12 to 23; completed_by is a number there."""
    result = [
        {"id": "a", "type": "timelinelabels", "from_name": "t", "to_name": "video",
         "value": {"ranges": [{"start": 13, "end": 24}], "timelinelabels": ["L12", "hat"]},
         "meta": {"text": ["half a smile"]}},
        {"id": "a", "type": "choices", "from_name": "intensity", "to_name": "video",
         "value": {"ranges": [{"start": 13, "end": 24}], "choices": ["D"]}},
        {"id": "b", "type": "videorectangle", "from_name": "box", "to_name": "video",
         "value": {"labels": ["AU1"], "framesCount": 48, "sequence": [
             {"frame": 2, "enabled": True}, {"frame": 4, "enabled": False},
             {"frame": 40, "enabled": True}]}},
        {"id": "c", "type": "relation"} | {"value": {}},
    ]  # fmt: skip
    document = [
        {"data": {"video": "/data/upload/1/film.mp4"}, "predictions": [{"result": []}],
         "annotations": [{"completed_by": 7, "result": result},
                         {"was_cancelled": True, "result": result}]}
    ]  # fmt: skip
    path = write(tmp_path / "a.json", json.dumps(document))
    imported = read("label-studio", path, options=replace(WHO, coder=None))
    assert found(imported) == [
        (12, "left", Intensity.D, 12, 23, None),
        (1, "both", None, 1, 3, None),
        (1, "both", None, 39, 47, None),
    ]
    assert imported.labels.aus[0].text == "half a smile"
    assert imported.labels.authors == (("user 7", "one"),)
    assert len(skipped(imported)) == 3
    assert "frames counted at the film's own rate: the file does not say" in assumed(imported)


def test_label_studio_at_a_rate_of_its_own(tmp_path: Path) -> None:
    """At 48 a second, numbers 3 to 4 are the time of frame 1 of a film with 24."""
    value = {"ranges": [{"start": 3, "end": 4}], "timelinelabels": ["AU9"]}
    by = {"email": "eve@example.org"}
    document = {
        "data": {"video": "film.mp4", "fps": 48},
        "annotations": [
            {"completed_by": by, "result": [{"id": "a", "type": "timelinelabels", "value": value}]}
        ],
    }
    path = write(tmp_path / "a.json", json.dumps(document))
    imported = read("label-studio", path, options=replace(WHO, coder=None))
    assert found(imported) == [(9, "both", None, 1, 1, None)]
    assert imported.labels.aus[0].coder == "eve@example.org"


@pytest.mark.parametrize("fps", [0, -3, 1e9])
def test_label_studio_at_no_rate_is_refused(tmp_path: Path, fps: float) -> None:
    document = {"data": {"fps": fps}, "annotations": []}
    with pytest.raises(SchemaError, match="frame rate above 0"):
        read("label-studio", write(tmp_path / "a.json", json.dumps(document)))


def test_label_studio_must_tell_its_rate_where_the_films_varies(tmp_path: Path) -> None:
    times = times_of([1000, 4000, 1000], film_id=FILM_ID, time_base=Fraction(1, 24_000))
    path = write(tmp_path / "a.json", json.dumps([{"data": {}, "annotations": []}]))
    with pytest.raises(SchemaError, match="expected the rate") as caught:
        read("label-studio", path, shelf(film_of(times)))
    assert "data.fps" in caught.value.hint


BORIS_TSV = """Observation id\tone
Media file(s)

Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tModifiers\tComment\tStatus
{rows}"""


def test_boris_table_with_lines_above_its_header(tmp_path: Path) -> None:
    """0.5 s is frame 12; the state stops at 0.75 s, the end of frame 17."""
    rows = [
        ("0.500", "1", "AU12", "B|strange", "ok", "START"),
        ("0.600", "1", "apex", "AU12", "", "POINT"),
        ("0:00:00.750", "1", "AU12", "B", "", "STOP"),
        ("0.8", "1", "AU4", "None", "", "STOP"),
        ("0.9", "1", "L4", "None", "", "START"),
        ("1.0", "1", "walks", "", "", "START"),
        ("1.1", "1", "walks", "", "", "STOP"),
        ("soon", "1", "AU4", "", "", "STOP"),
    ]
    text = "\n".join("\t".join((t, "C:\\film.mp4", "2", "24", *rest)) for t, *rest in rows)
    imported = read("boris-events", write(tmp_path / "a.tsv", BORIS_TSV.format(rows=text)))
    assert found(imported) == [(12, "both", Intensity.B, 12, 17, 14)]
    assert imported.labels.aus[0].text == "ok"
    assert skipped(imported) == {
        "stop without a start": 1,
        "start without a stop": 1,
        "behaviour that is no action unit": 1,
        "row without a time or a type of event": 1,
    }


def test_boris_project_pairs_states_by_their_order(tmp_path: Path) -> None:
    events = [
        [0.5, "character 2", "R1", "C", "note"],
        [0.75, "character 2", "R1", "C", ""],
        [0.75, "character 2", "R1", "None", ""],
        [1.0, "character 2", "R1", "None", ""],
        [1.25, "character 2", "smile", "", ""],
        [1.3, "character 2", "blink", "", ""],
    ]
    ethogram = {"0": {"code": "R1", "type": "State event"},
                "1": {"code": "blink", "type": "Point event"}}  # fmt: skip
    observation = {"file": {"1": [], "2": ["film.mp4"]}, "events": events,
                   "independent_variables": {"coder": "eve"}}  # fmt: skip
    document = {"behaviors_conf": ethogram, "observations": {"one": observation}}
    path = write(tmp_path / "a.boris", json.dumps(document))
    options = replace(WHO, coder=None, character_number=None)
    imported = read("boris", path, options=options)
    assert found(imported) == [
        (1, "right", Intensity.C, 12, 17, None),
        (1, "right", None, 18, 23, None),
    ]
    assert {au.character_number for au in imported.labels.aus} == {2}
    assert imported.labels.authors == (("eve", "one"),)
    assert len(skipped(imported)) == 2


@pytest.mark.parametrize(
    ("header", "row", "frames"),
    [
        ("au,onset_frame,offset_frame,apex_frames", "12,3,5,4", (3, 5, 4)),
        ("au,onset_s,end_s,apexes_s", "12,0.125,0.25,0.17", (3, 5, 4)),
        ("au;onset_s;end_s", "12;0,125;0,25", (3, 5, None)),
        ("au\tstart_pts\tend_pts", "12\t3000\t6000", (3, 5, None)),
    ],
)
def test_csv_with_few_columns(
    tmp_path: Path, header: str, row: str, frames: tuple[int, int, int | None]
) -> None:
    imported = read("csv", write(tmp_path / "a.csv", f"{header}\n{row}\n"))
    assert found(imported) == [(12, "both", None, *frames)]


def test_csv_rows_that_say_nothing_are_named(tmp_path: Path) -> None:
    lines = [
        "kind,film,character,au,onset_frame,offset_frame,start_pts,end_pts,time_base_s,side,film_id",
        "au,1,1,L12B/C,3,5,,,,,",
        "au,1,1,12,3,5,3000,6000,1/24000,,",
        "au,1,1,12,3,5,3000,7000,1/24000,,",
        "au,1,1,12,,,3000,7000,nothing,,",
        "au,1,1,12,,,x,7000,,,",
        "au,1,1,12,,,,,,,",
        "au,1,1,,3,5,,,,,",
        "au,1,7,12,3,5,,,,,",
        "au,1,1,12,5,3,,,,,",
        "au,1,1,12,3,5,,,,upside,",
        "hat,1,1,12,3,5,,,,,",
    ]
    options = replace(WHO, character_number=None)
    imported = read("csv", write(tmp_path / "a.csv", "\n".join(lines)), options=options)
    assert found(imported) == [
        (12, "left", Intensity.B, 3, 5, None),
        (12, "both", None, 3, 5, None),
    ]
    assert sum(skipped(imported).values()) == 9
    assert "ticks and frames of the row disagree: delete those that are wrong" in skipped(imported)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected columns"),
        ("hello\nworld\n", "expected columns"),
        ("au,onset_frame\n1,2\n", "expected columns"),
        ("au,onset_frame,offset_frame\n1,2,3,4\n", "expected 3 cells"),
        ('au,onset_frame,offset_frame\n"1,2\n', "expected a table in CSV"),
    ],
)
def test_csv_that_is_no_table_of_labels(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SchemaError) as caught:
        read("csv", write(tmp_path / "a.csv", text))
    assert message in caught.value.message


def test_coded_spans_are_supposed_as_asked(tmp_path: Path) -> None:
    text = "au,onset_frame,offset_frame\n12,3,5\n4,3,5\n1,40,41\n"
    path = write(tmp_path / "a.csv", text)
    spans = {
        by: [
            (*TIMES.frames_of(span.span), span.aus)
            for span in read("csv", path, options=replace(WHO, coded=by)).labels.coded
        ]
        for by in CodedSource
    }
    assert spans == {
        CodedSource.LABELS: [(3, 5, (4, 12)), (40, 41, (1,))],
        CodedSource.CLIPS: [(0, 23, (1, 4, 12)), (40, 41, (1, 4, 12))],
        CodedSource.FILM: [(0, 47, (1, 4, 12))],
    }


def test_whose_labels_they_are_must_be_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "au,onset_frame,offset_frame\n12,3,5\n")
    for options, flag in (
        (replace(WHO, coder=None), "--coder"),
        (replace(WHO, label_set=None), "--label-set"),
    ):
        with pytest.raises(StudyError, match="expected to be told") as caught:
            read("csv", path, options=options)
        assert flag in caught.value.hint
    two = write(tmp_path / "b.csv", "au,onset_frame,offset_frame,coder\n12,3,5,a\n12,3,5,b\n")
    with pytest.raises(StudyError, match="labels of one coder, got a, b"):
        read("csv", two)


def test_suggestions_that_a_person_takes_over_lose_their_score(tmp_path: Path) -> None:
    text = "au,onset_frame,offset_frame,coder,score\n12,3,5,suggested,0.9\n"
    path = write(tmp_path / "a.csv", text)
    kept = read("csv", path, options=replace(WHO, coder=None))
    assert [au.score for au in kept.labels.aus] == [0.9]
    assert any("no person" in what for what in assumed(kept))
    taken = read("csv", path)
    assert [(au.coder, au.score) for au in taken.labels.aus] == [("ann", None)]
    assert assumed(taken)["score of a model: left out where a person takes the label over"] == 1


def test_of_which_film_and_character_must_be_said(tmp_path: Path) -> None:
    other = film_of(replace_id(), number=2, name="other.mp4")
    films = shelf(FILM, other)
    path = write(tmp_path / "a.csv", "au,onset_frame,offset_frame\n12,3,5\n")
    with pytest.raises(StudyError, match="name of a film of the study") as caught:
        read("csv", path, films)
    assert "2 (other.mp4)" in caught.value.hint
    assert read("csv", path, films, replace(WHO, film_number=2)).labels.aus[0].film_id == "cd" * 32
    for options, message in (
        (replace(WHO, film_number=3), "film: expected one of the study, got 3"),
        (replace(WHO, character_number=9), "--character: expected one of film 1, got 9"),
        (replace(WHO, character_number=None), "expected a character's number"),
    ):
        with pytest.raises(StudyError) as caught:
            read("csv", path, FILMS, options)
        assert message in caught.value.message


def replace_id() -> FrameTimes:
    return times_of([1000] * 9, film_id="cd" * 32, time_base=Fraction(1, 24_000))


def test_the_only_character_need_not_be_named(tmp_path: Path) -> None:
    alone = replace(FILM, characters=FILM.characters[1:])
    path = write(tmp_path / "a.csv", "au,onset_frame,offset_frame\n12,3,5\n")
    imported = read("csv", path, shelf(alone), replace(WHO, character_number=None))
    assert [au.character_number for au in imported.labels.aus] == [2]


def test_an_apex_outside_its_label_is_left_out_and_flagged(tmp_path: Path) -> None:
    text = "kind,au,onset_frame,offset_frame,apex_frames,expression_id\n"
    text += "au,12,3,5,9,\nau,4,3,5,3;4,gone\nexpression,,3,5,4;99,e\nexpression,,3,5,4,e\n"
    imported = read("csv", write(tmp_path / "a.csv", text))
    assert [(au.au, au.apex_pts, au.flags) for au in imported.labels.aus] == [
        (12, None, ("apex_outside_span",)),
        (4, 3000, ("several_apexes",)),
    ]
    assert imported.labels.aus[1].expression_id == ""
    assert [each.apex_pts for each in imported.labels.expressions] == [(4000,)]
    assert skipped(imported) == {"expression of a name that stands twice": 1}


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(CinefacsError, match="expected one of csv, cvat"):
        find_format("word")
    assert all(each.title for each in FORMATS.values())


def test_sides_come_from_where_they_stand(tmp_path: Path) -> None:
    text = "au,side,onset_frame,offset_frame\nL12,,1,2\nL12,top,1,2\n"
    imported = read("csv", write(tmp_path / "a.csv", text))
    assert [au.side for au in imported.labels.aus] == [Side.LEFT, Side.TOP]
