"""The division that a study carries of itself: which of its films are to train, validate, test."""

import json

from cinefacs.errors import SchemaError
from cinefacs.records.sample import Part
from cinefacs.storage.study import StudyLayout

__all__ = ["read_division"]


def read_division(layout: StudyLayout) -> dict[int, Part]:
    """Return for which part each film of a study is meant, by the film's number.

    Synthetic films carry it in ``synth.json``: ``films``, each with ``film_number`` and ``split``.

    Parameters
    ----------
    layout
        The study.

    Returns
    -------
    dict of int to Part
        Empty where the study says nothing.

    Raises
    ------
    SchemaError
        The file is there and cannot be read.
    """
    path = layout.synth_path
    if not path.is_file():
        return {}
    try:
        films = json.loads(path.read_text(encoding="utf-8"))["films"]
        return {int(film["film_number"]): Part(film["split"]) for film in films}
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaError(
            f"{path}: expected films, each with film_number and a split of train, val or test, "
            f"got: {error!r}",
            hint="make the set anew with `cinefacs datasets synth --force`",
        ) from error
