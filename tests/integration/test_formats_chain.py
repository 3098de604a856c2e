"""The way of a label through the tools: CVAT, a study, ELAN, a study, COCO, a study.

The films are real ones, one with a constant and one with a variable frame rate, and every step is
the command that a user gives.
"""

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cinefacs.cli.app import run
from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.labelled_films import LabelledFilms
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.labels import Labels
from cinefacs.storage.label_tables import add_labels, read_labels
from cinefacs.storage.study import StudyLayout
from tests.support.labelled_studies import make_study
from tests.support.labels import AU_LABEL, CODED, EXPRESSION


def labels_of(films: LabelledFilms) -> Labels:
    """Return what two coders saw in two films: sides, strengths, overlaps, an expression."""
    labels = Labels()
    for film in films.films:
        times, film_id = film.times, film.film.film_id
        last = len(times) - 1

        def au(first: int, apex: int | None, end: int, **said: object) -> AuLabel:
            return dataclasses.replace(
                AU_LABEL,
                film_id=film_id,  # noqa: B023  (called within the turn)
                span=times.span_of(first, end),  # noqa: B023
                apex_pts=None if apex is None else int(times.pts[apex]),  # noqa: B023
                **said,  # type: ignore[arg-type]
            )

        expression = dataclasses.replace(
            EXPRESSION,
            film_id=film_id,
            expression_id=f"e{film.number}",
            span=times.span_of(3, 9),
            apex_pts=(int(times.pts[5]), int(times.pts[6])),
        )
        part = expression.expression_id
        labels += Labels(
            aus=(
                au(3, 5, 9, side=Side.LEFT, intensity=Intensity.B, expression_id=part),
                au(4, 6, 8, side=Side.RIGHT, intensity=Intensity.E, expression_id=part),
                au(0, 0, 0, au=4, side=Side.BOTH, intensity=None),
                au(last, None, last, au=43, side=Side.BOTH, coder="ben", character_number=2),
                au(3, 7, last, side=Side.LEFT, intensity=Intensity.A, coder="ben"),
            ),
            expressions=(expression,),
            coded=tuple(
                dataclasses.replace(
                    CODED, film_id=film_id, span=times.span_of(0, last), coder=coder,
                    character_number=number,
                )
                for coder in ("ann", "ben")
                for number in (1, 2)
            ),
        )  # fmt: skip
    return labels


def command(*words: object) -> int:
    return run(["labels", *map(str, words)])


