"""A trial and what comes out of it: the values that cross the boundary between orchestrator and job."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from ablate.specs.configuration import Configuration
from ablate.specs.study import Split
from ablate.specs.value import Value


class TrialSpec(Value):
    """Combination x seed: the unit that is planned, run, stored and counted."""

    study: str
    configuration: Configuration
    seed: Annotated[int, Field(ge=0)]

    @property
    def name(self) -> str:
        """Stable identity within the study, also its directory: `<configuration hash>-s<seed>`."""
        return f"{self.configuration.hash()}-s{self.seed}"


class Device(StrEnum):
    """Where a job computes."""

    CPU = "cpu"
    CUDA = "cuda"


class JobSpec(Value):
    """`spec.json`: one attempt at a trial, and what it may use.

    `gpu` is the index of the one visible GPU; None computes on the CPU. `threads` are CPU threads: part of the
    record because the order of a sum, and so its last bits, depends on them.
    """

    trial: TrialSpec
    attempt: Annotated[int, Field(ge=1)]
    threads: Annotated[int, Field(ge=1)] = 1
    gpu: int | None = None

    @property
    def device(self) -> Device:
        """The kind of device that the job computes on."""
        return Device.CPU if self.gpu is None else Device.CUDA


class MetricRecord(Value):
    """One line of `metrics.jsonl`: the metrics of one split after `step` epochs.

    `time` is seconds since 1970 UTC. `values` maps a metric's name (`accuracy` as a fraction, `loss` in nats) to
    its value.
    """

    step: Annotated[int, Field(ge=0)]
    split: Split
    time: float
    values: dict[str, float]


class Environment(Value):
    """What a job ran on: package versions, hardware, and the code's commit (None outside a checkout)."""

    packages: dict[str, str]
    hardware: dict[str, JsonValue]
    commit: str | None = None
    is_clean: bool | None = None


class Failure(Value):
    """Why a job failed: the error's type, its one-line message, and the traceback."""

    kind: str
    message: str
    traceback: str = ""


class Costs(Value):
    """What one combination costs: learned parameters, and multiply-accumulates of one image's forward pass."""

    parameters: int
    macs: int


class SplitRecord(Value):
    """Which images a split held: how many, how many of each class, and the SHA-256 of their indices."""

    images: int
    images_per_class: tuple[int, ...]
    fingerprint: str


class TrialResult(Value):
    """`result.json`: how an attempt ended, by its own word. Written once, by atomic rename, as the last act."""

    trial: str
    attempt: int
    status: Literal["complete", "failed"]
    started: float
    ended: float
    environment: Environment
    failure: Failure | None = None
    costs: Costs | None = None
    splits: dict[Split, SplitRecord] = {}
    training_seconds: float | None = None
