"""The training step, as Lightning runs it."""

from collections.abc import Sequence

import lightning.pytorch as pl
import torch
from torch import Tensor
from torch.optim import Optimizer

from cinefacs.detectors.protocol import DetectionNetwork, PictureTruth
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.schedule import (
    AveragedWeights,
    build_optimizer,
    learning_rate,
)
from cinefacs.errors import TrainingError

__all__ = ["TrainingModule"]


class TrainingModule(pl.LightningModule):
    """A network, its averaged weights, and one step.

    Parameters
    ----------
    network
        That is trained.
    config
        Rates and averaging.
    steps_per_epoch
        Of this process.
    first_epoch
        Where a resumed training goes on.
    """

    def __init__(
        self,
        network: DetectionNetwork,
        config: TrainConfig,
        *,
        steps_per_epoch: int,
        first_epoch: int = 0,
    ) -> None:
        super().__init__()
        self.network = network
        self.averaged = AveragedWeights(network, config)
        self._config = config
        self._steps_per_epoch = steps_per_epoch
        self._first_epoch = first_epoch
        self.optimizer = build_optimizer(network, config)
        self.sums: dict[str, float] = {}
        self.n_steps_of_epoch = 0
        self.rate = 0.0

    @property
    def epoch(self) -> int:
        """Epoch from 0, those before a resumption included."""
        return self._first_epoch + self.current_epoch

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimiser."""
        return self.optimizer

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,  # noqa: ARG002
        gradient_clip_algorithm: str | None = None,  # noqa: ARG002
    ) -> None:
        """Shorten the slopes' vector; Lightning's own way refuses fused optimisers."""
        learned = [p for group in optimizer.param_groups for p in group["params"]]
        torch.nn.utils.clip_grad_norm_(learned, self._config.clip_norm)

    def on_fit_start(self) -> None:
        """Put the averaged weights where the network is."""
        self.averaged.network.to(self.device)

    def on_train_epoch_start(self) -> None:
        """Forget the last epoch's sums, and draw anew from the epoch's own seed."""
        self.sums, self.n_steps_of_epoch = {}, 0

    def on_train_batch_start(self, batch: object, batch_idx: int) -> None:  # noqa: ARG002
        """Set the rate of the step."""
        step = self.epoch * self._steps_per_epoch + batch_idx
        self.rate = learning_rate(
            step,
            n_steps=self._config.epochs * self._steps_per_epoch,
            steps_per_epoch=self._steps_per_epoch,
            config=self._config,
        )
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate

    def training_step(self, batch: tuple[Tensor, Sequence[PictureTruth]], batch_idx: int) -> Tensor:
        """Return the loss of a batch.

        Raises
        ------
        TrainingError
            It is no number.
        """
        images, truth = batch
        if self._config.channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        parts = self.network.losses(images, truth)
        loss = torch.stack([part.float() for part in parts.values()]).sum()
        if not torch.isfinite(loss.detach()):
            said = ", ".join(f"{name} {float(part.detach()):g}" for name, part in parts.items())
            raise TrainingError(
                f"loss: expected a finite number in epoch {self.epoch + 1}, batch {batch_idx + 1}, "
                f"got {said}",
                hint="lower --learning-rate, or look for boxes of no size in the data",
            )
        for name, part in parts.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(part.detach())
        self.n_steps_of_epoch += 1
        return loss

    def on_train_batch_end(self, outputs: object, batch: object, batch_idx: int) -> None:  # noqa: ARG002
        """Let the averaged weights follow."""
        self.averaged.update(self.network)

    def mean_losses(self) -> dict[str, float]:
        """Return the mean of each part of the loss over the epoch."""
        return {name: total / self.n_steps_of_epoch for name, total in self.sums.items()}
