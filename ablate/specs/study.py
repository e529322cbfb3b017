"""A study as a value: question, base configuration, factors, design, baseline, seeds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from ablate.specs.configuration import Configuration
from ablate.specs.design import Choice, Design, Factor, Override, When
from ablate.specs.fairness import Match, Tune
from ablate.specs.source import Source
from ablate.specs.value import Value


class Split(StrEnum):
    """Parts of a data set. `unspecified`: numbers that were imported, and whose images are not known."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    UNSPECIFIED = "unspecified"


class Direction(StrEnum):
    """Which way is better."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"


class Metric(StrEnum):
    """What is measured on every split."""

    ACCURACY = "accuracy"
    LOSS = "loss"


class Objective(Value):
    """The one number that combinations are compared by.

    `equivalence` is the largest difference that does not matter, in the metric's own unit (of an accuracy: 0.005 is
    half a percentage point). Only with it can two combinations be found equivalent.

    Of imported runs, whose split is unspecified, `metric` is the name that the source has for it, and `unit` its unit
    where one was given.
    """

    metric: Annotated[
        Metric | Annotated[str, Field(min_length=1, max_length=64)], Field(union_mode="left_to_right")
    ] = Metric.ACCURACY
    split: Split = Split.TEST
    direction: Direction = Direction.MAXIMIZE
    equivalence: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    unit: Annotated[str, Field(min_length=1, max_length=16)] | None = None


class Resources(Value):
    """What a trial may use. `auto` is decided by the executor from what the machine has.

    `gpus_per_trial` is a whole number, or a fraction where several trials share a GPU (0.5: two). `processes` train one
    trial together, each with its share of every batch: on GPUs one for each that the trial has, on the CPU one unless
    more are asked for. `attempts` is how often in one run a trial is tried whose process dies or runs out of memory.
    """

    workers: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    gpus_per_trial: Annotated[float, Field(ge=0, allow_inf_nan=False)] | Literal["auto"] = "auto"
    processes: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    threads_per_trial: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    attempts: Annotated[int, Field(ge=1)] = 3


class StudySpec(Value):
    """A checked study: every field is legal by itself, and the baseline and rules name existing levels."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.=-]*$", max_length=100)]
    question: str
    expects: str = ""
    base: Configuration | None = Configuration()
    """None where the runs were made elsewhere and imported."""
    recipe: str | None = None
    """The named recipe that `base` began from; `base` holds what became of it."""
    factors: tuple[Factor, ...]
    design: Design = Design.FACTORIAL
    baseline: Choice
    exclude: tuple[Choice, ...] = ()
    when: tuple[When, ...] = ()
    overrides: tuple[Override, ...] = ()
    fraction: Annotated[int, Field(ge=2)] | None = None
    """For design `fraction`: the denominator, a power of two."""
    off: Choice = {}
    """For design `leave-one-out`: the level at which each factor is off."""
    listed: tuple[Choice, ...] = ()
    """For design `listed`: the choices."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    match: Match | None = None
    tune: Tune | None = None
    objective: Objective = Objective()
    resources: Resources = Resources()
    source: Source | None = None
    """Where the runs were imported from; None for a study that is run here."""

    def short_names(self) -> dict[str, str]:
        """For every factor the last part of its dotted path, or the whole path where that is not unique."""
        last = [factor.name.rpartition(".")[2] for factor in self.factors]
        return {
            f.name: short if short and last.count(short) == 1 else f.name
            for f, short in zip(self.factors, last, strict=True)
        }
