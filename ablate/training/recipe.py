"""Optimizer and learning-rate schedule of a training, through timm's factories."""

from __future__ import annotations

from typing import assert_never

from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler, StepLRScheduler
from timm.scheduler.scheduler import Scheduler
from torch import nn
from torch.optim import Optimizer

from ablate.specs import Schedule, TrainingSpec


def create_optimizer(model: nn.Module, spec: TrainingSpec) -> Optimizer:
    """timm's optimizer of that name; biases and norms are not decayed."""
    return create_optimizer_v2(
        model, opt=spec.optimizer.value, lr=spec.learning_rate, weight_decay=spec.weight_decay, filter_bias_and_bn=True
    )


def create_schedule(optimizer: Optimizer, spec: TrainingSpec, steps_per_epoch: int) -> Scheduler:
    """The course of the learning rate by step: linear warm-up, then `spec.schedule`.

    timm's schedulers are not torch's: call `step_update(step)` after each step.
    """
    steps, warmup = spec.epochs * steps_per_epoch, spec.warmup_epochs * steps_per_epoch
    match spec.schedule:
        case Schedule.COSINE:
            return CosineLRScheduler(
                optimizer, t_initial=steps - warmup, warmup_t=warmup, warmup_prefix=True, t_in_epochs=False
            )
        case Schedule.CONSTANT:
            return StepLRScheduler(
                optimizer, decay_t=steps + 1, decay_rate=1.0, warmup_t=warmup, warmup_prefix=True, t_in_epochs=False
            )
        case _:
            assert_never(spec.schedule)
