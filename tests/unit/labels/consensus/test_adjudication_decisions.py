"""A filled-in list: what is right is read exactly, what is wrong is one clear error."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import CinefacsError, SchemaError
from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.consensus.adjudication import decided_labels
from cinefacs.labels.consensus.decisions import Verdict, read_decisions
from cinefacs.labels.consensus.disputes import (
    FILLED_IN,
    Claim,
    Dispute,
    DisputeKind,
    read_disputes,
    write_disputes,
)
from cinefacs.records.au_label import Visibility
from cinefacs.records.time_span import TimeSpan
from tests.support.labels import WHEN
from tests.support.noisy_coders import FILM_ID, TIME_BASE


def make_dispute(
    kind: DisputeKind = DisputeKind.PRESENCE, *, au: int | None = 12, start: int = 1200
) -> Dispute:
    return Dispute(
        dispute_id=f"001-02-0003/{kind}/{au}/{start}",
        kind=kind,
        clip="001-02-0003",
        film_id=FILM_ID,
        film_number=1,
        character_number=2,
        au=au,
        span=TimeSpan(start_pts=start, end_pts=start + 24, time_base=TIME_BASE),
        side=Side.LEFT,
        intensity=Intensity.B,
        claims=(
            Claim(coder="ann", says="present", onset_s=50.05, offset_s=51.051, side="left"),
            Claim(coder="bob, the other", says="absent"),
        ),
    )


PRESENCE = make_dispute()
SIDE = make_dispute(DisputeKind.SIDE, start=1300)
STRENGTH = make_dispute(DisputeKind.INTENSITY, start=1400)
EMOTION = make_dispute(DisputeKind.EMOTION, au=None, start=1500)
KNOWN = {each.dispute_id: each for each in (PRESENCE, SIDE, STRENGTH, EMOTION)}


def write(path: Path, *rows: dict[str, str], delimiter: str = ",") -> Path:
    """Write a list; a row is the dispute and what was filled in."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["dispute", *FILLED_IN], restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def line(dispute: Dispute, decision: str, **others: str) -> dict[str, str]:
    return {"dispute": dispute.dispute_id, "decision": decision} | others


def test_the_list_comes_back_as_it_was_written_and_can_be_filled_in(tmp_path: Path) -> None:
    disputes = [PRESENCE, SIDE, STRENGTH, EMOTION]
    write_disputes(tmp_path, disputes, has_clip=["001-02-0003"])
    assert read_disputes(tmp_path / "adjudication.json") == disputes
    assert read_decisions(tmp_path / "adjudication.csv", KNOWN) == ([], 4)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "adjudication.csv").read_text("utf-8"))))
    first = rows[0]
    assert (first["what"], first["present"], first["absent"]) == ("AU12", "ann", "bob, the other")
    assert (first["start_s"], first["end_s"]) == ("50.05", "51.051")
    assert first["details"] == "ann: 50.050-51.051 s left"
    assert first["clip_file"] == "clips/001-02-0003.mp4"
    assert rows[3]["what"] == "emotion"


