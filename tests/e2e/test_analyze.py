"""``analyze`` as a user runs it: one command, a report; killed, it goes on and ends the same."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cinefacs.records.film import Film
from cinefacs.reports.hidden_faces import DEIDENTIFY_WORDS
from cinefacs.storage.analysis_tables import read_detections, read_events
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout
from tests.support.collecting import collect_by_command, kill_after_shots, study_content
from tests.support.reading_detector import READ_AUS

QUICK = ["--identity", "off"]


def analyze(*films: Path, out: Path, detector: Path, words: list[str] | None = None,
            code: int = 0) -> dict[str, Any]:  # fmt: skip
    done = collect_by_command(
        *films, out=out, words=[*QUICK, "--weights", str(detector), *(words or [])], code=code,
        verb="analyze",
    )  # fmt: skip
    document: dict[str, Any] = json.loads(done)
    return document


@pytest.fixture(scope="module")
def whole(
    three_shots: Path, reading_detector: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """Return the study of an uninterrupted run, and what it printed."""
    out = tmp_path_factory.mktemp("whole") / "study"
    return out, analyze(three_shots, out=out, detector=reading_detector)


def test_one_command_gives_tables_and_a_report(whole: tuple[Path, dict[str, Any]]) -> None:
    out, summary = whole
    assert {"out", "report_path", "films", "failed", "notes", "times_s"} <= summary.keys()
    (told,) = summary["films"]
    assert told["n_frames"] == 82
    assert told["n_face_tracks"] == 2
    assert told["n_read"] >= 60
    assert told["frames_per_second"] > 0
    assert told["events"]
    for event in told["events"]:
        assert {"character", "onset_s", "apex_s", "offset_s", "aus", "emotion", "duration_class",
                "score"} <= event.keys()  # fmt: skip
        assert event["onset_s"] <= event["apex_s"] < event["offset_s"]
        assert set(event["aus"]) <= set(READ_AUS)
    page = (out / "analyses/default/report.html").read_text(encoding="utf-8")
    assert summary["report_path"] == str(out / "analyses/default/report.html")
    assert page.count('class="card"') == sum(
        e["kind"] not in {"blink", "mouth", "movement"} for e in told["events"]
    )
    assert 'alt="apex"' in page
    assert "http" not in page.replace("http://www.w3.org", "")  # it reaches for nothing
    record = json.loads((out / "analyses/default/run.json").read_text())
    assert record["times_s"].keys() >= {"shots", "faces", "expressions", "events", "report"}
    assert record["models"].keys() >= {"detector.json", "model.xml", "centerface"}
    assert record["config"]["events"]["on_rise"] == 0.4
    assert not (out / ".work").exists()


def test_events_in_json_table_and_rows_agree(whole: tuple[Path, dict[str, Any]]) -> None:
    out, summary = whole
    layout = StudyLayout(out)
    paths = layout.analysis("default")
    (film,) = read_records(layout.films_path, Film)
    events = read_events(paths.events_path)
    assert [float(each.event.span.start_s) for each in events] == [
        each["onset_s"] for each in summary["films"][0]["events"]
    ]
    names = (
        "disgust", "anger", "fear", "sadness", "happiness", "contempt", "surprise", "neutral",
        *(f"AU{au}" for au in READ_AUS),
    )  # fmt: skip
    tracks = list(read_detections(paths.detections_path, names, film_id=film.film_id))
    assert sum(len(track) for track in tracks) == summary["films"][0]["n_read"]
    for each in events:
        (own,) = [track for track in tracks if track.track_id[0] == each.event.track_id]
        assert each.event.span.start_pts in own.pts
        assert each.event.span.end_pts in own.end_pts
    assert {each.shot_index for each in events} <= {0, 2}  # nobody is in the second shot


def test_a_killed_run_goes_on_and_ends_the_same(
    three_shots: Path, reading_detector: Path, whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out = tmp_path / "study"
    words = [*QUICK, "--weights", str(reading_detector)]
    killed = [
        kill_after_shots(three_shots, out, n_shots=n, words=words, verb="analyze") for n in (1, 2)
    ]
    assert killed == [True, True]
    analyze(three_shots, out=out, detector=reading_detector)
    mended, uninterrupted = study_content(out), study_content(whole[0])
    assert mended.keys() == uninterrupted.keys()
    different = [name for name in mended if mended[name] != uninterrupted[name]]
    assert different == []


def test_a_finished_analysis_has_nothing_to_do(
    three_shots: Path, reading_detector: Path, whole: tuple[Path, dict[str, Any]]
) -> None:
    out, summary = whole
    before = (out / "analyses/default/run.json").read_bytes()
    again = analyze(three_shots, out=out, detector=reading_detector)
    assert again["was_done"]
    assert again["films"] == summary["films"]
    assert (out / "analyses/default/run.json").read_bytes() == before


def test_other_options_are_refused_and_forced(
    three_shots: Path, reading_detector: Path, whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out = tmp_path / "study"
    shutil.copytree(whole[0], out)
    words = ["--events.baseline-quantile", "1", "--events.max-baseline", "0.999999",
             "--events.on-expression", "0.999", "--events.on-rise", "0.999"]  # fmt: skip
    error = analyze(three_shots, out=out, detector=reading_detector, words=words, code=1)["error"]
    assert error["type"] == "StudyError"
    assert "--name" in error["hint"]
    detections = (out / "analyses/default/detections.parquet").stat()
    forced = analyze(three_shots, out=out, detector=reading_detector, words=[*words, "--force"])
    assert len(forced["films"][0]["events"]) < len(whole[1]["films"][0]["events"])
    again = analyze(three_shots, out=out, detector=reading_detector, words=[*words, "--force"])
    assert not again["was_done"]
    assert again["films"][0]["events"] == forced["films"][0]["events"]
    # events were found anew, nothing was read anew
    assert (out / "analyses/default/detections.parquet").stat().st_mtime_ns == (
        detections.st_mtime_ns
    )
    other_faces = ["--name", "b", "--faces.find-rate-hz", "8"]
    error = analyze(three_shots, out=out, detector=reading_detector, words=other_faces, code=1)
    assert "collect --force" in error["error"]["hint"]


def test_a_changed_table_of_emotion_rules_is_another_analysis(
    three_shots: Path, reading_detector: Path, whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out, rules = tmp_path / "study", tmp_path / "mine.yaml"
    shutil.copytree(whole[0], out)
    rules.write_text("rules: [{emotion: happiness, number: 5, aus: [12]}]", encoding="utf-8")
    words = ["--name", "own", "--events.rules", str(rules)]
    analyze(three_shots, out=out, detector=reading_detector, words=words)
    assert analyze(three_shots, out=out, detector=reading_detector, words=words)["was_done"]
    record = json.loads((out / "analyses/own/run.json").read_text(encoding="utf-8"))
    assert len(record["models"]["emotion rules"]) == 64
    rules.write_text("rules: [{emotion: surprise, number: 3, aus: [12]}]", encoding="utf-8")
    error = analyze(three_shots, out=out, detector=reading_detector, words=words, code=1)["error"]
    assert error["type"] == "StudyError"
    assert "--force" in error["hint"]
    forced = analyze(three_shots, out=out, detector=reading_detector, words=[*words, "--force"])
    assert not forced["was_done"]


def test_the_report_can_be_made_anew_without_faces(
    three_shots: Path, reading_detector: Path, whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out = tmp_path / "study"
    shutil.copytree(whole[0], out)
    report = out / "analyses/default/report.html"
    open_faces = jpegs_in(report)
    words = ["--deidentify", "--force"]
    hidden = analyze(three_shots, out=out, detector=reading_detector, words=words)
    assert hidden["films"][0]["events"] == whole[1]["films"][0]["events"]
    assert jpegs_in(report)
    assert not open_faces & jpegs_in(report)
    assert DEIDENTIFY_WORDS[:60] in report.read_text(encoding="utf-8")


def jpegs_in(page: Path) -> set[str]:
    return set(re.findall(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+", page.read_text("utf-8")))


def test_it_runs_where_torch_is_not_and_without_a_network(
    three_shots: Path, reading_detector: Path, tmp_path: Path
) -> None:
    program = f"""
import socket, sys
for name in ("torch", "torchvision", "lightning", "safetensors", "dlib"):
    sys.modules[name] = None
def refuse(*words, **options):
    raise OSError("no network")
socket.socket.connect = refuse
import cinefacs
from pathlib import Path
summary = cinefacs.analyze(
    {str(three_shots)!r}, out={str(tmp_path / "study")!r}, weights={str(reading_detector)!r},
    config=cinefacs.AnalyzeConfig(identity="off"),
)
assert isinstance(summary, cinefacs.AnalysisSummary)
print(summary.films[0].n_read)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 60
