"""The report of an analysis without faces: all its thumbnails are covered, and it says so."""

from dataclasses import replace

from cinefacs.reports.analysis_facts import AnalysedCharacter, AnalysedFilm, EventPanel
from cinefacs.reports.config import DeidentifyConfig
from cinefacs.reports.hidden_faces import DEIDENTIFY_WORDS, hide_portrait

__all__ = ["hide_analysed_film"]

_APEX = "apex"


def hide_analysed_film(film: AnalysedFilm, config: DeidentifyConfig) -> AnalysedFilm:
    """Return what the report shows of a film, its thumbnails covered and a note added.

    A drawn face shows the event's action units at the apex, where their scores are known, and no
    features in all other pictures.

    Parameters
    ----------
    film
        What would be shown.
    config
        How faces are hidden.
    """
    return replace(
        film,
        characters=[_hide_character(each, config) for each in film.characters],
        notes=[*film.notes, DEIDENTIFY_WORDS],
    )


def _hide_character(character: AnalysedCharacter, config: DeidentifyConfig) -> AnalysedCharacter:
    return replace(
        character,
        portraits=[hide_portrait(each, config) for each in character.portraits],
        events=[_hide_panel(each, config) for each in character.events],
    )


def _hide_panel(panel: EventPanel, config: DeidentifyConfig) -> EventPanel:
    levels = {each.au: each.score for each in panel.event.aus}
    pictures = [
        (name, hide_portrait(jpeg, config, levels=levels if name == _APEX else None))
        for name, jpeg in panel.pictures
    ]
    return replace(panel, pictures=pictures)
