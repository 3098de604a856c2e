"""Finished cells outside of the store: their numbers and answers, small enough to hand on."""

import filecmp
import shutil
from collections.abc import Iterable
from pathlib import Path

from cinefacs.experiments.store import CellFolder
from cinefacs.storage.atomic import atomic_path, disk_errors

__all__ = ["keep_cells", "take_over_cells"]


def take_over_cells(
    store: Path, kept: Path | None, addresses: Iterable[str], *, needed: Iterable[str] = ()
) -> int:
    """Copy what is known of cells that the store lacks, and return of how many.

    Weights are not handed on: a training goes on or is measured anew only where it ran. A cell of
    the store that has neither its weights nor what they are needed for is no use; it is forgotten,
    so that it is trained here. A cell whose training was begun here goes on here: what lies in a
    cell's folder is always of one training.

    Parameters
    ----------
    store
        Folder of all experiments.
    kept
        Folder of finished cells; it need not exist. None: there is nothing to take over.
    addresses
        Of the cells that are wanted.
    needed
        Names of files without which a cell is of no use, since only its weights could make them.

    Raises
    ------
    SchemaError
        A cell's file is damaged.
    StorageError
        The disk refused.
    """
    wanted = list(needed)
    n_taken = 0
    for address in addresses:
        own = CellFolder.of(store, address)
        other = None if kept is None else CellFolder(kept / address)
        result = own.read()
        is_done = result is not None and not result.error
        is_begun = result is None and own.training_dir.is_dir()
        if is_begun or (is_done and (own.weights_path.is_file() or _is_whole(own, wanted))):
            continue
        if other is not None and other.is_done and _is_whole(other, wanted):
            _copy(other, own)
            n_taken += 1
        elif is_done:
            _forget(own)
    return n_taken


def _is_whole(cell: CellFolder, wanted: Iterable[str]) -> bool:
    return all((cell.root / name).is_file() for name in wanted)


def keep_cells(store: Path, kept: Path, addresses: Iterable[str]) -> None:
    """Copy the numbers and answers of the store's finished cells; failed ones are left out.

    Parameters
    ----------
    store
        Folder of all experiments.
    kept
        Folder of finished cells; made where it is not there.
    addresses
        Of the cells.

    Raises
    ------
    SchemaError
        A cell's file is damaged.
    StorageError
        The disk refused.
    """
    for address in addresses:
        own = CellFolder.of(store, address)
        if own.is_done:
            _copy(own, CellFolder(kept / address))


def _forget(cell: CellFolder) -> None:
    """Delete all that is known of a cell; ``cell.json``, which vouches for the rest, first."""
    with disk_errors(cell.root):
        cell.cell_path.unlink(missing_ok=True)
        if cell.root.exists():
            shutil.rmtree(cell.root)


def _copy(source: CellFolder, target: CellFolder) -> None:
    """Copy what is lacking, but not the training; ``cell.json``, which vouches for it, last.

    What is known of another training under the same address is forgotten first.
    """
    with disk_errors(target.cell_path):
        is_same = target.cell_path.is_file() and filecmp.cmp(
            source.cell_path, target.cell_path, shallow=False
        )
    if not is_same:
        _forget(target)
    files = sorted(
        (path for path in source.root.iterdir() if path.is_file()),
        key=lambda path: path == source.cell_path,
    )
    for path in files:
        place = target.root / path.name
        if not place.is_file():
            with atomic_path(place) as temporary:
                shutil.copyfile(path, temporary)
