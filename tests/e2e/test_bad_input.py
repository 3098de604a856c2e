"""Bad input: one clear error, exit 1 (2 for usage), nothing half-written."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cinefacs.cli.app import run
from tests.support.encoding import barcode_frames, write_film
from tests.support.media import skip_or_fail


def write_text_file(path: Path) -> None:
    path.write_text("this is a letter, not a film\n" * 50)


def write_empty_file(path: Path) -> None:
    path.touch()


def write_noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 400)


def write_truncated(path: Path) -> None:
    write_film(path, barcode_frames(30))
    path.write_bytes(path.read_bytes()[:-600])  # the index of an mp4 stands at its end


def write_nothing(path: Path) -> None:
    """Leave the file missing."""


def write_sound_only(path: Path) -> None:
    import wave

    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 8000)


BAD_FILMS = [
    write_text_file, write_empty_file, write_noise, write_truncated, write_nothing, write_sound_only
]  # fmt: skip


@pytest.mark.parametrize("write", BAD_FILMS)
def test_a_bad_film_is_one_error_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], write: object
) -> None:
    film, out = tmp_path / "film.mp4", tmp_path / "study"
    assert callable(write)
    write(film)
    assert run(["collect", str(film), "--out", str(out), "--json"]) == 1
    printed = capsys.readouterr()
    error = json.loads(printed.out)["error"]
    assert error["type"] == "FilmError"
    assert "film.mp4" in error["message"]
    assert "expected" in error["message"]
    assert printed.err.count("error:") == 1
    assert "Traceback" not in printed.err
    assert not out.exists()


def test_a_film_that_may_not_be_read(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    write_film(film, barcode_frames(5))
    film.chmod(0o000)
    command = [sys.executable, "-m", "cinefacs", "collect", str(film), "--out",
               str(tmp_path / "study")]  # fmt: skip
    if os.geteuid() == 0:  # root reads everything, unless it gives its privileges away
        if shutil.which("setpriv") is None:
            skip_or_fail("setpriv is not installed")
        command = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "film.mp4" in done.stderr
    assert "got no permission" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["colect"], 2, "collect"),
        (["collect"], 2, "FILMS"),
        (["collect", "x.mp4", "--clips.min-ms", "3"], 2, "min-s"),
        (["collect", "x.mp4", "--frames.mode", "many"], 2, "many"),
        (["collect", "x.mp4", "--clips.preset", "quick"], 2, "quick"),
        (["collect", "x.mp4", "--clips.max-s", "inf"], 1, "finite"),
        (["collect", "x.mp4", "--config", "none.yaml"], 1, "none.yaml"),
        (["models", "install", "centreface"], 1, "did you mean 'centerface'"),
    ],
)
def test_wrong_words_are_told_apart(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(words) == code
    printed = capsys.readouterr()
    assert message in printed.err + printed.out
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cinefacs.pipeline.collect.collect", interrupt)
    assert run(["collect", "x.mp4", "--out", str(tmp_path / "study")]) == 130
    assert "run the same command again" in capsys.readouterr().err


def test_an_unknown_yaml_key_names_the_right_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "c.yaml"
    config.write_text("clips: {min_length: 3}\nshot: {}\n")
    assert run(["collect", "x.mp4", "--config", str(config), "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["type"] == "ConfigError"
    assert "clips: expected a known key, got 'min_length'" in error["message"]
    assert "min_s" in error["hint"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        skip_or_fail("a small file system can be mounted only by root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_one_error_and_a_second_run_goes_on(
    small_disk: Path, pyfeat_media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = pyfeat_media / "single_face.mp4"
    words = ["collect", str(film), "--out", str(small_disk / "study"), "--json"]
    assert run(words) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["type"] == "StorageError"
    assert "No space left" in error["message"]
    assert [path.name for path in small_disk.rglob("*.tmp*")] == []
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    assert run(words) == 0
    assert json.loads(capsys.readouterr().out)["films"][0]["n_frames"] == 72
