"""Characters: who is one person, who cannot be, and what a person's word changes."""

import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinefacs.errors import ConfigError, SchemaError
from cinefacs.faces.character_entries import CharacterEntry
from cinefacs.faces.characters import gather_characters, mean_embeddings, overlapping_tracks
from cinefacs.faces.grouping import group_alike
from cinefacs.faces.track_summary import TrackSummary, digest_tracks, summarise_track
from cinefacs.records.character import Character
from cinefacs.records.face_track import FaceTrack, Portrait
from tests.support.records import face_tracks

FILM_ID = "ef" * 32
N_PEOPLE = 4


def person_vector(person: int, seed: int = 0, *, noise: float = 0.1) -> np.ndarray:
    """Return a vector 1 from those of other people, and about `noise` off its person's."""
    vector = np.zeros(128)
    vector[person] = np.sqrt(0.5)
    rng = np.random.default_rng([person, seed])
    off = rng.normal(size=128)
    return np.asarray(vector + noise * off / np.linalg.norm(off), np.float32)


def track(
    track_id: int, start: int, n: int = 10, *, codable: int | None = None, seen: int | None = None
) -> TrackSummary:
    return TrackSummary(
        track_id=track_id,
        shot_index=start // 100,
        start_frame=start,
        end_frame=start + n,
        n_frames=n,
        n_codable=n if codable is None else codable,
        n_recognisable=(n if codable is None else codable) if seen is None else seen,
    )


def portrait(track_id: int, vector: np.ndarray | None) -> Portrait:
    return Portrait(
        film_id=FILM_ID,
        track_id=track_id,
        frame_index=0,
        quality=1.0,
        jpeg=b"\xff\xd8",
        embedding=vector,
    )


def gather(
    tracks: Sequence[TrackSummary],
    people: Sequence[int] | None,
    *,
    overrides: Sequence[CharacterEntry] | None = None,
    gathers_unlisted: bool = False,
) -> list[Character]:
    pictures = (
        [portrait(each.track_id, None) for each in tracks]
        if people is None
        else [
            portrait(each.track_id, person_vector(person, each.track_id))
            for each, person in zip(tracks, people, strict=True)
        ]
    )
    return gather_characters(
        tracks,
        iter(pictures),
        film_id=FILM_ID,
        identity_distance=0.5,
        unreadable_identity_distance=0.4,
        overrides=overrides,
        gathers_unlisted=gathers_unlisted,
    )


def groups(characters: Sequence[Character]) -> list[tuple[int, ...]]:
    return [each.track_ids for each in characters]


def test_tracks_of_one_person_are_gathered_and_numbered_by_screen_time() -> None:
    tracks = [track(0, 0), track(1, 100, 30), track(2, 200), track(3, 300, 15), track(4, 400, 2)]
    characters = gather(tracks, [0, 1, 0, 1, 2])
    assert groups(characters) == [(1, 3), (0, 2), (4,)]
    assert [each.character_number for each in characters] == [1, 2, 3]
    assert [each.n_face_frames for each in characters] == [45, 20, 2]
    assert characters[0].name == ""
    assert not characters[0].is_under_study


def test_equal_screen_times_are_numbered_by_first_appearance() -> None:
    characters = gather([track(5, 50), track(2, 0)], [0, 1])
    assert groups(characters) == [(2,), (5,)]


def test_two_tracks_in_one_frame_are_two_people_however_alike() -> None:
    twins = [track(0, 0, 10), track(1, 9, 10), track(2, 30, 10)]
    characters = gather(twins, [0, 0, 0])
    assert len(characters) == 2
    assert all(not {0, 1} <= set(ids) for ids in groups(characters))
    assert groups(gather([track(0, 0, 10), track(1, 10, 10)], [0, 0])) == [(0, 1)]


def test_a_track_that_shows_nobody_has_no_character() -> None:
    glimpse = track(2, 40, codable=0, seen=5)
    characters = gather([track(0, 0), track(1, 20, codable=0), glimpse], [0, 0, 0])
    assert groups(characters) == [(0,)]


def test_a_profile_that_stays_is_a_character_without_codable_frames() -> None:
    characters = gather([track(0, 0), track(1, 20, 30, codable=0, seen=12)], [0, 1])
    assert sorted(groups(characters)) == [(0,), (1,)]
    assert sorted(each.n_codable_frames for each in characters) == [0, 10]


