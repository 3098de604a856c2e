"""``characters.yaml``: what is written comes back, what a person writes is heard or refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefacs.errors import ConfigError, StudyError
from cinefacs.faces.character_entries import (
    CharacterEntry,
    format_ranges,
    parse_ranges,
    settle_entries,
)
from cinefacs.faces.characters import gather_characters
from cinefacs.faces.characters_file import (
    append_characters,
    read_characters_file,
    write_characters_file,
)
from cinefacs.faces.track_summary import TrackSummary, digest_tracks
from cinefacs.records.character import Character

FILM_ID = "12" * 32
FILM_1 = "schema_version: 1\nfilms:\n  1:\n    tracks_digest: a\n    characters:\n"


def make_tracks(n: int, *, length: int = 10) -> list[TrackSummary]:
    return [
        TrackSummary(
            track_id=i,
            shot_index=i,
            start_frame=i * length,
            end_frame=(i + 1) * length,
            n_frames=length,
            n_codable=length - 1,
            n_recognisable=length,
        )
        for i in range(n)
    ]


def make_character(
    number: int, *track_ids: int, name: str = "", is_under_study: bool = False
) -> Character:
    return Character(
        film_id=FILM_ID,
        character_number=number,
        name=name,
        is_under_study=is_under_study,
        track_ids=track_ids,
        n_face_frames=10 * len(track_ids),
        n_codable_frames=9 * len(track_ids),
    )


TRACKS = make_tracks(10)
CHARACTERS = [make_character(1, 0, 1, 2, 3, 4, 9), make_character(2, 5, 6), make_character(3, 7)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file as the program writes it: two films, the second without faces."""
    path = tmp_path / "characters.yaml"
    write_characters_file(path, {1: (CHARACTERS, TRACKS), 2: ([], [])})
    return path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in\n{text}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def decided(path: Path) -> dict[int, tuple[int, ...]]:
    """Return the tracks of each character of film 1 after all decisions."""
    entries = read_characters_file(path).entries_of(1, TRACKS)
    characters = gather_characters(
        TRACKS,
        [],
        film_id=FILM_ID,
        identity_distance=0.5,
        unreadable_identity_distance=0.4,
        overrides=entries,
    )
    return {each.character_number: each.track_ids for each in characters}


def test_what_is_written_is_read_back(path: Path) -> None:
    read = read_characters_file(path)
    assert read.entries_of(1, TRACKS) == (
        CharacterEntry(number=1, track_ids=(0, 1, 2, 3, 4, 9)),
        CharacterEntry(number=2, track_ids=(5, 6)),
        CharacterEntry(number=3, track_ids=(7,)),
    )
    assert read.entries_of(2, []) == ()
    assert read.entries_of(3, TRACKS) is None


