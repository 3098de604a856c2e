"""The sound of shots: places in time, gaps, speech and flux of signals that are known."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.media.audio import decode_audio
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan
from cinefacs.shots import sound
from cinefacs.shots.loudness import KWeighting, gated_loudness
from cinefacs.shots.sound import ShotSound, SoundMeter
from cinefacs.shots.sound_frames import FrameAnalyser
from cinefacs.shots.speech import is_speech, syllable_modulation
from cinefacs.storage.record_tables import record_schema, records_to_table, table_to_records

RATE_HZ = 16_000
Samples = npt.NDArray[np.float32]


def make_shots(*edges_s: float) -> list[Shot]:
    """Return shots that follow each other, at 1,000 ticks a second and a frame per tick."""
    shots = []
    for index, ends in enumerate(pairwise(edges_s)):
        start, end = (round(edge * 1000) for edge in ends)
        frames = {"start_frame": start, "core_start_frame": start, "core_end_frame": end}
        span = TimeSpan(start_pts=start, end_pts=end, time_base=Fraction(1, 1000))
        starts_with = ShotStart.FILM if start == 0 else ShotStart.CUT
        shot = Shot(
            film_id="b" * 64,
            shot_index=index,
            end_frame=end,
            span=span,
            starts_with=starts_with,
            **frames,
        )
        shots.append(shot)
    return shots


def measure(samples: Samples, shots: list[Shot], *, block: int = RATE_HZ) -> list[ShotSound]:
    meter = SoundMeter(shots, rate_hz=RATE_HZ)
    for start in range(0, len(samples), block):
        meter.push(samples[start : start + block], Fraction(start, RATE_HZ))
    return meter.finish()


def times(length_s: float) -> npt.NDArray[np.float64]:
    return np.arange(round(length_s * RATE_HZ)) / RATE_HZ


def tone(length_s: float, *, amplitude: float = 0.2, frequency_hz: float = 440) -> Samples:
    return (amplitude * np.sin(2 * np.pi * frequency_hz * times(length_s))).astype(np.float32)


def noise(length_s: float, *, amplitude: float = 0.1) -> Samples:
    rng = np.random.default_rng(7)
    return (amplitude * rng.normal(size=round(length_s * RATE_HZ))).astype(np.float32)


def vowel(length_s: float, *, amplitude: float = 0.1) -> Samples:
    """Return 120 Hz with its harmonics, shaped like the formants of a vowel."""
    wave = np.zeros(round(length_s * RATE_HZ))
    for harmonic in range(120, 4000, 120):
        formants = ((500, 100, 1.0), (1500, 120, 0.5), (2500, 150, 0.3))
        gain = sum(g / (1 + ((harmonic - f) / width) ** 2) for f, width, g in formants)
        wave += gain * np.sin(2 * np.pi * harmonic * times(length_s))
    return (amplitude * wave).astype(np.float32)


def syllables(length_s: float) -> Samples:
    """Return an envelope that opens and closes 4 times a second."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * 4 * times(length_s))).astype(np.float32)


def test_rows_survive_the_table() -> None:
    rows = measure(tone(2), make_shots(0, 1, 2))
    table = records_to_table(ShotSound, rows)
    assert table.schema == record_schema(ShotSound)
    assert table_to_records(ShotSound, table) == rows


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loudness_lufs", -70.5),
        ("loudness_lufs", float("nan")),
        ("speech_share", 1.5),
        ("spectral_flux", float("nan")),
    ],
)
def test_record_refuses_what_is_out_of_range(field: str, value: float) -> None:
    good = {"loudness_lufs": -20.0, "speech_share": 0.5, "spectral_flux": 0.1}
    with pytest.raises(SchemaError, match=field):
        ShotSound(film_id="c" * 64, shot_index=0, **good | {field: value})


@pytest.mark.parametrize("rate_hz", [4_000, 22_050])
def test_rate_must_fit_the_hops(rate_hz: int) -> None:
    with pytest.raises(SchemaError, match="rate_hz"):
        SoundMeter(make_shots(0, 1), rate_hz=rate_hz)


def test_samples_must_be_one_channel() -> None:
    with pytest.raises(SchemaError, match="shape"):
        SoundMeter(make_shots(0, 1), rate_hz=RATE_HZ).push(np.zeros((2, 9), np.float32), 0)


