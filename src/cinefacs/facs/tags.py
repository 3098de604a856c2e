"""The paper's tags: where a picture comes from, and what is labelled in it.

``003-06-0007`` is clip 7 of character 6 of film 3, ``003-06-0007-0008`` its eighth picture, and
``003-06-0007-0008-0512-06-12`` that picture labelled with emotion 05, combination 12, and the
action units 6 and 12. Digits widen where a number needs more and never wrap, and no tag has two
spellings: what `parse` reads, `str` writes again letter by letter.

References
----------
The paper, section 4.1: ``00X-0X-000X-000X-0XXX-XX-XX-XX``. Its text says that ``0X`` is the
emotion and leaves ``0XXX`` unexplained: both forms are read, and of the longer one the first two
digits are the emotion and the rest is a number of the combination, which cinefacs does not
interpret.
"""

import re
from dataclasses import dataclass

from cinefacs.errors import SchemaError

__all__ = ["ClipTag", "FrameTag", "LabelTag"]

_FILM_DIGITS, _CHARACTER_DIGITS, _CLIP_DIGITS, _PICTURE_DIGITS = 3, 2, 4, 4
_EMOTION_DIGITS, _COMBINATION_DIGITS, _AU_DIGITS = 2, 2, 2
_LARGEST_EMOTION = 10**_EMOTION_DIGITS - 1


def _field(name: str, digits: int) -> str:
    """Return a pattern for a number with at least so many digits, and no zero too many."""
    return rf"(?P<{name}>[0-9]{{{digits}}}|[1-9][0-9]{{{digits},}})"


_CLIP = "-".join(
    [_field("film", _FILM_DIGITS), _field("character", _CHARACTER_DIGITS),
     _field("clip", _CLIP_DIGITS)]
)  # fmt: skip
_FRAME = f"{_CLIP}-{_field('picture', _PICTURE_DIGITS)}"
_EMOTION = (
    rf"(?P<emotion>[0-9]{{{_EMOTION_DIGITS}}})(?:{_field('combination', _COMBINATION_DIGITS)})?"
)
_AUS = r"(?P<aus>(?:-[0-9]+)+)"
_CLIP_PATTERN = re.compile(_CLIP)
_FRAME_PATTERN = re.compile(_FRAME)
_LABEL_PATTERN = re.compile(f"{_FRAME}-{_EMOTION}{_AUS}")
_AU_PATTERN = re.compile(_field("au", _AU_DIGITS))


