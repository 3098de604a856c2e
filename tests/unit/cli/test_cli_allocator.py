"""On the command line tables take their memory from the system's allocator, if nobody says else."""

import os
import subprocess
import sys

import pyarrow as pa
import pytest

ASK = """
import sys
from cinefacs.cli.app import run
assert "pyarrow" not in sys.modules
run(["models", "list"])
import pyarrow
print(pyarrow.default_memory_pool().backend_name)
"""


@pytest.mark.parametrize(("chosen", "expected"), [(None, "system"), ("mimalloc", "mimalloc")])
def test_the_systems_allocator_serves_tables(chosen: str | None, expected: str) -> None:
    if expected not in {*pa.supported_memory_backends()}:
        pytest.skip(f"this build of pyarrow has no {expected}")
    environment = dict(os.environ)
    environment.pop("ARROW_DEFAULT_MEMORY_POOL", None)
    if chosen is not None:
        environment["ARROW_DEFAULT_MEMORY_POOL"] = chosen
    said = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines()[-1] == expected
