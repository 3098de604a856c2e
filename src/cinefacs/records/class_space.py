"""What a detector tells apart: the list of its classes, and whether a face may have several."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cinefacs.errors import ConfigError
from cinefacs.records.checks import require

__all__ = [
    "ACTION_UNITS",
    "EMOTIONS",
    "FACE",
    "NEUTRAL",
    "OTHER",
    "ClassSpace",
    "action_unit_space",
    "combination_name",
    "combination_space",
    "named_class_space",
]

EMOTIONS = ("disgust", "anger", "fear", "sadness", "happiness", "contempt", "surprise")
"""The paper's seven types, 01 to 07."""
NEUTRAL = "neutral"
FACE = "face"
"""The class that is positive on every face; its score is the score of the box."""
OTHER = "other"
"""Every combination of action units that is too rare for a class of its own."""
ACTION_UNITS = (1, 2, *range(4, 29), 43, 45, 46, *range(51, 59), *range(61, 65))
"""The 42 action units that the paper counts but does not list, by our reading."""
FEWEST_SAMPLES = 20
"""Training samples from which on a combination is a class of its own."""

_MIRRORED_AUS = {51: 52, 52: 51, 55: 56, 56: 55, 61: 62, 62: 61}
"""Head turned, head tilted, eyes turned: left and right have numbers of their own."""
_AU = re.compile(r"AU(\d+)([LR]?)")
_SWAPPED_SIDE = {"L": "R", "R": "L", "": ""}


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassSpace:
    """The classes of a detector, in the order of its scores."""

    name: str
    """Such as ``emotion`` or ``emotion+au``."""
    classes: tuple[str, ...]
    """Names, each once. Action units are ``AU12``, one side of them ``AU12L`` or ``AU12R``."""
    is_multi_label: bool = False
    """Whether a face may have several classes; one of them is then `FACE`."""

    def __post_init__(self) -> None:
        """Check the names."""
        object.__setattr__(self, "classes", tuple(self.classes))
        require(bool(self.name), "ClassSpace.name", "a name", self.name)
        require(bool(self.classes), "ClassSpace.classes", "at least one", self.classes)
        require(all(self.classes), "ClassSpace.classes", "no empty name", self.classes)
        twice = [name for name, n in Counter(self.classes).items() if n > 1]
        require(not twice, "ClassSpace.classes", "each name once", twice)
        has_face = FACE in self.classes
        require(
            has_face or not self.is_multi_label,
            "ClassSpace.classes",
            f"a class {FACE!r} in a space of several labels, since its score is the box's",
            self.classes,
        )

    def __len__(self) -> int:
        """Return the number of classes."""
        return len(self.classes)

    @property
    def face_index(self) -> int | None:
        """Position of `FACE`; None where each box has one class."""
        return self.classes.index(FACE) if self.is_multi_label else None

    def index(self, name: str) -> int:
        """Return the position of a class.

        Raises
        ------
        SchemaError
            There is no such class.
        """
        require(name in self.classes, f"class of {self.name}", "a known name", name)
        return self.classes.index(name)

    def mirrored(self) -> tuple[int | None, ...]:
        """Return what each class is in a mirror; None where the mirror's class is not in the space.

        Left and right change places: ``AU12L`` is ``AU12R``, 51 is 52, 55 is 56, 61 is 62, also
        inside a combination such as ``AU4+AU51``.
        """
        place = {name: position for position, name in enumerate(self.classes)}
        return tuple(place.get(_mirror(name)) for name in self.classes)

    def as_document(self) -> dict[str, Any]:
        """Return the space as plain JSON values."""
        return {
            "name": self.name,
            "classes": list(self.classes),
            "is_multi_label": self.is_multi_label,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "ClassSpace":
        """Return the space that `as_document` wrote.

        Raises
        ------
        SchemaError
            A key is missing or wrong.
        """
        names = {"name", "classes", "is_multi_label"}
        is_mapping = isinstance(document, Mapping)
        require(is_mapping and set(document) == names, "class space", f"keys {names}", document)
        classes = document["classes"]
        is_list = isinstance(classes, list) and all(isinstance(item, str) for item in classes)
        require(is_list, "class space: classes", "a list of names", classes)
        flag, name = document["is_multi_label"], document["name"]
        require(isinstance(flag, bool), "class space: is_multi_label", "true or false", flag)
        require(isinstance(name, str), "class space: name", "a name", name)
        return cls(name=name, classes=tuple(classes), is_multi_label=flag)


def _mirror(name: str) -> str:
    """Return the name of a class in a mirror."""
    parts = [_AU.fullmatch(part) for part in name.split("+")]
    if not all(parts):
        return name
    aus = [(int(part[1]), part[2]) for part in parts if part]
    turned = sorted((_MIRRORED_AUS.get(au, au), _SWAPPED_SIDE[side]) for au, side in aus)
    return "+".join(f"AU{au}{side}" for au, side in turned)


def combination_name(aus: Iterable[int]) -> str:
    """Return the class of an exact set of action units, such as ``AU6+AU12``; none is `NEUTRAL`."""
    return "+".join(f"AU{au}" for au in sorted(set(aus))) or NEUTRAL


def combination_space(
    training_sets: Sequence[Iterable[int]], *, fewest_samples: int = FEWEST_SAMPLES
) -> ClassSpace:
    """Return the space of exact combinations that the training samples hold often enough.

    Parameters
    ----------
    training_sets
        Action units of each training sample; never those of other splits.
    fewest_samples
        From which number on a combination is a class of its own; all others are `OTHER`.

    Returns
    -------
    ClassSpace
        The most frequent first, of equals the one that sorts first, `OTHER` last.
    """
    counts = Counter(combination_name(aus) for aus in training_sets)
    kept = sorted((name for name, n in counts.items() if n >= fewest_samples),
                  key=lambda name: (-counts[name], name))  # fmt: skip
    return ClassSpace(name="combination", classes=(*kept, OTHER))


def action_unit_space(
    aus: Iterable[int] = ACTION_UNITS, *, with_emotions: bool = False
) -> ClassSpace:
    """Return the space of several labels: action units, emotions if asked for, and `FACE`.

    Parameters
    ----------
    aus
        Numbers of the code book in use.
    with_emotions
        Whether the seven emotions and `NEUTRAL` stand before them.
    """
    names = (*EMOTIONS, NEUTRAL) if with_emotions else ()
    units = tuple(f"AU{au}" for au in aus)
    return ClassSpace(
        name="emotion+au" if with_emotions else "au",
        classes=(*names, *units, FACE),
        is_multi_label=True,
    )


def named_class_space(name: str) -> ClassSpace:
    """Return a class space that needs no data.

    Parameters
    ----------
    name
        ``emotion``, ``emotion7`` (the paper's, without neutral), ``au``, ``emotion+au``, or
        ``face`` (faces only).

    Raises
    ------
    ConfigError
        Another name; ``combination`` depends on the training samples.
    """
    spaces = {
        "emotion": ClassSpace(name="emotion", classes=(*EMOTIONS, NEUTRAL)),
        "emotion7": ClassSpace(name="emotion7", classes=EMOTIONS),
        "au": action_unit_space(),
        "emotion+au": action_unit_space(with_emotions=True),
        "face": ClassSpace(name="face", classes=(FACE,)),
    }
    if name not in spaces:
        raise ConfigError(
            f"class space: expected one of {', '.join(spaces)}, got {name!r}",
            hint="`combination` is built from the training samples of a data set",
        )
    return spaces[name]