def _match(pattern: re.Pattern[str], text: str, kind: str, example: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise SchemaError(f"{kind} tag: expected one such as {example}, got {text!r}")
    return match


def _require_from_one(kind: str, **numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise SchemaError(f"{kind} tag: {name}: expected 1 or more, got {number}")


@dataclass(frozen=True, order=True, slots=True)
class ClipTag:
    """Where a clip comes from."""

    film_number: int
    """Film of the study, from 1."""
    character_number: int
    """Character of the film, from 1."""
    clip_number: int
    """Clip of the character, from 1."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        _require_from_one(
            "clip", film=self.film_number, character=self.character_number, clip=self.clip_number
        )

    @classmethod
    def parse(cls, text: str) -> "ClipTag":
        """Return what a tag such as ``003-06-0007`` says.

        Raises
        ------
        SchemaError
            It is written otherwise.
        """
        return cls._of(_match(_CLIP_PATTERN, text, "clip", "003-06-0007"))

    @classmethod
    def _of(cls, match: re.Match[str]) -> "ClipTag":
        return cls(int(match["film"]), int(match["character"]), int(match["clip"]))

    @staticmethod
    def is_tag(text: str) -> bool:
        """Return whether a text is such a tag."""
        return _is_tag(ClipTag, text)

    def __str__(self) -> str:
        """Write the tag."""
        return (
            f"{self.film_number:0{_FILM_DIGITS}d}-{self.character_number:0{_CHARACTER_DIGITS}d}"
            f"-{self.clip_number:0{_CLIP_DIGITS}d}"
        )


@dataclass(frozen=True, order=True, slots=True)
class FrameTag:
    """Where a picture comes from."""

    clip: ClipTag
    """Its clip."""
    picture_number: int
    """Picture of the clip, from 1."""

    def __post_init__(self) -> None:
        """Check the number."""
        _require_from_one("frame", picture=self.picture_number)

    @classmethod
    def parse(cls, text: str) -> "FrameTag":
        """Return what a tag such as ``003-06-0007-0008`` says.

        Raises
        ------
        SchemaError
            It is written otherwise.
        """
        return cls._of(_match(_FRAME_PATTERN, text, "frame", "003-06-0007-0008"))

    @classmethod
    def _of(cls, match: re.Match[str]) -> "FrameTag":
        return cls(ClipTag._of(match), int(match["picture"]))  # noqa: SLF001  (the same match)

    @staticmethod
    def is_tag(text: str) -> bool:
        """Return whether a text is such a tag."""
        return _is_tag(FrameTag, text)

    def __str__(self) -> str:
        """Write the tag."""
        return f"{self.clip}-{self.picture_number:0{_PICTURE_DIGITS}d}"


@dataclass(frozen=True, order=True, slots=True)
class LabelTag:
    """Where a picture comes from, and what is labelled in it."""

    frame: FrameTag
    """The picture."""
    emotion_number: int
    """Number of the emotion, 0 to 99."""
    combination: int | None
    """Number of the combination of action units, 0 or more, as the labels count them; None in
    the short form."""
    aus: tuple[int, ...]
    """Numbers of the action units, one or more, each once, in the order of the tag."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not 0 <= self.emotion_number <= _LARGEST_EMOTION:
            raise SchemaError(
                f"label tag: emotion: expected 0 to {_LARGEST_EMOTION}, got {self.emotion_number}"
            )
        if self.combination is not None and self.combination < 0:
            raise SchemaError(f"label tag: combination: expected 0 or more, got {self.combination}")
        is_set = len(set(self.aus)) == len(self.aus)
        if not self.aus or not is_set or min(self.aus) < 0:
            raise SchemaError(
                "label tag: action units: expected one or more, each once and 0 or more, "
                f"got {self.aus}"
            )

    @classmethod
    def parse(cls, text: str) -> "LabelTag":
        """Return what a tag such as ``003-06-0007-0008-05-06-12`` says.

        Raises
        ------
        SchemaError
            It is written otherwise.
        """
        example = "003-06-0007-0008-05-06-12 or 003-06-0007-0008-0512-06-12"
        match = _match(_LABEL_PATTERN, text, "label", example)
        fields = match["aus"].removeprefix("-").split("-")
        aus = tuple(int(_match(_AU_PATTERN, field, "label", example)["au"]) for field in fields)
        return cls(
            frame=FrameTag._of(match),  # noqa: SLF001  (the same match)
            emotion_number=int(match["emotion"]),
            combination=None if match["combination"] is None else int(match["combination"]),
            aus=aus,
        )

    @staticmethod
    def is_tag(text: str) -> bool:
        """Return whether a text is such a tag."""
        return _is_tag(LabelTag, text)

    def __str__(self) -> str:
        """Write the tag."""
        emotion = f"{self.emotion_number:0{_EMOTION_DIGITS}d}"
        if self.combination is not None:
            emotion += f"{self.combination:0{_COMBINATION_DIGITS}d}"
        aus = "".join(f"-{au:0{_AU_DIGITS}d}" for au in self.aus)
        return f"{self.frame}-{emotion}{aus}"


def _is_tag(kind: type[ClipTag] | type[FrameTag] | type[LabelTag], text: str) -> bool:
    try:
        kind.parse(text)
    except SchemaError:
        return False
    return True
