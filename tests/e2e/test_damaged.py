"""A damaged film is an error that says how much is readable; asked to, we use the readable part."""

import json
from pathlib import Path

import av
import pytest

from cinefacs.records.shot import Shot, ShotStart
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout
from tests.support.collecting import collect_by_command
from tests.support.encoding import write_film
from tests.support.harm import busy_frames, cut_short, overwrite

N_FRAMES = 240


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    write_film(path, busy_frames(N_FRAMES), gop=24)
    return path


def error_of(film: Path, out: Path) -> dict[str, str]:
    error: dict[str, str] = json.loads(collect_by_command(film, out=out, code=1))["error"]
    return error


def test_a_damaged_middle(film: Path, tmp_path: Path) -> None:
    film = overwrite(film, at=0.5, n_bytes=3000)
    out = tmp_path / "study"
    error = error_of(film, out)
    assert error["type"] == "DamagedFilmError"
    assert f"of {N_FRAMES} frames" in error["message"]
    assert "can be read" in error["message"]
    assert "--allow-damaged" in error["hint"]
    assert not out.exists()
    summary = json.loads(collect_by_command(film, out=out, words=["--allow-damaged"]))
    (told,) = summary["films"]
    assert 0 < told["n_damaged_frames"] < N_FRAMES
    assert told["n_frames"] + told["n_damaged_frames"] == N_FRAMES
    assert any("damaged" in note for note in summary["notes"])
    assert any("damaged" in note for note in json.loads((out / "run.json").read_text())["notes"])
    shots = read_records(StudyLayout(out).shots_path, Shot)
    assert ShotStart.GAP in {shot.starts_with for shot in shots}


def test_a_film_that_ends_early(film: Path, tmp_path: Path) -> None:
    with (
        av.open(str(film)) as source,
        av.open(str(tmp_path / "fast.mp4"), "w", options={"movflags": "faststart"}) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    fast = tmp_path / "fast.mp4"
    fast = cut_short(fast, share=0.6)
    error = error_of(fast, tmp_path / "study")
    assert error["type"] == "DamagedFilmError"
    assert f"of {N_FRAMES} frames" in error["message"]
    told = json.loads(collect_by_command(fast, out=tmp_path / "study", words=["--allow-damaged"]))[
        "films"
    ][0]
    assert 0.3 * N_FRAMES < told["n_frames"] < 0.9 * N_FRAMES