def test_without_identities_each_track_is_a_character() -> None:
    characters = gather([track(0, 0), track(1, 20), track(2, 40, codable=0)], None)
    assert groups(characters) == [(0,), (1,)]


def test_a_film_without_faces_has_no_characters() -> None:
    assert gather([], []) == []
    assert gather([], None, overrides=[], gathers_unlisted=True) == []


def test_the_mean_is_over_the_portraits_that_have_a_vector() -> None:
    vectors = [person_vector(0, 1), person_vector(0, 2)]
    means = mean_embeddings([*(portrait(3, v) for v in vectors), portrait(3, None),
                             portrait(4, None)])  # fmt: skip
    assert list(means) == [3]
    assert means[3] == pytest.approx(np.mean(vectors, axis=0))
    assert means[3].dtype == np.float32


def test_what_a_person_wrote_stands_above_what_vectors_say() -> None:
    tracks = [track(i, 20 * i) for i in range(5)]
    decided = [
        CharacterEntry(number=3, track_ids=(0, 1), name="Ada", is_under_study=True),
        CharacterEntry(number=7, track_ids=(2,)),
    ]
    characters = gather(tracks, [0, 1, 0, 0, 2], overrides=decided)
    assert groups(characters) == [(0, 1), (2,)]
    assert [each.character_number for each in characters] == [3, 7]
    assert characters[0].name == "Ada"
    assert characters[0].is_under_study


def test_a_person_may_merge_tracks_of_one_frame_and_tracks_nobody_can_read() -> None:
    tracks = [track(0, 0), track(1, 5), track(2, 40, codable=0)]
    decided = [CharacterEntry(number=1, track_ids=(0, 1, 2))]
    (character,) = gather(tracks, [0, 1, 2], overrides=decided)
    assert character.n_face_frames == 30
    assert character.n_codable_frames == 20


def test_unlisted_tracks_join_the_listed_or_become_new_when_asked_for() -> None:
    tracks = [track(i, 20 * i, 10 + i) for i in range(6)]
    decided = [
        CharacterEntry(number=1, track_ids=(0,), name="Ada"),
        CharacterEntry(number=4, track_ids=(1,), same_as=1),
        CharacterEntry(number=2, track_ids=(2,)),
    ]
    characters = gather(tracks, [0, 0, 1, 0, 3, 2], overrides=decided, gathers_unlisted=True)
    assert {each.character_number: each.track_ids for each in characters} == {
        1: (0, 1, 3),
        2: (2,),
        5: (5,),
        6: (4,),
    }
    assert characters[0].name == "Ada"


def test_listed_characters_stay_apart_however_alike() -> None:
    decided = [CharacterEntry(number=n, track_ids=(n,)) for n in (1, 2)]
    tracks = [track(i, 20 * i) for i in range(4)]
    characters = gather(tracks, [0, 0, 0, 0], overrides=decided, gathers_unlisted=True)
    assert len(characters) == 2
    assert sorted(sum(groups(characters), ())) == [0, 1, 2, 3]


def test_unlisted_tracks_become_new_characters_without_identities() -> None:
    decided = [CharacterEntry(number=2, track_ids=(0,))]
    tracks = [track(0, 0), track(1, 20), track(2, 40)]
    characters = gather(tracks, None, overrides=decided, gathers_unlisted=True)
    assert groups(characters) == [(0,), (1,), (2,)]
    assert [each.character_number for each in characters] == [2, 3, 4]


def test_a_track_that_the_film_does_not_have_is_refused() -> None:
    decided = [CharacterEntry(number=2, track_ids=(0, 8, 9))]
    with pytest.raises(ConfigError, match="character 2: expected tracks of the film, got 8-9"):
        gather([track(0, 0)], [0], overrides=decided)


@given(
    st.lists(
        st.tuples(st.integers(0, N_PEOPLE - 1), st.integers(0, 60), st.integers(1, 20)),
        min_size=1,
        max_size=14,
    )
)
@settings(deadline=None)
def test_characters_part_the_tracks_and_respect_frames(
    facts: list[tuple[int, int, int]],
) -> None:
    tracks = [track(i, start, n) for i, (_, start, n) in enumerate(facts)]
    people = [person for person, _, _ in facts]
    characters = gather(tracks, people)
    assert sorted(sum(groups(characters), ())) == list(range(len(tracks)))
    apart = set(overlapping_tracks(tracks))
    for each in characters:
        assert len({people[i] for i in each.track_ids}) == 1
        assert not any({a, b} <= set(each.track_ids) for a, b in apart)
    if not apart:
        assert len(characters) == len(set(people))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 15)), max_size=15))
