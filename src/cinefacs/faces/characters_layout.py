"""The text of ``characters.yaml``."""

from collections.abc import Sequence

from cinefacs.faces.character_entries import CharacterEntry, format_ranges, settle_entries
from cinefacs.faces.track_summary import TrackSummary, digest_tracks
from cinefacs.records.character import Character

__all__ = ["HEAD", "SCHEMA_VERSION", "format_film", "format_missing"]

SCHEMA_VERSION = 1
"""Version of the file's layout."""

HEAD = f"""\
# The characters of this study, film by film. Change what is wrong; it is never overwritten.
#
# name            how the character is called, in quotes
# is_under_study  true for the characters that the study is about
# tracks          the face tracks that show the character, such as "0-4, 9"; the contact sheet
#                 shows them. Move a number to another character, or take it out: a track that
#                 stands nowhere belongs to nobody.
# same_as         to merge: "same_as: 3" says that this character really is number 3
# split_off       to split: the tracks that show somebody else, such as "4, 9", become a new
#                 character with the next free number. To name that one, write it down as a
#                 character of its own instead, and take the tracks out here.
#
# Leave `number` and `tracks_digest` as they are: clips bear the number in their names, and the
# digest tells whether the tracks are still those that the numbers were written for.
schema_version: {SCHEMA_VERSION}
films:
"""
"""What stands above the films."""


def format_missing(entries: Sequence[CharacterEntry], characters: Sequence[Character]) -> list[str]:
    """Return the lines of what the entries do not say yet.

    Tracks that join a character of the file stand in an entry of their own with ``same_as``, so
    that no line of the file has to change.

    Parameters
    ----------
    entries
        What the file says about the film.
    characters
        All characters of the film.
    """
    listed = {key for each in entries for key in each.track_ids}
    settled = {each.number for each in settle_entries(entries)}
    next_number = max([0, *settled, *(each.number for each in entries),
                       *(each.character_number for each in characters)]) + 1  # fmt: skip
    lines: list[str] = []
    for character in characters:
        new = [key for key in character.track_ids if key not in listed]
        if new and character.character_number in settled:
            home = character.character_number
            lines += _format_entry(next_number, "", new, is_under_study=False, same_as=home)
            next_number += 1
        elif new:
            lines += _format_entry(
                character.character_number, character.name, new,
                is_under_study=character.is_under_study,
            )  # fmt: skip
    return lines


def format_film(
    number: int, characters: Sequence[Character], tracks: Sequence[TrackSummary]
) -> str:
    """Return a film's part of the file.

    Parameters
    ----------
    number
        The tag's first field.
    characters, tracks
        All of the film.
    """
    lines = [f"  {number}:", f'    tracks_digest: "{digest_tracks(tracks)}"', "    characters:"]
    for each in characters:
        entry = _format_entry(
            each.character_number, each.name, each.track_ids, is_under_study=each.is_under_study
        )
        note = f"  # {each.n_face_frames} frames, {each.n_codable_frames} of them codable"
        entry[0] += note
        lines += [f"      {line}" for line in entry]
    return "\n".join(lines) + "\n"


def _format_entry(
    number: int,
    name: str,
    track_ids: Sequence[int],
    *,
    is_under_study: bool,
    same_as: int | None = None,
) -> list[str]:
    """Return the lines of one entry."""
    lines = [
        f"- number: {number}",
        f"  name: {_quote(name)}",
        f"  is_under_study: {str(is_under_study).lower()}",
        f'  tracks: "{format_ranges(track_ids)}"',
    ]
    return lines if same_as is None else [*lines, f"  same_as: {same_as}"]


def _quote(text: str) -> str:
    """Return the text as YAML reads it back."""
    import yaml  # noqa: PLC0415  (kept out of `cinefacs --help`)

    quoted = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf"))
    return str(quoted).rstrip("\n")
