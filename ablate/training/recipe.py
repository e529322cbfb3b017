"""Optimizer and learning-rate schedule of a training, through timm's factories."""

from __future__ import annotations

import warnings
from typing import Any, assert_never

import timm
from timm.optim import create_optimizer_v2, list_optimizers
from timm.scheduler import create_scheduler_v2
from timm.scheduler.scheduler import Scheduler
from torch import nn
from torch.optim import Optimizer

from ablate.errors import InputError
from ablate.specs import Schedule, TrainingSpec
from ablate.specs.optimizers import find_optimizer_refusal


def create_optimizer(model: nn.Module, spec: TrainingSpec) -> Optimizer:
    """timm's optimizer of that name; biases and norms are not decayed.

    With `layer_decay` the groups of parameters have rates of their own, each a fraction of the schedule's.

    Raises:
        InputError: this training cannot use the optimizer, the installed timm does not have it, or the model does not
            say what its layers are.
    """
    name = spec.optimizer.value
    reason = find_optimizer_refusal(spec.optimizer)
    if reason is not None:
        raise InputError(reason)
    if name not in list_optimizers():
        raise InputError(_too_old(f"training.optimizer {name}"))
    if spec.layer_decay is not None and not hasattr(model, "group_matcher"):
        raise InputError(
            f"training.layer_decay is {spec.layer_decay}, but {type(model).__name__} has no group_matcher that tells "
            "its layers: give it one, as timm's models have, or leave layer_decay out"
        )
    with warnings.catch_warnings():
        # kron is as right without that package, and its products are too small for the order to matter
        warnings.filterwarnings("ignore", message=".*opt_einsum")
        return create_optimizer_v2(
            model,
            opt=name,
            lr=spec.learning_rate,
            weight_decay=spec.weight_decay,
            filter_bias_and_bn=True,
            layer_decay=spec.layer_decay,
            **_options(spec.canonical()),
        )


def create_schedule(optimizer: Optimizer, spec: TrainingSpec, steps_per_epoch: int) -> Scheduler:
    """The course of the learning rate by step: linear warm-up, then `spec.schedule`.

    timm's schedulers are not torch's: call `step_update(step)` after each step.

    Raises:
        InputError: the installed timm does not have the schedule.
    """
    warmup = spec.warmup_epochs * steps_per_epoch
    # An epoch of timm's factory is one step here, so that nothing is rounded.
    try:
        schedule: Scheduler | None = create_scheduler_v2(
            optimizer,
            num_epochs=spec.epochs * steps_per_epoch - warmup,
            warmup_epochs=warmup,
            warmup_lr=spec.warmup_learning_rate,
            min_lr=spec.minimum_learning_rate,
            step_on_epochs=False,
            updates_per_epoch=1,
            **{"warmup_prefix": True, **_course(spec, steps_per_epoch)},
        )[0]
    except ValueError:
        schedule = None
    if schedule is None:
        raise InputError(_too_old(f"training.schedule {spec.schedule}"))
    return schedule


def _options(spec: TrainingSpec) -> dict[str, Any]:
    """What timm's optimizer is told beyond its own defaults."""
    options: dict[str, Any] = {"momentum": spec.momentum, "betas": spec.betas, "eps": spec.epsilon}
    if spec.optimizer.value.startswith("kron"):
        # it draws from its own state then, which checkpoints hold and which all processes share
        options["deterministic"] = True
    return {option: value for option, value in options.items() if value is not None}


def _course(spec: TrainingSpec, steps_per_epoch: int) -> dict[str, Any]:
    """What timm's factory is told of the schedule, in steps."""
    decay = (spec.decay_epochs or 0) * steps_per_epoch
    match spec.schedule:
        case Schedule.COSINE | Schedule.TANH:
            return {"sched": spec.schedule.value}
        case Schedule.CONSTANT:
            return {"sched": "step", "decay_epochs": spec.epochs * steps_per_epoch + 1, "decay_rate": 1.0}
        case Schedule.STEP:
            return {"sched": "step", "decay_epochs": decay, "decay_rate": spec.decay_rate, "warmup_prefix": False}
        case Schedule.MULTISTEP:
            # timm's milestone m is in force from m - 1 on
            milestones = [epoch * steps_per_epoch + 1 for epoch in spec.decay_milestones or ()]
            return {
                "sched": "multistep",
                "decay_milestones": milestones,
                "decay_rate": spec.decay_rate,
                "warmup_prefix": False,
            }
        case Schedule.POLY:
            return {"sched": "poly", "decay_rate": spec.decay_power}
        case Schedule.WSD:
            return {"sched": "wsd", "decay_epochs": decay}
        case _:
            assert_never(spec.schedule)


def _too_old(subject: str) -> str:
    return f"{subject} is not in the installed timm {timm.__version__}: install a newer timm, or choose another"
