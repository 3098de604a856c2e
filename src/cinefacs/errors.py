"""Every error that cinefacs raises on purpose.

::

    CinefacsError
    ├── ConfigError        an option or a configuration file is wrong
    ├── SchemaError        a record or a table is not what it should be
    ├── FilmError          a film cannot be read
    │   └── DamagedFilmError   part of it can
    ├── StudyError         a study folder and the request do not fit together
    ├── LeakError          what is tested on was also learned from
    ├── StorageError       the disk refused (full, no permission)
    ├── ModelError         a model file or an extra is missing or altered
    └── TrainingError      a training cannot go on

A message says *thing: expected X, got Y*; the hint says what to do.
"""

import difflib
from collections.abc import Iterable

__all__ = [
    "CinefacsError",
    "ConfigError",
    "DamagedFilmError",
    "FilmError",
    "LeakError",
    "ModelError",
    "SchemaError",
    "StorageError",
    "StudyError",
    "TrainingError",
    "did_you_mean",
]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known word, or all of them where none is near.

    Parameters
    ----------
    name
        What was written.
    known
        What could have been meant.
    """
    words = sorted(known)
    near = difflib.get_close_matches(name, words, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(words)}"


class CinefacsError(Exception):
    """An error that the user can do something about.

    Parameters
    ----------
    message
        What is wrong: thing, expected, found.
    hint
        What to do about it; may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_document(self) -> dict[str, dict[str, str]]:
        """Return the error as the JSON document that ``--json`` prints."""
        name = type(self).__name__
        return {"error": {"type": name, "message": self.message, "hint": self.hint}}


class ConfigError(CinefacsError):
    """An option or a configuration file is wrong."""


class SchemaError(CinefacsError):
    """A record or a table does not have the promised shape."""


class FilmError(CinefacsError):
    """A film cannot be read."""


class DamagedFilmError(FilmError):
    """A film can be read only in part."""


class StudyError(CinefacsError):
    """A study folder and what was asked of it do not fit together."""


class LeakError(CinefacsError):
    """A data set's parts share what they must not: a clip, a person, a picture."""


class StorageError(CinefacsError):
    """The disk refused: full, read-only or not permitted."""


class ModelError(CinefacsError):
    """A model file or an optional package is missing or altered."""


class TrainingError(CinefacsError):
    """A training cannot go on: numbers overflowed, memory ran out, or nothing fits together."""
