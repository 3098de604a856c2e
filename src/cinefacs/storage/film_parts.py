"""What is known of a film while it is being read: a part per finished shot, and a checkpoint.

A run that was killed goes on after the last finished shot. The parts of a shot are written
first and the checkpoint last, so a part without checkpoint is written again, never doubled.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cinefacs.storage.atomic import atomic_path, write_json
from cinefacs.storage.tables import TableWriter, iterate_table

__all__ = ["FilmParts", "ShotParts"]

_CHECKPOINT = "checkpoint.json"


class FilmParts:
    """The folder of a film that is being read.

    Parameters
    ----------
    folder
        Made where it is missing.
    schemas
        Columns of each kind of part by its name.
    """

    def __init__(self, folder: Path, schemas: Mapping[str, pa.Schema]) -> None:
        self.folder = folder
        self.schemas = schemas
        # Looked for once: the folder holds thousands of parts at the end of a long film.
        self._older_arrays = set(folder.glob("arrays-*.npz"))

    def checkpoint(self) -> dict[str, Any] | None:
        """Return what was saved after the last finished shot, or None at the very start."""
        path = self.folder / _CHECKPOINT
        if not path.exists():
            return None
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that were saved with the checkpoint."""
        checkpoint = self.checkpoint()
        if checkpoint is None:
            return {}
        with np.load(self._arrays_path(checkpoint["n_shots"]), allow_pickle=False) as saved:
            return {name: saved[name] for name in saved.files}

    def save(self, checkpoint: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Save a checkpoint; from now on a new run goes on from here.

        Parameters
        ----------
        checkpoint
            JSON values, with ``n_shots``, the number of finished shots.
        arrays
            Of any shape and type but objects.

        Raises
        ------
        StorageError
            The disk refused; the checkpoint before still holds.
        """
        n_shots = int(checkpoint["n_shots"])
        with atomic_path(self._arrays_path(n_shots)) as path, path.open("wb") as file:
            np.savez(file, allow_pickle=False, **dict(arrays))
        write_json(self.folder / _CHECKPOINT, dict(checkpoint))
        for stale in self._older_arrays - {self._arrays_path(n_shots)}:
            stale.unlink(missing_ok=True)
        self._older_arrays = {self._arrays_path(n_shots)}

    def start_shot(self, shot_index: int) -> "ShotParts":
        """Return a writer for the parts of a shot; what an earlier attempt left is replaced."""
        return ShotParts(self, shot_index)

    def iterate(self, kind: str) -> Iterator[pa.Table]:
        """Yield all rows of one kind in the order of the shots."""
        for path in sorted(self.folder.glob(f"shot-*-{kind}.parquet")):
            yield from iterate_table(path, self.schemas[kind])

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, shot_index: int, kind: str) -> Path:
        """Return where the part of a shot lies; the names sort in the order of the shots."""
        return self.folder / f"shot-{shot_index:08d}-{kind}.parquet"

    def _arrays_path(self, n_shots: int) -> Path:
        return self.folder / f"arrays-{n_shots:08d}.npz"


class ShotParts:
    """Writes the parts of one shot; they appear when the block ends without an error.

    Parameters
    ----------
    film_parts
        Folder that they belong to.
    shot_index
        Position of the shot in the film, from 0.
    """

    def __init__(self, film_parts: FilmParts, shot_index: int) -> None:
        self._film_parts = film_parts
        self._shot_index = shot_index
        self._stack = ExitStack()
        self._writers: dict[str, TableWriter] = {}

    def __enter__(self) -> Self:
        for kind in self._film_parts.schemas:
            self._film_parts.path(self._shot_index, kind).unlink(missing_ok=True)
        return self

    def write(self, kind: str, table: pa.Table) -> None:
        """Append rows of one kind; a kind without rows leaves no file.

        Raises
        ------
        SchemaError
            The columns differ.
        StorageError
            The disk refused.
        """
        if not table.num_rows:
            return
        if kind not in self._writers:
            path = self._film_parts.path(self._shot_index, kind)
            writer = TableWriter(path, self._film_parts.schemas[kind])
            self._writers[kind] = self._stack.enter_context(writer)
        self._writers[kind].write(table)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)
