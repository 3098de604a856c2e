"""`live`: faces of a camera, a stream or a film as they come, on a page of this machine."""

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from cinefacs.media.live_source import SystemClock, name_live_source, open_live_source
from cinefacs.pipeline.annotate import make_hiding_finder
from cinefacs.pipeline.live_config import LiveConfig
from cinefacs.pipeline.live_faces import LiveFaces
from cinefacs.pipeline.live_run import LiveJob, LiveSummary, make_board, run_live
from cinefacs.reports.live_server import LiveServer
from cinefacs.storage.atomic import check_new
from cinefacs.storage.facs_files import read_rule_table
from cinefacs.weights.shipped import shipped_detector

__all__ = ["LiveSummary", "live"]

_LAST_LOOK_S = 1.0
"""How long the page is served after the source has ended: it asks for news twice a second."""


def live(
    source: str | int | Path,
    *,
    on_address: Callable[[str], None],
    weights: str | Path | None = None,
    config: LiveConfig | None = None,
    hides_faces: bool = False,
    out: str | Path | None = None,
    force: bool = False,
    device: str = "CPU",
) -> LiveSummary:
    """Read a source to its end, or until Ctrl-C, and serve a page that shows it meanwhile.

    Parameters
    ----------
    source
        Number of a webcam, address of a stream, or a film; a film is played on its own clock.
    on_address
        Told where the page is.
    weights
        Folder that ``cinefacs export`` made; the weights that come along when None.
    config
        What can be set; defaults when None.
    hides_faces
        Hide all faces that are found; the picture is `DeidentifyConfig.hold_s` late then.
    out
        Folder for ``events.parquet`` and ``live.json``; None writes nothing.
    force
        Write over what is in `out`.
    device
        OpenVINO device of all networks.

    Raises
    ------
    ConfigError
        The page's address is not this machine's own, its port is taken, or the detector knows no
        action unit.
    ModelError
        The weights or a face model cannot be read, or there is no such device.
    FilmError
        There is no such source, or it broke off; what was found until then is kept.
    StudyError, StorageError
        Something is in `out` already; the disk refused.
    """
    config = config or LiveConfig()
    folder = None if out is None else Path(out)
    if folder is not None:
        check_new(folder, force=force)
    rules = read_rule_table(config.events.rules)
    name = name_live_source(source)
    board = make_board(name, config)
    clock = SystemClock()
    with (
        closing(LiveServer(board, config.page)) as server,
        closing(
            LiveFaces(
                shipped_detector() if weights is None else Path(weights),
                faces=config.faces,
                readability=config.readability,
                read=config.read,
                device=device,
            )
        ) as analyser,
        closing(open_live_source(source, drops_frames=config.drops_frames, clock=clock)) as frames,
    ):
        job = LiveJob(
            source=frames,
            analyser=analyser,
            name=name,
            config=config,
            rules=rules,
            find_faces=make_hiding_finder(config.hide, device=device) if hides_faces else None,
            out=folder,
            clock=clock,
        )
        on_address(server.address)
        summary = run_live(job, board)
        if not summary.is_interrupted:
            with suppress(KeyboardInterrupt):
                clock.wait_until(clock.now_s() + _LAST_LOOK_S)
        return summary
