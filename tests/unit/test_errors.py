"""Every error says what is wrong and what to do, and can be told apart."""

import inspect
import json

import pytest

from cinefacs import errors
from cinefacs.errors import CinefacsError, DamagedFilmError, FilmError

NAMES = [name for name in errors.__all__ if name[0].isupper()]
ALL_ERRORS = [getattr(errors, name) for name in NAMES]


@pytest.mark.parametrize("error_type", ALL_ERRORS, ids=lambda each: each.__name__)
def test_every_error_is_one_of_ours_and_keeps_message_and_hint(
    error_type: type[CinefacsError],
) -> None:
    error = error_type("film: expected a video, got text", hint="give a film")
    assert isinstance(error, CinefacsError)
    assert str(error) == error.message == "film: expected a video, got text"
    assert error.hint == "give a film"


def test_a_hint_may_be_missing() -> None:
    assert CinefacsError("no").hint == ""


def test_the_document_is_what_json_prints() -> None:
    document = DamagedFilmError("film: expected 10 frames, got 3", hint="ärger").as_document()
    assert json.loads(json.dumps(document)) == {
        "error": {
            "type": "DamagedFilmError",
            "message": "film: expected 10 frames, got 3",
            "hint": "ärger",
        }
    }


def test_a_damaged_film_is_caught_as_a_film_error() -> None:
    with pytest.raises(FilmError, match="damaged"):
        raise DamagedFilmError("damaged")


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    defined = {
        name
        for name, value in inspect.getmembers(errors, inspect.isclass)
        if issubclass(value, BaseException)
    }
    drawn = {word for word in (errors.__doc__ or "").split() if word.endswith("Error")}
    assert drawn == defined == set(NAMES)
