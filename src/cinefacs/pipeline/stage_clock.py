"""How long each stage of a pass took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["StageClock"]


class StageClock:
    """Sum the time of each stage; what runs inside another stage does not count for the outer."""

    def __init__(self) -> None:
        self.times_s: dict[str, float] = {}
        """Time of each stage so far, s."""
        self._inner_s: list[float] = []

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Count the time of a block for a stage."""
        start_s = time.perf_counter()
        self._inner_s.append(0.0)
        try:
            yield
        finally:
            whole_s = time.perf_counter() - start_s
            own_s = whole_s - self._inner_s.pop()
            self.times_s[stage] = self.times_s.get(stage, 0.0) + own_s
            if self._inner_s:
                self._inner_s[-1] += whole_s