def test_an_empty_cell_leaves_what_the_claimants_say(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", line(PRESENCE, "present"), line(SIDE, ""))
    (decision,), n_open = read_decisions(path, KNOWN)
    assert n_open == 1
    assert (decision.span, decision.side, decision.intensity) == (
        PRESENCE.span, Side.LEFT, Intensity.B,
    )  # fmt: skip
    assert decision.apex_pts is None


def test_what_is_written_wins_and_times_go_to_the_nearest_tick(tmp_path: Path) -> None:
    path = write(
        tmp_path / "d.csv",
        line(
            PRESENCE, " Present ", onset_s="50.1", apex_s="50.5", offset_s="51",
            side="RIGHT", intensity="d", note="clear",
        ),
    )  # fmt: skip
    (decision,), _ = read_decisions(path, KNOWN)
    # 50.1 / (1001 / 24000) = 1201.2, 50.5 -> 1210.8, 51 -> 1222.8
    assert (decision.span.start_pts, decision.apex_pts, decision.span.end_pts) == (
        1201, 1211, 1223,
    )  # fmt: skip
    assert (decision.side, decision.intensity) == (Side.RIGHT, Intensity.D)
    assert (decision.verdict, decision.note) == (Verdict.PRESENT, "clear")


def test_a_spreadsheet_with_semicolons_commas_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", line(PRESENCE, "present", onset_s="50,1"), {}, delimiter=";")
    path.write_text("\ufeff" + path.read_text("utf-8"), encoding="utf-8")
    (decision,), n_open = read_decisions(path, KNOWN)
    assert (decision.span.start_pts, n_open) == (1201, 0)


def test_labels_of_each_verdict(tmp_path: Path) -> None:
    path = write(
        tmp_path / "d.csv",
        line(PRESENCE, "absent"),
        line(SIDE, "not codable"),
        line(STRENGTH, "present", intensity="E", onset_s="58.2"),
        line(EMOTION, "present", emotion="fear + surprise"),
    )
    decisions, _ = read_decisions(path, KNOWN)
    labels = decided_labels(decisions, label_set="a-1", changed_at=WHEN)
    assert labels.authors == (("adjudicator", "a-1"),)
    assert [(x.visibility, x.intensity, x.side) for x in labels.aus] == [
        (Visibility.NOT_CODABLE, None, Side.BOTH),
        (Visibility.VISIBLE, Intensity.E, Side.LEFT),
    ]
    assert [x.emotions for x in labels.expressions] == [("fear", "surprise")]
    assert [(c.aus, c.has_emotions) for c in labels.coded] == [
        ((12,), False), ((12,), False), ((12,), False), ((), True),
    ]  # fmt: skip
    # The onset was moved before the disputed frames: what is decided reaches from there.
    assert labels.coded[2].span.start_pts == labels.aus[1].span.start_pts == 1395
    assert labels.coded[2].span.end_pts == 1424


@pytest.mark.parametrize(
    ("row", "match"),
    [
        (line(PRESENCE, "maybe"), "line 2: decision: expected present, absent, not_codable"),
        (line(PRESENCE, "present", side="up"), "line 2: side: expected both, left"),
        (line(PRESENCE, "present", intensity="F"), "intensity: expected A, B, C, D, E"),
        (line(PRESENCE, "present", onset_s="soon"), "onset_s: expected seconds such as"),
        (line(PRESENCE, "present", onset_s="1e999999999"), "onset_s: expected seconds such as"),
        (line(PRESENCE, "present", onset_s="-1e99"), "onset_s: expected seconds such as"),
        (line(PRESENCE, "present", offset_s="50.0"), "offset_s: expected a time after the onset"),
        (line(PRESENCE, "present", onset_s="1", offset_s="2"), "times that meet the disputed"),
        (line(PRESENCE, "present", apex_s="60"), "apex_s: expected a time from onset to offset"),
        (line(SIDE, "present"), "side: expected a decision on what is disputed"),
        (line(STRENGTH, "present"), "intensity: expected a decision on what is disputed"),
        (line(EMOTION, "present"), "emotion: expected a decision on what is disputed"),
        (line(EMOTION, "not_codable"), "decision: expected present or absent for an emotion"),
        ({"dispute": "gone", "decision": "absent"}, "expected one of the study's list"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, row: dict[str, str], match: str) -> None:
    with pytest.raises(SchemaError, match=match):
        read_decisions(write(tmp_path / "d.csv", row), KNOWN)


def test_a_dispute_that_is_decided_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", line(PRESENCE, "present"), line(PRESENCE, "absent"))
    with pytest.raises(SchemaError, match="line 3: dispute: expected each once"):
        read_decisions(path, KNOWN)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "expected columns dispute, decision"),
        (b"clip,what\n1,2\n", "got none named 'dispute'"),
        (b"dispute,decision\n\xff\xfe,present\n", "expected UTF-8 text, got byte 0xff"),
        (b"dispute,decision\na,b,c\n", "line 2: expected 2 cells, got 3"),
        (b'dispute,decision\n"a,present\n', "expected CSV"),
    ],
    ids=["empty", "other-table", "not-utf8", "too-many-cells", "open-quote"],
)
def test_what_is_no_list(tmp_path: Path, content: bytes, match: str) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes(content)
    with pytest.raises(SchemaError, match=match):
        read_decisions(path, KNOWN)
    with pytest.raises(SchemaError, match="expected a readable file"):
        read_decisions(tmp_path, KNOWN)


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_rubbish_is_read_or_refused_and_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "rubbish.csv"
    path.write_bytes(b"dispute,decision,onset_s\n" + content)
    try:
        decisions, _ = read_decisions(path, KNOWN)
    except CinefacsError:
        return
    assert decisions == []


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"schema_version": 99, "disputes": []}', '{"schema_version": 1, "disputes": [{}]}'],
)
def test_a_damaged_list_of_disputes(tmp_path: Path, content: str) -> None:
    path = tmp_path / "adjudication.json"
    path.write_text(content)
    with pytest.raises(SchemaError, match=r"adjudication\.json"):
        read_disputes(path)
