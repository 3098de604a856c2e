"""A folder of numbered pictures in the place of a film.

Data sets come as folders such as ``EP02_01f/img46.jpg``. The number at the end of a name orders
the pictures; names that end in no digit, hidden files and files that are no pictures are passed
over. Frame ``k`` of such a film is the ``k``-th picture, whatever its number.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
from av.error import FFmpegError

from cinefacs.errors import FilmError
from cinefacs.records.film import Film

__all__ = [
    "PICTURE_CODECS",
    "PictureFolder",
    "find_picture_folders",
    "open_picture_folder",
    "read_picture_pts",
]

PICTURE_CODECS = {
    ".bmp": "bmp",
    ".jpeg": "mjpeg",
    ".jpg": "mjpeg",
    ".png": "png",
    ".tif": "tiff",
    ".tiff": "tiff",
}
"""FFmpeg's name of the codec by the ending of a picture's name, in small letters."""

_LAST_NUMBER = re.compile(r"[0-9]{1,15}\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureFolder:
    """The numbered pictures of a folder, in the order of their numbers."""

    path: Path
    """The folder."""
    names: tuple[str, ...]
    """Names of the pictures."""
    numbers: tuple[int, ...]
    """The number at the end of each name, ascending, each once."""

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.names)

    @property
    def codec(self) -> str:
        """FFmpeg's name of the first picture's codec."""
        return PICTURE_CODECS[Path(self.names[0]).suffix.lower()]

    def picture_path(self, frame_index: int) -> Path:
        """Return where a frame lies.

        Parameters
        ----------
        frame_index : 0 to N - 1
        """
        return self.path / self.names[frame_index]

    def size_wh(self) -> tuple[int, int]:
        """Return width and height of the first picture, px; the others are taken to be alike.

        Raises
        ------
        FilmError
            The first picture cannot be read.
        """
        path = self.picture_path(0)
        try:
            with av.open(str(path)) as container:
                context = container.streams.video[0].codec_context
                size_wh = context.width, context.height
        except (FFmpegError, IndexError) as error:
            raise FilmError(
                f"{path}: expected a picture, got: {error}",
                hint="the file is damaged or no picture: fetch the data set's folder again",
            ) from error
        if min(size_wh) < 1:
            raise FilmError(f"{path}: expected a picture with a size, got {size_wh}")
        return size_wh

    def digest(self, *names: str) -> str:
        """Return what tells this folder's content from others, wherever it lies.

        SHA-256 over `names`, each picture's name and size in bytes, and the content of the
        first, the middle and the last picture: a data set holds up to a million pictures, too
        many to read each.

        Parameters
        ----------
        names
            What the content belongs to, such as data set, subject and sequence.

        Returns
        -------
        str
            64 hexadecimal digits.

        Raises
        ------
        FilmError
            A picture cannot be read.
        """
        digest = hashlib.sha256()
        try:
            sizes = [(self.path / name).stat().st_size for name in self.names]
            lines = [*names, *(f"{name}\t{n}" for name, n in zip(self.names, sizes, strict=True))]
            digest.update("\n".join(lines).encode(errors="surrogateescape"))
            for position in sorted({0, len(self) // 2, len(self) - 1}):
                digest.update(self.picture_path(position).read_bytes())
        except OSError as error:
            raise FilmError(f"{self.path}: expected pictures, got: {error.strerror}") from error
        return digest.hexdigest()


def open_picture_folder(path: Path) -> PictureFolder:
    """Return the numbered pictures of a folder.

    Raises
    ------
    FilmError
        The folder cannot be read, has no numbered picture, or two with one number.
    """
    try:
        names = [name for name in os.listdir(path) if _is_picture(name)]  # noqa: PTH208 (quicker)
    except OSError as error:
        raise FilmError(f"{path}: expected a folder of pictures, got: {error.strerror}") from error
    numbered = sorted(_numbered(names))
    if not numbered:
        raise FilmError(
            f"{path}: expected pictures with a number at the end of their names, found none",
            hint=f"pictures end in {' '.join(sorted(PICTURE_CODECS))}",
        )
    for (number, name), (next_number, next_name) in pairwise(numbered):
        if number == next_number:
            raise FilmError(
                f"{path}: expected each number once, got {name} and {next_name}",
                hint="two kinds of pictures lie in one folder: part them",
            )
    return PictureFolder(
        path=path,
        names=tuple(name for _, name in numbered),
        numbers=tuple(number for number, _ in numbered),
    )


def read_picture_pts(film: Film) -> tuple[int, ...]:
    """Return when each frame of a film of pictures begins; each lasts one tick.

    Pts are the pictures' numbers where the film's span says so, else their positions.

    Parameters
    ----------
    film
        As it stands in a study; its path is a folder.

    Returns
    -------
    (N,) int, ticks of the film's time base, ascending

    Raises
    ------
    FilmError
        The folder is not there, or not the one that was imported.
    """
    folder = open_picture_folder(Path(film.path))
    span = film.span.start_pts, film.span.end_pts
    for pts in (folder.numbers, tuple(range(len(folder)))):
        if len(pts) == film.n_frames and (pts[0], pts[-1] + 1) == span:
            return pts
    raise FilmError(
        f"{film.path}: expected the {film.n_frames} pictures that were imported, from {span[0]} to "
        f"{span[1] - 1}, got {len(folder)}, numbered {folder.numbers[0]} to {folder.numbers[-1]}",
        hint="put the data set's pictures back, or import them anew from their new place",
    )


def find_picture_folders(root: Path) -> list[Path]:
    """Return the folders below one, itself included, that hold numbered pictures.

    Links to folders are followed, each folder once.

    Parameters
    ----------
    root
        Where to look.

    Returns
    -------
    list of Path
        Absolute, links resolved in `root` only, in the order of names.
    """
    found: list[Path] = []
    seen: set[str] = set()
    for folder, subfolders, files in os.walk(root.resolve(), followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            subfolders.clear()
            continue
        seen.add(real)
        subfolders.sort()  # the same path for a folder that several lead to
        if any(_LAST_NUMBER.search(Path(name).stem) for name in files if _is_picture(name)):
            found.append(Path(folder))
    return sorted(found)


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in PICTURE_CODECS  # noqa: PTH122


def _numbered(names: Iterable[str]) -> Iterator[tuple[int, str]]:
    for name in names:
        match = _LAST_NUMBER.search(Path(name).stem)
        if match is not None:
            yield int(match.group()), name
