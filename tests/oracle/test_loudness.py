"""Loudness against ITU-R BS.1770-4, EBU Tech 3341 (2016) and scipy's recursive filter.

- Annex 1, tables 1 and 2: coefficients of the K-weighting at 48 kHz.
- Annex 1: a 997 Hz sine at 0 dBFS in one front channel reads -3.01 LKFS.
- Tech 3341, table 1, cases 1 to 4: 1 kHz sines in both channels of a stereo file at a peak level
  of L dBFS read L LUFS; in one channel the same sine reads 3.01 LU less. Tolerance 0.1 LU.
"""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import sosfilt

from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan
from cinefacs.shots.loudness import KWeighting, k_weighting_sections
from cinefacs.shots.sound import SoundMeter

STANDARD_SHELF = [
    [1.53512485958697, -2.69169618940638, 1.19839281085285],
    [1.0, -1.69065929318241, 0.73248077421585],
]
STANDARD_HIGH_PASS = [[1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621]]
ONE_CHANNEL_LU = 10 * np.log10(0.5)


def sine(frequency_hz: float, level_dbfs: float, length_s: float, rate_hz: int) -> npt.NDArray[
    np.float32
]:  # fmt: skip
    times = np.arange(round(length_s * rate_hz)) / rate_hz
    wave = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency_hz * times)
    return wave.astype(np.float32)


def read_lufs(samples: npt.NDArray[np.float32], rate_hz: int) -> float:
    span = TimeSpan(start_pts=0, end_pts=len(samples), time_base=Fraction(1, rate_hz))
    shot = Shot(
        film_id="a" * 64,
        shot_index=0,
        start_frame=0,
        end_frame=24,
        core_start_frame=0,
        core_end_frame=24,
        span=span,
        starts_with=ShotStart.FILM,
    )
    meter = SoundMeter([shot], rate_hz=rate_hz)
    meter.push(samples, 0)
    return meter.finish()[0].loudness_lufs


def test_coefficients_at_48_khz_are_the_standards() -> None:
    expected = np.array([STANDARD_SHELF, STANDARD_HIGH_PASS])
    np.testing.assert_allclose(k_weighting_sections(48_000), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 48_000])
def test_filter_in_blocks_is_the_recursive_filter(rate_hz: int) -> None:
    rng = np.random.default_rng(4)
    samples = rng.normal(size=2 * rate_hz) + 0.5  # an offset, which the high-pass must remove
    sections = k_weighting_sections(rate_hz).reshape(2, 6)
    weighting = KWeighting(rate_hz)
    cuts = np.sort(rng.integers(1, len(samples), size=9))
    blocks = [weighting.push(block) for block in np.split(samples, cuts) if len(block)]
    np.testing.assert_allclose(np.concatenate(blocks), sosfilt(sections, samples), atol=1e-9)


@pytest.mark.parametrize(("rate_hz", "tolerance_lu"), [(48_000, 0.005), (16_000, 0.05)])
def test_full_scale_sine_reads_the_calibration(rate_hz: int, tolerance_lu: float) -> None:
    measured = read_lufs(sine(997, 0, 5, rate_hz), rate_hz)
    assert measured == pytest.approx(-3.01, abs=tolerance_lu)


@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
@pytest.mark.parametrize("level_dbfs", [-23.0, -33.0])
def test_tech_3341_cases_1_and_2(level_dbfs: float, rate_hz: int) -> None:
    measured = read_lufs(sine(1000, level_dbfs, 20, rate_hz), rate_hz)
    assert measured == pytest.approx(level_dbfs + ONE_CHANNEL_LU, abs=0.1)


@pytest.mark.parametrize(
    "levels_and_lengths",
    [
        pytest.param([(-36, 10), (-23, 60), (-36, 10)], id="case 3: relative gate"),
        pytest.param(
            [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], id="case 4: both gates"
        ),
    ],
)
def test_tech_3341_gates(levels_and_lengths: list[tuple[float, float]]) -> None:
    parts = [sine(1000, level, length, 16_000) for level, length in levels_and_lengths]
    # In one channel the levels lie 3 LU lower against the absolute gate; no part crosses it.
    measured = read_lufs(np.concatenate(parts), 16_000)
    assert measured == pytest.approx(-23 + ONE_CHANNEL_LU, abs=0.1)


def test_nothing_above_the_absolute_gate_reads_the_floor() -> None:
    assert read_lufs(np.zeros(32_000, np.float32), 16_000) == -70.0
    assert read_lufs(sine(997, -68, 2, 16_000), 16_000) == -70.0
    assert read_lufs(sine(997, -66, 2, 16_000), 16_000) == pytest.approx(-69.06, abs=0.05)
