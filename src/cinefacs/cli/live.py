"""``cinefacs live``: faces of a camera, a stream or a film as they come, on a page."""

import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cinefacs.pipeline.live_config import LiveConfig

if TYPE_CHECKING:
    from cinefacs.pipeline.live_run import LiveSummary

__all__ = ["live"]

Flag = Annotated[bool, Parameter(negative="")]


def live(
    source: str,
    /,
    *,
    weights: Path | None = None,
    config: Path | None = None,  # noqa: ARG001  (read by yaml_flags before the call)
    options: Annotated[LiveConfig, Parameter(name="*")] = LiveConfig(),  # noqa: B008  (frozen)
    deidentify: Flag = False,
    out: Path | None = None,
    force: Flag = False,
    device: str = "CPU",
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Show faces and events of a camera, a stream or a film while they happen.

    Live events are first impressions: what `analyze` says of the same film is what counts.

    Parameters
    ----------
    source
        A webcam's number, an RTSP or HTTP address, or a film.
    weights
        Folder that `cinefacs export` made; the weights that come along when left out.
    config
        YAML file with any of the options below; flags win over it.
    deidentify
        Hide all faces that are found; the picture is half a second late then.
    out
        Folder for events.parquet and live.json; nothing is written when left out.
    force
        Write over what is in the folder.
    device
        OpenVINO device that runs all networks.
    json
        Print one JSON document on stdout at the end.
    """
    from cinefacs.pipeline.live import live as run_live  # noqa: PLC0415  (kept out of --help)

    summary = run_live(
        source,
        on_address=_tell_address,
        weights=weights,
        config=options,
        hides_faces=deidentify,
        out=out,
        force=force,
        device=device,
    )
    if json:
        document = {"out": None if out is None else str(out), **summary.as_document()}
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        _show(summary, out)
    return 0


def _tell_address(address: str) -> None:
    sys.stderr.write(f"look at: {address} (Ctrl-C ends it)\n")
    sys.stderr.flush()


def _show(summary: "LiveSummary", out: Path | None) -> None:
    sys.stdout.write(
        f"{summary.source}: {summary.n_shown:,} frames shown, {summary.n_dropped:,} dropped, "
        f"{summary.n_events:,} event{'' if summary.n_events == 1 else 's'}\n"
    )
    if out is not None:
        sys.stdout.write(f"wrote {out}\n")