def test_each_shot_reads_its_own_sound() -> None:
    loud, soft = tone(2), tone(2, amplitude=0.02)
    rows = measure(np.concatenate([loud, soft, loud]), make_shots(0, 2, 4, 6))
    readings = [row.loudness_lufs for row in rows]
    assert [row.shot_index for row in rows] == [0, 1, 2]
    assert readings[0] - readings[1] == pytest.approx(20, abs=0.1)
    assert readings[2] == pytest.approx(readings[0], abs=0.1)


def test_too_little_sound_makes_no_row() -> None:
    assert SoundMeter(make_shots(0, 5), rate_hz=RATE_HZ).finish() == []
    rows = measure(tone(4), make_shots(0, 0.3, 1, 5, 9))  # the last lies behind the sound
    assert [row.shot_index for row in rows] == [1, 2]


def test_sound_may_begin_before_and_end_after_the_shots() -> None:
    meter = SoundMeter(make_shots(0, 1, 2), rate_hz=RATE_HZ)
    meter.push(tone(5), -1.5)
    rows = meter.finish()
    assert [row.shot_index for row in rows] == [0, 1]
    assert rows[0].loudness_lufs == pytest.approx(rows[1].loudness_lufs, abs=0.01)


@given(cuts=st.lists(st.integers(1, 31_999), max_size=12, unique=True))
def test_blocks_do_not_matter(cuts: list[int]) -> None:
    samples = vowel(2) * syllables(2) + noise(2, amplitude=0.01)
    meter = SoundMeter(make_shots(0, 0.9, 2), rate_hz=RATE_HZ)
    edges = [0, *sorted(cuts), len(samples)]
    for start, end in pairwise(edges):
        meter.push(samples[start:end], Fraction(start, RATE_HZ))
    for got, expected in zip(
        meter.finish(), measure(samples, make_shots(0, 0.9, 2), block=len(samples)), strict=True
    ):
        assert got.loudness_lufs == pytest.approx(expected.loudness_lufs, abs=1e-9)
        assert got.spectral_flux == pytest.approx(expected.spectral_flux, abs=1e-9)
        assert got.speech_share == expected.speech_share


def test_overlap_is_heard_once() -> None:
    samples = noise(4)
    meter = SoundMeter(make_shots(0, 4), rate_hz=RATE_HZ)
    meter.push(samples[:20_000], 0)
    meter.push(samples[5_000:8_000], Fraction(5_000, RATE_HZ))  # all of it known
    meter.push(samples[18_000:], Fraction(18_000, RATE_HZ))
    assert meter.finish() == measure(samples, make_shots(0, 4), block=20_000)


def test_rounded_stamps_are_no_gaps() -> None:
    samples = tone(4)
    meter = SoundMeter(make_shots(0, 0.44, 4), rate_hz=RATE_HZ)
    for start in range(0, len(samples), 1_000):  # 62.5 ms, stamped in whole ms
        meter.push(samples[start : start + 1_000], Fraction(round(start / 16), 1000))
    rows = meter.finish()
    assert [row.shot_index for row in rows] == [0, 1]  # 20 hops without a gap fit into the first
    assert rows[1].loudness_lufs == pytest.approx(
        measure(samples, make_shots(0, 4))[0].loudness_lufs, abs=0.05
    )


def test_bridge_reaches_over_an_empty_buffer() -> None:
    meter = SoundMeter(make_shots(0, 1), rate_hz=RATE_HZ)
    samples = tone(1)
    meter.push(samples[:3], 0)  # all before the first whole window: nothing is held
    meter.push(samples[10:], Fraction(10, RATE_HZ))
    assert meter.finish()[0].loudness_lufs == pytest.approx(
        measure(samples, make_shots(0, 1))[0].loudness_lufs, abs=0.01
    )


def test_nothing_reaches_over_a_gap() -> None:
    meter = SoundMeter(make_shots(0, 10), rate_hz=RATE_HZ)
    for start in range(10):  # 0.35 s of each second: no block of 400 ms is whole
        meter.push(tone(0.35), start)
    assert meter.finish() == []


def test_missing_sound_does_not_count_as_silence() -> None:
    meter = SoundMeter(make_shots(0, 10), rate_hz=RATE_HZ)
    meter.push(noise(2), 0)
    meter.push(noise(2), 7)
    whole = measure(noise(2), make_shots(0, 2))[0]
    (row,) = meter.finish()
    assert row.loudness_lufs == pytest.approx(whole.loudness_lufs, abs=0.05)
    assert row.spectral_flux == pytest.approx(whole.spectral_flux, rel=0.02)