def test_overlaps_are_those_that_share_a_frame(facts: list[tuple[int, int]]) -> None:
    tracks = [track(i, start, n) for i, (start, n) in enumerate(facts)]
    frames = [set(range(each.start_frame, each.end_frame)) for each in tracks]
    expected = {(i, j) for j in range(len(tracks)) for i in range(j) if frames[i] & frames[j]}
    found = list(overlapping_tracks(tracks))
    assert {(min(pair), max(pair)) for pair in found} == expected
    assert len(found) == len(expected)


def test_thousands_of_tracks_need_little_memory_and_find_their_people() -> None:
    """2,000 tracks of 40 people: no table of all distances is made (it would take 32 MB)."""
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(40, 128))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    people = rng.integers(0, 40, 2000)
    noise = rng.normal(size=(2000, 128))
    vectors = centres[people] + 0.2 * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    tracemalloc.start()
    found = group_alike(vectors.astype(np.float32), max_distance=0.5)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sorted(map(len, found)) == sorted(np.bincount(people).tolist())
    assert all(len(set(people[members].tolist())) == 1 for members in found)
    assert peak_bytes < 24e6


@pytest.mark.parametrize(
    ("distance", "codable", "n_characters"),
    [
        (0.45, (10, 10), 1),  # both can be read: the limit is 0.5
        (0.45, (0, 10), 1),  # one cannot: the square root of (0.25 + 0.16) / 2, .453
        (0.46, (0, 10), 2),
        (0.39, (0, 0), 1),  # neither can: 0.4
        (0.41, (0, 0), 2),
    ],
)
def test_faces_that_nobody_could_read_must_lie_nearer(
    distance: float, codable: tuple[int, int], n_characters: int
) -> None:
    tracks = [
        track(0, 0, 20, codable=codable[0], seen=20),
        track(1, 100, 20, codable=codable[1], seen=20),
    ]
    vectors = np.zeros((2, 128), np.float32)
    vectors[1, 0] = distance
    characters = gather_characters(
        tracks,
        [portrait(i, vectors[i]) for i in range(2)],
        film_id=FILM_ID,
        identity_distance=0.5,
        unreadable_identity_distance=0.4,
    )
    assert len(characters) == n_characters


def test_a_film_whose_faces_show_nobody_has_no_characters() -> None:
    assert gather([track(0, 0, codable=0)], [0]) == []


def test_groups_to_begin_with_never_merge_even_if_equal() -> None:
    vectors = np.zeros((5, 128), np.float32)
    found = group_alike(
        vectors, max_distance=1.0, apart=[(0, 1), (2, 4)], together=[[0, 1], [2], []]
    )
    assert sum(map(len, found)) == 5
    home = {i: k for k, members in enumerate(found) for i in members}
    assert home[0] == home[1]
    assert home[0] != home[2] != home[4]
    assert len(found) == 2


@given(st.data())
@settings(deadline=None, max_examples=25)
def test_a_summary_says_what_the_track_says(data: st.DataObject) -> None:
    record: FaceTrack = data.draw(face_tracks(track_id=4))
    summary = summarise_track(record)
    assert summary.track_id == 4
    assert (summary.start_frame, summary.end_frame - 1) == (
        record.frame_index[0],
        record.frame_index[-1],
    )
    assert (summary.n_frames, summary.n_codable) == (len(record), record.is_codable.sum())


def test_the_digest_changes_with_the_tracks_and_not_with_codability() -> None:
    tracks = [track(0, 0), track(1, 20)]
    digest = digest_tracks(tracks)
    assert digest_tracks(reversed(tracks)) == digest
    assert digest_tracks([track(0, 0, codable=3), track(1, 20)]) == digest
    assert digest_tracks([track(0, 0), track(1, 21)]) != digest
    assert digest_tracks([track(0, 0)]) != digest


@pytest.mark.parametrize("facts", [{"start": 5, "n": 0}, {"start": 5, "codable": 11}])
def test_a_summary_that_cannot_be_is_refused(facts: dict[str, int]) -> None:
    with pytest.raises(SchemaError, match="TrackSummary"):
        track(0, **facts)
