"""One film of a study to samples: choose faces, make their pictures, write down what they are."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cinefacs.datasets.config import BuildConfig
from cinefacs.datasets.film_faces import FilmFaces
from cinefacs.datasets.frame_pictures import Picture, PictureMaker, find_anchor
from cinefacs.datasets.moments import CharacterLabels, Moment
from cinefacs.datasets.sample_rows import empty_sample, face_sample
from cinefacs.datasets.selection import Pick, draw, pick_events, pick_neutral
from cinefacs.datasets.targets import Target
from cinefacs.records.clip import Clip
from cinefacs.records.film import Film
from cinefacs.records.sample import Sample, SampleRole
from cinefacs.records.shot import Shot

__all__ = ["FilmParts", "SampleMaker"]

_NOTHING = Moment(
    aus=(),
    hidden=frozenset(),
    unclear=frozenset(),
    looked_for=frozenset(),
    expressions=(),
    has_emotions=False,
    coded=(),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmParts:
    """What the study knows of one film."""

    film: Film
    """The film."""
    faces: FilmFaces
    """Its faces."""
    labels: Mapping[int, CharacterLabels]
    """What is said of each character, by number."""
    names: Mapping[int, str]
    """What a person called its characters, by number."""
    clips: Sequence[Clip]
    """Its clips."""
    shots: Sequence[Shot]
    """Its shots, in order."""
    pictures: Mapping[int, str]
    """Pictures that `collect` wrote, relative to the study, by frame."""


class SampleMaker:
    """Make the samples of a study, film by film.

    Parameters
    ----------
    config
        What is wanted.
    pictures
        Makes the pictures.
    aim
        Finds the classes of a moment.
    blank
        Classes of a face of which nothing is known.
    persons
        Person's name by character tag, for those who appear as several characters.
    seed
        Of all that is drawn.
    counts
        Told what is left out, by reason.
    """

    def __init__(
        self,
        *,
        config: BuildConfig,
        pictures: PictureMaker,
        aim: Callable[[Moment], Target],
        blank: Target,
        persons: Mapping[str, str],
        seed: int,
        counts: Counter[str],
    ) -> None:
        self._config = config
        self._pictures = pictures
        self._aim = aim
        self._blank = blank
        self._persons = persons
        self._seed = seed
        self._counts = counts

    def make(self, parts: FilmParts, on_frame: Callable[[int, int], None]) -> list[Sample]:
        """Return the samples of a film, by frame and face.

        Parameters
        ----------
        parts
            The film.
        on_frame
            Told how many pictures are done, and of how many.

        Raises
        ------
        StudyError, FilmError
            The film is not there, or not the one that was collected.
        StorageError
            The disk refused.
        """
        labelled, neutral = self._pick(parts)
        empty = self._pick_empty(parts, len(labelled))
        picks = [(parts.faces.face(pick.position), pick) for pick in labelled + neutral]
        pictures = self._pictures.make(
            parts.film,
            {face.frame_index: face.pts for face, _ in picks},
            {frame: find_anchor(parts.shots, frame) for frame in empty},
            known=parts.pictures,
            on_frame=on_frame,
        )
        subjects = self._subjects(parts)
        samples = [
            face_sample(
                face, pick, pictures[face.frame_index],
                film=parts.film, clips=parts.clips, subjects=subjects,
            )
            for face, pick in picks
        ]  # fmt: skip
        if self._config.other_faces:
            samples += self._others(parts, samples, pictures, subjects)
        samples += [
            empty_sample(frame, pictures[frame], film=parts.film, shots=parts.shots)
            for frame in empty
            if frame in pictures
        ]
        return sorted(samples, key=lambda each: (each.frame_index, each.sample_id))

    def _pick(self, parts: FilmParts) -> tuple[list[Pick], list[Pick]]:
        """Return the labelled and the neutral faces."""
        labelled: list[Pick] = []
        neutral: list[Pick] = []
        for number, labels in sorted(parts.labels.items()):
            if not parts.faces.of_character(number).size:
                self._counts["labelled character without a face"] += 1
                continue
            allowed = self._allowed(parts.clips, number)
            labelled += pick_events(
                parts.faces, number, labels, aim=self._aim, config=self._config,
                is_allowed=allowed, counts=self._counts,
            )  # fmt: skip
            neutral += pick_neutral(
                parts.faces, number, labels, aim=self._aim, config=self._config,
                is_allowed=allowed,
            )  # fmt: skip
        n_wanted = round(self._config.neutral_ratio * len(labelled))
        rng = np.random.default_rng([self._seed, parts.film.film_number, 0])
        drawn = draw(neutral, n_wanted, rng=rng)
        self._miss("neutral face wanted, none left", n_wanted - len(drawn))
        return labelled, drawn

    def _miss(self, reason: str, n: int) -> None:
        if n > 0:
            self._counts[reason] += n

    def _allowed(self, clips: Sequence[Clip], number: int) -> Callable[[int], bool]:
        """Return what tells whether a frame of a character may be taken."""
        if not self._config.paper_clips:
            return lambda _frame: True
        stretches = [
            range(clip.start_frame, clip.end_frame)
            for clip in clips
            if clip.character_number == number and not clip.is_short
        ]
        return lambda frame: any(frame in stretch for stretch in stretches)

    def _pick_empty(self, parts: FilmParts, n_labelled: int) -> list[int]:
        """Return frames in which no face was found, outside transitions."""
        n_wanted = round(self._config.no_face_ratio * n_labelled)
        cores = [np.arange(shot.core_start_frame, shot.core_end_frame) for shot in parts.shots]
        every = np.concatenate([np.zeros(0, np.int64), *cores])
        free = np.setdiff1d(every, parts.faces.frames_with_faces())
        rng = np.random.default_rng([self._seed, parts.film.film_number, 1])
        n = min(n_wanted, len(free))
        self._miss("picture without a face wanted, none left", n_wanted - n)
        return sorted(rng.choice(free, size=n, replace=False).tolist()) if n else []

    def _subjects(self, parts: FilmParts) -> dict[int, str]:
        """Return whom each character's samples belong to: persons, then names, then tags."""
        named = parts.names if self._config.names_are_persons else {}
        subjects = {}
        for number in parts.faces.characters:
            tag = f"{parts.film.film_number:03d}-{number:02d}"
            subjects[number] = self._persons.get(tag) or named.get(number) or tag
        return subjects

    def _others(
        self,
        parts: FilmParts,
        samples: Sequence[Sample],
        pictures: Mapping[int, Picture],
        subjects: Mapping[int, str],
    ) -> list[Sample]:
        """Return the faces that the pictures show besides; what is known of them is said."""
        taken = {sample.sample_id for sample in samples}
        others = []
        for frame in sorted({sample.frame_index for sample in samples}):
            for face in parts.faces.in_frame(frame):
                number = face.character_number
                labels = parts.labels.get(number) if number is not None else None
                moment = labels.at(face.pts) if labels is not None else _NOTHING
                is_known = bool(moment.coded) or moment.is_labelled
                is_fit = face.is_codable or not self._config.codable_only
                target = self._aim(moment) if is_known and is_fit else self._blank
                pick = Pick(
                    position=-1,
                    role=SampleRole.OTHER_FACE,
                    event_id="",
                    moment=moment,
                    target=self._blank if target.reason else target,
                )
                sample = face_sample(
                    face, pick, pictures[frame],
                    film=parts.film, clips=parts.clips, subjects=subjects,
                )  # fmt: skip
                if sample.sample_id not in taken:
                    taken.add(sample.sample_id)
                    others.append(sample)
        return others
