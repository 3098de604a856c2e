"""ELAN's ``.eaf``: a tier for each coder, character and action unit, by way of pympi.

A tier such as ``L12 c2 ann/round-1`` holds the spans of one action unit on one side; its values
are intensities out of a controlled vocabulary. Two tiers hang below it: ``apex``, in which an
annotation as long as a frame lies inside its label, and ``detail``, which holds all the rest.
ELAN's annotations never overlap within a tier: what overlaps goes to a further tier, ``#2``.

ELAN counts whole milliseconds from the film's first frame. A time is written rounded to the next
millisecond and read as the onset, or the end, of the frame that is nearest; so it comes back
exactly as long as frames last more than a millisecond.

References
----------
H. Brugman, A. Russel, "Annotating multimedia/multi-modal resources with ELAN", LREC 2004.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from pympi.Elan import Eaf, to_string

from cinefacs.facs.codes import Intensity
from cinefacs.labels.formats.au_names import sided_name
from cinefacs.labels.formats.contract import Exported, Imported, ImportOptions, Tally
from cinefacs.labels.formats.elan_read import read_elan
from cinefacs.labels.formats.fields import describe, list_text, pack_text
from cinefacs.labels.formats.files import is_xml_text, xml_text
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.formats.placing import PlacedLabel, by_film, film_path, place_labels
from cinefacs.labels.labelled_films import LabelledFilm, LabelledFilms
from cinefacs.records.au_label import AuLabel
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.labels import Labels
from cinefacs.storage.atomic import write_text

__all__ = ["ELAN"]

VOCABULARY = "intensity"
AU_TYPE, EXPRESSION_TYPE, CODED_TYPE = "action unit", "expression", "coded"
APEX_TYPE, DETAIL_TYPE = "apex", "detail"
PRESENT = "present"
"""Value of an action unit without intensity."""
MIME_TYPES = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime",
              ".mpg": "video/mpeg", ".mpeg": "video/mpeg", ".avi": "video/x-msvideo",
              ".mkv": "video/x-matroska", ".webm": "video/webm"}  # fmt: skip


class _ElanFormat:
    name = "elan"
    title = "ELAN, .eaf 2.8"
    suffixes = (".eaf",)
    not_held: frozenset[str] = frozenset()

    def export(self, labels: Labels, films: LabelledFilms, out: Path) -> Exported:
        tally = Tally()
        groups = by_film(place_labels(labels, films, tally))
        paths: list[Path] = []
        for film, placed in groups:
            path = film_path(out, film, suffix=".eaf", n_films=len(groups))
            document = _EafWriter(film, tally)
            for item in placed:
                document.add(item)
            write_text(path, document.text())
            paths.append(path)
        return Exported(paths=tuple(paths), losses=tally.losses)

    def read(self, paths: Sequence[Path], films: LabelledFilms, options: ImportOptions) -> Imported:
        intake = Intake(films, options, source=self.name)
        for path in paths:
            read_elan(path, intake)
        return intake.finish()


class _EafWriter:
    """Builds the document of one film."""

    def __init__(self, film: LabelledFilm, tally: Tally) -> None:
        self._film = film
        self._tally = tally
        self._eaf = Eaf(author="cinefacs")
        self._eaf.header |= {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"}
        self._eaf.remove_tier("default")
        self._eaf.remove_linguistic_type("default-lt")
        self._ends: dict[str, list[tuple[int, int]]] = {}
        self._add_types()
        path = Path(film.film.path)
        self._eaf.add_linked_file(
            xml_text(path.as_uri()),
            relpath=xml_text(f"./{path.name}"),
            mimetype=MIME_TYPES.get(path.suffix.lower(), "video/mp4"),
        )

    def _add_types(self) -> None:
        """Declare the kinds of tier and the vocabulary of intensities."""
        eaf = self._eaf
        for name, parent, is_timed in (
            (AU_TYPE, None, True),
            (EXPRESSION_TYPE, None, True),
            (CODED_TYPE, None, True),
            (APEX_TYPE, "Included_In", True),
            (DETAIL_TYPE, "Symbolic_Association", False),
        ):
            eaf.add_linguistic_type(name, constraints=parent, timealignable=is_timed)
        eaf.linguistic_types[AU_TYPE]["CONTROLLED_VOCABULARY_REF"] = VOCABULARY
        eaf.add_language("und", "http://cdb.iso.org/lg/CDB-00130975-001", "undetermined (und)")
        eaf.add_controlled_vocabulary(VOCABULARY)
        eaf.add_cv_description(VOCABULARY, "und", "FACS intensity")
        for value, meaning in (
            (PRESENT, "seen, strength not said"),
            *zip(Intensity, ("trace", "slight", "marked", "severe", "maximum"), strict=True),
        ):
            eaf.add_cv_entry(VOCABULARY, f"cve_{value}", [(str(value), "und", meaning)])

    def add(self, item: PlacedLabel) -> None:
        """Add a label; times that ELAN cannot tell apart are counted as lost."""
        label, times = item.label, self._film.times
        start, end = _ms(times.start_s(item.first_frame)), _ms(times.end_s(item.last_frame))
        if start >= end:
            self._tally.lose("label shorter than a millisecond: left out", describe(label))
            return
        is_exact = (
            times.starting_at(Fraction(start, 1000)) == item.first_frame
            and times.ending_at(Fraction(end, 1000)) == item.last_frame
        )
        if not is_exact:
            self._tally.lose("time that milliseconds cannot tell from the next frame's",
                             describe(label))  # fmt: skip
        tier = self._tier_for(item, start, end)
        self._eaf.add_annotation(tier, start, end, xml_text(_value(item)))
        for apex in item.apex_frames:
            self._add_apex(tier, apex, describe(label))
        # not by pympi's look-up of a time: at a border it takes the neighbour
        key = self._eaf.generate_annotation_id()
        parent = next(reversed(self._eaf.tiers[tier][0]))
        detail = pack_text(label, without=_held(item))
        self._eaf.tiers[f"detail {tier}"][1][key] = (parent, detail, None, None)

    def _add_apex(self, tier: str, apex: int, example: str) -> None:
        times = self._film.times
        start, end = _ms(times.start_s(apex)), _ms(times.end_s(apex))
        if start >= end:
            self._tally.lose("apex shorter than a millisecond: left out", example)
            return
        self._eaf.add_annotation(f"apex {tier}", start, end, "apex")

    def _tier_for(self, item: PlacedLabel, start: int, end: int) -> str:
        """Return the first tier of a label's kind in which it overlaps with nothing."""
        label = item.label
        author = f"{label.coder}/{label.label_set}"
        base = xml_text(f"{_what(item)} c{label.character_number} {author}")
        tier, number = base, 1
        while any(start < b and a < end for a, b in self._ends.get(tier, [])):
            number += 1
            tier = f"{base} #{number}"
        if tier not in self._ends:
            self._add_tier(tier, item)
        self._ends.setdefault(tier, []).append((start, end))
        return tier

    def _add_tier(self, tier: str, item: PlacedLabel) -> None:
        person = xml_text(_participant(item))
        coder = xml_text(item.label.coder)
        kind = (
            AU_TYPE if isinstance(item.label, AuLabel)
            else EXPRESSION_TYPE if isinstance(item.label, ExpressionLabel) else CODED_TYPE
        )  # fmt: skip
        self._eaf.add_tier(tier, ling=kind, part=person, ann=coder)
        for child, ling in (("apex", APEX_TYPE), ("detail", DETAIL_TYPE)):
            if child == "detail" or kind != CODED_TYPE:
                self._eaf.add_tier(
                    f"{child} {tier}", ling=ling, parent=tier, part=person, ann=coder
                )

    def text(self) -> str:
        """Return the document, its time slots numbered in the order of time as ELAN does it."""
        eaf = self._eaf
        in_order = sorted(eaf.timeslots, key=lambda slot: (eaf.timeslots[slot], int(slot[2:])))
        names = {slot: f"ts{number}" for number, slot in enumerate(in_order, start=1)}
        for aligned, _, _, _ in eaf.tiers.values():
            for key, (start, end, value, drawing) in aligned.items():
                aligned[key] = (names[start], names[end], value, drawing)
        eaf.timeslots = {names[slot]: eaf.timeslots[slot] for slot in in_order}
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{to_string(eaf)}\n'


