"""Keep no more memory for tables than the tables need."""

import pyarrow as pa

__all__ = ["release_memory"]


def release_memory() -> None:
    """Give back to the system what was freed, by whatever part of the program.

    Takes some milliseconds. How much is given back is up to the allocator that serves tables: the
    command line chooses the system's own (``cinefacs/cli/app.py``), which gives back all.
    """
    pa.default_memory_pool().release_unused()
