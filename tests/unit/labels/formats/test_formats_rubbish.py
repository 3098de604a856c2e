"""Rubbish gives one clear error, whatever the format; a spoilt file is read in part or refused."""

import json
import random
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefacs.errors import CinefacsError, SchemaError
from cinefacs.labels.formats.catalog import FORMATS
from cinefacs.labels.formats.contract import Imported, ImportOptions
from cinefacs.labels.formats.files import DEEPEST_XML, read_json, read_text, read_xml
from cinefacs.records.labels import Labels
from tests.support.labelled_films import film_of, shelf, times_of
from tests.support.labels import AU_LABEL, CODED, EXPRESSION, WHEN

TIMES = times_of([1] * 240, film_id=AU_LABEL.film_id, time_base=Fraction(1, 24))
FILMS = shelf(film_of(TIMES))
LABELS = Labels(aus=(AU_LABEL,), expressions=(EXPRESSION,), coded=(CODED,))
OPTIONS = ImportOptions(changed_at=WHEN, coder="ann", label_set="one", character_number=1)
IN_FILES = sorted(set(FORMATS) - {"yolo"})

RUBBISH = {
    "nothing": b"",
    "text": b"Dear Sir, please find the labels attached.\n",
    "bytes": bytes(range(256)),
    "html": b"<html><body>Not found</body></html>",
    "cut json": b'{"images": [{"id": 1',
    "a number": b"42",
    "a list of numbers": b"[1, 2, 3]",
    "null": b"null",
    "not a number": b'[{"data": NaN}]',
    "deep json": b"[" * 200_000,
    "empty objects": b'{"observations": {"one": {}}, "images": {}, "data": []}',
    "cut xml": b"<annotations><track id='0'>",
    "other xml": b"<ANNOTATION_DOCUMENT/>",
    "deep xml": b"<a>" * 5000,
}
BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<annotations>&c;</annotations>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "secret.txt">]>
<annotations>&x;</annotations>"""


@pytest.mark.parametrize("name", IN_FILES)
@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_is_one_clear_error(tmp_path: Path, name: str, rubbish: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(RUBBISH[rubbish])
    with pytest.raises(SchemaError, match="expected") as caught:
        FORMATS[name].read([path], FILMS, OPTIONS)
    assert str(path) in caught.value.message


@pytest.mark.parametrize("name", ["cvat", "elan"])
@pytest.mark.parametrize("document", [BOMB, OUTSIDE], ids=["bomb", "outside"])
def test_entities_are_never_read(tmp_path: Path, name: str, document: bytes) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    path = tmp_path / "file.xml"
    path.write_bytes(document)
    with pytest.raises(SchemaError, match="DOCTYPE") as caught:
        FORMATS[name].read([path], FILMS, OPTIONS)
    assert "remove it" in caught.value.hint


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(SchemaError, match="expected a"):
        FORMATS[name].read([tmp_path / "gone"], FILMS, OPTIONS)


@pytest.mark.parametrize("name", IN_FILES)
def test_a_folder_is_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(SchemaError, match="expected a file to read"):
        FORMATS[name].read([tmp_path], FILMS, OPTIONS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "expected a file to read"),
        ({"data.yaml": "names: [AU1]"}, "expected label files"),
        ({"data.yaml": "a: [", "labels/x.txt": ""}, "expected YAML"),
        ({"data.yaml": "names: 3", "labels/x.txt": ""}, "expected `names`"),
        ({"data.yaml": "[1]", "labels/x.txt": ""}, "expected `names`"),
        ({"data.yaml": "names: {0: AU12, x: AU4}", "labels/x.txt": ""}, "expected `names`"),
        ({"data.yaml": "names: {0: AU12, 2: AU4}", "labels/x.txt": ""}, "expected `names`"),
        ({"data.yaml": "names: 2026-13-45", "labels/x.txt": ""}, "expected YAML"),
        ({"data.yaml": "names: " + "[" * 5000, "labels/x.txt": ""}, "expected YAML"),
    ],
)
def test_a_folder_that_is_no_yolo_is_refused(
    tmp_path: Path, content: dict[str, str], message: str
) -> None:
    for name, text in content.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with pytest.raises(SchemaError, match="expected") as caught:
        FORMATS["yolo"].read([tmp_path], FILMS, OPTIONS)
    assert message in caught.value.message


@pytest.mark.parametrize("kind", ["images", "categories"])
def test_an_id_of_coco_that_stands_twice_is_refused(tmp_path: Path, kind: str) -> None:
    document: dict[str, list[dict[str, object]]] = {
        "images": [{"id": 1, "frame_index": 3}],
        "categories": [{"id": 1, "name": "AU4"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1}],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert [each.au for each in FORMATS["coco"].read([path], FILMS, OPTIONS).labels.aus] == [4]
    document[kind] *= 2
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SchemaError, match=f"got {kind} with the id 1 twice"):
        FORMATS["coco"].read([path], FILMS, OPTIONS)


def spoil(content: bytes, rng: random.Random) -> bytes:
    """Return a file with a few words swapped, doubled, dropped or replaced."""
    words = content.split(b'"') if b'"' in content else content.split(b"\t")
    glue = b'"' if b'"' in content else b"\t"
    if b"," in content and rng.random() < 0.3:
        words, glue = content.split(b","), b","
    odd = [b"", b"-1", b"99999999999999999999", b"1e400", b"NaN", b"?", b"L14 or R14", b"\xff",
           b"\x00", "zwölf".encode(), b"[]", b"{}", b"null", b"true", b"0.5", b"</a>", b"&amp;",
           b"   ", b"2026", b"AU", b"<", b"'" * 3]  # fmt: skip
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(words))
        action = rng.randrange(5)
        if action == 0:
            words[place] = rng.choice(odd)
        elif action == 1 and len(words) > 2:
            del words[place]
        elif action == 2:
            words.insert(place, words[place])
        elif action == 3:
            other = rng.randrange(len(words))
            words[place], words[other] = words[other], words[place]
        else:
            words = words[: max(place, 1)]
    return glue.join(words)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a whole file of each format."""
    folder = tmp_path_factory.mktemp("whole")
    return {name: FORMATS[name].export(LABELS, FILMS, folder / name).paths[0] for name in IN_FILES}


