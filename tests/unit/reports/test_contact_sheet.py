"""The page holds everything it shows, and shows what it was given."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from cinefacs.records.character import Character
from cinefacs.records.clip import Clip
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan
from cinefacs.reports.contact_sheet import (
    CharacterSection,
    FilmSection,
    PortraitPanel,
    ShotPanel,
    write_contact_sheet,
)
from tests.support.records import FILM_ID

JPEG = b"\xff\xd8 picture"
SPAN = TimeSpan(start_pts=0, end_pts=240, time_base=Fraction(1, 24))
FILM = Film(
    film_id=FILM_ID, film_number=3, path="films/<b>odd</b> & name.mp4", width_px=640,
    height_px=360, rotation_deg=0, sample_aspect_ratio=Fraction(1), n_frames=240, span=SPAN,
    is_constant_rate=False, rate_fps=Fraction(24000, 1001), is_interlaced=True, has_audio=False,
    codec="h264",
)  # fmt: skip
SHOT = Shot(
    film_id=FILM_ID, shot_index=0, start_frame=0, end_frame=240, core_start_frame=0,
    core_end_frame=230, span=SPAN, starts_with=ShotStart.FILM,
)  # fmt: skip
HERO = Character(
    film_id=FILM_ID, character_number=6, name="Ada <L>", is_under_study=True, track_ids=(0, 1, 4),
    n_face_frames=100, n_codable_frames=75,
)  # fmt: skip
CLIP = Clip(
    film_id=FILM_ID, film_number=3, character_number=6, clip_number=7, shot_index=0,
    start_frame=0, end_frame=30, span=SPAN, n_codable_frames=29, is_short=True,
)  # fmt: skip


def section(**changes: object) -> FilmSection:
    values: dict[str, object] = {
        "film": FILM,
        "shots": iter([ShotPanel(shot=SHOT, picture_jpeg=JPEG, scale="close-up")]),
        "n_shots": 1,
        "characters": [
            CharacterSection(
                character=HERO,
                tracks="0-1, 4",
                portraits=[PortraitPanel(track_id=4, jpeg=JPEG)],
                clips=[CLIP],
            )
        ],
        "n_tracks": 5,
        "n_face_frames": 120,
        "coverage": 0.625,
        "film_coverage": 0.3,
        "not_codable": [("too_dark", 45)],
        "measures": [("median shot length", "10.00 s")],
        "figure_svg": "<svg role='img'></svg>",
        "notes": ["a note & a warning"],
    }
    return FilmSection(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def page(tmp_path: Path) -> str:
    write_contact_sheet(tmp_path / "sheet.html", films=[section()], version="1.2.3")
    return (tmp_path / "sheet.html").read_text(encoding="utf-8")


def test_the_page_needs_nothing_else(page: str) -> None:
    links = re.findall(r"(?:src|href)=\"([^\"]*)\"", page)
    assert links
    assert all(link.startswith(("data:image/jpeg;base64,", "#")) for link in links)
    assert "http" not in page.replace("http-equiv", "")


@pytest.mark.parametrize(
    "words",
    [
        "Film 003", "62.5 %", "30.0 %", "too dark", "003-06-0007", "close-up", "median shot length",
        "under study", "0-1, 4", "track 4", "a note &amp; a warning", "<svg role='img'></svg>",
        "23.976 frames a second on average (variable)", "interlaced", "no sound", "1.2.3",
        "nothing on this page is a diagnosis",
    ],
)  # fmt: skip
def test_the_page_shows_what_was_found(page: str, words: str) -> None:
    assert words in re.sub(r"\s+", " ", page)


def test_names_cannot_inject_markup(page: str) -> None:
    assert "Ada &lt;L&gt;" in page
    assert "<b>odd" not in page


def test_a_film_without_faces_says_so(tmp_path: Path) -> None:
    empty = section(characters=[], n_tracks=0, n_face_frames=0, coverage=0.0, not_codable=[])
    write_contact_sheet(tmp_path / "sheet.html", films=[empty], version="1")
    page = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert "No face was found" in page
    assert "no face could be coded" in page


def test_all_faces_codable_says_so(tmp_path: Path) -> None:
    write_contact_sheet(tmp_path / "sheet.html", films=[section(not_codable=[])], version="1")
    assert "Every face that was found" in (tmp_path / "sheet.html").read_text(encoding="utf-8")
