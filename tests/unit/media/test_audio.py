from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from cinefacs.errors import FilmError
from cinefacs.media.audio import AudioBlock, _Blocks, decode_audio
from cinefacs.media.probe import read_header
from tests.support.films import barcode_frames, write_film
from tests.support.harm import overwrite


def test_sound_stands_on_the_film_s_clock(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(72), audio_s=3.0, tone_from_s=1.5)
    blocks = list(decode_audio(read_header(film)))
    assert {block.rate_hz for block in blocks} == {16_000}
    assert all(block.samples.dtype == np.float32 for block in blocks)
    assert all(1 <= len(block.samples) <= 16_000 for block in blocks)
    n_before = 0
    for block in blocks:
        assert block.start_s == blocks[0].start_s + Fraction(n_before, 16_000)
        n_before += len(block.samples)
    samples = np.concatenate([block.samples for block in blocks])
    onset_s = float(blocks[0].start_s) + np.argmax(np.abs(samples) > 0.2) / 16_000
    assert onset_s == pytest.approx(1.5, abs=0.003)
    tone = samples[-16_000:-4000]
    peak_hz = np.argmax(np.abs(np.fft.rfft(tone))) * 16_000 / len(tone)
    assert peak_hz == pytest.approx(440, abs=2)
    assert np.abs(tone).max() == pytest.approx(0.5, abs=0.05)


def test_a_film_without_sound_has_no_blocks(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(3))
    assert list(decode_audio(film)) == []


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FilmError):
        list(decode_audio(tmp_path / "missing.mp4"))


def test_damaged_sound_leaves_a_hole_and_no_error(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mkv", barcode_frames(240), audio_s=10.0)
    harmed = overwrite(film, at=0.5, n_bytes=4000)
    whole = sum(len(block.samples) for block in decode_audio(film))
    blocks = list(decode_audio(harmed))
    assert 0 < sum(len(block.samples) for block in blocks) < whole
    assert all(np.isfinite(block.samples).all() for block in blocks)


def sound(pts: int | None, n: int = 1600, rate_hz: int = 16_000) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(
        np.full((1, n), 0.25, np.float32), format="fltp", layout="mono"
    )
    frame.sample_rate, frame.time_base, frame.pts = rate_hz, Fraction(1, 1000), pts
    return frame


def spans(blocks: list[AudioBlock]) -> list[tuple[float, float]]:
    return [
        (float(block.start_s), float(block.start_s) + len(block.samples) / block.rate_hz)
        for block in blocks
    ]


def pushed(frames: list[av.AudioFrame]) -> list[AudioBlock]:
    blocks = _Blocks(16_000)
    out = [block for frame in frames for block in blocks.push(frame)]
    return out + list(blocks.finish())


def test_stamps_that_jitter_do_not_break_the_run() -> None:
    out = pushed([sound(500 + 100 * k + k % 3 * 20) for k in range(25)])
    assert spans(out) == [(0.5, 1.5), (1.5, 2.5), (2.5, 3.0)]


def test_a_hole_begins_a_new_run_at_its_own_time() -> None:
    out = pushed([sound(0), sound(100), sound(5000), sound(5100)])
    assert spans(out) == [(0.0, 0.2), (5.0, 5.2)]


def test_sound_that_changes_its_rate_goes_on() -> None:
    out = pushed([sound(0), sound(100, n=4800, rate_hz=48_000)])
    assert [start for start, _ in spans(out)] == pytest.approx([0.0, 0.1])
    assert sum(len(block.samples) for block in out) == pytest.approx(3200, abs=40)


def test_sound_without_stamps_begins_at_nought() -> None:
    assert spans(pushed([sound(None), sound(None)])) == [(0.0, 0.2)]


def test_real_sound_lasts_as_long_as_its_film(pyfeat_media: Path) -> None:
    blocks = list(decode_audio(pyfeat_media / "WolfgangLanger_Pexels.mp4"))
    assert spans(blocks)[-1][1] == pytest.approx(19.69, abs=0.01)