def document(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    assert command(*words, "--json") == 0
    return dict(json.loads(capsys.readouterr().out))


def fresh(source: StudyLayout, root: Path) -> StudyLayout:
    """Return a study on the same films and faces in which nobody has labelled yet."""
    layout = StudyLayout(root)
    root.mkdir()
    for path in (source.films_path, source.characters_path, source.tracks_path, source.clips_path):
        (root / path.name).write_bytes(path.read_bytes())
    return layout


def bags(labels: Labels) -> tuple[Counter[AuLabel], Counter[ExpressionLabel], Counter[CodedSpan]]:
    return Counter(labels.aus), Counter(labels.expressions), Counter(labels.coded)


def test_nothing_is_lost_from_cvat_to_elan_to_coco(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, films = make_study(tmp_path, n_films=2)
    labels = labels_of(films)
    add_labels(first, labels)

    layout = first
    for name, suffix in (("cvat", ".xml"), ("elan", ".eaf")):
        out = tmp_path / name
        written = document(capsys, "export", layout.root, "--format", name, "--out", out)
        assert written["losses"] == []
        layout = fresh(first, tmp_path / f"after-{name}")
        files = sorted(out.glob(f"*{suffix}"))
        assert len(files) == 2
        read = document(capsys, "import", layout.root, *files, "--format", name)
        assert read["notes"] == []
        assert bags(read_labels(layout)) == bags(labels)

    out = tmp_path / "coco.json"
    written = document(capsys, "export", layout.root, "--format", "coco", "--out", out)
    assert {loss["what"] for loss in written["losses"]} == {
        "what the coder went through: the format cannot hold it",
        "frame of which the study has no picture: its file name names none",
    }
    last = fresh(first, tmp_path / "after-coco")
    read = document(capsys, "import", last.root, out, "--format", "coco")
    assert {note["what"] for note in read["notes"]} == {
        "what the coder went through, by the labels"
    }
    found = read_labels(last)
    assert bags(found)[:2] == bags(labels)[:2]
    assert all(span.source == "coco (assumed)" for span in found.coded)


@pytest.mark.parametrize("name", ["csv", "label-studio", "boris", "boris-events"])
def test_nothing_is_lost_in_one_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    first, films = make_study(tmp_path, n_films=2)
    labels = labels_of(films)
    add_labels(first, labels)
    written = document(
        capsys, "export", first.root, "--format", name, "--out", tmp_path / "out"
    )  # fmt: skip
    assert written["losses"] == []
    layout = fresh(first, tmp_path / "after")
    read = document(capsys, "import", layout.root, written["paths"][0], "--format", name)
    assert read["notes"] == []
    assert read["n_aus"] == len(labels.aus)
    assert bags(read_labels(layout)) == bags(labels)


def test_yolo_holds_units_and_frames_of_the_studys_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, films = make_study(tmp_path, pictures=True)
    labels = labels_of(films).select(lambda label: label.coder == "ben")
    add_labels(first, labels)
    out = tmp_path / "out"
    document(capsys, "export", first.root, "--format", "yolo", "--out", out)
    assert (out / "labels/001-01-0001-0004.txt").is_file()
    words = ("--coder", "tool", "--label-set", "one")
    read = document(capsys, "import", first.root, out, "--format", "yolo", *words)
    assert read["authors"] == [{"coder": "tool", "label_set": "one"}]
    found = read_labels(first, authors=[("tool", "one")])
    assert {(au.au, au.character_number, au.span) for au in found.aus} == {
        (au.au, au.character_number, au.span) for au in labels.aus
    }


def test_list_names_who_labelled_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout, films = make_study(tmp_path)
    assert command("list", layout.root) == 0
    assert capsys.readouterr().out == "nobody has labelled this study yet\n"
    add_labels(layout, labels_of(films))
    listed = document(capsys, "list", layout.root)
    assert [(each["coder"], each["n_aus"], each["n_expressions"], each["film_numbers"])
            for each in listed["authors"]] == [("ann", 3, 1, [1]), ("ben", 2, 0, [1])]  # fmt: skip
    assert command("list", layout.root) == 0
    assert "ann/round-1: 3 action units, 1 expression, 2 coded spans" in capsys.readouterr().out


def test_one_coders_labels_of_one_film_are_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout, films = make_study(tmp_path, n_films=2)
    add_labels(layout, labels_of(films))
    words = ("--coder", "ben", "--label-set", "round-1", "--film", 2)
    out = tmp_path / "one.csv"
    assert command("export", layout.root, "--format", "csv", "--out", out, *words) == 0
    assert capsys.readouterr().out == f"wrote {out}\n"
    after = fresh(layout, tmp_path / "after")
    assert command("import", after.root, out, "--format", "csv", "--label-set", "round-2") == 0
    shown = capsys.readouterr().out
    assert shown == "added 2 action units, 0 expressions and 2 coded spans by ben/round-2\n"
    assert {au.film_id for au in read_labels(after).aus} == {films.by_number(2).film.film_id}


def test_what_was_assumed_and_lost_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout, films = make_study(tmp_path)
    path = tmp_path / "sheet.csv"
    path.write_text("au;onset_frame;offset_frame\nmouth;1;3\nL12B;1;3\n4;30;99\n", encoding="utf-8")
    words = ("--coder", "cy", "--label-set", "one", "--character", 1, "--coded", "clips")
    assert command("import", layout.root, path, "--format", "csv", *words) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("added 1 action unit, 0 expressions and 1 coded span by cy/one\n")
    assert "skipped, 1x: au: expected a whole number, got 'mouth'" in shown
    assert "assumed, 1x: what the coder went through, by the clips" in shown
    coded = read_labels(layout).coded[0]
    assert coded.span == films.by_number(1).times.span_of(0, 23)
    out = tmp_path / "yolo"
    assert command("export", layout.root, "--format", "yolo", "--out", out) == 0
    shown = capsys.readouterr().out
    assert "lost, 1x: coder: the format cannot hold it (such as: cy of AU12 at" in shown
