"""Read ELAN's ``.eaf``: a tier that is named after an action unit holds its labels."""

import re
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from pympi.Elan import Eaf

from cinefacs.errors import SchemaError
from cinefacs.facs.au_text import AuToken
from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.formats.au_names import fields_of_name, read_au_name
from cinefacs.labels.formats.fields import unpack_text
from cinefacs.labels.formats.files import read_xml
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.labelled_films import LabelledFilm

__all__ = ["read_elan"]

_TIER = re.compile(
    r"(?P<what>\S+)(?: c(?P<character>\d{1,9}) (?P<coder>[^/]*)/(?P<set>.*?)(?: #\d+)?)?", re.DOTALL
)
_CHARACTER = re.compile(r"(?:character )?(\d{1,9})(?: \(.*\))?", re.DOTALL)
_MARKS = {"expression", "coded"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tier:
    """What a tier's name and attributes say."""

    kind: str
    au: AuToken | None
    coder: str
    label_set: str
    character: int | None


def read_elan(path: Path, intake: Intake) -> None:
    """Take in the labels of one file.

    Parameters
    ----------
    path
        The ``.eaf``.
    intake
        Gathers them.

    Raises
    ------
    SchemaError
        The file is no ELAN document.
    StudyError
        It is not said to which film or character the labels belong.
    FilmError
        The film is not there.
    """
    eaf = _parse(path)
    media = [entry.get("MEDIA_URL") or "" for entry in eaf.media_descriptors]
    film = intake.film(path.name, name=media[0] if media else "")
    parents = {name: parts[2].get("PARENT_REF") for name, parts in eaf.tiers.items()}
    for name in eaf.tiers:
        if parents[name] is not None and name.startswith(("apex ", "detail ")):
            continue
        where = f"{path.name}, tier {name!r}"
        tier = _read_tier(name, eaf.tiers[name][2])
        if tier is None or eaf.tiers[name][1]:
            intake.tally.skip("tier that is named after no action unit", where)
            continue
        _take_in(eaf, name, tier, film, intake, where=where)


def _parse(path: Path) -> Eaf:
    root = read_xml(path)
    if root.tag != "ANNOTATION_DOCUMENT":
        raise SchemaError(f"{path}: expected ELAN's <ANNOTATION_DOCUMENT>, got <{root.tag}>")
    try:
        with tempfile.TemporaryDirectory() as folder:
            checked = Path(folder) / "checked.eaf"  # pympi reads what was checked, nothing else
            checked.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
            return Eaf(str(checked), suppress_version_warning=True)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        raise SchemaError(
            f"{path}: expected a whole ELAN document, got one in which {error!r} is amiss",
            hint="open it in ELAN and save it anew",
        ) from error


def _read_tier(name: str, attributes: dict[str, str]) -> _Tier | None:
    found = _TIER.fullmatch(name)
    what = (found["what"] if found else name).partition("@")[0].strip()
    au = read_au_name(what)
    if au is None and what not in _MARKS:
        return None
    person = _CHARACTER.fullmatch(attributes.get("PARTICIPANT") or "")
    number = person[1] if person else found["character"] if found else None
    return _Tier(
        kind=what if au is None else "au",
        au=au,
        coder=(attributes.get("ANNOTATOR") or "").strip() or ((found and found["coder"]) or ""),
        label_set=(found and found["set"]) or "",
        character=int(number) if number else None,
    )


def _take_in(
    eaf: Eaf, name: str, tier: _Tier, film: LabelledFilm, intake: Intake, *, where: str
) -> None:
    times = film.times
    apexes = _times_of(eaf, f"apex {name}")
    details = _details_of(eaf, f"detail {name}")
    for key, (start_slot, end_slot, value, _) in eaf.tiers[name][0].items():
        start, end = eaf.timeslots.get(start_slot), eaf.timeslots.get(end_slot)
        here = f"{where}, {start} ms"
        if start is None or end is None:
            intake.tally.skip("annotation without times", here)
            continue
        inside = [apex for apex in apexes if start <= apex < end]
        try:
            frames = (
                times.starting_at(Fraction(start, 1000)),
                times.ending_at(Fraction(end, 1000)),
            )
            apex_frames = [times.starting_at(Fraction(apex, 1000)) for apex in inside]
        except SchemaError as error:
            intake.tally.skip(error.message, here)
            continue
        intake.add_frames(
            tier.kind,
            {**_said(tier, value), **details.get(key, {})},
            film=film,
            character_number=tier.character,
            frames=frames,
            apex_frames=apex_frames,
            where=here,
        )


def _said(tier: _Tier, value: str) -> dict[str, Any]:
    """Return what tier and value say."""
    said: dict[str, Any] = {"coder": tier.coder, "label_set": tier.label_set}
    word = value.strip()
    if tier.au is None:
        field = "emotions" if tier.kind == "expression" else "aus"
        return {**said, field: word}
    said |= fields_of_name(tier.au)
    in_value = read_au_name(word)
    if word.upper() in set(Intensity):
        said["intensity"] = word.upper()
    elif in_value is not None and in_value.au == tier.au.au:
        said |= {"intensity": in_value.intensity, "intensity_high": in_value.intensity_high}
        said["side"] = tier.au.side if tier.au.side is not Side.BOTH else in_value.side
    elif word not in {"", "present"}:
        said["text"] = value
    return said


def _times_of(eaf: Eaf, tier: str) -> list[int]:
    """Return when the annotations of a tier begin, ms; none where there is no such tier."""
    aligned = eaf.tiers[tier][0].values() if tier in eaf.tiers else ()
    starts = [eaf.timeslots.get(start) for start, *_ in aligned]
    return sorted(start for start in starts if start is not None)


def _details_of(eaf: Eaf, tier: str) -> dict[str, dict[str, Any]]:
    """Return the details by the annotation to which they belong."""
    belonging = eaf.tiers[tier][1].values() if tier in eaf.tiers else ()
    return {parent: unpack_text(value) for parent, value, *_ in belonging}
