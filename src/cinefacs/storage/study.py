"""Where everything lies in a study's folder."""

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from cinefacs.errors import StudyError
from cinefacs.facs.tags import ClipTag, FrameTag
from cinefacs.storage.atomic import disk_errors, remove_litter

__all__ = ["AnalysisLayout", "StudyLayout", "lock_study"]

_LOCK_NAME = "lock"
_FIGURE_NAME = re.compile(r"\d{3,}-shots\.svg")


@dataclass(frozen=True, slots=True)
class AnalysisLayout:
    """The paths of one analysis of a study."""

    root: Path
    """The analysis's folder."""

    @property
    def study(self) -> "StudyLayout":
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
    def passes_path(self) -> Path:
        """A row per film that was read; its detections are complete once it stands here."""
        return self.root / "films.parquet"

    @property
    def detections_path(self) -> Path:
        """A row per face and frame that was read."""
        return self.root / "detections.parquet"

    @property
    def events_path(self) -> Path:
        """A row per event."""
        return self.root / "events.parquet"

    @property
    def report_path(self) -> Path:
        """The page to look at."""
        return self.root / "report.html"

    @property
    def run_path(self) -> Path:
        """The record of the run that finished last."""
        return self.root / "run.json"

    def annotated_path(self, film_number: int, n_films: int) -> Path:
        """Return where a film with everything drawn in goes; the only one has no number."""
        number = "" if n_films == 1 else f"-{film_number:03d}"
        return self.root / f"annotated{number}.mp4"


@dataclass(frozen=True, slots=True)
class StudyLayout:
    """The paths of one study (DESIGN: a study on disk)."""

    root: Path
    """The study's folder."""

    @property
    def films_path(self) -> Path:
        """A row per film; a film counts as read once it stands here."""
        return self.root / "films.parquet"

    @property
    def shots_path(self) -> Path:
        """A row per shot."""
        return self.root / "shots.parquet"

    @property
    def shot_scales_path(self) -> Path:
        """A row per shot in which a codable face gives its scale."""
        return self.root / "shot_scales.parquet"

    @property
    def shot_sounds_path(self) -> Path:
        """A row per shot of a film with sound."""
        return self.root / "shot_sounds.parquet"

    @property
    def shot_pictures_path(self) -> Path:
        """A row per shot with a small picture of it."""
        return self.root / "shot_pictures.parquet"

    @property
    def cinemetrics_path(self) -> Path:
        """Cinemetrics of each film, JSON by film number."""
        return self.root / "cinemetrics.json"

    @property
    def tracks_path(self) -> Path:
        """A row per face and frame."""
        return self.root / "tracks.parquet"

    @property
    def blendshapes_path(self) -> Path:
        """A row per face and frame with a mesh."""
        return self.root / "blendshapes.parquet"

    @property
    def portraits_path(self) -> Path:
        """A row per portrait of a track."""
        return self.root / "portraits.parquet"

    @property
    def synth_path(self) -> Path:
        """Which set of synthetic films it is, and for which part each film is meant."""
        return self.root / "synth.json"

    @property
    def characters_path(self) -> Path:
        """A row per character."""
        return self.root / "characters.parquet"

    @property
    def characters_file_path(self) -> Path:
        """What a person decided about the characters; never overwritten."""
        return self.root / "characters.yaml"

    @property
    def clips_path(self) -> Path:
        """A row per clip."""
        return self.root / "clips.parquet"

    @property
    def clip_dir(self) -> Path:
        """The clips, such as ``003-06-0007.mp4``."""
        return self.root / "clips"

    @property
    def frames_path(self) -> Path:
        """A row per frame picture."""
        return self.root / "frames.parquet"

    @property
    def frame_dir(self) -> Path:
        """The frames of the clips, such as ``003-06-0007-0008.png``."""
        return self.root / "frames"

    @property
    def labels_path(self) -> Path:
        """A row per action unit that a coder labelled."""
        return self.root / "labels.parquet"

    @property
    def expression_labels_path(self) -> Path:
        """A row per expression that a coder labelled."""
        return self.root / "expression_labels.parquet"

    @property
    def coded_spans_path(self) -> Path:
        """A row per stretch that a coder went through; a label set counts once it stands here."""
        return self.root / "coded_spans.parquet"

    def suggestion_dir(self, label_set: str) -> Path:
        """Return where the record and the figures of suggested labels lie."""
        return self.root / "suggestions" / label_set

    def analysis(self, name: str) -> AnalysisLayout:
        """Return where an analysis lies."""
        return AnalysisLayout(self.root / "analyses" / name)

    def analyses(self) -> list[AnalysisLayout]:
        """Return those in which films were read."""
        return [
            AnalysisLayout(path.parent)
            for path in sorted(self.root.glob("analyses/*/films.parquet"))
        ]

    @property
    def recording_dir(self) -> Path:
        """What cameras and network streams showed, recorded to be analysed."""
        return self.root / "recordings"

    @property
    def dataset_dir(self) -> Path:
        """The data sets, a folder each with ``manifest.json`` and ``samples.parquet``."""
        return self.root / "datasets"

    @property
    def agreement_dir(self) -> Path:
        """How well the coders agree: tables and a heat map."""
        return self.root / "agreement"

    @property
    def consensus_dir(self) -> Path:
        """What the coders dispute, for an adjudicator."""
        return self.root / "consensus"

    @property
    def import_dir(self) -> Path:
        """What was read, repaired and left out when licensed data sets were imported."""
        return self.root / "imports"

    @property
    def contact_sheet_path(self) -> Path:
        """The page that shows all of it."""
        return self.root / "contact_sheet.html"

    @property
    def run_path(self) -> Path:
        """The record of the run that finished last."""
        return self.root / "run.json"

    @property
    def work_dir(self) -> Path:
        """What an unfinished run goes on from; gone when all is done."""
        return self.root / ".work"

    @property
    def anew_path(self) -> Path:
        """The films of a study that is being made anew; gone when all are read."""
        return self.work_dir / "anew.json"

    @property
    def figure_dir(self) -> Path:
        """The figures."""
        return self.root / "figures"

    def figure_path(self, film_number: int) -> Path:
        """Return where the figure of a film's shot lengths lies."""
        return self.figure_dir / f"{film_number:03d}-shots.svg"

    def derived_paths(self) -> list[Path]:
        """Return all that `collect` makes from the films: never a person's decisions or labels.

        Files that people put beside clips, frames and figures are not among them.
        """
        return [
            self.films_path,
            self.shots_path,
            self.shot_scales_path,
            self.shot_sounds_path,
            self.shot_pictures_path,
            self.cinemetrics_path,
            self.tracks_path,
            self.blendshapes_path,
            self.portraits_path,
            self.characters_path,
            self.clips_path,
            *_files(self.clip_dir, _is_clip),
            self.frames_path,
            *_files(self.frame_dir, _is_picture),
            *_files(self.figure_dir, _is_figure),
            self.contact_sheet_path,
            self.run_path,
            *(
                path
                for path in self.work_dir.glob("*")
                if path.name != _LOCK_NAME and path != self.anew_path
            ),
        ]


