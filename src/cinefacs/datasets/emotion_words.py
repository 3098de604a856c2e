"""The words by which coders and data sets call the seven emotions."""

import csv
from functools import cache
from importlib import resources

__all__ = ["emotion_of_word"]


def emotion_of_word(word: str) -> str | None:
    """Return the emotion that a word of a source means, or None where it is none of the seven.

    Parameters
    ----------
    word
        In any case; ``repression``, ``positive`` and ``others`` are no emotion of the seven and
        are not bent into one.
    """
    return _words().get(word.strip().casefold())


@cache
def _words() -> dict[str, str]:
    file = resources.files("cinefacs.datasets").joinpath("emotion_words.csv")
    with file.open(encoding="utf-8") as lines:
        return {row["word"]: row["emotion"] for row in csv.DictReader(lines)}
