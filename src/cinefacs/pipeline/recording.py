"""Cameras and streams of a run, recorded into the study."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

from cinefacs.errors import CinefacsError, FilmError
from cinefacs.media.record import record_stream
from cinefacs.pipeline.analyze_sources import Stream
from cinefacs.records.step import Step
from cinefacs.storage.study import StudyLayout

__all__ = ["record_streams"]


def record_streams(
    streams: Sequence[Stream],
    layout: StudyLayout,
    *,
    max_seconds: float | None,
    on_step: Callable[[Step], None],
) -> tuple[list[Path], dict[str, CinefacsError]]:
    """Record one stream after the other; Ctrl-C ends a recording, not the run.

    Parameters
    ----------
    streams
        What to record.
    layout
        The study; recordings stay in it.
    max_seconds
        Longest recording, s; None for no limit.
    on_step
        Told the seconds recorded.

    Returns
    -------
    paths, failed
        The recordings, and why some could not be made, by stream.
    """
    paths: list[Path] = []
    failed: dict[str, CinefacsError] = {}
    n_total = None if max_seconds is None else round(max_seconds)
    for number, stream in enumerate(streams, start=1):
        name = f"camera {stream}" if isinstance(stream, int) else stream
        time = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        path = layout.recording_dir / f"{time}-{number:02d}.mkv"

        def tell(n_done: int, name: str = name) -> None:
            on_step(
                Step(name=f"recording {name} (Ctrl-C ends)", n_done=n_done, n_total=n_total,
                     unit="s")
            )  # fmt: skip

        try:
            record_stream(stream, path, max_seconds=max_seconds, on_second=tell)
        except FilmError as error:
            failed[str(stream)] = error
            continue
        paths.append(path)
    return paths, failed
