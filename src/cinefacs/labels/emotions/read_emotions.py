"""`labels emotions`: which emotion the rules find in what coders labelled."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cinefacs.errors import StudyError
from cinefacs.facs.codes import Side
from cinefacs.facs.emotion_rules import AuRequirement
from cinefacs.facs.inference import ActiveAu, EmotionMatch, EmotionOutcome, infer_emotion
from cinefacs.labels.agreement.label_runs import require_study
from cinefacs.labels.agreement.tables import write_csv
from cinefacs.labels.authors import choose_authors
from cinefacs.labels.emotions.config import EmotionConfig
from cinefacs.labels.emotions.moments import Moment, find_moments
from cinefacs.records.film import Film
from cinefacs.records.label_checks import ADJUDICATOR, SUGGESTED
from cinefacs.storage.facs_files import read_code_book, read_rule_table
from cinefacs.storage.label_tables import read_labels
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout

__all__ = ["EmotionRow", "EmotionTable", "read_emotions", "write_emotions"]

_UNLESS_NAMED = frozenset({SUGGESTED, ADJUDICATOR})
"""A model's guesses, and decisions on single disputes: read only when asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmotionRow:
    """What the rules say of one moment of one coder's labels."""

    film: int
    """Number of the film in the study."""
    character: int
    """Character of the film."""
    coder: str
    """Who labelled."""
    label_set: str
    """Version of the coder's work."""
    expression: str
    """Name of the coder's expression; empty for action units within none."""
    onset_s: float
    """Start, s on the film's clock."""
    apex_s: float
    """The moment, s on the film's clock."""
    offset_s: float
    """End, half-open, s on the film's clock."""
    said: str
    """Emotions that the coder named, between plus signs."""
    active: str
    """Action units that are there, such as ``6+L12B``."""
    outcome: str
    """``named``, ``none``, ``ambiguous`` or ``undetermined``."""
    emotion: str
    """The emotion where one is named."""
    candidates: str
    """Emotions between which it is open, best first, between plus signs."""
    best: str
    """Emotion of which the figures to the right speak: the first by score."""
    score: float | None
    """Its score, 0 to 1; None where nothing of its rule could be judged."""
    low: float
    """Least score, 0 to 1, that what was not seen could lead to."""
    high: float
    """Largest such score."""
    matched: str
    """Action units of its rule that are there as it asks."""
    missing: str
    """Action units of its rule that are absent."""
    against: str
    """Action units that speak against it."""
    unseen: str
    """Action units of its rule that were not looked for or could not be judged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmotionTable:
    """All moments of a study."""

    rules: str
    """Name of the table of rules."""
    source: str
    """Where the rules come from."""
    rows: tuple[EmotionRow, ...]
    """By film, character, coder and time."""
    ranked: tuple[tuple[EmotionMatch, ...], ...]
    """For each row all emotions, best first."""

    @property
    def n_by_outcome(self) -> dict[str, int]:
        """Number of rows by outcome; an emotion that is named counts by its name."""
        counts = Counter(row.emotion or row.outcome for row in self.rows)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "rules": self.rules,
            "source": self.source,
            "n_by_outcome": self.n_by_outcome,
            "rows": [
                {**_plain(row), "ranked": [_ranked(match) for match in matches]}
                for row, matches in zip(self.rows, self.ranked, strict=True)
            ],
        }


def read_emotions(
    layout: StudyLayout,
    *,
    config: EmotionConfig | None = None,
    coders: Iterable[str] = (),
    label_sets: Iterable[str] = (),
    film_number: int | None = None,
) -> EmotionTable:
    """Return which emotion the rules find at each moment of the coders' labels.

    What a coder did not look for counts as unseen, not as absent, unless `config` says so.

    Parameters
    ----------
    layout
        The study.
    config
        The rules; defaults when None.
    coders, label_sets
        Whose and which; all but suggestions and the adjudicator's where empty.
    film_number
        Film whose labels are wanted; None for all.

    Raises
    ------
    ConfigError
        A file of rules or codes cannot be read, or a limit is out of range.
    StudyError
        It is no study, or there is no such coder, label set or film, or no labels at all.
    SchemaError
        A table is damaged.
    """
    settings = config or EmotionConfig()
    table = read_rule_table(settings.rules)
    book = read_code_book(Path(settings.code_book) if settings.code_book else None)
    require_study(layout)
    numbers = {f.film_id: f.film_number for f in read_records(layout.films_path, Film)}
    if film_number is not None and film_number not in numbers.values():
        known = ", ".join(str(number) for number in sorted(numbers.values()))
        raise StudyError(
            f"film: expected one of the study, got {film_number}", hint=f"the study has: {known}"
        )
    chosen = choose_authors(
        layout, coders=coders, label_sets=label_sets, unless_named=_UNLESS_NAMED
    )
    wanted = {film_id for film_id, n in numbers.items() if film_number in {None, n}}
    labels = read_labels(layout, authors=chosen).select(lambda label: label.film_id in wanted)
    if not len(labels):
        raise StudyError(
            f"{layout.root}: expected labels of action units or expressions, found none",
            hint="see `cinefacs labels list`; suggestions are read with --coder suggested",
        )
    found: list[tuple[EmotionRow, tuple[EmotionMatch, ...]]] = []
    for moment in find_moments(labels, table.vocabulary):
        reading = infer_emotion(
            moment.active,
            table,
            unseen=_unseen(moment, settings),
            min_score=settings.min_score,
            margin=settings.margin,
            code_book=book,
        )
        row = _row(moment, numbers[moment.film_id], reading.outcome, reading.candidates,
                   reading.ranked[0])  # fmt: skip
        found.append((row, reading.ranked))
    found.sort(key=lambda each: _order(each[0]))
    return EmotionTable(
        rules=table.name,
        source=table.source,
        rows=tuple(row for row, _ in found),
        ranked=tuple(ranked for _, ranked in found),
    )


def write_emotions(table: EmotionTable, path: Path, *, force: bool = False) -> None:
    """Write the rows as CSV.

    Parameters
    ----------
    table
        What was read.
    path
        Where the file goes.
    force
        Write over one that is there.

    Raises
    ------
    StudyError
        The file is there, or it is a folder.
    StorageError
        The disk refused.
    """
    if path.is_dir() or (path.exists() and not force):
        raise StudyError(
            f"{path}: expected a new file, got {'a folder' if path.is_dir() else 'one'} that is "
            "there",
            hint="choose another --out, or write over a file with --force",
        )
    rows = [{"rules": table.rules, **_plain(row)} for row in table.rows]
    write_csv(path, ["rules", *(each.name for each in fields(EmotionRow))], rows)


def _unseen(moment: Moment, config: EmotionConfig) -> set[int]:
    """Return what counts as unseen."""
    unjudged = moment.not_looked_for if config.not_looked_for == "unseen" else ()
    return {*moment.not_codable, *unjudged}


def _row(
    moment: Moment,
    film_number: int,
    outcome: EmotionOutcome,
    candidates: Sequence[str],
    best: EmotionMatch,
) -> EmotionRow:
    return EmotionRow(
        film=film_number,
        character=moment.character_number,
        coder=moment.coder,
        label_set=moment.label_set,
        expression=moment.expression_id,
        onset_s=float(moment.onset_s),
        apex_s=float(moment.at_s),
        offset_s=float(moment.offset_s),
        said="+".join(moment.said),
        active="+".join(_code(each) for each in moment.active),
        outcome=str(outcome),
        emotion=candidates[0] if outcome is EmotionOutcome.NAMED else "",
        candidates="+".join(candidates),
        best=best.emotion,
        score=best.score,
        low=best.low,
        high=best.high,
        matched=_listed(best.matched),
        missing=_listed(best.missing),
        against=_listed(best.against),
        unseen=_listed(best.unseen),
    )


def _code(au: ActiveAu) -> str:
    """Return an action unit as rules write it; both sides is the usual case and not said."""
    side = None if au.side is Side.BOTH else au.side
    return str(AuRequirement(number=au.number, side=side, weakest=au.intensity))


def _listed(aus: Sequence[int]) -> str:
    return "+".join(str(au) for au in aus)


def _order(row: EmotionRow) -> tuple[object, ...]:
    return row.film, row.character, row.coder, row.label_set, row.apex_s, row.onset_s


def _plain(row: EmotionRow) -> dict[str, Any]:
    return {each.name: getattr(row, each.name) for each in fields(EmotionRow)}


def _ranked(match: EmotionMatch) -> dict[str, Any]:
    return {
        "emotion": match.emotion,
        "rule": str(match.rule),
        "score": match.score,
        "low": match.low,
        "high": match.high,
        "matched": list(match.matched),
        "missing": list(match.missing),
        "against": list(match.against),
        "unseen": list(match.unseen),
    }
