"""A model that learns: with its optimizer and schedule, at a step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn

from ablate.errors import AblateError
from ablate.specs import TrainingSpec
from ablate.training.checkpoint import Checkpoint
from ablate.training.data import Images
from ablate.training.divergence import Watch
from ablate.training.processes import ALONE, Processes
from ablate.training.progress import Progress
from ablate.training.recipe import create_optimizer, create_schedule
from ablate.training.streams import Stream, move_generators


class Learner:
    """What a step changes. Whatever a step draws is a function of (seed, epoch, step), so any step is a safe place."""

    def __init__(
        self,
        model: nn.Module,
        recipe: TrainingSpec,
        accelerator: Accelerator,
        seed: int,
        steps_per_epoch: int,
        processes: Processes = ALONE,
    ) -> None:
        self.recipe, self.accelerator, self.seed, self.steps_per_epoch = recipe, accelerator, seed, steps_per_epoch
        self.processes = processes
        self.progress = Progress()
        optimizer = create_optimizer(model, recipe)
        self._schedule = create_schedule(optimizer, recipe, steps_per_epoch)
        self.model: nn.Module
        self.model, self._optimizer = accelerator.prepare(model, optimizer)
        self._watch = Watch()
        self._is_whole = True

    @property
    def plain_model(self) -> nn.Module:
        """The model without what shares it among processes."""
        model: nn.Module = self.accelerator.unwrap_model(self.model)
        return model

    @property
    def is_whole(self) -> bool:
        """Whether no step is half done: whatever interrupts the update of the weights leaves something that is not."""
        return self._is_whole

    def take_step(self, batch: Images) -> None:
        """Learn from one batch, of which each process takes its share; the gradient is the mean over the whole batch.

        Torch's default generators are moved: call it within `kept_generators`.
        """
        share = self.processes.share(batch)
        labels = share.images.labels
        move_generators(self.seed, Stream.DROPOUT, self.progress.epoch, self.progress.batches, self.processes.rank)
        with self.accelerator.autocast():
            logits: Tensor = self.model(share.images.pixels)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=self.recipe.label_smoothing)
        if share.weight != 1.0:
            loss = loss * share.weight
        self._optimizer.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        norm = None
        if self.recipe.gradient_clip is not None:
            norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.recipe.gradient_clip)
        with self._updating():
            self._optimizer.step()
            self.progress.advance()
            self._schedule.step_update(self.progress.step)
            self._watch.add(loss, norm)
            self.progress.tally.add(logits[: share.counted], labels[: share.counted])

    def end_epoch(self) -> None:
        """The pass over the training images is done, with its metrics."""
        with self._updating():
            self.progress.end_epoch()

    def check_finite(self) -> None:
        """Look at the losses since the last look. Raises `Diverged`."""
        self._watch.check(self.progress, self.steps_per_epoch, self._learning_rate, self.processes)

    def checkpoint(self) -> Checkpoint:
        """All that it takes to go on from here; all processes take it together.

        Raises `Diverged` rather than keep weights that are no good.
        """
        self.check_finite()
        tallies = self.processes.gather(self.progress.tally)
        return Checkpoint(self.progress, tallies, self.plain_model.state_dict(), self._optimizer.state_dict())

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from there."""
        self.plain_model.load_state_dict(checkpoint.model)
        self._optimizer.load_state_dict(checkpoint.optimizer)
        self.progress = checkpoint.progress
        self.progress.tally = checkpoint.tallies[self.processes.rank].to(self.accelerator.device)
        self._schedule.step_update(self.progress.step)

    def require_same_place(self) -> None:
        """Raises `AblateError` unless all processes, which ask together, have come equally far."""
        step = self.processes.follow_first(self.progress.step)
        if step != self.progress.step:
            raise AblateError(
                f"process {self.processes.rank} would go on from step {self.progress.step}, the first one from step "
                f"{step}: all must be able to read the same checkpoints"
            )

    def payload_bytes(self) -> int:
        """About what a checkpoint holds: weights and two moments of each."""
        return 3 * sum(parameter.nbytes for parameter in self.model.parameters())

    def _learning_rate(self, step: int) -> float:
        """The learning rate that step `step` (from 1) was taken with; the schedule is a function of the step alone."""
        self._schedule.step_update(step - 1)
        rate: float = self._optimizer.param_groups[0]["lr"]
        self._schedule.step_update(self.progress.step)
        return rate

    @contextmanager
    def _updating(self) -> Iterator[None]:
        self._is_whole = False
        yield
        self._is_whole = True
