import threading
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.media.decode import decode_film
from cinefacs.media.frame import Frame
from tests.support.films import Rgb, barcode_frame, read_barcode, write_film

SIZE = (64, 48)


def make_frame(
    picture: av.VideoFrame, size_wh: tuple[int, int] = SIZE, rotation_deg: int = 0
) -> Frame:
    return Frame(
        picture,
        index=0,
        pts=100,
        duration=40,
        time_base=Fraction(1, 1000),
        size_wh=size_wh,
        rotation_deg=rotation_deg,
    )


def coloured(size_wh: tuple[int, int] = SIZE) -> Rgb:
    """Return a smooth picture in which each corner has a colour of its own."""
    across, down = np.linspace(0, 1, size_wh[0]), np.linspace(0, 1, size_wh[1])
    red = np.broadcast_to(40 + 160 * across, size_wh[::-1])
    green = np.broadcast_to(40 + 160 * down[:, None], size_wh[::-1])
    blue = np.full(size_wh[::-1], 90)
    return np.stack([red, green, blue], axis=2).astype(np.uint8)


def picture_of(rgb: Rgb, pix_fmt: str, colorspace: str = "ITU601") -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    return picture.reformat(format=pix_fmt, dst_colorspace=colorspace)


def far(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> float:
    return float(np.abs(a.astype(int) - b).mean())


def test_times_and_gap() -> None:
    frame = make_frame(picture_of(coloured(), "yuv420p"))
    assert frame.end_pts == 140
    assert not frame.follows_gap
    picture = picture_of(coloured(), "yuv420p")
    after = Frame(picture, index=1, pts=0, duration=1, time_base=Fraction(1), size_wh=SIZE,
                  n_lost_before=2)  # fmt: skip
    assert after.follows_gap


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuv420p10le",
                                     "nv12", "gbrp", "rgb24"])  # fmt: skip
def test_rgb_is_the_picture_whatever_it_is_stored_as(pix_fmt: str) -> None:
    frame = make_frame(picture_of(coloured(), pix_fmt))
    assert far(frame.rgb(), coloured()) < 2.5
    assert frame.rgb() is frame.rgb()
    assert not frame.rgb().flags.writeable
    y, u, v = frame.planes()
    assert y.shape == (48, 64)
    assert u.shape == v.shape
    assert y.dtype == u.dtype == v.dtype == np.uint8


def test_a_picture_is_converted_anew_after_its_pixels_were_dropped() -> None:
    frame = make_frame(picture_of(coloured(), "yuv420p"))
    first = frame.rgb()
    frame.drop_pixels()
    assert frame.rgb() is not first
    np.testing.assert_array_equal(frame.rgb(), first)


def test_small_pictures_are_the_same_before_and_after_the_whole_one_was_made() -> None:
    frame = make_frame(picture_of(coloured(), "yuv420p"))
    before = frame.small_rgb((32, 24))
    frame.rgb()
    after = frame.small_rgb((32, 24))
    assert before.shape == after.shape == (24, 32, 3)
    assert far(before, after) < 3
    assert far(after, coloured()[::2, ::2]) < 4


@pytest.mark.parametrize(("rotation_deg", "turns"), [(90, 3), (180, 2), (270, 1)])
def test_a_turned_picture_is_shown_upright(rotation_deg: int, turns: int) -> None:
    size_wh = SIZE if rotation_deg == 180 else SIZE[::-1]
    frame = make_frame(picture_of(coloured(), "yuv444p"), size_wh, rotation_deg)
    assert far(frame.rgb(), np.rot90(coloured(), turns)) < 2.5
    assert frame.small_rgb(size_wh).shape == frame.rgb().shape
    y, u, _ = frame.shown_yuv420p()
    assert y.shape == frame.rgb().shape[:2]
    assert u.shape == (y.shape[0] // 2, y.shape[1] // 2)
    np.testing.assert_array_equal(y, np.rot90(frame.planes()[0], turns))


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
def test_a_turned_film_reads_as_it_was_drawn(tmp_path: Path, rotation_deg: int) -> None:
    stored = np.ascontiguousarray(np.rot90(barcode_frame(77), rotation_deg // 90))
    film = write_film(tmp_path / "a.mp4", [stored] * 3, rotation_deg=rotation_deg)
    (frames,) = decode_film(film)
    assert [read_barcode(frame.rgb()) for frame in frames] == [77] * 3


def test_narrow_pixels_are_made_square() -> None:
    frame = make_frame(picture_of(coloured(), "yuv420p"), (96, 48))
    assert frame.rgb().shape == (48, 96, 3)
    assert far(frame.rgb(), coloured((96, 48))) < 3
    y, u, v = frame.shown_yuv420p()
    assert (y.shape, u.shape, v.shape) == ((48, 96), (24, 48), (24, 48))


def test_plain_yuv_is_handed_on_unchanged() -> None:
    picture = picture_of(coloured(), "yuv420p")
    frame = make_frame(picture)
    for plane, given in zip(frame.planes(), frame.shown_yuv420p(), strict=True):
        np.testing.assert_array_equal(plane, given)


def test_full_range_is_brought_into_limited_range_for_the_encoder() -> None:
    white = np.full((48, 64, 3), 255, np.uint8)
    frame = make_frame(picture_of(white, "yuvj420p"))
    assert frame.planes()[0].max() == 255
    y, _, _ = frame.shown_yuv420p()
    assert abs(int(y.max()) - 235) <= 1


def test_colours_that_are_not_told_go_by_size() -> None:
    small = make_frame(picture_of(coloured(), "yuv420p"))
    assert small.colour_codes == (6, 6, 6)
    large = (1280, 720)
    picture = picture_of(coloured(large), "yuv420p", "ITU709")
    picture.colorspace = 2  # not told
    frame = make_frame(picture, large)
    assert frame.colour_codes == (1, 1, 1)
    assert far(frame.rgb(), coloured(large)) < 2.5


def test_colours_that_are_told_are_kept() -> None:
    picture = picture_of(coloured(), "yuv420p", "ITU709")
    picture.colorspace, picture.color_trc, picture.color_primaries = 1, 1, 9
    frame = make_frame(picture)
    assert frame.colour_codes == (9, 1, 1)
    assert far(frame.rgb(), coloured()) < 2.5


def test_threads_may_convert_at_the_same_time() -> None:
    frames = [make_frame(picture_of(coloured(), "yuv420p")) for _ in range(40)]
    expected = make_frame(picture_of(coloured(), "yuv420p")).rgb()

    def convert(own: list[Frame]) -> None:
        for frame in own:
            frame.rgb()
            for width in range(8, 32, 2):  # more sizes than converters are kept
                frame.small_rgb((width, 24))

    threads = [threading.Thread(target=convert, args=(frames[k::4],)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for frame in frames:
        np.testing.assert_array_equal(frame.rgb(), expected)
