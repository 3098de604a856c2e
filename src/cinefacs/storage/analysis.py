"""Where everything lies in the folder of an analysis."""

from dataclasses import dataclass
from pathlib import Path

from cinefacs.errors import StudyError
from cinefacs.storage.study import StudyLayout

__all__ = ["AnalysisLayout"]


@dataclass(frozen=True, slots=True)
class AnalysisLayout:
    """The paths of one analysis (DESIGN: a study on disk)."""

    root: Path
    """The analysis' folder."""

    @property
    def study(self) -> StudyLayout:
        """The study whose films were analysed: ``STUDY/analyses/NAME`` lies in it.

        Raises
        ------
        StudyError
            There is none.
        """
        study = StudyLayout(self.root.resolve().parent.parent)
        if study.films_path.is_file():
            return study
        raise StudyError(
            f"{self.root}: expected the folder of an analysis, STUDY/analyses/NAME, found no study "
            "around it",
            hint="give the folder that `cinefacs analyze` wrote",
        )

    @property
    def scores_path(self) -> Path:
        """A row per face and frame with the detector's scores."""
        return self.root / "scores.parquet"

    @property
    def events_path(self) -> Path:
        """A row per event."""
        return self.root / "events.parquet"

    @property
    def run_path(self) -> Path:
        """The record of the run."""
        return self.root / "run.json"

    def annotated_path(self, film_number: int, n_films: int) -> Path:
        """Return where a film with everything drawn in goes; the only one has no number."""
        number = "" if n_films == 1 else f"-{film_number:03d}"
        return self.root / f"annotated{number}.mp4"
