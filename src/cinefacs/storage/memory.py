"""Keep no more memory for tables than the tables need."""

import pyarrow as pa

__all__ = ["release_memory"]


def release_memory() -> None:
    """Give back to the system what was freed, by whatever part of the program.

    Takes some milliseconds. That tables take their memory from the system's own allocator is
    settled in ``cinefacs/__init__.py``.
    """
    pa.default_memory_pool().release_unused()