def test_samples_that_are_no_numbers_are_a_gap() -> None:
    broken = tone(4)
    broken[20_000:20_100] = np.nan
    broken[-1] = np.inf
    (row,) = measure(broken, make_shots(0, 4))
    (whole,) = measure(tone(4), make_shots(0, 4))
    assert row.loudness_lufs == pytest.approx(whole.loudness_lufs, abs=0.05)
    assert measure(np.full(RATE_HZ, np.nan, np.float32), make_shots(0, 1)) == []


def test_memory_holds_numbers_not_samples() -> None:
    meter = SoundMeter(make_shots(0, 60), rate_hz=RATE_HZ)
    second = noise(1)
    for start in range(60):
        meter.push(second, start)
    assert kept_bytes(meter) <= 60 * 50 * 5 * 8
    assert meter._held.shape[1] < RATE_HZ // 10


@pytest.mark.parametrize("n_shots", [6, 60])
def test_memory_holds_the_running_shot_however_long_the_film_is(n_shots: int) -> None:
    edges_s = [2 * shot for shot in range(n_shots + 1)]
    meter = SoundMeter(make_shots(*edges_s), rate_hz=RATE_HZ)
    block = noise(1)
    most = 0
    for start in range(2 * n_shots + 9):  # the sound track is longer than the picture
        meter.push(block, start)
        most = max(most, kept_bytes(meter))
    # The shot, 75 hops on either side, and a block of 1 s at either end that is not cut up.
    assert most <= (2 * 50 + 2 * 75 + 2 * 50) * 5 * 8
    assert kept_bytes(meter) == 0
    assert [row.shot_index for row in meter.finish()] == list(range(n_shots))


def kept_bytes(meter: SoundMeter) -> int:
    return sum(getattr(piece, name).nbytes for piece in meter._hops for name in piece.__slots__)


@given(
    lengths_s=st.lists(st.sampled_from([0.1, 0.5, 0.9, 2, 4.5]), min_size=1, max_size=8),
    gaps=st.sets(st.integers(0, 11), max_size=4),
    begins_s=st.sampled_from([-1.5, 0, 0.33, 3]),
)
def test_forgetting_changes_nothing(
    lengths_s: list[float], gaps: set[int], begins_s: float
) -> None:
    """What is measured on the way equals what is measured when all of the sound is known."""
    shots = make_shots(0, *np.cumsum(lengths_s))
    samples = vowel(12) * syllables(12) + noise(12, amplitude=0.01)

    def measure_with(reach_hops: int) -> list[ShotSound]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sound, "_REACH_HOPS", reach_hops)
            meter = SoundMeter(shots, rate_hz=RATE_HZ)
            for second in set(range(12)) - gaps:
                block = samples[second * RATE_HZ : (second + 1) * RATE_HZ]
                meter.push(block, Fraction(begins_s) + second)
            return meter.finish()

    assert measure_with(sound._REACH_HOPS) == measure_with(10**6)


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param(tone(6), id="steady tone"),
        pytest.param(noise(6), id="noise"),
        pytest.param(np.zeros(6 * RATE_HZ, np.float32), id="silence"),
        pytest.param(vowel(6), id="hum that never closes"),
        pytest.param(noise(6) * syllables(6), id="noise in the rhythm of syllables"),
        pytest.param(vowel(6) * syllables(6) * np.float32(1e-4), id="too soft to hear"),
    ],
)
def test_no_speech(samples: Samples) -> None:
    rows = measure(samples, make_shots(0, 2, 6))
    assert len(rows) == 2
    assert all(row.speech_share <= 0.02 for row in rows)


@pytest.mark.parametrize("background", [0.0, 0.01])
def test_speech_like_sound(background: float) -> None:
    samples = vowel(6) * syllables(6) + noise(6, amplitude=background)
    assert all(row.speech_share > 0.7 for row in measure(samples, make_shots(0, 2, 6)))


def test_speech_stays_in_its_shot() -> None:
    samples = np.concatenate([noise(4), vowel(4) * syllables(4) + noise(4, amplitude=0.005)])
    before, after = measure(samples, make_shots(0, 4, 8))
    assert before.speech_share < 0.02
    assert after.speech_share > 0.7


def test_consonants_beside_a_vowel_count() -> None:
    level = np.full(40, -20.0)
    harmonicity = np.zeros(40)
    harmonicity[20] = 0.9
    marked = is_speech(level, harmonicity, np.ones(40), floor_db=-60)
    assert np.flatnonzero(marked).tolist() == list(range(17, 24))