def _files(folder: Path, is_ours: Callable[[Path], bool]) -> list[Path]:
    """Return the files of a folder whose names are ours."""
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in files if is_ours(path))


def _is_clip(path: Path) -> bool:
    return path.suffix == ".mp4" and ClipTag.is_tag(path.stem)


def _is_picture(path: Path) -> bool:
    return path.suffix == ".png" and FrameTag.is_tag(path.stem)


def _is_figure(path: Path) -> bool:
    return _FIGURE_NAME.fullmatch(path.name) is not None


@contextmanager
def lock_study(layout: StudyLayout) -> Iterator[None]:
    """Hold the study for this process, so that two runs never write into one folder.

    What a killed run left half-written is deleted: nobody is writing it any more.

    Raises
    ------
    StudyError
        Another process holds it.
    StorageError
        The folder cannot be made or written.
    """
    with disk_errors(layout.root):
        file = _open_locked(layout)
    with file:
        for folder in (layout.root, layout.clip_dir, layout.frame_dir, layout.figure_dir):
            remove_litter(folder)
        yield


def _open_locked(layout: StudyLayout) -> TextIO:
    """Return the lock file, locked."""
    path = layout.work_dir / _LOCK_NAME
    while True:
        layout.work_dir.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            file = stack.enter_context(path.open("w", encoding="utf-8"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StudyError(
                    f"{layout.root}: expected a folder that no run is writing, got one in use",
                    hint="wait until the other run ends, or choose another --out",
                ) from error
            # A run that ends deletes the file: then we may hold one that nobody else can see.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                    stack.pop_all()
                    return file
