"""Lay out what an analysis found for its report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version

import numpy as np
import numpy.typing as npt

from cinefacs.events.finder import au_columns
from cinefacs.facs.code_book import standard_code_book
from cinefacs.pipeline.cast import FilmCast
from cinefacs.pipeline.event_pictures import EventKey, Pictures, cut_event_pictures
from cinefacs.pipeline.find_events import CharacterFindings
from cinefacs.pipeline.reading import Reading
from cinefacs.pipeline.sheet import best_portraits, measure_shots, notes_of_film
from cinefacs.records.shot import Shot
from cinefacs.records.step import Step
from cinefacs.reports.analysis_facts import (
    AnalysedCharacter,
    AnalysedFilm,
    AuCurve,
    EventPanel,
    ModelFacts,
)
from cinefacs.reports.analysis_report import write_analysis_report
from cinefacs.shots.config import ShotConfig
from cinefacs.shots.figure import draw_shot_lengths
from cinefacs.storage.study import StudyLayout

__all__ = ["curves_of", "lay_out_film", "write_page"]

_PORTRAITS_SHOWN = 4


def lay_out_film(
    cast: FilmCast,
    shots: Sequence[Shot],
    findings: Sequence[CharacterFindings],
    layout: StudyLayout,
    config: ShotConfig,
    *,
    n_read: int,
    notes: Sequence[str],
    on_step: Callable[[Step], None],
) -> AnalysedFilm:
    """Return what the report shows of one film.

    Parameters
    ----------
    cast, shots, findings
        The film, its shots, and what was found of its characters.
    layout
        The study.
    config
        Of the cinemetrics.
    n_read
        Face-frames that the detector read.
    notes
        What a reader must know; only those of this film are taken.
    on_step
        Told how far it is.

    Raises
    ------
    FilmError
        The film is not there any more.
    """
    film = cast.film
    portraits = best_portraits(cast, layout, n_most=_PORTRAITS_SHOWN)
    pictures = cut_event_pictures(film, findings, layout, on_step=on_step)
    measured = measure_shots(shots, config)
    shown = [each for each in findings if each.tracks or each.character.is_under_study]
    n_hidden = len(findings) - len(shown)
    hidden = f"film {film.film_number:03d}: " + (
        "a character whose face could not be read in any frame is left out here; of what it "
        "showed nothing is known"
        if n_hidden == 1
        else f"{n_hidden} characters whose faces could not be read in any frame are left out here; "
        "of what they showed nothing is known"
    )
    own_notes = [note for note in notes if note.startswith("film ")]  # the others: once a page
    if n_hidden:
        own_notes.append(hidden)
    n_nobody = n_read - sum(len(track) for each in findings for track in each.tracks)
    if n_nobody:
        own_notes.append(
            f"film {film.film_number:03d}: {n_nobody} face-frames were read of which nobody could "
            "tell whose they are; what they showed is left out here"
        )
    return AnalysedFilm(
        film=film,
        shots=shots,
        characters=[
            _lay_out(each, portraits.get(each.character.character_number, []), pictures)
            for each in shown
        ],
        n_face_frames=cast.faces.n_face_frames,
        n_read=n_read,
        coverage=cast.faces.coverage,
        film_coverage=cast.faces.film_coverage,
        not_codable=[(str(k), n) for k, n in cast.faces.not_codable().items()],
        measures=measured.describe(),
        figure_svg=draw_shot_lengths(shots, measured, title=f"Film {film.film_number:03d}"),
        notes=notes_of_film(film.film_number, own_notes),
    )


def write_page(films: Sequence[AnalysedFilm], reading: Reading, *, notes: Sequence[str]) -> None:
    """Write ``report.html``.

    Parameters
    ----------
    films
        By number.
    reading
        What read the faces, and where the page goes.
    notes
        What a reader must know of all films.

    Raises
    ------
    StorageError
        The disk refused.
    """
    write_analysis_report(
        reading.layout.report_path,
        films=films,
        model=_model_facts(reading),
        au_names=_au_names(),
        version=version("cinefacs"),
        notes=[note for note in notes if not note.startswith("film ")],
    )


def _lay_out(
    findings: CharacterFindings,
    portraits: Sequence[bytes],
    pictures: Mapping[EventKey, Pictures],
) -> AnalysedCharacter:
    return AnalysedCharacter(
        character=findings.character,
        portraits=portraits,
        seen=findings.seen(),
        has_baseline=findings.baseline.is_known,
        events=[
            EventPanel(
                event=each.event,
                pictures=pictures.get((each.event.track_id, each.event.event_number), []),
                shot_number=each.shot_index + 1,
            )
            for each in findings.found
        ],
        curves=list(curves_of(findings)),
    )


def curves_of(findings: CharacterFindings) -> Iterator[AuCurve]:
    """Yield the rise of each action unit that has an event, broken where nothing was read."""
    wanted = sorted({each.au for event in findings.events for each in event.aus})
    if not wanted:
        return
    columns = au_columns(findings.tracks[0].class_names)
    names = _au_names()
    times: list[npt.NDArray[np.float64]] = []
    rises: list[npt.NDArray[np.float64]] = []
    for track, rise in sorted(findings.rises(), key=lambda item: int(item[0].pts[0])):
        tick_s = float(track.time_base)
        breaks = np.flatnonzero(track.pts[1:] > track.end_pts[:-1]) + 1
        ends = np.append(breaks, len(track))
        # behind each stretch its last value again, at the end of that frame, then none
        behind = np.repeat(ends, 2)
        end_s = track.end_pts[behind - 1] * tick_s
        times.append(np.insert(track.pts * tick_s, behind, end_s))
        kept = rise[:, [columns[au] for au in wanted]].astype(np.float64)
        last = kept[behind - 1]
        last[1::2] = np.nan
        rises.append(np.insert(kept, behind, last, axis=0))
    time_s, whole = np.concatenate(times), np.concatenate(rises)
    for k, au in enumerate(wanted):
        yield AuCurve(au=au, name=names.get(au, ""), time_s=time_s, rise=whole[:, k])


def _au_names() -> dict[int, str]:
    return {each.number: each.name for each in standard_code_book().codes if not each.is_movement}


def _model_facts(reading: Reading) -> ModelFacts:
    card = reading.card
    measures = [] if card.threshold is None else [
        ("score from which a box counted in training", f"{card.threshold:.2f}", "")
    ]  # fmt: skip
    return ModelFacts(
        name=f"{card.network}, {card.precision}, {card.input_spec.mode}s of "
        f"{card.input_spec.side_px} px",
        sha256=reading.sha256,
        class_names=reading.class_names,
        training_data="What it was trained on is not written in its folder.",
        measures=measures,
    )
