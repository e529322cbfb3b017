"""A model that learns: with its optimizer and schedule, at a step."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from timm.utils import ModelEmaV3
from torch import Tensor, nn
from torch.optim import Optimizer

from ablate.errors import AblateError
from ablate.specs import TrainingSpec
from ablate.training.checkpoint import Checkpoint
from ablate.training.data import Batch
from ablate.training.divergence import Watch
from ablate.training.pieces import Pieces
from ablate.training.processes import ALONE, Processes
from ablate.training.progress import Progress
from ablate.training.recipe import create_optimizer, create_schedule
from ablate.training.shortage import give_back, is_out_of_memory
from ablate.training.streams import Stream, move_generators

LOGGER = logging.getLogger(__name__)


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
        if recipe.channels_last:
            model = model.to(memory_format=torch.channels_last)
        optimizer = create_optimizer(model, recipe)
        self._schedule = create_schedule(optimizer, recipe, steps_per_epoch)
        self.model: nn.Module
        self.model, self._optimizer = accelerator.prepare(model, optimizer)
        self.plain_model: nn.Module = accelerator.unwrap_model(self.model)
        """The model without what shares it among processes."""
        self._plain_optimizer: Optimizer = self._optimizer.optimizer
        self._forward = torch.compile(self.model, dynamic=False) if recipe.compile else self.model
        self._average = _average_of(self.plain_model, recipe)
        self._watch = Watch()
        self._is_whole = True

    @property
    def evaluated_model(self) -> nn.Module:
        """The moving average of the weights where there is one, else the weights themselves."""
        return self.plain_model if self._average is None else self._average.module

    @property
    def is_whole(self) -> bool:
        """Whether no step is half done: whatever interrupts the update of the weights leaves something that is not."""
        return self._is_whole

    def take_step(self, batch: Batch) -> None:
        """Learn from one batch; the gradient is the mean over the whole batch, of which each process has its share.

        Where memory runs out, the batch is computed again in pieces of half the size, whose gradients add up to the
        same. Several processes would have to agree on that in the midst of a sum: there the error passes.

        Torch's default generators are moved: call it within `kept_generators`.
        """
        while True:
            try:
                loss, norm, logits = self._compute(batch)
                break
            except (RuntimeError, MemoryError) as error:
                if self.processes.count > 1 or not is_out_of_memory(error) or not self._halve(batch, error):
                    raise
            give_back()  # here, where the error no longer holds on to what was computed
        with self._updating():
            self._update()
            self.progress.advance()
            self._schedule.step_update(self.progress.step)
            if self._average is not None:
                self._average.update(self.plain_model, self.progress.step)
            # Where half precision overflows, the step is left out and the next is scaled down: no divergence.
            self._watch.add(loss, None if self.accelerator.optimizer_step_was_skipped else norm)
            self.progress.tally.add(logits[: batch.counted], batch.labels[: batch.counted])

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
        return Checkpoint(
            progress=self.progress,
            tallies=self.processes.gather(self.progress.tally),
            model=self.plain_model.state_dict(),
            optimizer=self._optimizer.state_dict(),
            average=None if self._average is None else self._average.module.state_dict(),
            scaler=None if self.accelerator.scaler is None else self.accelerator.scaler.state_dict(),
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from there."""
        self.plain_model.load_state_dict(checkpoint.model)
        self._optimizer.load_state_dict(checkpoint.optimizer)
        if self._average is not None and checkpoint.average is not None:
            self._average.module.load_state_dict(checkpoint.average)
        if self.accelerator.scaler is not None and checkpoint.scaler is not None:
            self.accelerator.scaler.load_state_dict(checkpoint.scaler)
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
        """About what a checkpoint holds: weights, two moments of each, and their average where there is one."""
        copies = 3 if self._average is None else 4
        return copies * sum(parameter.nbytes for parameter in self.model.parameters())

    def _compute(self, batch: Batch) -> tuple[Tensor, Tensor | None, Tensor]:
        """Gradients of the whole batch; its loss, the gradients' norm where they are clipped, and the logits."""
        pieces = Pieces(batch, self.micro_batch_size)
        losses: list[Tensor] = []
        logits: list[Tensor] = []
        self._plain_optimizer.zero_grad(set_to_none=True)
        for number, piece in enumerate(pieces):
            place = (self.progress.epoch, self.progress.batches, self.processes.rank, *((number,) if number else ()))
            move_generators(self.seed, Stream.DROPOUT, *place)
            with self._summing(is_last=number == len(pieces) - 1):
                loss, scores = self._backward(piece)
            losses.append(loss)
            logits.append(scores)
        norm = None
        if self.recipe.gradient_clip is not None:
            self.accelerator.unscale_gradients()
            norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.gradient_clip)
        if len(pieces) == 1:
            return losses[0], norm, logits[0]
        return torch.stack(losses).sum(), norm, torch.cat(logits)

    def _update(self) -> None:
        """Accelerate's step is for its scaler; where there is none it only looks for a package on the disk, twice."""
        if self.accelerator.scaler is None:
            self._plain_optimizer.step()
        else:
            self._optimizer.step()

    def _backward(self, piece: Batch) -> tuple[Tensor, Tensor]:
        """Add a piece's gradients; its weighted loss and its logits."""
        pixels = piece.pixels
        if self.recipe.channels_last:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        with self.accelerator.autocast():
            logits: Tensor = self._forward(pixels)
        aim = piece.labels if piece.targets is None else piece.targets
        loss = F.cross_entropy(logits.float(), aim, label_smoothing=self.recipe.label_smoothing)
        if piece.weight != 1.0:
            loss = loss * piece.weight
        self.accelerator.backward(loss)
        return loss.detach(), logits.detach()

    @property
    def micro_batch_size(self) -> int | None:
        """How many images are computed at once: what the recipe says, or less since memory ran out."""
        return self.progress.micro_batch_size or self.recipe.micro_batch_size

    def _halve(self, batch: Batch, error: BaseException) -> bool:
        """Whether smaller pieces are possible; then they are taken from now on."""
        size = min(self.micro_batch_size or len(batch), len(batch))
        if size == 1:
            return False
        self.progress.micro_batch_size = -(-size // 2)
        self.progress.memory_halvings += 1
        LOGGER.warning(
            "memory ran out with %d images at once (%s): going on with %d at once, whose gradients add up to those of "
            "the same batch",
            size,
            " ".join(str(error).split())[:200],
            self.progress.micro_batch_size,
        )
        return True

    def _summing(self, *, is_last: bool) -> AbstractContextManager[None]:
        """Gradients are summed over processes once for each batch, with its last piece."""
        if is_last or self.processes.count == 1:
            return nullcontext()
        unsummed: AbstractContextManager[None] = self.accelerator.no_sync(self.model)
        return unsummed

    def _learning_rate(self, step: int) -> float:
        """The learning rate that step `step` (from 1) was taken with; the schedule is a function of the step alone."""
        self._schedule.step_update(step - 1)
        rate: float = max(group["lr"] for group in self._optimizer.param_groups)  # lower layers may have less
        self._schedule.step_update(self.progress.step)
        return rate

    @contextmanager
    def _updating(self) -> Iterator[None]:
        self._is_whole = False
        yield
        self._is_whole = True


def _average_of(model: nn.Module, recipe: TrainingSpec) -> ModelEmaV3 | None:
    """timm's moving average; its decay grows to the recipe's, so that a short training does not average its start."""
    return None if recipe.ema_decay is None else ModelEmaV3(model, decay=recipe.ema_decay, use_warmup=True)