def test_the_file_explains_itself_and_is_compact(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# The characters of this study")
    for word in ("name", "is_under_study", "tracks", "same_as", "split_off"):
        assert f"# {word} " in text
    assert 'tracks: "0-4, 9"' in text
    assert "# 60 frames, 54 of them codable" in text
    assert max(map(len, text.splitlines())) <= 100


def test_an_existing_file_is_never_overwritten(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(StudyError, match="expected no such file"):
        write_characters_file(path, {1: ([], [])})
    assert path.read_bytes() == before


@given(
    names=st.lists(st.text(max_size=20), min_size=1, max_size=6),
    marks=st.lists(st.booleans(), min_size=6, max_size=6),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_name_comes_back(names: list[str], marks: list[bool], tmp_path: Path) -> None:
    path = tmp_path / "any.yaml"
    path.unlink(missing_ok=True)
    characters = [
        make_character(i + 1, i, name=name, is_under_study=marks[i]) for i, name in enumerate(names)
    ]
    write_characters_file(path, {3: (characters, TRACKS)})
    entries = read_characters_file(path).entries_of(3, TRACKS)
    assert entries is not None
    assert [(each.name, each.is_under_study) for each in entries] == [
        (each.name, each.is_under_study) for each in characters
    ]


def test_naming_and_marking(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    text = text.replace('name: ""', "name: Ada  # the sister", 1)
    text = text.replace("is_under_study: false", "is_under_study: true", 1)
    path.write_text(text, encoding="utf-8")
    entries = read_characters_file(path).entries_of(1, TRACKS)
    assert entries is not None
    assert (entries[0].name, entries[0].is_under_study) == ("Ada", True)
    assert not entries[1].is_under_study


def test_merging(path: Path) -> None:
    change(path, 'tracks: "7"', 'tracks: "7"\n        same_as: 2')
    assert decided(path) == {1: (0, 1, 2, 3, 4, 9), 2: (5, 6, 7)}


def test_splitting(path: Path) -> None:
    change(path, 'tracks: "0-4, 9"', 'tracks: "0-4, 9"\n        split_off: 3-4')
    assert decided(path) == {1: (0, 1, 2, 9), 2: (5, 6), 3: (7,), 4: (3, 4)}


def test_moving_and_taking_out(path: Path) -> None:
    change(path, 'tracks: "0-4, 9"', "tracks: [0, '1-2']")
    change(path, 'tracks: "7"', "tracks: 9")
    assert decided(path) == {1: (0, 1, 2), 2: (5, 6), 3: (9,)}


def test_a_character_without_tracks_is_none(path: Path) -> None:
    change(path, 'tracks: "7"', "tracks:")
    assert decided(path) == {1: (0, 1, 2, 3, 4, 9), 2: (5, 6)}


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ('tracks: "7"', 'trakcs: "7"', "film 1, entry 3: expected a known key", "'tracks'"),
        ("schema_version: 1", "schema_version: 2", "schema_version: expected 1, got 2", ""),
        ("schema_version: 1", "version: 1", "got 'version'", "schema_version"),
        ('tracks: "7"', 'tracks: "6-7"', "character 3: expected each track once, got track 6",
         "one of the two"),
        ('tracks: "7"', 'tracks: "12, 99"', "got 12, 99", "correct the numbers"),
        ('tracks: "7"', "tracks: seven", "tracks: expected track numbers, got 'seven'", "'0-4, 9'"),
        ('tracks: "7"', 'tracks: "7-5"', "expected an ascending range, got '7-5'", "'0-4, 9'"),
        ('tracks: "7"', 'tracks: "7, 7"', "expected each track once, got 7 twice", "'0-4, 9'"),
        ('tracks: "7"', "tracks: 7.5", "track numbers such as '0-4, 9', got 7.5", "quotes"),
        ('tracks: "7"', 'tracks: "7"\n        same_as: 8', "expected one of 1-3, got 8", ""),
        ('tracks: "7"', 'tracks: "7"\n        same_as: 3', "got a circle over 3", "leave"),
        ('tracks: "7"', 'tracks: "7"\n        same_as: two', "expected a number from 1", ""),
        ('tracks: "7"', 'tracks: "7"\n        split_off: 5', "split_off: expected tracks of this",
         "own `tracks`"),
        ("number: 3", "number: 2", "character 2: expected each number once", "same_as"),
        ("number: 3", "number: yes", "expected a number from 1, got True", ""),
        ('tracks: "7"', 'tracks: "7"\n        tracks: "8"', "got 'tracks' twice", ""),
        ('tracks: "7"', 'tracks: "7"\n      - 5', "entry 4: expected a character", ""),
        ("  2:\n", "  two:\n", "films: expected a number from 1, got 'two'", ""),
        ("films:\n", "films: []\nx:\n", "got 'x'", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(
    path: Path, old: str, new: str, message: str, hint: str
) -> None:
    change(path, old, new)
    with pytest.raises(ConfigError) as caught:
        read_characters_file(path).entries_of(1, TRACKS)
    assert message in caught.value.message
    assert str(path) in caught.value.message
    assert hint in caught.value.hint
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("schema_version: 1\nfilms: [1]\n", "films: expected film numbers"),
        ("schema_version: 1\nfilms:\n  1: 5\n", "film 1: expected tracks_digest and characters"),
        ("schema_version: 1\nfilms:\n  1:\n    characters: []\n", "tracks_digest: expected text"),
        ("schema_version: 1\nfilms:\n  1:\n    tracks_digest: a\n    characters: b\n",
         "characters: expected a list"),
        (FILM_1 + "    - number: 1\n      name: no\n", "name: expected text, got False"),
        (FILM_1 + "    - number: 1\n      is_under_study: 1\n",
         "is_under_study: expected true or false"),
        ("5\n", "expected keys with values"),
    ],
)  # fmt: skip
def test_a_file_of_another_shape_is_refused(tmp_path: Path, document: str, message: str) -> None:
    path = tmp_path / "characters.yaml"
    path.write_text(document, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_characters_file(path)


def test_a_file_without_films_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "characters.yaml"
    path.write_text("schema_version: 1\nfilms:\n", encoding="utf-8")
    assert read_characters_file(path).films == {}


def test_other_tracks_are_noticed(path: Path) -> None:
    with pytest.raises(ConfigError, match="tracks_digest") as caught:
        read_characters_file(path).entries_of(1, make_tracks(10, length=11))
    assert "set the file aside" in caught.value.hint


def test_a_film_is_added_and_the_rest_stays_byte_for_byte(path: Path) -> None:
    change(path, "  2:\n", "  2:  # a film without anybody\n")
    before = path.read_text(encoding="utf-8")
    tracks = make_tracks(4)
    append_characters(path, 3, [make_character(1, 0, 3, name="Eve")], tracks)
    text = path.read_text(encoding="utf-8")
    assert text.startswith(before)
    entries = read_characters_file(path).entries_of(3, tracks)
    assert entries == (CharacterEntry(number=1, track_ids=(0, 3), name="Eve"),)
    assert decided(path) == {1: (0, 1, 2, 3, 4, 9), 2: (5, 6), 3: (7,)}


def test_a_film_is_added_to_a_file_without_films(tmp_path: Path) -> None:
    path = tmp_path / "characters.yaml"
    write_characters_file(path, {})
    append_characters(path, 1, CHARACTERS, TRACKS)
    assert decided(path) == {1: (0, 1, 2, 3, 4, 9), 2: (5, 6), 3: (7,)}


def test_tracks_that_stand_nowhere_are_added_in_place(path: Path) -> None:
    change(path, 'tracks: "7"', 'tracks: "7"  # the nurse')
    before = path.read_text(encoding="utf-8").splitlines()
    now = [replace(CHARACTERS[1], track_ids=(5, 6, 8))]
    append_characters(path, 1, [CHARACTERS[0], *now, CHARACTERS[2]], TRACKS)
    after = path.read_text(encoding="utf-8").splitlines()
    place = after.index("      - number: 4")
    assert [line.strip() for line in after[place : place + 5]] == [
        "- number: 4", 'name: ""', "is_under_study: false", 'tracks: "8"', "same_as: 2",
    ]  # fmt: skip
    assert after[:place] + after[place + 5 :] == before
    assert decided(path) == {1: (0, 1, 2, 3, 4, 9), 2: (5, 6, 8), 3: (7,)}
    entries = read_characters_file(path).entries_of(2, [])
    assert entries == ()


def test_new_characters_are_added_in_place(path: Path) -> None:
    append_characters(path, 1, [*CHARACTERS, make_character(4, 8, name="Bob")], TRACKS)
    assert decided(path) == {1: (0, 1, 2, 3, 4, 9), 2: (5, 6), 3: (7,), 4: (8,)}
    append_characters(path, 2, [], [])
    before = path.read_bytes()
    append_characters(path, 1, CHARACTERS, TRACKS)  # nothing is missing
    assert path.read_bytes() == before


def test_characters_are_added_to_a_film_that_had_none(path: Path) -> None:
    change(path, digest_tracks([]), digest_tracks(make_tracks(3)))
    append_characters(path, 2, [make_character(1, 0, 2)], make_tracks(3))
    entries = read_characters_file(path).entries_of(2, make_tracks(3))
    assert entries == (CharacterEntry(number=1, track_ids=(0, 2)),)


def test_nothing_is_added_to_a_list_in_brackets(tmp_path: Path) -> None:
    path = tmp_path / "characters.yaml"
    digest = digest_tracks(TRACKS)
    path.write_text(
        f"schema_version: 1\nfilms:\n  1:\n    tracks_digest: '{digest}'\n"
        "    characters: [{number: 1, tracks: 0}]\n",
        encoding="utf-8",
    )
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="expected one entry a line, got brackets"):
        append_characters(path, 1, [make_character(2, 5)], TRACKS)
    assert path.read_bytes() == before


def test_a_chain_of_merges_ends_with_the_last(path: Path) -> None:
    entries = [
        CharacterEntry(number=1, track_ids=(0,), same_as=2, name="Ann", is_under_study=True),
        CharacterEntry(number=2, track_ids=(1,), same_as=3),
        CharacterEntry(number=3, track_ids=(2, 4), split_off=(4,)),
    ]
    assert settle_entries(entries) == [
        CharacterEntry(number=3, track_ids=(0, 1, 2), name="Ann", is_under_study=True),
        CharacterEntry(number=4, track_ids=(4,)),
    ]


def test_a_circle_of_merges_is_refused() -> None:
    entries = [
        CharacterEntry(number=1, track_ids=(0,), same_as=2),
        CharacterEntry(number=2, track_ids=(1,), same_as=1),
    ]
    with pytest.raises(ConfigError, match="circle over 1-2"):
        settle_entries(entries)


@given(st.sets(st.integers(0, 200)))
def test_ranges_come_back(numbers: set[int]) -> None:
    text = format_ranges(numbers)
    assert parse_ranges(text) == tuple(sorted(numbers))
    assert len(text.split(",")) <= max(1, len(numbers))


@given(st.lists(st.integers(0, 60), unique=True), st.data())
@settings(deadline=None)
def test_splits_and_merges_lose_no_track(track_ids: list[int], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 5))
    shares: list[list[int]] = [[] for _ in range(n)]
    for track_id in track_ids:
        shares[data.draw(st.integers(0, n - 1))].append(track_id)
    entries = [
        CharacterEntry(
            number=i + 1,
            track_ids=tuple(sorted(share)),
            same_as=data.draw(st.sampled_from([None, *range(i + 2, n + 1)])),
            split_off=tuple(sorted(each for each in share if data.draw(st.booleans()))),
        )
        for i, share in enumerate(shares)
    ]
    settled = settle_entries(entries)
    assert sorted(each for entry in settled for each in entry.track_ids) == sorted(track_ids)
    assert len({entry.number for entry in settled}) == len(settled)
    assert all(entry.same_as is None and not entry.split_off for entry in settled)
