"""How long a job still takes, from how fast it was."""

import pytest

from cinefacs.cli.progress import time_left
from cinefacs.records.step import Step


def step(n_done: int, n_total: int | None = 1000) -> Step:
    return Step(name="x", n_done=n_done, n_total=n_total, unit="parts")


@pytest.mark.parametrize(
    ("n_done", "seconds", "said"),
    [
        (500, 30, ", about 30 s left"),
        (500, 600, ", about 10 min left"),
        (100, 3600, ", about 9 h 00 min left"),
        (5, 10, ""),
        (0, 10, ""),
    ],
)
def test_time_left_follows_from_the_pace(n_done: int, seconds: float, said: str) -> None:
    assert time_left(step(n_done), first=step(0), seconds=seconds) == said


def test_what_was_done_before_does_not_make_it_look_fast() -> None:
    assert time_left(step(950), first=step(900), seconds=60) == ", about 60 s left"


def test_nothing_is_said_of_a_job_without_an_end() -> None:
    assert time_left(step(5, None), first=step(0, None), seconds=1) == ""
