"""From what a file says to labels: whose, of which film and character, and what is passed over."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from cinefacs.errors import SchemaError, StudyError
from cinefacs.labels.formats.coded import suppose_coded
from cinefacs.labels.formats.contract import Imported, ImportOptions, Tally
from cinefacs.labels.formats.fields import KINDS, AnyLabel, describe, unpack
from cinefacs.labels.labelled_films import LabelledFilm, LabelledFilms
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.label_checks import NOT_INDEPENDENT
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan

__all__ = ["APEX_OUTSIDE", "SEVERAL_APEXES", "Intake"]

APEX_OUTSIDE = "apex_outside_span"
"""Flag of a label whose apex lay outside it and was left out."""
SEVERAL_APEXES = "several_apexes"
"""Flag of an action unit of which the file names several apexes; the first was taken."""

_SLACK_S = 1
"""How far a label may reach out of its film, s."""
_DEFAULTS: dict[str, dict[str, Any]] = {
    "au": {"side": "both", "intensity": None, "apex_pts": None},
    "expression": {"kind": None, "emotions": (), "au_text": "", "apex_pts": ()},
    "coded": {"aus": (), "has_emotions": False},
}


def _is_outside(span: TimeSpan, film: TimeSpan) -> bool:
    """Return whether a span lies elsewhere; sound that ends after the pictures is forgiven."""
    early, late = film.start_s - _SLACK_S, film.end_s + _SLACK_S
    return span.start_s < early or span.end_s > late


class Intake:
    """Gathers the labels of one import.

    Parameters
    ----------
    films
        The study's films.
    options
        What the user says beside the files.
    source
        Origin of labels that name none: the format.
    """

    def __init__(self, films: LabelledFilms, options: ImportOptions, *, source: str) -> None:
        self.films = films
        self.options = options
        self.tally = Tally()
        self._source = source
        self._labels: list[AnyLabel] = []
        if options.film_number is not None:
            films.by_number(options.film_number)

    def film(
        self, where: str, *, number: int | None = None, film_id: str = "", name: str = ""
    ) -> LabelledFilm:
        """Return the film that labels belong to.

        Parameters
        ----------
        where
            File and place, for the error.
        number, film_id, name
            What the file says: number in the study, SHA-256, name of the film's file.

        Raises
        ------
        StudyError
            Neither the user nor the file says it, and the study has several films; or the study
            does not have the one that is meant.
        """
        if self.options.film_number is not None:
            return self.films.by_number(self.options.film_number)
        if film_id and (found := self.films.by_id(film_id)):
            return found
        if number is not None and not film_id:
            return self.films.by_number(number)
        if name and (found := self.films.by_file_name(name)):
            return found
        if len(self.films.films) == 1:
            if name or film_id:
                only = self.films.films[0].file_name
                self.tally.assume(
                    f"of the study's only film, {only}", f"{where}: {name or film_id}"
                )
            return self.films.films[0]
        known = ", ".join(f"{film.number} ({film.file_name})" for film in self.films.films)
        raise StudyError(
            f"{where}: expected the name of a film of the study, got {name or film_id or 'none'}",
            hint=f"say which with --film; the study has: {known or 'none'}",
        )

    def character(self, where: str, film: LabelledFilm, number: int | None) -> int | None:
        """Return the character that a label belongs to, or None where it is to be passed over.

        Raises
        ------
        StudyError
            Neither the user nor the file says it, and the film has not exactly one; or the user
            names one that the film does not have.
        """
        known = [character.character_number for character in film.characters]
        chosen = self.options.character_number or number
        listed = ", ".join(str(each) for each in known) or "none"
        if chosen is None and len(known) == 1:
            return known[0]
        if chosen is None:
            raise StudyError(
                f"{where}: expected a character's number, got none",
                hint=f"say which with --character; film {film.number} has: {listed}",
            )
        if chosen in known:
            return chosen
        if self.options.character_number is not None:
            raise StudyError(
                f"--character: expected one of film {film.number}, got {chosen}",
                hint=f"film {film.number} has: {listed}",
            )
        self.tally.skip(f"character that film {film.number} does not have", f"{where}: {chosen}")
        return None

    def add_frames(
        self,
        kind: str,
        values: Mapping[str, Any],
        *,
        film: LabelledFilm,
        character_number: int | None,
        frames: tuple[int, int],
        apex_frames: Sequence[int] = (),
        where: str,
    ) -> None:
        """Take in a label on whole frames, both ends included, counted from 0."""
        try:
            span = film.times.span_of(*frames)
        except SchemaError as error:
            self.tally.skip(error.message, where)
            return
        inside = [frame for frame in apex_frames if frames[0] <= frame <= frames[1]]
        apexes = [int(film.times.pts[frame]) for frame in inside]
        outside = [span.end_pts] * (len(apex_frames) - len(inside))
        self.add_span(
            kind,
            values,
            film=film,
            character_number=character_number,
            span=span,
            apex_pts=apexes + outside,
            where=where,
        )

    def add_span(
        self,
        kind: str,
        values: Mapping[str, Any],
        *,
        film: LabelledFilm,
        character_number: int | None,
        span: TimeSpan,
        apex_pts: Sequence[int] = (),
        where: str,
    ) -> None:
        """Take in a label; what makes no valid one is passed over and counted.

        Parameters
        ----------
        kind
            Key of `KINDS`.
        values
            Fields, as JSON values or texts.
        film
            Its film.
        character_number
            As the file says it; None where it says nothing.
        span
            On the film's clock.
        apex_pts : ticks
            As the file says; those outside the span are left out.
        where
            File and place, for notes.

        Raises
        ------
        StudyError
            It is not said which character it is.
        """
        number = self.character(where, film, character_number)
        if number is None:
            return
        if _is_outside(span, film.film.span):
            self.tally.skip("time outside of the film: are its ticks or seconds meant?", where)
            return
        try:
            fields = {**_DEFAULTS[kind], **unpack(kind, values)}
            if kind == "au" and "au" not in fields:
                self.tally.skip("label without an action unit", where)
                return
            if kind == "expression" and "expression_id" not in fields:
                fields["expression_id"] = f"{self._source}-{len(self._labels) + 1}"
                self.tally.assume("expression without a name: it was given one", where)
            if kind != "coded":
                self._set_apexes(kind, fields, span, apex_pts, where)
            self._labels.append(
                KINDS[kind](
                    film_id=film.film.film_id,
                    character_number=number,
                    span=span,
                    **self._authorship(fields),
                    **fields,
                )
            )
        except (ValueError, SchemaError) as error:
            self.tally.skip(str(error), where)

    def _authorship(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return who, when and whence, and take them out of the fields."""
        coder = fields.pop("coder", None)
        label_set = fields.pop("label_set", None)
        return {
            "coder": coder or self.options.coder or _UNKNOWN,
            "label_set": label_set or self.options.label_set or _UNKNOWN,
            "source": fields.pop("source", self._source),
            "changed_at": fields.pop("changed_at", self.options.changed_at),
        }

    def _set_apexes(
        self,
        kind: str,
        fields: dict[str, Any],
        span: TimeSpan,
        apex_pts: Sequence[int],
        where: str,
    ) -> None:
        inside = tuple(sorted({pts for pts in apex_pts if span.contains(pts)}))
        flags = list(fields.get("flags", ()))
        if len(inside) < len(set(apex_pts)):
            flags.append(APEX_OUTSIDE)
            self.tally.assume("apex outside its label: left out", where)
        if kind == "au" and len(inside) > 1:
            flags.append(SEVERAL_APEXES)
            self.tally.assume("several apexes of one action unit: the first was taken", where)
        if kind == "au":
            fields["apex_pts"] = inside[0] if inside else None
        else:
            fields["apex_pts"] = inside
        if flags:
            fields["flags"] = tuple(dict.fromkeys(flags))

    def finish(self) -> Imported:
        """Return what was taken in.

        Raises
        ------
        StudyError
            It is not said whose labels they are, or the user gives those of several coders or
            label sets to one.
        """
        claims: dict[str, Any] = dict(self._claims())
        labels = [
            self._claimed(label, claims)
            for label in self._labels
            if not self._is_of_no_person(label, claims)
        ]
        expressions: dict[tuple[str, str, str], ExpressionLabel] = {}
        for label in labels:
            if isinstance(label, ExpressionLabel):
                key = (label.coder, label.label_set, label.expression_id)
                if key in expressions:
                    self.tally.skip("expression of a name that stands twice", str(key[2]))
                expressions.setdefault(key, label)
        aus = [
            self._linked(label, set(expressions)) for label in labels if isinstance(label, AuLabel)
        ]
        coded = [label for label in labels if isinstance(label, CodedSpan)]
        gathered = Labels(
            aus=tuple(aus), expressions=tuple(expressions.values()), coded=tuple(coded)
        )
        self._note_no_people(gathered)
        supposed = suppose_coded(
            gathered,
            self.films,
            source=f"{self._source} (assumed)",
            changed_at=self.options.changed_at,
            by=self.options.coded,
        )
        for span in supposed:
            self.tally.assume(
                f"what the coder went through, by the {self.options.coded}",
                f"character {span.character_number}, {float(span.span.start_s):.3f} to "
                f"{float(span.span.end_s):.3f} s, by {span.coder}/{span.label_set}",
            )
        everything = gathered + Labels(coded=supposed)
        if claims:  # somebody brings back what was exported, perhaps with more units
            self._note_not_looked_for(everything)
        return Imported(labels=everything, notes=self.tally.notes)

    def _is_of_no_person(self, label: AnyLabel, claims: Mapping[str, Any]) -> bool:
        """Return whether it says what a model went through, and a person takes the labels over.

        A model goes through everything for the units that it can score. Of the person who
        corrects its suggestions that says nothing.
        """
        claimed = claims.get("coder", label.coder)
        is_taken_over = label.coder in NOT_INDEPENDENT and claimed not in NOT_INDEPENDENT
        if not is_taken_over or not isinstance(label, CodedSpan):
            return False
        self.tally.skip(f"what {label.coder} went through: it is not what {claimed} did, which "
                        "--coded says", describe(label))  # fmt: skip
        return True

    def _note_not_looked_for(self, labels: Labels) -> None:
        """Note labels that no agreement counts, since their coders said to look for others."""
        coded: dict[tuple[str, ...], list[CodedSpan]] = {}
        for span in labels.coded:
            coded.setdefault(_whose(span), []).append(span)
        for label in labels.aus:
            if not any(
                label.au in span.aus
                and span.span.start_s < label.span.end_s
                and label.span.start_s < span.span.end_s
                for span in coded.get(_whose(label), [])
            ):
                self.tally.assume("not looked for by its own coder, as the file has it: counted in "
                                  "no agreement; where the file does not say what was coded, "
                                  "--coded does", describe(label))  # fmt: skip

    def _claimed(self, label: AnyLabel, claims: Mapping[str, Any]) -> AnyLabel:
        """Return a label under the user's names; what is given to a person has no score."""
        claimed = dataclasses.replace(label, **claims)
        is_taken_over = label.coder != claimed.coder and claimed.coder not in NOT_INDEPENDENT
        if is_taken_over and isinstance(claimed, AuLabel) and claimed.score is not None:
            self.tally.assume("score of a model: left out where a person takes the label over",
                              f"{claimed.score} of {describe(label)}")  # fmt: skip
            return dataclasses.replace(claimed, score=None)
        return claimed

    def _note_no_people(self, labels: Labels) -> None:
        for coder, label_set in labels.authors:
            if coder in NOT_INDEPENDENT:
                self.tally.assume("labels of a coder who is no person, counted in no agreement; "
                                  "--coder gives them to one", f"{coder}/{label_set}")  # fmt: skip

    def _claims(self) -> dict[str, str]:
        """Return the coder and the label set that the user gives to all labels."""
        claims: dict[str, str] = {}
        for name, flag in (("coder", "--coder"), ("label_set", "--label-set")):
            chosen = getattr(self.options, name)
            said = sorted({getattr(label, name) for label in self._labels} - {_UNKNOWN})
            words = name.replace("_", " ")
            if chosen is not None and len(set(said) - {chosen}) > 1:
                raise StudyError(
                    f"{flag} {chosen}: expected labels of one {words}, got {', '.join(said)}",
                    hint=f"leave {flag} out, or make a file of one with `labels export {flag}`",
                )
            if chosen is not None:
                claims[name] = chosen
            elif any(getattr(label, name) == _UNKNOWN for label in self._labels):
                raise StudyError(
                    f"labels: expected to be told their {words}, got none",
                    hint=f"say it with {flag} NAME",
                )
        return claims

    def _linked(self, label: AuLabel, known: set[tuple[str, str, str]]) -> AuLabel:
        """Return an action unit without an expression that is not there."""
        key = (label.coder, label.label_set, label.expression_id)
        if not label.expression_id or key in known:
            return label
        self.tally.assume("part of an expression that is not in the file: link left out", key[2])
        return dataclasses.replace(label, expression_id="")


def _whose(label: AnyLabel) -> tuple[str, ...]:
    return label.film_id, str(label.character_number), label.coder, label.label_set


_UNKNOWN = "\u241funknown"
"""Stands for a name until the user's own is put in its place; no file holds it."""