def outcome(name: str, path: Path) -> Imported | CinefacsError:
    """Return what a reader gives or raises; any other error is a failure."""
    try:
        return FORMATS[name].read([path], FILMS, OPTIONS)
    except CinefacsError as error:
        return error


@pytest.mark.parametrize("name", IN_FILES)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_a_spoilt_file_is_read_in_part_or_refused(
    tmp_path: Path, whole: dict[str, Path], name: str, seed: int
) -> None:
    path = tmp_path / "spoilt"
    path.write_bytes(spoil(whole[name].read_bytes(), random.Random(seed)))  # noqa: S311
    found = outcome(name, path)
    if isinstance(found, CinefacsError):
        assert "expected" in found.message
    else:
        assert isinstance(found.labels, Labels)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfau")
    assert read_text(path) == "au"


def test_a_file_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)  # a hole: takes no room on the disk
    with pytest.raises(SchemaError, match="1,073,741,825 bytes"):
        read_json(path)


def test_xml_as_deep_as_allowed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<a>" * DEEPEST_XML + "</a>" * DEEPEST_XML, encoding="utf-8")
    assert read_xml(path).tag == "a"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("12,5000,9000", "time outside of the film"),  # milliseconds, most likely
        ("12,0,1000000000000000000", "time outside of the film"),
        ("12,0,100000000000000000000", "expected a whole number of at most 64 bits"),
        ("12,-300,-200", "time outside of the film"),
        ("99999999999999999999,0,48", "expected 0 to 9999"),
    ],
)
def test_a_label_that_no_film_or_code_book_holds_is_passed_over(
    tmp_path: Path, row: str, said: str
) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f"au,start_pts,end_pts\n{row}\n4,0,240\n", encoding="utf-8")
    found = FORMATS["csv"].read([path], FILMS, OPTIONS)
    assert [label.au for label in found.labels.aus] == [4]
    assert [each.n for each in found.notes if said in each.what] == [1]
