"""What is drawn stays in the picture, can be read at any size, and hides no other face."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.errors import ConfigError
from cinefacs.reports.config import AnnotatedFilmConfig
from cinefacs.reports.frame_view import AuScore, EventView, FaceView, FrameView
from cinefacs.reports.lettering import Rgb, text_width_px, to_ascii, write_text_on
from cinefacs.reports.overlay import Overlay, colour_of

CONFIG = AnnotatedFilmConfig(has_clock=False)
SMILE = (AuScore(au=6, score=0.5, is_in_event=True), AuScore(au=12, score=0.9, is_in_event=True))


def face(box: tuple[float, float, float, float], **fields: Any) -> FaceView:  # noqa: ANN401
    given: dict[str, Any] = {"key": 0, "person": 1, "name": "01 Ada", "aus": SMILE} | fields
    return FaceView(box_xyxy=np.array(box, np.float32), points_xy=None, **given)


def painted(
    view: FrameView, size_wh: tuple[int, int], overlay: Overlay | None = None, level: int = 70
) -> Rgb:
    picture = np.full((size_wh[1], size_wh[0], 3), level, np.uint8)
    (overlay or Overlay(CONFIG)).paint(picture, view)
    return picture


def view_of(*faces: FaceView, events: tuple[EventView, ...] = ()) -> FrameView:
    return FrameView(clock="", faces=faces, events=events)


def rows_like(picture: Rgb, colour: tuple[int, int, int]) -> npt.NDArray[np.int64]:
    return np.asarray((np.abs(picture.astype(int) - colour).max(axis=2) < 40).sum(axis=1), np.int64)


@pytest.mark.parametrize("height", [360, 720, 1080, 2160])
def test_letters_grow_with_the_picture(height: int) -> None:
    """A tab's height is 1.15 lines, and a line is at least 11 px."""
    width = height * 16 // 9
    box = (0.3 * width, 0.3 * height, 0.5 * width, 0.7 * height)
    picture = painted(view_of(face(box, aus=())), (width, height))
    above = picture[: int(box[1] - max(3, height // 100))]
    tab = rows_like(above, colour_of(1)) > 0.02 * width
    assert tab.sum() == pytest.approx(max(11, 0.034 * height) * 1.15, rel=0.35)
    assert tab.sum() >= 8


def test_small_letters_can_be_told_apart() -> None:
    """At the smallest size no two digits look alike: a fifth of their ink differs at least."""
    drawn = []
    for digit in "0123456789":
        canvas = np.zeros((14, 14, 3), np.uint8)
        write_text_on(canvas, digit, left=1, top=1, line_px=11, colour=(255, 255, 255))
        drawn.append(canvas[..., 0].astype(float))
    for a in range(10):
        for b in range(a):
            ink = max(drawn[a].sum(), drawn[b].sum())
            assert np.abs(drawn[a] - drawn[b]).sum() > 0.2 * ink, (a, b)


def test_a_bar_is_as_long_as_its_score() -> None:
    lengths = []
    for score in (0.25, 0.5, 1.0):
        aus = (AuScore(au=12, score=score, is_in_event=True),)
        picture = painted(view_of(face((100, 100, 300, 300), aus=aus)), (1280, 720))
        bar = np.abs(picture[104:135, 330:].astype(int) - colour_of(1)).max(axis=2) < 12
        lengths.append(int(bar.any(axis=0).sum()))
    assert lengths[1] == pytest.approx(2 * lengths[0], abs=2)
    assert lengths[2] == pytest.approx(4 * lengths[0], abs=4)
    assert lengths[0] > 10


def test_the_panel_hides_no_other_face() -> None:
    """A neighbour stands to the right: the panel goes elsewhere."""
    left, right = (300.0, 100.0, 500.0, 300.0), (510.0, 100.0, 710.0, 300.0)
    neighbour = face(right, key=1, person=2, name="", aus=())
    alone = painted(view_of(neighbour), (1280, 720))
    both = painted(view_of(face(left), neighbour), (1280, 720))
    assert np.array_equal(both[110:290, 530:700], alone[110:290, 530:700])
    assert not np.array_equal(both, alone)


def test_a_panel_stays_on_its_side() -> None:
    """A neighbour that comes a little nearer does not make the panel jump about."""
    overlay = Overlay(CONFIG)
    places = []
    for step in range(12):
        near = face((640 + 4 * (step % 3), 100, 800, 300), key=1, person=2, name="", aus=())
        picture = painted(view_of(face((300, 100, 500, 300)), near), (1280, 720), overlay)
        places.append(bool((picture[105:130, 505:560] != 70).any()))
    assert len(set(places)) == 1


@pytest.mark.parametrize(
    "box",
    [(-30, -30, 60, 60), (600, 330, 700, 420), (0, 0, 640, 360), (-90, 10, -10, 90)],
    ids=["corner", "far corner", "whole", "outside"],
)
def test_faces_at_the_border_are_no_trouble(box: tuple[float, float, float, float]) -> None:
    words = "01 Ada: happiness, micro, AU6+12 " * 9
    events = tuple(EventView(person=1, words=words, is_over=bool(k % 2)) for k in range(40))
    picture = painted(view_of(face(box), events=events), (640, 360))
    assert (picture != 70).any()


def test_what_cannot_be_coded_has_corners_only_and_says_why() -> None:
    box = (200.0, 100.0, 400.0, 300.0)
    whole = painted(view_of(face(box, aus=())), (640, 360))
    corners = painted(view_of(face(box, aus=(), reason="too dark")), (640, 360))
    assert (whole[200, 195:206] != 70).any()
    assert not (corners[200, 195:206] != 70).any()
    assert (corners[105, 195:206] != 70).any()
    assert (corners[60:98] != whole[60:98]).any()


def test_an_event_that_is_over_is_dimmed() -> None:
    shown, dimmed = (
        painted(view_of(events=(EventView(person=1, words="01: x", is_over=over),)), (640, 360))
        for over in (False, True)
    )
    assert rows_like(shown, colour_of(1)).sum() > 20
    assert rows_like(dimmed, colour_of(1)).sum() == 0
    assert dimmed.max() < shown.max()


@pytest.mark.parametrize(
    ("name", "written"),
    [("Zoë", "Zoe"), ("Großmann", "Grossmann"), ("Łukasz", ""), ("Ада", ""), ("", "")],
)
def test_names_are_written_as_far_as_the_letters_go(name: str, written: str) -> None:
    assert to_ascii(name) == written


def test_long_words_are_cut_to_the_picture() -> None:
    events = (EventView(person=1, words="x" * 500, is_over=False),)
    picture = painted(view_of(events=events), (320, 180))
    assert text_width_px("x" * 500, 11) > 320
    assert not (picture[:, -3:] != 70).any()


@pytest.mark.parametrize("wrong", [{"crf": 99}, {"text_share": 0.9}, {"max_aus": -1}])
def test_numbers_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"^picture\."):
        AnnotatedFilmConfig(**wrong)
