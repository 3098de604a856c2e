"""The fields of labels as JSON values and as text, and back: one rule per type for all formats."""

import dataclasses
import json
from collections.abc import Collection, Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from cinefacs.labels.formats.files import parse_json
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.labels import Labels

__all__ = [
    "KINDS",
    "AnyLabel",
    "describe",
    "every_label",
    "list_text",
    "pack",
    "pack_text",
    "unpack",
    "unpack_text",
]

AnyLabel = AuLabel | ExpressionLabel | CodedSpan

KINDS: dict[str, type[AnyLabel]] = {
    "au": AuLabel,
    "expression": ExpressionLabel,
    "coded": CodedSpan,
}
"""Names of the three kinds of label in files."""

PLACE = frozenset({"film_id", "character_number", "span", "apex_pts"})
"""Fields that say where a label is: each format has a place of its own for them."""
LIST_SEPARATOR = ";"


def pack(label: AnyLabel, *, without: Collection[str] = ()) -> dict[str, Any]:
    """Return the fields of a label as JSON values, without those that say where it is.

    Parameters
    ----------
    label
        Any of the three kinds.
    without
        Fields that stand elsewhere in the file.

    Returns
    -------
    dict
        Only what differs from what a reader takes when nothing is said.
    """
    packed: dict[str, Any] = {}
    for field in dataclasses.fields(label):
        value = getattr(label, field.name)
        is_unsaid = value is None or value == field.default
        if field.name in PLACE or field.name in without or is_unsaid:
            continue
        packed[field.name] = _plain(value)
    return packed


def pack_text(label: AnyLabel, *, without: Collection[str] = ()) -> str:
    """Return `pack` as one line of JSON in ASCII: every format can hold that."""
    return json.dumps(pack(label, without=without), ensure_ascii=True)


def every_label(labels: Labels) -> tuple[AnyLabel, ...]:
    """Return action units, expressions and coded spans, in this order."""
    everything: tuple[AnyLabel, ...] = (*labels.aus, *labels.expressions, *labels.coded)
    return everything


def describe(label: AnyLabel) -> str:
    """Return which label it is, for examples of losses."""
    kind = next(name for name, record in KINDS.items() if isinstance(label, record))
    what = f"AU{label.au}" if isinstance(label, AuLabel) else kind
    start = float(label.span.start_s)
    who = f"character {label.character_number} by {label.coder}/{label.label_set}"
    return f"{what} at {start:.3f} s, {who}"


def unpack_text(text: str) -> dict[str, Any]:
    """Return what an export put into a text field; a person's own remark is kept verbatim."""
    if not text.strip():
        return {}
    try:
        detail = parse_json(text)
    except (ValueError, RecursionError):
        return {"text": text}
    return detail if isinstance(detail, dict) else {"text": text}


def unpack(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a label from JSON values or texts.

    Parameters
    ----------
    kind
        One of `KINDS`.
    values
        By the field's name; what the label has no field for is left out. An empty text or None
        says nothing.

    Returns
    -------
    dict
        Fields with values of their own types; those that nothing was said of are missing.

    Raises
    ------
    ValueError
        A value is not of its field's type; the message names field, expected and found.
    """
    fields: dict[str, Any] = {}
    for name, full_kind in get_type_hints(KINDS[kind]).items():
        value = values.get(name)
        if name in PLACE or value is None or value == "":
            continue
        try:
            fields[name] = _convert(_strip_none(full_kind), value)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            expected = _expected(_strip_none(full_kind))
            raise ValueError(f"{name}: expected {expected}, got {value!r:.80}") from error
    return fields


def list_text(items: tuple[str, ...] | tuple[int, ...]) -> str:
    """Write a list as text: joined by semicolons, or as JSON where an item holds one."""
    words = [str(item) for item in items]
    is_plain = all(
        word and word == word.strip() and LIST_SEPARATOR not in word and not word.startswith("[")
        for word in words
    )
    return LIST_SEPARATOR.join(words) if is_plain else json.dumps(words)


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, StrEnum):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _strip_none(kind: Any) -> Any:  # noqa: ANN401
    if not isinstance(kind, UnionType):
        return kind
    return next(part for part in get_args(kind) if part is not NoneType)


def _convert(kind: Any, value: Any) -> Any:  # noqa: ANN401
    if kind is str:
        return _text(value)
    if kind is bool:
        return _truth(value)
    if kind is int:
        return _whole(value)
    if kind is float:
        return _number(value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _member(kind, value)
    items = _items(value)
    return tuple(_whole(item) for item in items) if int in get_args(kind) else tuple(items)


def _expected(kind: Any) -> str:  # noqa: ANN401
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return " or ".join(kind)
    names = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
    return names.get(kind, "a list")


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    return str(value)


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
        str(value).strip().lower()
    ]


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    number = float(value) if isinstance(value, float) else int(value)
    if number != int(number):
        raise ValueError
    return int(number)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    return float(value)


def _member(kind: type[StrEnum], value: object) -> StrEnum:
    text = str(value).strip()
    by_name = {str(member).lower(): member for member in kind}
    if text.lower() not in by_name:
        raise ValueError
    return by_name[text.lower()]


def _items(value: object) -> list[Any]:
    if isinstance(value, list):
        items = value
    elif isinstance(value, str) and value.startswith("["):
        items = parse_json(value)
    elif isinstance(value, str):
        items = [item.strip() for item in value.split(LIST_SEPARATOR)]
    else:
        raise TypeError
    if not all(isinstance(item, str | int) and not isinstance(item, bool) for item in items):
        raise TypeError
    return items