@pytest.mark.parametrize("rate_hz", [2, 4, 8])
def test_full_modulation_has_depth_1(rate_hz: int) -> None:
    wave = 1 + np.cos(2 * np.pi * rate_hz * np.arange(200) / 50)
    level = 20 * np.log10(np.maximum(wave, 1e-6))
    assert syllable_modulation(level) == pytest.approx(np.ones(200), abs=0.2)


def test_other_rhythms_are_not_syllables() -> None:
    slow = 20 * np.log10(1.1 + np.cos(2 * np.pi * 0.2 * np.arange(500) / 50))
    fast = 20 * np.log10(1.1 + np.cos(2 * np.pi * 15 * np.arange(500) / 50))
    assert np.median(syllable_modulation(slow)) < 0.1
    assert syllable_modulation(fast).max() < 0.1
    assert not syllable_modulation(np.zeros(49)).any()


def test_frames_know_level_and_pitch() -> None:
    windows = np.stack([tone(0.04, amplitude=1.0, frequency_hz=500), noise(0.04)])
    frames = FrameAnalyser(RATE_HZ, 640).push(windows)
    assert frames.level_db[0] == pytest.approx(-3.01, abs=0.05)
    assert frames.harmonicity[0] > 0.95
    assert frames.harmonicity[1] < 0.45
    rumble = FrameAnalyser(RATE_HZ, 640).push(tone(0.04, amplitude=1.0, frequency_hz=30)[None])
    assert rumble.level_db[0] < -25


def test_flux_is_zero_for_a_steady_spectrum_and_ignores_level() -> None:
    steady = np.tile(tone(0.02, frequency_hz=500), 2)
    frames = FrameAnalyser(RATE_HZ, 640).push(np.stack([steady, steady * 0.1, steady * 3]))
    assert np.isnan(frames.flux[0])
    assert frames.flux[1:] == pytest.approx(0, abs=1e-6)


def test_flux_is_the_norm_of_the_increases() -> None:
    analyser = FrameAnalyser(RATE_HZ, 640)
    first, second = noise(0.08)[:640], noise(0.08)[640:1280]
    analyser.push(first[None])
    (flux,) = analyser.push(second[None]).flux
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(640) / 640)
    shares = [np.abs(np.fft.rfft(frame * window, 1024)) for frame in (first, second)]
    increase = np.clip(shares[1] / shares[1].sum() - shares[0] / shares[0].sum(), 0, None)
    assert flux == pytest.approx(np.linalg.norm(increase), rel=1e-9)
    analyser.reset()
    assert np.isnan(analyser.push(first[None]).flux[0])


def test_changing_sound_has_more_flux_than_steady_sound() -> None:
    notes = [tone(0.1, frequency_hz=300 + 150 * (step % 5)) for step in range(40)]
    (moving,) = measure(np.concatenate(notes), make_shots(0, 4))
    (steady,) = measure(tone(4), make_shots(0, 4))
    assert moving.spectral_flux > 100 * steady.spectral_flux


def test_cut_to_another_sound_is_no_flux_of_either_shot() -> None:
    samples = np.concatenate([tone(2, frequency_hz=500), tone(2, frequency_hz=1500)])
    (joined,) = measure(samples, make_shots(0, 4))
    assert joined.spectral_flux > 1e-3
    assert all(row.spectral_flux < 1e-5 for row in measure(samples, make_shots(0, 2, 4)))


def test_blocks_of_loudness_do_not_join_stretches() -> None:
    assert gated_loudness([np.ones(19), np.ones(19)]) is None
    assert gated_loudness([np.ones(20), np.zeros(5)]) == pytest.approx(-0.691)


def test_weighting_forgets_when_reset() -> None:
    weighting = KWeighting(RATE_HZ)
    fresh = weighting.push(noise(0.1))
    weighting.reset()
    np.testing.assert_allclose(weighting.push(noise(0.1)), fresh, atol=1e-12)


def measure_file(path: Path, length_s: float) -> list[ShotSound]:
    meter = SoundMeter(make_shots(0, length_s), rate_hz=RATE_HZ)
    for block in decode_audio(path, rate_hz=RATE_HZ):
        meter.push(block.samples, block.start_s)
    return meter.finish()


def test_real_song_has_voices(team_clip: Path) -> None:
    (row,) = measure_file(team_clip, 12)
    assert -35 < row.loudness_lufs < -10
    assert row.speech_share > 0.3


def test_real_room_without_speech(pyfeat_media: Path) -> None:
    (row,) = measure_file(pyfeat_media / "face_noface.mov", 6)
    assert row.loudness_lufs < -20
    assert row.speech_share < 0.1
