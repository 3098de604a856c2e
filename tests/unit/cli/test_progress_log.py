"""Progress in a log: how far a step is, and how long it will go on at its pace so far."""

import itertools
from types import SimpleNamespace

import pytest

from cinefacs.cli import progress
from cinefacs.cli.progress import ProgressView
from cinefacs.records.step import Step


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a minute pass from one look at the clock to the next."""
    minutes = itertools.count()
    slow = SimpleNamespace(monotonic=lambda: 60.0 * next(minutes))
    monkeypatch.setattr(progress, "time", slow)


def step(n_done: int, n_total: int | None = 1000, name: str = "films") -> Step:
    return Step(name=name, n_done=n_done, n_total=n_total, unit="frames")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("n_first", "n_then", "left"),
    [
        (0, 100, ", about 9 min left"),
        (500, 600, ", about 4 min left"),  # what an earlier run did says nothing of the pace
        (0, 600, ", about 40 s left"),
        (0, 10, ", about 1 h 39 min left"),
        (0, 2, ""),
        (100, 100, ""),
        (1000, 1000, ""),
    ],
)
def test_the_time_left_follows_the_pace_of_this_run(
    n_first: int, n_then: int, left: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProgressView() as view:
        view.show(step(n_first))
        view.show(step(n_then))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"films: {n_first} of 1000 frames", f"films: {n_then} of 1000 frames{left}"]


@pytest.mark.usefixtures("clock")
def test_a_step_of_unknown_length_tells_no_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressView() as view:
        view.show(step(1, None))
        view.show(step(5, None))
        view.show(step(7, 10, name="next"))
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["films: 1 frames", "films: 5 frames", "next: 7 of 10 frames"]
