"""Train a detector: epochs, validation, the best weights, and going on after a kill."""

import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from torch.utils.data import DataLoader

from cinefacs.detectors.data.views import EpochSampler, TrainingViews, collate
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.epochs import Epochs, is_stuck
from cinefacs.detectors.training.fitting import WEIGHTS_NAME, Fitting
from cinefacs.detectors.training.module import TrainingModule
from cinefacs.detectors.training.state import Progress, TrainingState, restore_optimizer
from cinefacs.detectors.weights.files import load_strictly
from cinefacs.errors import ConfigError, TrainingError
from cinefacs.records.step import Step

__all__ = ["FitResult", "fit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FitResult:
    """What a training came to."""

    folder: Path
    """Where everything lies."""
    weights_path: Path
    """The best weights."""
    best_epoch: int
    """Epoch of the best score, from 1."""
    best_score: float
    """mAP50-95 on validation."""
    n_epochs: int
    """Epochs run in all."""
    was_finished: bool
    """Whether nothing was left to do when it was called."""
    seconds: float
    """Time of this call."""


def fit(fitting: Fitting, *, on_step: Callable[[Step], None] | None = None) -> FitResult:
    """Train, or go on where a killed training was.

    Parameters
    ----------
    fitting
        What and how.
    on_step
        Told after each batch.

    Raises
    ------
    TrainingError
        The loss is no number, memory ran out, or the state on disk is damaged.
    ConfigError
        The sets have other classes than the network.
    """
    _check_classes(fitting)
    started = time.monotonic()
    state = TrainingState(fitting.folder)
    kept = state.read()
    progress, tensors = kept or (Progress(digest=fitting.digest), {})
    if progress.digest != fitting.digest:
        raise ConfigError(
            f"{fitting.folder}: expected the training that was begun there, got another "
            "configuration, data set or network",
            hint="choose another --out, or start anew with --force",
        )
    was_finished = progress.is_finished
    if not was_finished:
        with _clear_errors(fitting.config), _quiet():
            _run(fitting, progress, tensors, state, on_step)
    return FitResult(
        folder=fitting.folder,
        weights_path=fitting.folder / WEIGHTS_NAME,
        best_epoch=progress.best_epoch + 1,
        best_score=progress.best_score,
        n_epochs=progress.n_epochs_done,
        was_finished=was_finished,
        seconds=time.monotonic() - started,
    )


def _check_classes(fitting: Fitting) -> None:
    for name, labelled in (("training", fitting.train_set), ("validation", fitting.val_set)):
        if labelled.class_space.names != fitting.network.class_space.names:
            raise ConfigError(
                f"{name} set: expected the classes {fitting.network.class_space.names}, "
                f"got {labelled.class_space.names}"
            )


def _part(tensors: dict[str, torch.Tensor], part: str) -> dict[str, torch.Tensor]:
    prefix = f"{part}|"
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def _run(
    fitting: Fitting,
    progress: Progress,
    tensors: dict[str, torch.Tensor],
    state: TrainingState,
    on_step: Callable[[Step], None] | None,
) -> None:
    config = fitting.config
    if is_stuck(progress, config):  # killed after the last epoch, before it was called finished
        state.finish(progress)
        return
    torch.manual_seed(fitting.seed)
    trainer = _trainer(fitting, progress)
    rank, n_ranks = trainer.global_rank, trainer.world_size
    views = TrainingViews(
        fitting.train_set, fitting.input_spec, config.augment,
        seed=fitting.seed, n_epochs=config.epochs,
    )  # fmt: skip
    sampler = EpochSampler(len(views), seed=fitting.seed, rank=rank, n_ranks=n_ranks)
    sampler.epoch = progress.n_epochs_done
    # An iterator draws a seed for its workers. A process makes its first one before the epoch is
    # seeded, later ones after that; drawn from torch's own generator, it would shift what
    # dropout and sampling draw. No view reads the workers' seeds.
    loader: DataLoader[Any] = DataLoader(
        views, batch_size=config.batch, sampler=sampler, num_workers=config.workers,
        collate_fn=collate, generator=torch.Generator(),
    )  # fmt: skip
    network = fitting.network.train()
    if config.channels_last:
        network.to(memory_format=torch.channels_last)
    if tensors:
        load_strictly(network, _part(tensors, "network"), where="state")
    module = TrainingModule(
        network, config, steps_per_epoch=len(loader), first_epoch=progress.n_epochs_done
    )
    if tensors:
        load_strictly(module.averaged.network, _part(tensors, "averaged"), where="state")
        module.averaged.n_updates = progress.n_updates
        restore_optimizer(module.optimizer, _part(tensors, "optimizer"))
    around = Epochs(fitting, progress, state, loader, sampler=sampler, on_step=on_step)
    trainer.callbacks.append(around)  # type: ignore[attr-defined]
    trainer.fit(module, loader)
    if trainer.is_global_zero:
        state.finish(progress)


def _trainer(fitting: Fitting, progress: Progress) -> pl.Trainer:
    config = fitting.config
    loggers: list[Any] = []
    if config.tensorboard:
        from lightning.pytorch.loggers import TensorBoardLogger  # noqa: PLC0415

        loggers.append(TensorBoardLogger(str(fitting.folder), name="tensorboard", version=""))
    if config.mlflow:
        loggers.append(_mlflow_logger(fitting.folder))
    return pl.Trainer(
        accelerator=fitting.device,
        devices=config.devices,
        num_nodes=config.nodes,
        strategy="ddp" if config.devices * config.nodes > 1 else "auto",
        precision="bf16-mixed" if config.precision == "bf16" else "32-true",
        max_epochs=config.epochs - progress.n_epochs_done,
        use_distributed_sampler=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=loggers,
        default_root_dir=str(fitting.folder),
    )


def _mlflow_logger(folder: Path) -> Any:  # noqa: ANN401
    """Return what writes into ``mlruns``, or to the server that ``MLFLOW_TRACKING_URI`` names."""
    # As it comes, mlflow sends usage events home, and 3.x refuses plain files for its database.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    place = os.environ.get("MLFLOW_TRACKING_URI") or (folder / "mlruns").resolve().as_uri()
    try:
        from lightning.pytorch.loggers import MLFlowLogger  # noqa: PLC0415

        return MLFlowLogger(experiment_name="cinefacs", tracking_uri=place)
    except ModuleNotFoundError as error:
        raise ConfigError(
            "mlflow: expected the package, got none", hint="pip install mlflow-skinny"
        ) from error


@contextmanager
def _clear_errors(config: TrainConfig) -> Iterator[None]:
    """Turn running out of memory into one clear error."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        said = str(error)
        is_memory = isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
            words in said for words in ("out of memory", "not enough memory", "can't allocate")
        )
        if not is_memory:
            raise
        raise TrainingError(
            f"memory: expected room for batches of {config.batch} at {config.side_px} px, "
            f"got: {said.splitlines()[0] if said else 'none'}",
            hint="lower --batch or --side-px",
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Lightning's adverts and advice from the user; its errors stay."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\..*")
            warnings.filterwarnings("ignore", message=".*does not have many workers.*")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
