"""``characters.yaml``: where a person names, merges and splits the characters of a study.

The program writes the file once; from then on it only reads it, and adds films or tracks at the
end of a list when asked to. What a person wrote is never touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinefacs.config import did_you_mean, read_yaml
from cinefacs.errors import ConfigError, StudyError
from cinefacs.faces.character_entries import (
    CharacterEntry,
    format_ranges,
    parse_ranges,
    settle_entries,
)
from cinefacs.faces.characters_layout import (
    HEAD,
    SCHEMA_VERSION,
    format_film,
    format_missing,
)
from cinefacs.faces.track_summary import TrackSummary, digest_tracks
from cinefacs.faces.yaml_append import append_items, append_key
from cinefacs.records.character import Character
from cinefacs.storage.atomic import write_text

__all__ = [
    "CharactersFile",
    "FilmEntries",
    "append_characters",
    "read_characters_file",
    "write_characters_file",
]

_FILE_KEYS = ("schema_version", "films")
_FILM_KEYS = ("tracks_digest", "characters")
_ENTRY_KEYS = ("number", "name", "is_under_study", "tracks", "same_as", "split_off")


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmEntries:
    """The characters of one film as a person left them."""

    tracks_digest: str
    """What the film's tracks were when the entries were written."""
    entries: tuple[CharacterEntry, ...]
    """One for each character, in the file's order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CharactersFile:
    """A read and checked ``characters.yaml``."""

    path: Path
    """Where it lies."""
    films: Mapping[int, FilmEntries]
    """What it says, by film number."""

    def entries_of(
        self, film_number: int, tracks: Sequence[TrackSummary]
    ) -> tuple[CharacterEntry, ...] | None:
        """Return what the file says about a film, or None where the film does not stand in it.

        Parameters
        ----------
        film_number
            The tag's first field.
        tracks
            All tracks of the film.

        Raises
        ------
        ConfigError
            The file was written for other tracks, or names tracks that the film does not have.
        """
        film = self.films.get(film_number)
        if film is None:
            return None
        where = f"{self.path}: film {film_number}"
        digest = digest_tracks(tracks)
        if film.tracks_digest != digest:
            raise ConfigError(
                f"{where}: expected tracks_digest {film.tracks_digest}, got {digest}: the tracks "
                "are no longer those that the track numbers were written for",
                hint="set the file aside under another name, run again, and carry your decisions "
                "over into the new file",
            )
        known = {each.track_id for each in tracks}
        for entry in film.entries:
            unknown = set(entry.track_ids) - known
            if unknown:
                raise ConfigError(
                    f"{where}, character {entry.number}: tracks: expected tracks of the film "
                    f"({format_ranges(known)}), got {format_ranges(unknown)}",
                    hint="correct the numbers",
                )
        return film.entries


def read_characters_file(path: Path) -> CharactersFile:
    """Read what a person decided.

    Raises
    ------
    ConfigError
        The file is not what it should be; names the film, the character and what to do.
    """
    document = read_yaml(path)
    _check_known(document, _FILE_KEYS, where=str(path))
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ConfigError(f"{path}: schema_version: expected {SCHEMA_VERSION}, got {version!r}")
    films = document.get("films") or {}
    if not isinstance(films, dict):
        raise ConfigError(f"{path}: films: expected film numbers with characters, got {films!r}")
    return CharactersFile(
        path=path,
        films={
            _read_number(number, where=f"{path}: films"): _read_film(film, f"{path}: film {number}")
            for number, film in films.items()
        },
    )


def write_characters_file(
    path: Path, films: Mapping[int, tuple[Sequence[Character], Sequence[TrackSummary]]]
) -> None:
    """Write the file for a person to correct.

    Parameters
    ----------
    path
        ``characters.yaml`` of a study that has none.
    films
        Characters and all tracks of each film, by film number.

    Raises
    ------
    StudyError
        The file exists: a person's decisions are never overwritten.
    StorageError
        The disk refused.
    """
    if path.exists():
        raise StudyError(f"{path}: expected no such file, got one", hint="it is never overwritten")
    parts = [
        format_film(number, characters, tracks)
        for number, (characters, tracks) in sorted(films.items())
    ]
    write_text(path, HEAD + "".join(parts))


def append_characters(
    path: Path,
    film_number: int,
    characters: Sequence[Character],
    tracks: Sequence[TrackSummary],
) -> None:
    """Add a film, or the tracks of a film that stand nowhere yet, to an existing file.

    Parameters
    ----------
    path
        ``characters.yaml``; everything in it stays as it is, comments included.
    film_number
        The tag's first field.
    characters
        All characters of the film, as `cinefacs.faces.characters.gather_characters` gives them.
        What the file does not say yet is added as entries of their own; tracks that join a
        character of the file stand in an entry with ``same_as``.
    tracks
        All tracks of the film.

    Raises
    ------
    ConfigError
        The file cannot be read, or is laid out so that nothing can be added by itself.
    StorageError
        The disk refused.
    """
    text = path.read_text(encoding="utf-8")
    entries = read_characters_file(path).entries_of(film_number, tracks)
    if entries is None:
        text = append_key(
            text, ("films",), format_film(film_number, characters, tracks), where=str(path)
        )
    else:
        lines = format_missing(entries, characters)
        if not lines:
            return
        place = ("films", film_number, "characters")
        text = append_items(text, place, lines, where=str(path))
    write_text(path, text)


def _read_film(film: object, where: str) -> FilmEntries:
    """Return what the file says about one film."""
    if not isinstance(film, dict):
        raise ConfigError(f"{where}: expected {' and '.join(_FILM_KEYS)}, got {film!r}")
    _check_known(film, _FILM_KEYS, where=where)
    digest = film.get("tracks_digest")
    if not isinstance(digest, str):
        raise ConfigError(f"{where}: tracks_digest: expected text in quotes, got {digest!r}")
    characters = film.get("characters") or []
    if not isinstance(characters, list):
        raise ConfigError(f"{where}: characters: expected a list, got {characters!r}")
    entries = tuple(
        _read_entry(each, f"{where}, entry {i}") for i, each in enumerate(characters, 1)
    )
    try:
        settle_entries(entries)
    except ConfigError as error:
        raise ConfigError(f"{where}, {error.message}", hint=error.hint) from error
    return FilmEntries(tracks_digest=digest, entries=entries)


def _read_entry(entry: object, where: str) -> CharacterEntry:
    """Return one character of the file."""
    if not isinstance(entry, dict):
        raise ConfigError(f"{where}: expected a character with its number, got {entry!r}")
    _check_known(entry, _ENTRY_KEYS, where=where)
    number = _read_number(entry.get("number"), where=f"{where}: number")
    where = f"{where}, character {number}"
    name = entry.get("name", "")
    if not isinstance(name, str | None):
        raise ConfigError(
            f"{where}: name: expected text, got {name!r}", hint="put the name in quotes"
        )
    is_under_study = entry.get("is_under_study", False)
    if not isinstance(is_under_study, bool):
        raise ConfigError(
            f"{where}: is_under_study: expected true or false, got {is_under_study!r}"
        )
    same_as = entry.get("same_as")
    return CharacterEntry(
        number=number,
        name=name or "",
        is_under_study=is_under_study,
        track_ids=_read_tracks(entry.get("tracks"), where=f"{where}: tracks"),
        same_as=None if same_as is None else _read_number(same_as, where=f"{where}: same_as"),
        split_off=_read_tracks(entry.get("split_off"), where=f"{where}: split_off"),
    )


def _read_tracks(value: Any, *, where: str) -> tuple[int, ...]:  # noqa: ANN401
    """Return track numbers from text, one number, or a list of both."""
    parts = value if isinstance(value, list) else [] if value is None else [value]
    texts: list[str] = []
    for part in parts:
        if isinstance(part, bool) or not isinstance(part, int | str):
            raise ConfigError(
                f"{where}: expected track numbers such as '0-4, 9', got {part!r}",
                hint="put the numbers in quotes",
            )
        texts.append(str(part))
    try:
        return parse_ranges(", ".join(text for text in texts if text.strip()))
    except ConfigError as error:
        raise ConfigError(f"{where}: {error.message}", hint=error.hint) from error


def _read_number(value: object, *, where: str) -> int:
    """Return a number of a film or a character."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f"{where}: expected a number from 1, got {value!r}")
    return value


def _check_known(document: Mapping[Any, Any], known: Sequence[str], *, where: str) -> None:
    """Raise at a key that the file does not know."""
    for key in document:
        if key not in known:
            raise ConfigError(
                f"{where}: expected a known key, got {str(key)!r}",
                hint=did_you_mean(str(key), known),
            )