def _ms(seconds: Fraction) -> int:
    """Return milliseconds, rounded half up."""
    return (2000 * seconds.numerator + seconds.denominator) // (2 * seconds.denominator)


def _what(item: PlacedLabel) -> str:
    if isinstance(item.label, AuLabel):
        return sided_name(item.label.au, item.label.side)
    return EXPRESSION_TYPE if isinstance(item.label, ExpressionLabel) else CODED_TYPE


def _value(item: PlacedLabel) -> str:
    label = item.label
    if isinstance(label, AuLabel):
        return label.intensity or PRESENT
    if isinstance(label, ExpressionLabel):
        return list_text(label.emotions)
    return list_text(label.aus)


def _participant(item: PlacedLabel) -> str:
    number = item.label.character_number
    names = [c.name for c in item.film.characters if c.character_number == number and c.name]
    return f"character {number} ({names[0]})" if names else f"character {number}"


def _held(item: PlacedLabel) -> set[str]:
    """Return the fields that tier and value hold."""
    label = item.label
    held = {"au", "side", "intensity", "aus"}
    if is_xml_text(label.coder):
        held.add("coder")
    if is_xml_text(label.label_set) and "/" not in label.coder and " #" not in label.label_set:
        held.add("label_set")
    if isinstance(label, ExpressionLabel) and is_xml_text(list_text(label.emotions)):
        held.add("emotions")
    return held


ELAN = _ElanFormat()
