"""What can be set about emotions by rule; imports no array library, for a quick help."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["EmotionConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EmotionConfig:
    """By which rules emotions are read from labels."""

    rules: str = "paper"
    """Table of rules: ``paper``, ``emfacs``, or a YAML file of your own (docs/facs.md)."""
    code_book: str = ""
    """YAML file with changes of your own to the code book, which says what excludes what; empty:
    the standard one."""
    min_score: float = 0.6
    """Least score that names an emotion, above 0 to 1."""
    margin: float = 0.1
    """Least lead over every other emotion, 0 to 1."""
    not_looked_for: Literal["unseen", "absent"] = "unseen"
    """What an action unit counts as that the coder did not say to have looked for: ``unseen``
    leaves emotions open that hang on it; ``absent`` supposes that the coder looked for all."""
