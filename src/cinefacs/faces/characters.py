"""Tell which face tracks of a film show the same person.

Two tracks seen in one frame are two people; otherwise tracks belong to one character as long as
their identity vectors are near on average. What a person wrote into ``characters.yaml`` stands
above all of it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from cinefacs.errors import ConfigError
from cinefacs.faces.character_entries import CharacterEntry, format_ranges, settle_entries
from cinefacs.faces.grouping import group_alike
from cinefacs.faces.track_summary import TrackSummary
from cinefacs.records.character import Character
from cinefacs.records.face_track import Portrait

__all__ = ["NO_IDENTITY_NOTE", "gather_characters", "mean_embeddings", "overlapping_tracks"]

NO_IDENTITY_NOTE = (
    "characters: no identity vectors (install cinefacs[identity]), so each track that "
    "shows somebody is a character of its own"
)
"""What a run without identity vectors says about its characters."""


def gather_characters(
    tracks: Iterable[TrackSummary],
    portraits: Iterable[Portrait],
    *,
    film_id: str,
    identity_distance: float,
    unreadable_identity_distance: float,
    overrides: Sequence[CharacterEntry] | None = None,
    gathers_unlisted: bool = False,
) -> list[Character]:
    """Gather the tracks of one film into characters.

    Characters are numbered by time on screen, the longest first, so that the film's main
    characters have the lowest numbers; equal times by first appearance. A character need not be
    codable anywhere: a profile is somebody. A track that shows nobody
    (`TrackSummary.shows_somebody`) stays without a character.

    Parameters
    ----------
    tracks
        All tracks of the film.
    portraits
        Pictures of the tracks with identity vectors; may be streamed. Where no portrait has a
        vector, each track is a character of its own (`NO_IDENTITY_NOTE`).
    film_id
        SHA-256 of the film.
    identity_distance
        Largest distance, root mean square over pairs of tracks, of two groups of tracks that show
        one person.
    unreadable_identity_distance
        The same for two tracks of which neither can be coded in any frame.
    overrides
        What ``characters.yaml`` says about the film: these characters are taken as they are,
        and tracks that stand nowhere in it have no character.
    gathers_unlisted
        With `overrides`: also give the other tracks that show somebody to the nearest
        character of the file, or else to new characters, numbered after all others.

    Returns
    -------
    list of Character, by number

    Raises
    ------
    ConfigError
        The entries contradict each other or name a track that the film does not have.
    """
    summaries = {each.track_id: each for each in tracks}
    listed: list[CharacterEntry] = []
    next_number = 1
    if overrides is not None:
        listed = settle_entries(overrides)
        numbers = [each.number for each in (*overrides, *listed)]
        next_number = max(numbers, default=0) + 1
    settled = listed
    if overrides is None or gathers_unlisted:
        vectors = mean_embeddings(portraits)
        limits = (identity_distance, unreadable_identity_distance)
        settled = _gather_unlisted(listed, next_number, summaries, vectors, limits)
    characters = [_to_character(entry, summaries, film_id) for entry in settled if entry.track_ids]
    return sorted(characters, key=lambda each: each.character_number)


def mean_embeddings(portraits: Iterable[Portrait]) -> dict[int, npt.NDArray[np.float32]]:
    """Return the mean identity vector of each track that has any.

    Parameters
    ----------
    portraits
        In any order; only the sums are kept.

    Returns
    -------
    dict of track_id to (128,) float32
    """
    sums: dict[int, npt.NDArray[np.float64]] = {}
    n_vectors: Counter[int] = Counter()
    for portrait in portraits:
        if portrait.embedding is not None:
            vector = np.asarray(portrait.embedding, np.float64)
            sums[portrait.track_id] = sums.get(portrait.track_id, 0.0) + vector
            n_vectors[portrait.track_id] += 1
    return {key: (sums[key] / n_vectors[key]).astype(np.float32) for key in sums}


def overlapping_tracks(tracks: Iterable[TrackSummary]) -> Iterator[tuple[int, int]]:
    """Yield the ids of every two tracks that stand in one frame, so that they are two people."""
    live: list[TrackSummary] = []
    for track in sorted(tracks, key=lambda each: (each.start_frame, each.track_id)):
        live = [other for other in live if other.end_frame > track.start_frame]
        for other in live:
            yield other.track_id, track.track_id
        live.append(track)


def _gather_unlisted(
    listed: Sequence[CharacterEntry],
    next_number: int,
    summaries: Mapping[int, TrackSummary],
    vectors: Mapping[int, npt.NDArray[np.float32]],
    limits: tuple[float, float],
) -> list[CharacterEntry]:
    """Give the tracks of people that stand nowhere to listed characters or to new ones."""
    owner = {track_id: i for i, each in enumerate(listed) for track_id in each.track_ids}
    unlisted = [
        key for key in sorted(summaries) if key not in owner and summaries[key].shows_somebody
    ]
    if not vectors:
        groups = [[track_id] for track_id in unlisted]
    else:
        ids = [key for key in sorted({*owner, *unlisted}) if key in vectors]
        groups = [] if not ids else _group_by_identity(ids, listed, summaries, vectors, limits)
    taken = {i: list(each.track_ids) for i, each in enumerate(listed)}
    new: list[list[int]] = []
    for group in groups:
        home = next((owner[key] for key in group if key in owner), None)
        if home is None:
            new.append(group)
        else:
            taken[home] += [key for key in group if key not in owner]
    new.sort(key=lambda group: _screen_time_order(group, summaries))
    return [
        *(replace(each, track_ids=tuple(sorted(taken[i]))) for i, each in enumerate(listed)),
        *(CharacterEntry(number=n, track_ids=tuple(group)) for n, group in
          enumerate(new, next_number)),
    ]  # fmt: skip


def _group_by_identity(
    ids: Sequence[int],
    listed: Sequence[CharacterEntry],
    summaries: Mapping[int, TrackSummary],
    vectors: Mapping[int, npt.NDArray[np.float32]],
    limits: tuple[float, float],
) -> list[list[int]]:
    """Group tracks by their identity vectors; return track ids.

    The vector of a track that nobody could code is in doubt: its squared error is such that two
    of them have to lie within the second limit to come within the first.
    """
    max_distance, unreadable_distance = limits
    doubt = (max_distance**2 - unreadable_distance**2) / 2
    is_unreadable = np.array([key in summaries and summaries[key].n_codable == 0 for key in ids])
    position = {track_id: i for i, track_id in enumerate(ids)}
    apart = overlapping_tracks(summaries[key] for key in ids if key in summaries)
    together = [[position[key] for key in each.track_ids if key in position] for each in listed]
    groups = group_alike(
        np.array([vectors[key] for key in ids], np.float32),
        max_distance=max_distance,
        doubt=doubt * is_unreadable,
        apart=((position[a], position[b]) for a, b in apart),
        together=together,
    )
    return [[ids[i] for i in group] for group in groups]


def _screen_time_order(
    track_ids: Sequence[int], summaries: Mapping[int, TrackSummary]
) -> tuple[int, int, int]:
    """Return what sorts characters: the longest on screen first, then the earliest."""
    n_frames = sum(summaries[key].n_frames for key in track_ids)
    return -n_frames, min(summaries[key].start_frame for key in track_ids), min(track_ids)


def _to_character(
    entry: CharacterEntry, summaries: Mapping[int, TrackSummary], film_id: str
) -> Character:
    """Return the record of a character; a frame that shows it in two tracks counts twice."""
    unknown = [key for key in entry.track_ids if key not in summaries]
    if unknown:
        raise ConfigError(
            f"character {entry.number}: expected tracks of the film, got {format_ranges(unknown)}",
            hint="take these tracks out of characters.yaml",
        )
    return Character(
        film_id=film_id,
        character_number=entry.number,
        name=entry.name,
        is_under_study=entry.is_under_study,
        track_ids=entry.track_ids,
        n_face_frames=sum(summaries[key].n_frames for key in entry.track_ids),
        n_codable_frames=sum(summaries[key].n_codable for key in entry.track_ids),
    )
