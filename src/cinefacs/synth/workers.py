"""Processes that draw, and what becomes of them when the process that started them is killed."""

import multiprocessing
import os
import threading

__all__ = ["follow_parent"]


def follow_parent() -> None:
    """Let this process end once its parent was killed: the next run makes its film anew."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
