"""The annotated film: a second pass over an analysed film.

A person's own neutral, and with it every event, is known only when the film has been read to its
end, so it cannot be drawn in the first.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cinefacs.engines.catalog import model_path
from cinefacs.engines.session import Session
from cinefacs.errors import FilmError, StudyError
from cinefacs.faces.finder import FaceFinder, ScalablePicture
from cinefacs.media.decode import decode_film
from cinefacs.media.encode import ClipWriter
from cinefacs.media.probe import read_header
from cinefacs.media.sound_copy import fits_mp4
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.step import Step
from cinefacs.reports.annotated_film import FilmAnnotator
from cinefacs.reports.config import AnnotatedFilmConfig, DeidentifyConfig
from cinefacs.reports.film_sweep import FilmSweep

__all__ = ["AnnotatedFilm", "annotate_film", "cut_frames_of", "make_hiding_finder"]

FindFaces = Callable[[ScalablePicture], npt.NDArray[np.float32]]
"""Returns the boxes, (N, 4) px, of all faces in a frame."""

_FINDER = "centerface"


@dataclass(frozen=True, kw_only=True, slots=True)
class AnnotatedFilm:
    """What was written."""

    path: Path
    """The film."""
    n_frames: int
    """Frames, as many as the source has."""
    has_sound: bool
    """Whether the source's sound was copied."""
    notes: tuple[str, ...]
    """What a viewer must know."""


def annotate_film(
    film: Film,
    sweep: FilmSweep,
    out: Path,
    *,
    config: AnnotatedFilmConfig,
    deidentify: DeidentifyConfig | None = None,
    find_faces: FindFaces | None = None,
    cut_frames: Collection[int] = (),
    on_step: Callable[[Step], None] | None = None,
) -> AnnotatedFilm:
    """Write a film with boxes, names, action units and events: same frames, same times.

    Parameters
    ----------
    film
        As it was analysed.
    sweep
        What is to be shown.
    out
        The mp4.
    config
        What is shown, and how.
    deidentify
        How faces are hidden; None shows them.
    find_faces
        Finds faces to hide in each frame, tracked or not (`make_hiding_finder`); needed where
        faces are hidden.
    cut_frames
        Frames at which the picture changes completely (`cut_frames_of`).
    on_step
        Told how far it has come.

    Raises
    ------
    FilmError
        The film is not there, or is another one.
    StudyError
        Faces are to be hidden and nothing finds them.
    StorageError
        The disk refused.
    """
    if deidentify is not None and find_faces is None:
        raise StudyError("deidentify: expected a face finder for each frame, got none")
    header = read_header(Path(film.path))
    if header.size_wh != film.size_wh or header.time_base != film.span.time_base:
        raise FilmError(
            f"{film.path}: expected the film that was analysed, got another one",
            hint="put it back in its place",
        )
    wants_sound = config.has_sound and (deidentify is None or deidentify.keeps_sound)
    has_sound = wants_sound and header.has_audio and fits_mp4(header.path)
    annotator = FilmAnnotator(sweep, config, deidentify=deidentify, cut_frames=cut_frames)
    n_done = 0
    with ClipWriter(
        out,
        time_base=header.time_base,
        size_wh=header.size_wh,
        crf=config.crf,
        preset=config.preset,
        keeps_clock=True,
        sound_of=header.path if has_sound else None,
    ) as writer:
        for chunk in decode_film(header, allow_damaged=film.n_damaged_frames > 0):
            for frame in chunk:
                found = find_faces(frame) if find_faces and deidentify else None
                for painted in annotator.push(frame, found):
                    writer.push(painted)
                    n_done += 1
            if on_step is not None:
                on_step(
                    Step(
                        name=f"film {film.film_number:03d}: annotated film",
                        n_done=n_done,
                        n_total=film.n_frames,
                        unit="frames",
                    )
                )
        for painted in annotator.finish():
            writer.push(painted)
            n_done += 1
        if n_done != film.n_frames:
            raise FilmError(
                f"{film.path}: expected the film that was analysed, with {film.n_frames} frames, "
                f"got another one ({n_done} frames)",
                hint="put it back in its place",
            )
    return AnnotatedFilm(
        path=out,
        n_frames=n_done,
        has_sound=has_sound,
        notes=tuple(
            _notes(wants_sound=wants_sound, had_sound=header.has_audio, has_sound=has_sound)
        ),
    )


def _notes(*, wants_sound: bool, had_sound: bool, has_sound: bool) -> Iterable[str]:
    if had_sound and not wants_sound:
        yield "the annotated film has no sound: it was not asked for"
    elif had_sound and not has_sound:
        yield "the annotated film has no sound: an mp4 cannot hold the film's kind of it"


def cut_frames_of(shots: Iterable[Shot]) -> frozenset[int]:
    """Return the first frames of shots that begin with a hard cut or after missing frames.

    Dissolves and fades are none: a face that fades out still shows after their middle.
    """
    hard = {ShotStart.CUT, ShotStart.GAP}
    return frozenset(shot.start_frame for shot in shots if shot.starts_with in hard)


def make_hiding_finder(config: DeidentifyConfig, *, device: str = "CPU") -> FindFaces:
    """Return what finds the faces to be hidden: larger pictures and lower scores than for analysis.

    Raises
    ------
    ModelError
        The face finder's file is missing or altered, or there is no such device.
    """
    finder = FaceFinder(
        Session(model_path(_FINDER), device=device),
        min_score=config.min_find_score,
        width_px=config.finder_width_px,
    )
    return lambda frame: finder.find(frame).box_xyxy
