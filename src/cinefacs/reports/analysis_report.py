"""The report of an analysis: one self-contained page that people can read."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from cinefacs.records.event import EventAu
from cinefacs.reports.analysis_facts import (
    AnalysedCharacter,
    AnalysedFilm,
    CountRow,
    ModelFacts,
    count_rows,
    expressions_of,
)
from cinefacs.reports.analysis_words import (
    is_thin,
    name_character,
    summarise_character,
    tell_event,
)
from cinefacs.reports.page import make_environment
from cinefacs.reports.timeline import draw_timeline
from cinefacs.storage.atomic import atomic_path

__all__ = ["write_analysis_report"]


def write_analysis_report(
    path: Path,
    *,
    films: Sequence[AnalysedFilm],
    model: ModelFacts,
    au_names: Mapping[int, str],
    version: str,
    notes: Sequence[str] = (),
) -> None:
    """Write the page atomically; it needs no other file and no network.

    Parameters
    ----------
    path
        The HTML file.
    films
        In the order of the film numbers.
    model
        What read the faces.
    au_names
        FACS name of each action unit.
    version
        Of cinefacs, for the foot of the page.
    notes
        What a reader must know of all films.

    Raises
    ------
    StorageError
        The disk refused.
    """
    environment = make_environment()
    environment.tests["thin"] = is_thin
    environment.filters |= {
        "person": name_character,
        "summary": summarise_character,
        "timeline": _timeline,
        "counts": partial(_counts, au_names=au_names),
        "length_words": _length_words,
        "length_of": tell_event,
        "au": partial(_au_words, au_names=au_names),
    }
    template = environment.get_template("analysis.html.jinja")
    stream = template.stream(films=films, model=model, version=version, notes=notes)
    with atomic_path(path) as temporary:
        stream.dump(str(temporary), encoding="utf-8")


def _timeline(character: AnalysedCharacter, film: AnalysedFilm, anchor: str) -> str:
    return draw_timeline(character, film.shots, film.film.span, anchor=anchor)


def _counts(
    character: AnalysedCharacter, *, au_names: Mapping[int, str]
) -> list[tuple[str, list[CountRow]]]:
    """Return the tables of counts; none where the evidence is too thin to count."""
    events = expressions_of(character)
    if not events or is_thin(character):
        return []
    by_au, by_emotion, by_scored = count_rows(events, seen_s=character.seen_s, au_names=au_names)
    tables = [("action unit", by_au), ("emotion by rule", by_emotion)]
    return [*tables, ("emotion by the detector", by_scored)] if by_scored else tables


def _length_words(row: CountRow) -> str:
    if row.median_s is None:
        return "none seen whole"
    median = f"{1000 * row.median_s:.0f} ms"
    if row.median_interval_s is not None:
        low, high = row.median_interval_s
        median += f" ({1000 * low:.0f} to {1000 * high:.0f})"
    return median if row.n_whole == row.count else f"{median}, of {row.n_whole} seen whole"


def _au_words(each: EventAu, *, au_names: Mapping[int, str]) -> str:
    name = au_names.get(each.au, "")
    return f"AU{each.au} {name.lower()}".strip()
