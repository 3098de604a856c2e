"""What happens around the epochs of a training."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import lightning.pytorch as pl
import torch

from cinefacs.detectors.data.views import EpochSampler, EvaluationViews
from cinefacs.detectors.evaluation.report import (
    Evaluation,
    evaluate_detections,
    write_evaluation,
)
from cinefacs.detectors.evaluation.run import find_in_views
from cinefacs.detectors.protocol import FindOptions
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.fitting import WEIGHTS_NAME, Fitting
from cinefacs.detectors.training.module import TrainingModule
from cinefacs.detectors.training.results import write_results
from cinefacs.detectors.training.settle import settle_norms
from cinefacs.detectors.training.state import Progress, TrainingState, optimizer_tensors
from cinefacs.detectors.weights.card import WeightsCard
from cinefacs.detectors.weights.files import write_weights
from cinefacs.detectors.yolo_detection import YoloDetection
from cinefacs.records.step import Step

if TYPE_CHECKING:
    from torch.utils.data import DataLoader

__all__ = ["Epochs", "is_stuck", "state_tensors"]


_MEASURED = tuple(
    f"val/{name}" for name in ("map50", "map50_95", "precision", "recall", "f1", "threshold")
)


class Epochs(pl.Callback):
    """Seeds, validation, the best weights, the state, the next order, stopping.

    Parameters
    ----------
    fitting
        What is trained, and where to.
    progress
        Where it stands; changed at the end of each epoch.
    state
        Files that a resumption reads.
    loader
        Of the training.
    sampler
        Whose epoch is set.
    on_step
        Told after each batch.
    """

    def __init__(
        self,
        fitting: Fitting,
        progress: Progress,
        state: TrainingState,
        loader: "DataLoader[Any]",
        *,
        sampler: EpochSampler,
        on_step: Callable[[Step], None] | None,
    ) -> None:
        self._fitting, self._progress, self._state = fitting, progress, state
        self._loader, self._sampler, self._on_step = loader, sampler, on_step
        self._views = EvaluationViews(fitting.val_set, fitting.input_spec)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Seed what draws from torch (the rivals' sampling) by the epoch alone."""
        del trainer
        module = _as_module(pl_module)
        torch.manual_seed(self._fitting.seed * 1_000_003 + module.epoch)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: object, batch: object,
        batch_idx: int,
    ) -> None:  # fmt: skip
        """Report a batch."""
        del outputs, batch
        if self._on_step is not None and trainer.is_global_zero:
            epoch = _as_module(pl_module).epoch + 1
            name = f"epoch {epoch} of {self._fitting.config.epochs}"
            total = len(self._loader)
            self._on_step(Step(name=name, n_done=batch_idx + 1, n_total=total, unit="batches"))

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Measure, keep the best, write the state, and set the order of the next epoch."""
        module = _as_module(pl_module)
        self._sampler.epoch = module.epoch + 1
        if trainer.is_global_zero:
            self._finish_epoch(module, trainer)
        stop = trainer.strategy.broadcast(is_stuck(self._progress, self._fitting.config), src=0)
        if stop:
            trainer.should_stop = True

    def _finish_epoch(self, module: TrainingModule, trainer: pl.Trainer) -> None:
        fitting, progress = self._fitting, self._progress
        epoch = module.epoch
        losses = {f"train/{name}": value for name, value in module.mean_losses().items()}
        row: dict[str, float | None] = {"epoch": float(epoch + 1), **losses}
        is_measured = _is_measured(epoch + 1, fitting.config)
        row |= self._validate(module) if is_measured else dict.fromkeys(_MEASURED)
        row["lr"] = module.rate
        progress.rows.append(row)
        for logger in trainer.loggers:
            said = {name: value for name, value in row.items() if value is not None}
            logger.log_metrics(said, step=epoch + 1)
        progress.n_epochs_done = epoch + 1
        progress.n_updates = module.averaged.n_updates
        write_results(fitting.folder / "results.csv", progress.rows)
        self._state.write(progress, state_tensors(module))

    def _validate(self, module: TrainingModule) -> dict[str, float | None]:
        """Measure, and keep the weights where they are the best so far."""
        self._settle(module)
        evaluation = self._evaluate(module)
        score = evaluation.means.map50_95
        if score > self._progress.best_score:
            self._progress.best_score, self._progress.best_epoch = score, module.epoch
            self._keep_best(module, evaluation)
        values = evaluation.as_document()
        return {name: float(values[name.removeprefix("val/")]) for name in _MEASURED}

    def _settle(self, module: TrainingModule) -> None:
        n = self._fitting.config.settle_batches
        if n:
            views = self._loader.dataset
            batch = self._fitting.config.batch
            keys = [(module.epoch, i) for i in range(min(len(views), n * batch))]  # type: ignore[arg-type]
            images = [
                torch.stack([views[key].image for key in keys[i : i + batch]]).to(module.device)
                for i in range(0, len(keys), batch)
            ]
            network = module.averaged.network
            if isinstance(network, YoloDetection):
                settle_norms(network, network.run_once, images)

    def _evaluate(self, module: TrainingModule) -> Evaluation:
        config = self._fitting.config
        detections, truth = find_in_views(
            module.averaged.network,  # type: ignore[arg-type]
            self._views,
            options=FindOptions(),
            batch=config.batch,
            device=str(module.device),
        )
        return evaluate_detections(detections, truth, warnings=self._fitting.warnings)

    def _keep_best(self, module: TrainingModule, evaluation: Evaluation) -> None:
        fitting = self._fitting
        network = fitting.network
        record = {
            "seed": fitting.seed,
            "epoch": module.epoch + 1,
            "epochs": fitting.config.epochs,
            "n_training_pictures": len(fitting.train_set),
            "n_validation_pictures": len(fitting.val_set),
            "digest": fitting.digest,
            "map50": evaluation.means.map50,
            "map50_95": evaluation.means.map50_95,
            "warnings": list(fitting.warnings),
        }
        card = WeightsCard(
            network=network.config,
            class_space=network.class_space,
            input_spec=fitting.input_spec,
            training=record,
            threshold=evaluation.threshold,
        )
        write_weights(fitting.folder / WEIGHTS_NAME, module.averaged.network, card)
        write_evaluation(fitting.folder, evaluation)


def _as_module(module: pl.LightningModule) -> TrainingModule:
    if not isinstance(module, TrainingModule):
        raise TypeError(f"expected a TrainingModule, got {type(module).__name__}")
    return module


def is_stuck(progress: Progress, config: TrainConfig) -> bool:
    """Return whether a score was measured now, and has not risen for as long as patience lasts."""
    has_score = progress.best_epoch >= 0 and _is_measured(progress.n_epochs_done, config)
    n_since = progress.n_epochs_done - 1 - progress.best_epoch
    return config.patience > 0 and has_score and n_since >= config.patience


def _is_measured(n_epochs_done: int, config: TrainConfig) -> bool:
    """Return whether validation follows the last one of so many epochs."""
    return n_epochs_done % config.validate_every == 0 or n_epochs_done == config.epochs


def state_tensors(module: TrainingModule) -> dict[str, torch.Tensor]:
    """Return everything that a resumption needs, under names that say whose it is."""
    parts = {
        "network": module.network.state_dict(),
        "averaged": module.averaged.network.state_dict(),
        "optimizer": optimizer_tensors(module.optimizer),
    }
    return {f"{part}|{name}": t for part, group in parts.items() for name, t in group.items()}
