"""How a model is trained, as a value."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ablate.specs.augmentation import AugmentationSpec
from ablate.specs.value import Value


class Optimizer(StrEnum):
    """Update rules, by timm's names."""

    ADAMW = "adamw"
    SGD = "sgd"


class Schedule(StrEnum):
    """Course of the learning rate after warm-up."""

    COSINE = "cosine"
    CONSTANT = "constant"


class Precision(StrEnum):
    """Arithmetic of the forward pass, by Accelerate's names. `fp16` needs a GPU."""

    FLOAT32 = "no"
    BFLOAT16 = "bf16"
    FLOAT16 = "fp16"


class TrainingSpec(Value):
    """Epochs, batches, optimizer and schedule. `learning_rate` is the peak, reached after `warmup_epochs`.

    `batch_size` is what one step of the optimizer learns from, over all processes; it is computed in pieces of
    `micro_batch_size` images where that is given, whose gradients add up to those of the whole batch. `ema_decay`
    keeps an exponential moving average of the weights, which is then what is evaluated.
    """

    epochs: Annotated[int, Field(ge=1)] = 30
    batch_size: Annotated[int, Field(ge=1)] = 64
    micro_batch_size: Annotated[int, Field(ge=1)] | None = None
    optimizer: Optimizer = Optimizer.ADAMW
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2e-3
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.05
    schedule: Schedule = Schedule.COSINE
    warmup_epochs: Annotated[int, Field(ge=0)] = 3
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.1
    gradient_clip: Annotated[float, Field(gt=0)] | None = None
    augmentation: AugmentationSpec = AugmentationSpec()
    ema_decay: Annotated[float, Field(gt=0, lt=1)] | None = None
    precision: Precision = Precision.FLOAT32
    compile: bool = False
    channels_last: bool = False

    def refusal(self) -> str | None:
        """Why this cannot be trained, or None."""
        if self.warmup_epochs >= self.epochs:
            return (
                f"training.warmup_epochs {self.warmup_epochs} leaves nothing of training.epochs {self.epochs}: "
                "warm up for fewer epochs than there are"
            )
        return None
