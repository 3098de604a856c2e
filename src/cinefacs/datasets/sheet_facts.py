"""What only people know of a data set: a YAML file of the user's for the data sheet."""

from dataclasses import dataclass, field

__all__ = ["PersonFacts", "SheetFacts"]


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """One character or person, as the films or their makers say; nothing is guessed from faces."""

    age: int | None = None
    """Years, of the character."""
    gender: str = ""
    """In the words of the source."""
    ethnicity: str = ""
    """In the words of the source."""


@dataclass(frozen=True, kw_only=True)
class SheetFacts:
    """Answers to the questions of a data sheet that the files cannot answer; each may be empty."""

    purpose: str = ""
    """What the data set was made for."""
    made_by: str = ""
    """Who made it, and for whom."""
    funded_by: str = ""
    """Who paid."""
    people: dict[str, PersonFacts] = field(default_factory=dict)
    """By character such as ``003-06``, or by person."""
    film_licences: dict[str, str] = field(default_factory=dict)
    """Licence or ground of use of each film by its number such as ``003``."""
    licence: str = ""
    """Terms under which the data set itself may be used."""
    consent: str = ""
    """What the people shown agreed to, and an ethics board's decision."""
    coders: str = ""
    """Who coded, with which training, and how they were paid."""
    agreement: str = ""
    """JSON file that ``cinefacs labels agree --json`` printed; the study's own where empty."""
    not_meant_for: str = ""
    """Uses that it is not fit for."""
    distribution: str = ""
    """How and to whom it is handed on."""
    maintenance: str = ""
    """Who keeps it, how errors are told, and when it changes."""
