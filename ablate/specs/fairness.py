"""What makes a comparison fair beyond seeds: equal cost, and an equal budget of tuning."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from ablate.specs.value import Value


class Cost(StrEnum):
    """What is held equal: learned parameters, multiply-accumulates, or measured seconds of one forward pass."""

    PARAMETERS = "parameters"
    MACS = "macs"
    LATENCY = "latency"


class Match(Value):
    """Vary one setting of every combination until its cost is that of the baseline, within `tolerance` (a fraction)."""

    cost: Cost = Cost.PARAMETERS
    to: Literal["baseline"] | Annotated[float, Field(gt=0, allow_inf_nan=False)] = "baseline"
    vary: str = "model.widths"
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.02


class Matched(Value):
    """What matching came to for one combination: the value found, its cost, and whether it is within the tolerance."""

    cost: Cost
    target: float
    reached: float
    setting: str
    value: JsonValue
    is_met: bool


class Sampler(StrEnum):
    """How values are proposed, by Optuna's samplers."""

    TPE = "tpe"
    GP = "gp"
    CMA_ES = "cma-es"
    QMC = "qmc"
    RANDOM = "random"


class Pruner(StrEnum):
    """When a tuning trial is cut short, by Optuna's pruners."""

    NONE = "none"
    MEDIAN = "median"
    HYPERBAND = "hyperband"
    SUCCESSIVE_HALVING = "successive-halving"
    WILCOXON = "wilcoxon"


class Range(Value):
    """Numbers from `low` to `high`, both included; whole ones if `is_whole`; evenly in the logarithm if `log`."""

    low: float
    high: float
    log: bool = False
    is_whole: bool = False


class Options(Value):
    """One of a few values."""

    values: Annotated[tuple[str | int | float | bool, ...], Field(min_length=1)]


class Tune(Value):
    """The same budget of tuning for every combination: `trials` tries at the settings, judged on validation images.

    Every try trains with `seed`; what it finds is used by all the combination's replicates. It is none of theirs: a
    replicate that repeats the best try to the bit would bring the luck that it was chosen for.
    """

    settings: Annotated[dict[str, Range | Options], Field(min_length=1)]
    trials: Annotated[int, Field(ge=1, le=10_000)]
    sampler: Sampler = Sampler.TPE
    pruner: Pruner = Pruner.NONE
    seed: Annotated[int, Field(ge=0)] = 2**31 - 1
