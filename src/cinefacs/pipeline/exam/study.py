"""The films that the exam is taken on, with their truth."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cinefacs.errors import StudyError
from cinefacs.records.clip import ClipFrame
from cinefacs.records.film import Film
from cinefacs.records.label_checks import TRUTH
from cinefacs.records.labels import Labels
from cinefacs.records.true_faces import PersonFacts, TrueFaces
from cinefacs.storage.label_tables import read_authors, read_labels
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout
from cinefacs.synth.read_truth import SetFacts, read_people, read_set_facts, read_true_faces

__all__ = ["ExamStudy", "open_exam_study"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ExamStudy:
    """A set of synthetic films with everything that is true of it."""

    layout: StudyLayout
    """Where it lies."""
    facts: SetFacts
    """Which set it is."""
    films: tuple[Film, ...]
    """Its films."""
    faces: TrueFaces
    """Every face of every frame."""
    labels: Labels
    """By the coder ``truth``."""
    people: dict[int, PersonFacts]
    """Who is in it, by seed."""
    pictures: tuple[ClipFrame, ...]
    """Frames that were kept as pictures."""

    @property
    def is_of_stills(self) -> bool:
        """Whether it has no moving film: nothing can be said of events."""
        return all(film.is_of_stills for film in self.films)

    def picture_path(self, picture: ClipFrame) -> Path:
        """Return the file of a picture."""
        return self.layout.frame_dir / f"{picture.tag}.png"

    def picture_rows(self) -> dict[ClipFrame, npt.NDArray[np.int64]]:
        """Return the rows of `faces` that are visible in each picture."""
        place = {film_id: k for k, film_id in enumerate(self.faces.film_ids)}
        rows: dict[tuple[int, int], list[int]] = defaultdict(list)
        visible = np.flatnonzero(self.faces.is_visible)
        keys = zip(
            self.faces.film_index[visible].tolist(),
            self.faces.frame_index[visible].tolist(),
            strict=True,
        )
        for row, key in zip(visible.tolist(), keys, strict=True):
            rows[key].append(row)
        return {
            picture: np.array(rows[place[picture.film_id], picture.frame_index], np.int64)
            for picture in self.pictures
        }


def open_exam_study(root: Path) -> ExamStudy:
    """Return a set of films with its truth.

    Parameters
    ----------
    root
        Folder that ``cinefacs datasets synth`` made.

    Raises
    ------
    StudyError
        The folder holds no finished set with truth, or films of the exam are missing.
    SchemaError
        A table is damaged.
    ModelError
        The head data is not installed.
    """
    layout = StudyLayout(root)
    facts = read_set_facts(layout)
    films = tuple(read_records(layout.films_path, Film))
    authors = [author for author in read_authors(layout) if author[0] == TRUTH]
    if not authors:
        raise StudyError(
            f"{root}: expected labels by the coder {TRUTH!r}, found none",
            hint="make the set anew with --force",
        )
    labels = read_labels(layout, authors=authors)
    return ExamStudy(
        layout=layout,
        facts=facts,
        films=films,
        faces=read_true_faces(layout, films, labels),
        labels=labels,
        people=read_people(layout),
        pictures=tuple(read_records(layout.frames_path, ClipFrame)),
    )
