"""What a detector is asked to tell apart: the list of classes, and whether several may hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cinefacs.errors import ConfigError, SchemaError, did_you_mean
from cinefacs.facs.code_book import standard_code_book
from cinefacs.records.checks import require

__all__ = [
    "EMOTIONS",
    "FACE",
    "NEUTRAL",
    "OTHER",
    "ClassSpace",
    "au_class",
    "au_space",
    "combination_space",
    "emotion7_space",
    "emotion_au_space",
    "emotion_space",
    "face_space",
    "named_space",
    "require_face",
]

FACE: Final = "face"
"""Class that every face has in the spaces of several labels: it is the score of the box."""
NEUTRAL: Final = "neutral"
"""Class of a face without any expression."""
OTHER: Final = "other"
"""Class of the combinations of action units that are too rare for one of their own."""

EMOTIONS: Final = (
    "disgust",
    "anger",
    "fear",
    "sadness",
    "happiness",
    "contempt",
    "surprise",
)
"""The paper's seven types 01 to 07, in its order (section 4.1)."""

_MIRRORED_AUS: Final = {51: 52, 52: 51, 55: 56, 56: 55, 61: 62, 62: 61}
"""Turns, tilts and looks to the left and to the right."""
_MIRRORED_SIDES: Final = {"L": "R", "R": "L"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassSpace:
    """The classes of a data set or of a detector, in the order of the scores.

    A face has exactly one class of a single-label space, and any number of classes of another;
    there it always has `FACE`, if the space has it.
    """

    name: str
    """Such as ``emotion``, ``combination``, ``au`` or ``emotion+au``."""
    names: tuple[str, ...]
    """Names of the classes, each once."""
    multi_label: bool = False
    """Whether a face may have several of them."""

    def __post_init__(self) -> None:
        """Check that there are classes and that each stands once."""
        require(bool(self.name), "ClassSpace.name", "a name", self.name)
        is_named = all(name and name == name.strip() for name in self.names)
        is_fine = len(self.names) > 0 and len(set(self.names)) == len(self.names) and is_named
        require(is_fine, "ClassSpace.names", "one or more different names", self.names)
        has_face = FACE in self.names
        require(
            self.multi_label or not has_face or self.names == (FACE,),
            "ClassSpace.names",
            f"no {FACE!r} beside others in a single-label space",
            self.names,
        )

    def __len__(self) -> int:
        """Return the number of classes."""
        return len(self.names)

    @property
    def face_index(self) -> int | None:
        """Position of the class `FACE`; None where the space has none."""
        return self.names.index(FACE) if FACE in self.names else None

    @property
    def box_index(self) -> int | None:
        """Position of `FACE` where a face may have several classes: its score is the box's.

        None where each box has one class, whose score is the box's.
        """
        return self.face_index if self.multi_label else None

    @property
    def is_of_expressions(self) -> bool:
        """Whether all classes are emotions, action units or sets of them: what a face shows."""
        shown = [name for name in self.names if name not in {NEUTRAL, OTHER, FACE}]
        return bool(shown) and all(
            name in EMOTIONS or all(_mirror_au(part) for part in name.split("+")) for name in shown
        )

    def indices(self, classes: Iterable[str]) -> tuple[int, ...]:
        """Return the positions of classes, in the order given.

        Raises
        ------
        SchemaError
            A name is not of this space.
        """
        position = {name: index for index, name in enumerate(self.names)}
        wanted = tuple(classes)
        unknown = [name for name in wanted if name not in position]
        if unknown:
            raise SchemaError(
                f"class: expected one of the space {self.name!r}, got {unknown[0]!r}",
                hint=f"its classes: {', '.join(self.names)}",
            )
        return tuple(position[name] for name in wanted)

    def multi_hot(self, classes: Iterable[str]) -> npt.NDArray[np.float32]:
        """Return 1 for each class named and 0 for the others.

        Returns
        -------
        (K,) float32

        Raises
        ------
        SchemaError
            A name is not of this space.
        """
        target = np.zeros(len(self.names), np.float32)
        target[list(self.indices(classes))] = 1
        return target

    @property
    def mirrored(self) -> tuple[int | None, ...]:
        """(K,) position of the class that each class becomes when the picture is mirrored.

        Action units of the head and the eyes change sides, and so do those with a side. A
        combination whose mirror image is no class is `OTHER` where the space has it. None: the
        mirror image has no place in the space, and the picture must not be mirrored.
        """
        return _mirrored_of(self.names)

    def as_document(self) -> dict[str, Any]:
        """Return the space as plain JSON values."""
        return {"name": self.name, "names": list(self.names), "multi_label": self.multi_label}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "ClassSpace":
        """Return the space that `as_document` wrote.

        Raises
        ------
        SchemaError
            A key is missing, unknown or of the wrong type.
        """
        keys = {"name", "names", "multi_label"}
        require(set(document) == keys, "class space", f"the keys {sorted(keys)}", document)
        name, names, is_multi = (document[key] for key in ("name", "names", "multi_label"))
        is_plain = isinstance(name, str) and isinstance(is_multi, bool) and isinstance(names, list)
        is_plain = is_plain and all(isinstance(each, str) for each in names)
        require(is_plain, "class space", "a name, a list of names, true or false", document)
        return cls(name=name, names=tuple(names), multi_label=is_multi)


def au_class(aus: int | Iterable[int]) -> str:
    """Return the class of an action unit such as ``AU12``, or of an exact set: ``AU6+AU12``.

    Raises
    ------
    SchemaError
        The set is empty.
    """
    numbers = [aus] if isinstance(aus, int) else sorted(set(aus))
    require(bool(numbers), "combination", "at least one action unit", numbers)
    return "+".join(f"AU{number}" for number in numbers)


def emotion_space() -> ClassSpace:
    """Return the seven emotions and `NEUTRAL`: one holds."""
    return ClassSpace(name="emotion", names=(*EMOTIONS, NEUTRAL), multi_label=False)


def emotion7_space() -> ClassSpace:
    """Return the paper's seven emotions: one holds, and neutral faces have no place."""
    return ClassSpace(name="emotion7", names=EMOTIONS, multi_label=False)


def combination_space(
    combinations: Iterable[Iterable[int]], *, has_neutral: bool = False
) -> ClassSpace:
    """Return the exact sets of action units, in ascending order, and `OTHER`: one holds.

    Parameters
    ----------
    combinations
        Sets that are frequent enough for a class of their own.
    has_neutral
        Whether faces without any action unit have a class, `NEUTRAL`.

    Raises
    ------
    SchemaError
        A set is empty.
    """
    sets = sorted({tuple(sorted(set(aus))) for aus in combinations})
    neutral = (NEUTRAL,) if has_neutral else ()
    names = (*(au_class(aus) for aus in sets), *neutral, OTHER)
    return ClassSpace(name="combination", names=names, multi_label=False)


def au_space(aus: Sequence[int] | None = None) -> ClassSpace:
    """Return the action units and `FACE`: any number of them holds.

    Parameters
    ----------
    aus
        Numbers of action units, each once; the 42 of the code book when None.
    """
    names = (*(au_class(au) for au in _or_of_42(aus)), FACE)
    return ClassSpace(name="au", names=names, multi_label=True)


def emotion_au_space(aus: Sequence[int] | None = None) -> ClassSpace:
    """Return the seven emotions, `NEUTRAL`, the action units and `FACE`: any number holds.

    Parameters
    ----------
    aus
        Numbers of action units, each once; the 42 of the code book when None.
    """
    names = (*EMOTIONS, NEUTRAL, *(au_class(au) for au in _or_of_42(aus)), FACE)
    return ClassSpace(name="emotion+au", names=names, multi_label=True)


def face_space() -> ClassSpace:
    """Return the space of `FACE` alone: every face has it."""
    return ClassSpace(name="face", names=(FACE,))


def require_face(space: ClassSpace) -> None:
    """Raise where faces have several labels but none that every face has.

    A data set may have such a space. A detector may not: the score of `FACE` is what says that
    there is a face at all, since a face may have none of the other labels.

    Raises
    ------
    ConfigError
        The space has several labels and no `FACE`.
    """
    if space.multi_label and space.face_index is None:
        raise ConfigError(
            f"class space {space.name!r}: expected {FACE!r} among several labels, got none",
            hint="build the data set with the space au or emotion+au, which have it; of a data set "
            "in YOLO's or COCO's layout give the layout itself, to which it is added",
        )


def named_space(name: str) -> ClassSpace:
    """Return a space that needs no data.

    Parameters
    ----------
    name
        ``emotion``, ``emotion7``, ``au``, ``emotion+au``, or ``face`` (faces only).

    Raises
    ------
    ConfigError
        There is no such space; ``combination`` depends on what is labelled.
    """
    presets = {
        "emotion": emotion_space,
        "emotion7": emotion7_space,
        "au": au_space,
        "emotion+au": emotion_au_space,
        "face": face_space,
    }
    if name not in presets:
        raise ConfigError(
            f"class space: expected one that needs no data, got {name!r}",
            hint=did_you_mean(name, presets),
        )
    return presets[name]()


def _or_of_42(aus: Sequence[int] | None) -> Sequence[int]:
    return standard_code_book().of_42 if aus is None else aus


@cache
def _mirrored_of(names: tuple[str, ...]) -> tuple[int | None, ...]:
    """Return `ClassSpace.mirrored`, which trainings ask for with every second view."""
    position = {name: index for index, name in enumerate(names)}
    return tuple(position.get(_mirror(name), position.get(OTHER)) for name in names)


def _mirror(name: str) -> str:
    """Return the name of a class in the mirrored picture; only action units have another."""
    parts = [_mirror_au(part) for part in name.split("+")]
    numbers = [part for part in parts if part is not None]
    if len(numbers) < len(parts):
        return name
    return "+".join(f"AU{number}{side}" for number, side in sorted(numbers))


def _mirror_au(part: str) -> tuple[int, str] | None:
    digits = part.removeprefix("AU").rstrip("LR")
    if not part.startswith("AU") or not digits.isdecimal():
        return None
    side = part.removeprefix(f"AU{digits}")
    return _MIRRORED_AUS.get(int(digits), int(digits)), _MIRRORED_SIDES.get(side, side)
