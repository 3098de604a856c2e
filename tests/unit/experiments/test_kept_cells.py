"""Finished cells are handed on whole or not at all."""

from pathlib import Path

import pytest

from cinefacs.experiments.kept_cells import keep_cells, take_over_cells
from cinefacs.experiments.store import Answers, CellFolder, CellResult, Pieces

DONE, FAILED, OPEN = "ab" * 32, "cd" * 32, "ef" * 32


def fill(store: Path) -> None:
    result = CellResult(error="", scores={"map50": 0.5}, facts={}, device="test")
    done = CellFolder.of(store, DONE)
    done.write(result, Answers(faces=[], boxes=[]))
    done.training_dir.mkdir()
    (done.training_dir / "weights.safetensors").write_bytes(b"large")
    CellFolder.of(store, FAILED).write(
        CellResult(error="no memory", scores={}, facts={}, device="test")
    )
    CellFolder.of(store, OPEN).write_pieces(Pieces(seconds=[1.0]))


def test_only_what_is_done_is_kept_and_without_weights(tmp_path: Path) -> None:
    fill(tmp_path / "store")
    kept = tmp_path / "kept"
    keep_cells(tmp_path / "store", kept, [DONE, FAILED, OPEN, "00" * 32])
    names = {path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()}
    assert names == {f"{DONE}/{name}" for name in ("cell.json", "faces.parquet", "boxes.parquet")}


def test_what_the_store_lacks_is_taken_over(tmp_path: Path) -> None:
    fill(tmp_path / "store")
    kept, store = tmp_path / "kept", tmp_path / "other"
    keep_cells(tmp_path / "store", kept, [DONE])
    assert take_over_cells(store, tmp_path / "none", [DONE]) == 0
    assert take_over_cells(store, kept, [DONE], needed=["trial-plain.json"]) == 0
    assert CellFolder.of(store, DONE).read() is None
    assert take_over_cells(store, kept, [DONE, OPEN]) == 1
    assert CellFolder.of(store, DONE).read() == CellFolder.of(tmp_path / "store", DONE).read()
    assert take_over_cells(store, kept, [DONE]) == 0


def test_half_a_copy_is_no_cell(tmp_path: Path) -> None:
    fill(tmp_path / "store")
    kept = tmp_path / "kept"
    keep_cells(tmp_path / "store", kept, [DONE])
    (kept / DONE / "cell.json").unlink()  # it is written last
    assert take_over_cells(tmp_path / "other", kept, [DONE]) == 0
    keep_cells(tmp_path / "store", kept, [DONE])
    assert take_over_cells(tmp_path / "other", kept, [DONE]) == 1


def test_a_cell_without_weights_is_of_no_use_where_they_are_needed(tmp_path: Path) -> None:
    """Other experiments take cells over without what this one needs; then they are trained here."""
    fill(tmp_path / "store")
    kept, store = tmp_path / "kept", tmp_path / "other"
    keep_cells(tmp_path / "store", kept, [DONE])
    take_over_cells(store, kept, [DONE])
    assert take_over_cells(store, kept, [DONE], needed=["trial-plain.json"]) == 0
    assert CellFolder.of(store, DONE).read() is None  # to be trained
    take_over_cells(store, kept, [DONE])
    (kept / DONE / "trial-plain.json").write_text("{}", encoding="utf-8")
    assert take_over_cells(store, kept, [DONE], needed=["trial-plain.json"]) == 1
    assert (CellFolder.of(store, DONE).root / "trial-plain.json").is_file()


def test_a_cell_with_weights_makes_what_is_needed_itself(tmp_path: Path) -> None:
    store = tmp_path / "store"
    fill(store)
    assert take_over_cells(store, tmp_path / "none", [DONE], needed=["trial-plain.json"]) == 0
    assert CellFolder.of(store, DONE).is_done


def test_a_kept_cell_takes_the_place_of_one_that_failed_here(tmp_path: Path) -> None:
    fill(tmp_path / "store")
    kept = tmp_path / "kept"
    keep_cells(tmp_path / "store", kept, [DONE])
    store = tmp_path / "other"
    failed = CellResult(error="no memory", scores={}, facts={}, device="test")
    own = CellFolder.of(store, DONE)
    own.write(failed)
    half_trained(own)
    assert take_over_cells(store, kept, [DONE]) == 1
    assert own.is_done
    assert not own.training_dir.exists()  # its weights are not those that were measured


def half_trained(cell: CellFolder) -> None:
    cell.training_dir.mkdir(parents=True)
    cell.weights_path.write_bytes(b"best so far")  # written at the first validation


def test_what_was_begun_here_goes_on_here(tmp_path: Path) -> None:
    """Half a training never stands for the whole one whose numbers were taken over."""
    fill(tmp_path / "store")
    kept, store = tmp_path / "kept", tmp_path / "other"
    keep_cells(tmp_path / "store", kept, [DONE])
    half_trained(CellFolder.of(store, DONE))
    assert take_over_cells(store, kept, [DONE]) == 0
    assert take_over_cells(store, kept, [DONE], needed=["trial-plain.json"]) == 0
    assert CellFolder.of(store, DONE).read() is None


@pytest.mark.parametrize("is_kept", [True, False])
def test_nothing_of_a_forgotten_cell_is_left(tmp_path: Path, *, is_kept: bool) -> None:
    """Times and hard sets of another training would be taken for those of the next one."""
    store = tmp_path / "other"
    own = CellFolder.of(store, DONE)
    own.write(CellResult(error="", scores={"map50": 0.5}, facts={}, device="test"))
    own.write_pieces(Pieces(seconds=[480.0]))
    (own.root / "trial-hair.json").write_text("{}", encoding="utf-8")
    kept = tmp_path / "kept" if is_kept else None
    assert take_over_cells(store, kept, [DONE], needed=["trial-plain.json"]) == 0
    assert not own.root.exists()


def test_answers_that_were_put_right_among_the_kept_stay_right(tmp_path: Path) -> None:
    store, kept = tmp_path / "store", tmp_path / "kept"
    fill(store)
    keep_cells(store, kept, [DONE])
    mended = kept / DONE / "faces.parquet"
    mended.write_bytes(b"mended")
    keep_cells(store, kept, [DONE])
    assert mended.read_bytes() == b"mended"


def test_another_training_takes_the_place_of_the_kept_one_as_a_whole(tmp_path: Path) -> None:
    store, kept = tmp_path / "store", tmp_path / "kept"
    fill(store)
    keep_cells(store, kept, [DONE])
    (kept / DONE / "trial-hair.json").write_text("{}", encoding="utf-8")
    again = CellResult(error="", scores={"map50": 0.6}, facts={}, device="other")
    CellFolder.of(store, DONE).write(again, Answers(faces=[], boxes=[]))
    keep_cells(store, kept, [DONE])
    assert CellFolder(kept / DONE).read() == again
    assert not (kept / DONE / "trial-hair.json").exists()
