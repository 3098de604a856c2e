"""Memory of tables is given back, and only what is free."""

import pyarrow as pa

from cinefacs.storage.memory import release_memory


def test_what_is_in_use_is_not_released() -> None:
    values = pa.array(range(10_000))
    release_memory()
    assert values.to_pylist() == list(range(10_000))
