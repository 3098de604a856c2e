"""Read files of other programs without trusting them: size, encoding, JSON, XML."""

import json
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree as ET
from xml.parsers import expat

from cinefacs.errors import SchemaError

__all__ = [
    "is_xml_text",
    "parse_json",
    "read_json",
    "read_packed_text",
    "read_text",
    "read_xml",
    "xml_text",
]

LARGEST_BYTES = 1 << 30
"""A labels file larger than this is not one."""
LARGEST_NUMBER = 1e20
"""No frame, pixel or identity in JSON is larger; the largest of 64 bits has 20 digits."""
_MOST_DIGITS = 20
DEEPEST_XML = 50
"""Elements inside one another; label files have fewer than ten."""
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_text(path: Path) -> str:
    """Return a text file, read as UTF-8 with or without its mark.

    Raises
    ------
    SchemaError
        The file is missing, a folder, not permitted, too large, or no UTF-8 text.
    """
    try:
        _check_size(path, path.stat().st_size)
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SchemaError(
            f"{path}: expected a text file in UTF-8, got other bytes",
            hint="export it anew from the other program, as UTF-8",
        ) from error
    except OSError as error:
        raise SchemaError(f"{path}: expected a file to read, got: {error.strerror}") from error


def _check_size(path: Path, n_bytes: int) -> None:
    if n_bytes > LARGEST_BYTES:
        raise SchemaError(f"{path}: expected a file of labels, got one of {n_bytes:,} bytes")


def read_packed_text(path: Path, *, member: str) -> str:
    """Return a text file, or the one of a name out of a ZIP, as programs pack their exports.

    Parameters
    ----------
    path
        The text file or the ZIP.
    member
        Name, without folder, of the file in the ZIP.

    Raises
    ------
    SchemaError
        As `read_text`, or the ZIP is damaged or has no such file.
    """
    if not (path.is_file() and zipfile.is_zipfile(path)):
        return read_text(path)
    try:
        with zipfile.ZipFile(path) as archive:
            found = [each for each in archive.infolist() if Path(each.filename).name == member]
            if len(found) != 1:
                raise SchemaError(f"{path}: expected one {member} in the ZIP, got {len(found)}")
            _check_size(path, found[0].file_size)
            return archive.read(found[0]).decode("utf-8-sig")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise SchemaError(
            f"{path}: expected a whole ZIP, got: {error}", hint="download it again"
        ) from error


def read_json(path: Path) -> Any:  # noqa: ANN401
    """Return a JSON document.

    Raises
    ------
    SchemaError
        As `read_text`, or the text is no JSON or has a number that no label file has.
    """
    text = read_text(path)
    try:
        return parse_json(text)
    except (ValueError, RecursionError) as error:
        reason = "too deeply nested" if isinstance(error, RecursionError) else error
        raise SchemaError(
            f"{path}: expected a JSON document, got: {reason}",
            hint="the file may have been cut off or damaged: export it anew",
        ) from error


def parse_json(text: str) -> Any:  # noqa: ANN401
    """Return the value of a text in JSON.

    Raises
    ------
    ValueError
        It is no JSON, or a number in it is none, infinite or beyond `LARGEST_NUMBER`.
    RecursionError
        It is too deeply nested.
    """
    return json.loads(
        text, parse_int=_read_int, parse_float=_read_float, parse_constant=_refuse_number
    )


def _read_int(word: str) -> int:
    return int(word) if len(word) <= _MOST_DIGITS else _refuse_number(word)


def _read_float(word: str) -> float:
    number = float(word)
    return number if abs(number) <= LARGEST_NUMBER else _refuse_number(word)


def _refuse_number(word: str) -> NoReturn:
    raise ValueError(f"the number {word:.40}")


def read_xml(path: Path, *, member: str = "") -> ET.Element:
    """Return the root of an XML document that declares no types and no entities.

    A document type is refused before anything is read from it: with it come entities that name
    other files or grow without bounds, and no format of labels needs one.

    Parameters
    ----------
    path
        The document, or a ZIP that holds it.
    member
        Its name in a ZIP; empty where the format is never packed.

    Raises
    ------
    SchemaError
        As `read_text`, or it is no well-formed XML, has a document type or is too deeply nested.
    """
    text = read_packed_text(path, member=member) if member else read_text(path)
    checker = expat.ParserCreate()
    depth = 0

    def refuse_doctype(*_: object) -> NoReturn:
        raise SchemaError(
            f"{path}: expected XML without a document type, got a DOCTYPE declaration",
            hint="no label format needs one; it can name other files or blow up: remove it",
        )

    def go_in(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST_XML:
            raise SchemaError(f"{path}: expected labels, got XML nested deeper than {DEEPEST_XML}")

    def go_out(*_: object) -> None:
        nonlocal depth
        depth -= 1

    checker.StartDoctypeDeclHandler = refuse_doctype
    checker.StartElementHandler = go_in
    checker.EndElementHandler = go_out
    data = re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1).encode()
    try:
        checker.Parse(data, True)  # noqa: FBT003  (the C function takes no names)
        return ET.fromstring(data)  # noqa: S314  (without a document type there are no entities)
    except (expat.ExpatError, ET.ParseError) as error:
        raise SchemaError(
            f"{path}: expected an XML document, got: {error}",
            hint="the file may have been cut off: export it anew",
        ) from error


def is_xml_text(text: str) -> bool:
    """Return whether XML can hold a text and give it back the same."""
    return not _NOT_XML.search(text)


def xml_text(text: str) -> str:
    """Return a text with question marks for what XML cannot hold."""
    return _NOT_XML.sub("?", text)
