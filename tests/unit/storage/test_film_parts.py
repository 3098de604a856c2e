"""Parts of a film that is being read: nothing lost, nothing doubled."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from cinefacs.storage.film_parts import FilmParts

SCHEMAS = {
    "tracks": pa.schema([pa.field("n", pa.int64(), nullable=False)]),
    "shot": pa.schema([pa.field("m", pa.int64(), nullable=False)]),
}


def table(kind: str, *values: int) -> pa.Table:
    return pa.Table.from_arrays([pa.array(values, pa.int64())], schema=SCHEMAS[kind])


def numbers(parts: FilmParts, kind: str) -> list[int]:
    return [row for piece in parts.iterate(kind) for row in piece.column(0).to_pylist()]


def test_a_checkpoint_holds_values_and_arrays(tmp_path: Path) -> None:
    parts = FilmParts(tmp_path, SCHEMAS)
    assert parts.checkpoint() is None
    assert parts.arrays() == {}
    for n_shots in (1, 2):
        parts.save({"n_shots": n_shots, "next_pts": 77}, {"rows": np.arange(n_shots)})
    again = FilmParts(tmp_path, SCHEMAS)
    assert again.checkpoint() == {"n_shots": 2, "next_pts": 77}
    np.testing.assert_array_equal(again.arrays()["rows"], [0, 1])
    assert len(list(tmp_path.glob("arrays-*"))) == 1


def test_arrays_that_a_killed_run_left_go_with_the_next_checkpoint(tmp_path: Path) -> None:
    FilmParts(tmp_path, SCHEMAS).save({"n_shots": 1}, {"rows": np.zeros(1)})
    (tmp_path / "arrays-00000002.npz").write_bytes(b"written, but without its checkpoint")
    again = FilmParts(tmp_path, SCHEMAS)
    np.testing.assert_array_equal(again.arrays()["rows"], [0])
    again.save({"n_shots": 3}, {"rows": np.ones(1)})
    assert [path.name for path in tmp_path.glob("arrays-*")] == ["arrays-00000003.npz"]
    again.save({"n_shots": 3}, {"rows": np.full(1, 2)})
    np.testing.assert_array_equal(again.arrays()["rows"], [2])


def test_parts_come_back_in_the_order_of_shots(tmp_path: Path) -> None:
    parts = FilmParts(tmp_path, SCHEMAS)
    for shot_index in (10, 9, 0):
        with parts.start_shot(shot_index) as shot:
            shot.write("tracks", table("tracks", shot_index, shot_index))
            shot.write("tracks", table("tracks", -shot_index))
            shot.write("shot", table("shot"))
    assert numbers(parts, "tracks") == [0, 0, 0, 9, 9, -9, 10, 10, -10]
    assert numbers(parts, "shot") == []


def test_a_second_attempt_replaces_the_first(tmp_path: Path) -> None:
    parts = FilmParts(tmp_path, SCHEMAS)
    with parts.start_shot(0) as shot:
        shot.write("tracks", table("tracks", 1))
        shot.write("shot", table("shot", 1))
    with parts.start_shot(0) as shot:
        shot.write("tracks", table("tracks", 2))
    assert numbers(parts, "tracks") == [2]
    assert numbers(parts, "shot") == []


def test_a_broken_shot_leaves_nothing(tmp_path: Path) -> None:
    parts = FilmParts(tmp_path, SCHEMAS)
    with pytest.raises(RuntimeError, match="stop"), parts.start_shot(0) as shot:
        shot.write("tracks", table("tracks", 1))
        raise RuntimeError("stop")
    assert list(tmp_path.iterdir()) == []
    parts.remove()
    assert not tmp_path.exists()
