"""Tables take their memory from the system's allocator, unless somebody chose another."""

import os
import subprocess
import sys

import pyarrow as pa
import pytest

from cinefacs.storage.memory import release_memory

ASK = "import cinefacs, pyarrow; print(pyarrow.default_memory_pool().backend_name)"


@pytest.mark.parametrize(("chosen", "expected"), [(None, "system"), ("mimalloc", "mimalloc")])
def test_the_system_s_allocator_serves_tables(chosen: str | None, expected: str) -> None:
    if expected not in {*pa.supported_memory_backends()}:
        pytest.skip(f"this build of pyarrow has no {expected}")
    environment = dict(os.environ)
    environment.pop("ARROW_DEFAULT_MEMORY_POOL", None)
    if chosen is not None:
        environment["ARROW_DEFAULT_MEMORY_POOL"] = chosen
    said = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == expected


def test_what_is_in_use_is_not_released() -> None:
    values = pa.array(range(10_000))
    release_memory()
    assert values.to_pylist() == list(range(10_000))
