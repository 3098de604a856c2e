"""Find the pictures of each sequence, and the time of each frame number in them."""

import dataclasses
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from cinefacs.errors import ConfigError, FilmError
from cinefacs.labels.licensed.layout import Annotation, Clock, DataSetLayout, FilmKey
from cinefacs.labels.licensed.read_sheet import ReadSheet
from cinefacs.labels.licensed.rules import RowSkippedError, Rule, SkipReason
from cinefacs.labels.licensed.tally import RowTally
from cinefacs.media.picture_folder import (
    PictureFolder,
    find_picture_folders,
    open_picture_folder,
)
from cinefacs.records.step import Step

__all__ = ["FoundFilms", "PictureFilm", "PlacedAnnotation", "find_films"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedAnnotation:
    """An expression on the clock of its film."""

    annotation: Annotation
    """As it was read; onset and apexes that the pictures changed are changed in it too."""
    onset_pts: int
    """Tick of the onset frame."""
    apex_pts: tuple[int, ...]
    """Ticks of the apex frames, ascending."""
    offset_pts: int
    """Tick of the offset frame, which still belongs to the expression."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureFilm:
    """A folder of pictures that is the film of some expressions."""

    film_id: str
    """SHA-256; see `cinefacs.media.picture_folder.PictureFolder.digest`."""
    subject: str
    """The subject's usual name in the data set."""
    folder: PictureFolder
    """The pictures."""
    frame_pts: tuple[int, ...]
    """Tick of each picture, ascending; a tick is one frame."""
    rate_fps: Fraction
    """Ticks per second."""
    size_wh: tuple[int, int]
    """Width and height of the first picture, px."""
    annotations: tuple[PlacedAnnotation, ...]
    """At least one, in the order of the sheet."""
    is_torn: bool
    """Whether a row about this film was left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFilms:
    """The films of a data set."""

    films: tuple[PictureFilm, ...]
    """In the order of subject and name."""
    idle_folders: tuple[Path, ...]
    """Folders with pictures to which no row led."""


def find_films(
    sheet: ReadSheet, root: Path, tally: RowTally, on_step: Callable[[Step], None]
) -> FoundFilms:
    """Find the pictures of every expression below a folder.

    Parameters
    ----------
    sheet
        What the sheet says.
    root
        Folder of the data set's pictures, or one above or below it.
    tally
        Told of each row whose pictures are not there.
    on_step
        Told how far the search has come.

    Raises
    ------
    ConfigError
        The folder is not there, or holds no pictures.
    """
    if not root.is_dir():
        raise ConfigError(f"{root}: expected the folder of the data set's pictures, found none")
    index = _FolderIndex(find_picture_folders(root))
    if not index.folders:
        raise ConfigError(
            f"{root}: expected folders of numbered pictures, found none",
            hint="unpack the data set's pictures, and give the folder that holds them",
        )
    by_film: dict[FilmKey, list[Annotation]] = defaultdict(list)
    for annotation in sheet.annotations:
        by_film[annotation.film_key].append(annotation)
    located = _locate_folders(by_film, sheet.layout, index, tally)
    films: list[PictureFilm] = []
    for n_done, (path, annotations) in enumerate(located.items(), start=1):
        try:
            film = _open_film(path, sheet, annotations, tally)
        except RowSkippedError as skipped:
            _skip_all(annotations, skipped, tally)
        else:
            films += [film] if film is not None else []
        on_step(Step(name="pictures", n_done=n_done, n_total=len(located), unit="sequences"))
    idle = tuple(path for path in index.folders if path not in located)
    return FoundFilms(films=tuple(films), idle_folders=idle)


def _locate_folders(
    by_film: Mapping[FilmKey, list[Annotation]],
    layout: DataSetLayout,
    index: "_FolderIndex",
    tally: RowTally,
) -> dict[Path, list[Annotation]]:
    """Return the annotations of each folder in the order of subject and name.

    A folder that rows of two subjects claim is nobody's: one of them is a typing error.
    """
    owners = _owners(by_film)
    claims: dict[Path, list[list[Annotation]]] = defaultdict(list)
    for key, annotations in sorted(by_film.items()):
        try:
            path, found = index.find(layout, annotations, owners[key[1].lower()])
        except RowSkippedError as skipped:
            _skip_all(annotations, skipped, tally)
        else:
            claims[path].append(found)
    for path, rivals in claims.items():
        if len(rivals) > 1:
            names = " and ".join(f"{each[0].subject}, {each[0].film_name}" for each in rivals)
            error = RowSkippedError(SkipReason.FOLDER_OF_SEVERAL, f"{path}: {names}")
            for annotations in rivals:
                _skip_all(annotations, error, tally)
    return {path: rivals[0] for path, rivals in claims.items() if len(rivals) == 1}


def _skip_all(
    annotations: Sequence[Annotation], skipped: RowSkippedError, tally: RowTally
) -> None:  # fmt: skip
    for annotation in annotations:
        tally.skip(annotation.place, skipped.reason, skipped.detail)


def _owners(by_film: Mapping[FilmKey, object]) -> Mapping[str, int]:
    """Return how many subjects have a film of each name."""
    owners: dict[str, int] = defaultdict(int)
    for _, name in by_film:
        owners[name.lower()] += 1
    return owners


class _FolderIndex:
    """Finds folders by the ends of their paths, whatever the case of their letters."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        for path in folders:
            self._by_name[path.name.lower()].append(path)

    def find(
        self, layout: DataSetLayout, annotations: Sequence[Annotation], n_owners: int
    ) -> tuple[Path, list[Annotation]]:
        """Return the folder of a film, and its annotations with the rule that found it."""
        first = annotations[0]
        for patterns in layout.folder_patterns(first):
            found = self._matches(patterns)
            if found:
                return _only(found), list(annotations)
        by_name = self._by_name.get(first.film_name.lower(), [])
        if n_owners == 1 and by_name:
            rule = Rule.FOLDER_BY_UNIQUE_NAME
            return _only(by_name), [
                dataclasses.replace(each, rules=(*each.rules, rule)) for each in annotations
            ]
        raise RowSkippedError(SkipReason.FRAMES_MISSING, f"{first.subject}, {first.film_name}")

    def _matches(self, patterns: Sequence[str]) -> list[Path]:
        compiled = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
        literal = patterns[-1].replace("\\", "")
        if re.escape(literal) == patterns[-1]:  # quicker than a look at every folder
            names = [literal.lower()] if literal.lower() in self._by_name else []
        else:
            names = [name for name in self._by_name if compiled[-1].fullmatch(name)]
        return [
            path
            for name in names
            for path in self._by_name[name]
            if len(path.parts) >= len(compiled)
            and all(
                pattern.fullmatch(part)
                for pattern, part in zip(compiled, path.parts[-len(compiled) :], strict=True)
            )
        ]


def _only(folders: Sequence[Path]) -> Path:
    if len(folders) > 1:
        detail = f"{folders[0]} and {folders[1]}: give --frames a folder that holds one of them"
        raise RowSkippedError(SkipReason.FRAMES_AMBIGUOUS, detail)
    return folders[0]


def _open_film(
    path: Path, sheet: ReadSheet, annotations: Sequence[Annotation], tally: RowTally
) -> PictureFilm | None:
    """Return the film with the expressions that lie in it; None where none does."""
    layout, key = sheet.layout, annotations[0].film_key
    try:
        folder = open_picture_folder(path)
        size_wh = folder.size_wh()
        film_id = folder.digest(layout.coder, *key)
        str(path).encode()  # tables cannot name what is no text
    except FilmError as error:
        raise RowSkippedError(SkipReason.FRAMES_UNREADABLE, error.message) from error
    except UnicodeEncodeError as error:
        shown = str(path).encode(errors="backslashreplace").decode()
        detail = f"{shown}: a name that is not UTF-8"
        raise RowSkippedError(SkipReason.FRAMES_UNREADABLE, detail) from error
    clock = _Clock(folder, layout.clock)
    placed: list[PlacedAnnotation] = []
    for annotation in annotations:
        try:
            placed.append(_place(annotation, clock))
        except RowSkippedError as skipped:
            tally.skip(annotation.place, skipped.reason, skipped.detail)
    if not placed:
        return None
    return PictureFilm(
        film_id=film_id,
        subject=key[0],
        folder=folder,
        frame_pts=clock.frame_pts,
        rate_fps=annotations[0].rate_fps,
        size_wh=size_wh,
        annotations=tuple(placed),
        is_torn=key in sheet.torn_films or len(placed) < len(annotations),
    )


class _Clock:
    """Turns frame numbers, as they stand in the names of pictures, into ticks of one frame."""

    def __init__(self, folder: PictureFolder, clock: Clock) -> None:
        self.numbers = folder.numbers
        self._counts_frames = clock is Clock.FRAME_NUMBER
        self.frame_pts = folder.numbers if self._counts_frames else tuple(range(len(folder)))

    def has(self, number: int) -> bool:
        """Return whether there is a picture of this number."""
        position = bisect_left(self.numbers, number)
        return position < len(self.numbers) and self.numbers[position] == number

    def tick(self, number: int) -> int | None:
        """Return the tick of a frame number; None where the film does not reach it.

        A picture that is missing between others has a time all the same if the numbers count
        frames.
        """
        if self._counts_frames:
            return number if self.numbers[0] <= number <= self.numbers[-1] else None
        return bisect_left(self.numbers, number) if self.has(number) else None


def _place(annotation: Annotation, clock: _Clock) -> PlacedAnnotation:
    rules = list(annotation.rules)
    first = clock.numbers[0]
    if annotation.is_unbounded:
        annotation = dataclasses.replace(annotation, onset=first)
    onset_pts = _require_tick(annotation.onset, clock, SkipReason.ONSET_FRAME_MISSING)
    offset_pts = _require_tick(annotation.offset, clock, SkipReason.OFFSET_FRAME_MISSING)
    ticks = {apex: clock.tick(apex) for apex in annotation.apexes}
    apexes = tuple(apex for apex in annotation.apexes if ticks[apex] is not None)
    if apexes != annotation.apexes:
        rules.append(Rule.APEX_FRAME_MISSING_IS_NONE)
    if not all(clock.has(number) for number in (annotation.onset, *apexes, annotation.offset)):
        rules.append(Rule.FRAME_DROPPED)
    if annotation.first_frame not in {None, first}:
        rules.append(Rule.FIRST_FRAME_DIFFERS)
    return PlacedAnnotation(
        annotation=dataclasses.replace(annotation, apexes=apexes, rules=tuple(rules)),
        onset_pts=onset_pts,
        apex_pts=tuple(tick for apex in apexes if (tick := ticks[apex]) is not None),
        offset_pts=offset_pts,
    )


def _require_tick(number: int, clock: _Clock, reason: SkipReason) -> int:
    tick = clock.tick(number)
    if tick is None:
        numbers = f"{clock.numbers[0]} to {clock.numbers[-1]}"
        raise RowSkippedError(reason, f"{number}, pictures {numbers}")
    return tick
