"""How a model is trained, as a value."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, assert_never

from pydantic import Field

from ablate.specs.augmentation import AugmentationSpec
from ablate.specs.optimizers import Optimizer, find_optimizer_refusal, options_of
from ablate.specs.value import Value


class Schedule(StrEnum):
    """Course of the learning rate after warm-up, by timm's names.

    `cosine`, `tanh` and `poly` fall all the way to the last step; `wsd` stays, then falls over the last
    `decay_epochs` (warm-up, stable, decay; 1 minus a square root); `step` falls by `decay_rate` every `decay_epochs`
    and `multistep` at `decay_milestones`, both counted from the first epoch; `constant` stays.
    """

    COSINE = "cosine"
    CONSTANT = "constant"
    STEP = "step"
    MULTISTEP = "multistep"
    POLY = "poly"
    TANH = "tanh"
    WSD = "wsd"


class Precision(StrEnum):
    """Arithmetic of the forward pass, by Accelerate's names. `fp16` needs a GPU."""

    FLOAT32 = "no"
    BFLOAT16 = "bf16"
    FLOAT16 = "fp16"


Rate = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Epochs = Annotated[int, Field(ge=1)]


class TrainingSpec(Value):
    """Epochs, batches, optimizer and schedule. `learning_rate` is the peak, reached after `warmup_epochs`.

    `batch_size` is what one step of the optimizer learns from, over all processes; it is computed in pieces of
    `micro_batch_size` images where that is given, whose gradients add up to those of the whole batch. The rate is
    taken as it stands: it is not scaled with the batch. `ema_decay` keeps an exponential moving average of the
    weights, which is then what is evaluated.

    `momentum`, `betas` and `epsilon` are timm's for the optimizer where they are None. `layer_decay` multiplies the
    rate of every layer by that factor for each layer between it and the head. Warm-up is a line from
    `warmup_learning_rate`; schedules that fall to the last step fall to `minimum_learning_rate`, `poly` as
    (1 - progress) ** `decay_power`. What an optimizer or schedule does not read changes nothing.
    """

    epochs: Annotated[int, Field(ge=1)] = 30
    batch_size: Annotated[int, Field(ge=1)] = 64
    micro_batch_size: Annotated[int, Field(ge=1)] | None = None
    optimizer: Optimizer = Optimizer.ADAMW
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2e-3
    weight_decay: Rate = 0.05
    momentum: Annotated[float, Field(ge=0, lt=1)] | None = None
    betas: Annotated[tuple[Annotated[float, Field(ge=0, lt=1)], ...], Field(min_length=1)] | None = None
    epsilon: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    layer_decay: Annotated[float, Field(gt=0, le=1)] | None = None
    schedule: Schedule = Schedule.COSINE
    warmup_epochs: Annotated[int, Field(ge=0)] = 3
    warmup_learning_rate: Rate = 0.0
    minimum_learning_rate: Rate = 0.0
    decay_epochs: Epochs | None = None
    decay_milestones: Annotated[tuple[Epochs, ...], Field(min_length=1)] | None = None
    decay_rate: Annotated[float, Field(gt=0, lt=1)] = 0.1
    decay_power: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.1
    gradient_clip: Annotated[float, Field(gt=0)] | None = None
    augmentation: AugmentationSpec = AugmentationSpec()
    ema_decay: Annotated[float, Field(gt=0, lt=1)] | None = None
    precision: Precision = Precision.FLOAT32
    compile: bool = False
    channels_last: bool = False

    def canonical(self) -> TrainingSpec:
        """The same training with every unread field at its default."""
        options = options_of(self.optimizer)
        readers = {**_READERS, "warmup_learning_rate": tuple(Schedule) if self.warmup_epochs else ()}
        is_read = {
            "momentum": options.momentum,
            "betas": options.betas > 0,
            "epsilon": options.epsilon,
            **{field: self.schedule in schedules for field, schedules in readers.items()},
        }
        unread = [field for field, read in is_read.items() if not read]
        return self.model_copy(update={field: type(self).model_fields[field].default for field in unread})

    def refusal(self) -> str | None:
        """Why this cannot be trained, or None."""
        if self.warmup_epochs >= self.epochs:
            return (
                f"training.warmup_epochs {self.warmup_epochs} leaves nothing of training.epochs {self.epochs}: "
                "warm up for fewer epochs than there are"
            )
        return find_optimizer_refusal(self.optimizer) or self._betas_refusal() or self._rate_refusal()

    def _betas_refusal(self) -> str | None:
        count = options_of(self.optimizer).betas
        if self.betas is None or count in (0, len(self.betas)):
            return None
        return f"training.betas has {len(self.betas)} entries, optimizer {self.optimizer} reads {count}: give {count}"

    def _rate_refusal(self) -> str | None:
        """Why the learning rate cannot take the course that is asked for, or None."""
        read = self.canonical()
        for field in ("warmup_learning_rate", "minimum_learning_rate"):
            value = getattr(read, field)
            if value > self.learning_rate:
                return f"training.{field} {value} is above training.learning_rate {self.learning_rate}: give less"
        match self.schedule:
            case Schedule.COSINE | Schedule.CONSTANT | Schedule.POLY | Schedule.TANH:
                return None
            case Schedule.STEP:
                return self._decay_refusal("decay_epochs", self.decay_epochs, self.epochs - 1, "30")
            case Schedule.WSD:
                return self._decay_refusal("decay_epochs", self.decay_epochs, self.epochs - self.warmup_epochs, "10")
            case Schedule.MULTISTEP:
                milestones = self.decay_milestones
                if milestones is not None and list(milestones) != sorted(set(milestones)):
                    return f"training.decay_milestones {list(milestones)} do not rise: give each epoch once, in order"
                last = milestones[-1] if milestones else None
                return self._decay_refusal("decay_milestones", last, self.epochs - 1, "[30, 60, 80]")
            case _:
                assert_never(self.schedule)

    def _decay_refusal(self, field: str, epochs: int | None, most: int, example: str) -> str | None:
        if epochs is None:
            return f"schedule {self.schedule} needs training.{field}: give it, such as {example}"
        if epochs > most:
            return (
                f"training.{field} reaches {epochs}, which schedule {self.schedule} never comes to in training.epochs "
                f"{self.epochs} with training.warmup_epochs {self.warmup_epochs}: give at most {most}"
            )
        return None


_READERS: dict[str, tuple[Schedule, ...]] = {
    "minimum_learning_rate": (Schedule.COSINE, Schedule.POLY, Schedule.TANH, Schedule.WSD),
    "decay_epochs": (Schedule.STEP, Schedule.WSD),
    "decay_milestones": (Schedule.MULTISTEP,),
    "decay_rate": (Schedule.STEP, Schedule.MULTISTEP),
    "decay_power": (Schedule.POLY,),
}
"""Which schedules read a field."""
