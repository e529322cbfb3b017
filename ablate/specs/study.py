"""A study as a value: question, base configuration, factors, design, baseline, seeds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from ablate.specs.configuration import Configuration
from ablate.specs.value import Value


class Design(StrEnum):
    """How factors become combinations."""

    FACTORIAL = "factorial"


class Split(StrEnum):
    """Parts of a data set."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Direction(StrEnum):
    """Which way is better."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"


class Metric(StrEnum):
    """What is measured on every split."""

    ACCURACY = "accuracy"
    LOSS = "loss"


class Objective(Value):
    """The one number that combinations are compared by."""

    metric: Metric = Metric.ACCURACY
    split: Split = Split.TEST
    direction: Direction = Direction.MAXIMIZE


class Resources(Value):
    """What a trial may use. `auto` is decided by the executor from what the machine has."""

    workers: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    gpus_per_trial: Annotated[int, Field(ge=0, le=1)] | Literal["auto"] = "auto"
    threads_per_trial: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"


class Level(Value):
    """A value that a factor takes: a label, and the settings (dotted path to value) that it stands for."""

    label: str
    settings: dict[str, JsonValue]


class Factor(Value):
    """A named part of the configuration that is varied; `name` is as in the study file."""

    name: str
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]


Choice = dict[str, str]
"""One level label for every factor (or, in a rule, for some), by factor name."""


class StudySpec(Value):
    """A checked study: every field is legal by itself, and the baseline and rules name existing levels."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.=-]*$", max_length=100)]
    question: str
    expects: str = ""
    base: Configuration = Configuration()
    factors: tuple[Factor, ...]
    design: Design = Design.FACTORIAL
    baseline: Choice
    exclude: tuple[Choice, ...] = ()
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    objective: Objective = Objective()
    resources: Resources = Resources()

    def short_names(self) -> dict[str, str]:
        """For every factor the last part of its dotted path, or the whole path where that is not unique."""
        last = [factor.name.rpartition(".")[2] for factor in self.factors]
        return {
            f.name: short if last.count(short) == 1 else f.name for f, short in zip(self.factors, last, strict=True)
        }
