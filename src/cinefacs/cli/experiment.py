"""``cinefacs experiment``."""

import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cinefacs.cli.extras import require_train_extra
from cinefacs.executors import ExecutorName
from cinefacs.experiments.config import ExperimentName, Scale

if TYPE_CHECKING:
    from cinefacs.experiments.run import ExperimentSummary

__all__ = ["experiment"]

Flag = Annotated[bool, Parameter(negative="")]


def experiment(
    name: ExperimentName,
    /,
    *,
    scale: Scale = "smoke",
    store: Path = Path("experiments"),
    out: Path | None = None,
    data: Path | None = None,
    config: Path | None = None,
    repeats: int | None = None,
    executor: ExecutorName = "inline",
    workers: Annotated[int, Parameter(alias="-j")] = 1,
    ray_address: str | None = None,
    stop_after: float | None = None,
    kept: Path | None = None,
    retry: Flag = False,
    show_config: Flag = False,
    device: str = "cpu",
    json: Flag = False,
) -> int:
    """Repeat an experiment of the paper: trainings, tables, figures. Run it again and it goes on.

    Parameters
    ----------
    name
        attention (table 1), compare (table 2, figure 8), repeat (figure 9), confusion (figure 7),
        ablate, robustness.
    scale
        smoke (minutes, tiny networks: shows that it runs), bench (hours on two cores), paper (a
        graphics card, whole frames, 100 epochs).
    store
        Folder of pictures, trainings and numbers of all experiments; nothing in it is computed
        twice.
    out
        Folder of tables and figures; results/NAME-SCALE in the store when left out.
    data
        A data set of your own, made by `datasets build --space emotion`, in place of the synthetic
        one.
    config
        YAML file in place of the shipped one; --show-config prints that one to start from.
    repeats
        Trainings of each network, in place of the configuration's.
    executor
        inline (one after the other), processes (several at a time, the cores divided), ray (a
        cluster; needs the extra cluster).
    workers
        Trainings at a time, and processes that draw pictures.
    ray_address
        Of a Ray cluster that runs, such as auto; a local one is started when left out.
    stop_after
        Minutes after which trainings stop and results are written of what is there; the same
        command goes on.
    kept
        Folder of finished cells, such as results/cells of the repository: their numbers are taken
        over where the store lacks them, and those of the store are added.
    retry
        Run again what failed.
    show_config
        Print the configuration and do nothing.
    device
        cpu, cuda, or another accelerator.
    json
        Print one JSON document on stdout.
    """
    from cinefacs.errors import ConfigError  # noqa: PLC0415  (kept out of --help)
    from cinefacs.experiments.config import load_experiment, shipped_path  # noqa: PLC0415

    settings = load_experiment(name, scale, config).with_repeats(repeats)
    if show_config:
        path = config or shipped_path(name, scale)
        sys.stdout.write(path.read_text(encoding="utf-8"))
        return 0
    if stop_after is not None and stop_after <= 0:
        raise ConfigError(f"--stop-after: expected minutes above 0, got {stop_after:g}")
    require_train_extra("experiment")
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415
    from cinefacs.detectors.training.precision import has_bf16  # noqa: PLC0415
    from cinefacs.executors import make_executor  # noqa: PLC0415
    from cinefacs.experiments.run import run_experiment  # noqa: PLC0415

    if settings.train.precision == "bf16" and not has_bf16(device):
        sys.stderr.write(
            f"note: {device} only imitates bf16, five times slower than fp32 or more: cells that "
            "are not finished take long; with --config and precision: fp32 others are trained\n"
        )
    chosen = make_executor(executor, n_workers=workers, address=ray_address)
    with ProgressView() as progress:
        summary = run_experiment(
            name,
            scale,
            settings,
            store=store,
            executor=chosen,
            out=out,
            data=data,
            device=device,
            n_workers=workers,
            retry=retry,
            kept=kept,
            stop_after_s=None if stop_after is None else 60 * stop_after,
            on_step=progress.show,
        )
    _show(summary, is_json=json)
    return 0


def _show(summary: "ExperimentSummary", *, is_json: bool) -> None:
    if is_json:
        document = summary.as_document()
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False, default=str) + "\n")
        return
    rows, failed = summary.outcome.rows, summary.outcome.failed
    n_left = len(summary.outcome.missing)
    sys.stdout.write(
        f"{summary.name}, {summary.scale}: {len(rows) - n_left - len(failed)} of {len(rows)} "
        f"cells done, {len(failed)} failed, {n_left} not run\nlook at: {summary.page_path}\n"
    )
    for row in failed:
        sys.stderr.write(f"failed: {row.network}, repeat {row.repeat}: {row.reason}\n")
    if n_left:
        sys.stderr.write("hint: run the same command again to go on from here\n")
