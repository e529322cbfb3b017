"""A trial and what comes out of it: the values that cross the boundary between orchestrator and job."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from ablate.specs.configuration import Configuration
from ablate.specs.measures import Measures
from ablate.specs.study import Split
from ablate.specs.value import Value


class TrialSpec(Value):
    """Combination x seed: the unit that is planned, run, stored and counted.

    Where the study tunes, `combination` is the hash of the combination, whose configuration the tuned one differs
    from; and a trial with a number `tuning` (from 1) is one try at the settings, never a replicate.
    """

    study: str
    configuration: Configuration
    seed: Annotated[int, Field(ge=0)]
    combination: str | None = None
    tuning: Annotated[int, Field(ge=0)] = 0

    @property
    def combination_hash(self) -> str:
        """The combination that the trial belongs to."""
        return self.combination or self.configuration.hash()

    @property
    def name(self) -> str:
        """Identity within the study, also its directory: `<combination>-s<seed>`, tuning: `<combination>-t<n>`."""
        return f"{self.combination_hash}-t{self.tuning}" if self.tuning else f"{self.combination_hash}-s{self.seed}"


class Device(StrEnum):
    """Where a job computes."""

    CPU = "cpu"
    CUDA = "cuda"


def process_count(configuration: Configuration, processes: int) -> int:
    """How many of a slot's processes train the trial: all; a program is one, and starts others by itself."""
    return 1 if configuration.program is not None else processes


class Scored(Value):
    """What a trial has to find, or it has found nothing: the value of a metric on a split."""

    metric: str
    split: Split


class JobSpec(Value):
    """`spec.json`: one attempt at a trial, and what it may use.

    `gpus` are indices of visible GPUs; none computes on the CPU. `threads` are CPU threads (of each process): part
    of the record because the order of a sum, and so its last bits, depends on them. With several `processes` each
    takes its share of every batch. Every `sample_seconds` the job writes down what it takes of the machine; never if
    None. `is_alone`: no other job of the run computes on its GPUs or, where it has none, on this machine.
    `scored` is what a program has to report, None where nobody asks for it.
    """

    trial: TrialSpec
    attempt: Annotated[int, Field(ge=1)]
    threads: Annotated[int, Field(ge=1)] = 1
    gpus: tuple[int, ...] = ()
    processes: Annotated[int, Field(ge=1)] = 1
    sample_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    is_alone: bool = False
    scored: Scored | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_single_gpu(cls, fields: object) -> object:
        """Journals of version 0.1 say `gpu`, which is one or null."""
        if isinstance(fields, dict) and "gpu" in fields:
            gpu = fields["gpu"]
            return {
                **{key: value for key, value in fields.items() if key != "gpu"},
                "gpus": () if gpu is None else (gpu,),
            }
        return fields

    @property
    def device(self) -> Device:
        """The kind of device that the job computes on."""
        return Device.CUDA if self.gpus else Device.CPU


class MetricRecord(Value):
    """One line of `metrics.jsonl`: the metrics of one split after `step` epochs.

    `time` is seconds since 1970 UTC. `values` maps a metric's name (`accuracy` as a fraction, `loss` in nats) to
    its value.
    """

    step: Annotated[int, Field(ge=0)]
    split: Split
    time: float
    values: dict[str, float]


class SystemRecord(Value):
    """One line of `system.jsonl`: what the job took of its machine at `time`, seconds since 1970 UTC.

    `step` counts the lines from 0; the names in `values` say their units.
    """

    step: Annotated[int, Field(ge=0, lt=2**63)]
    time: Annotated[float, Field(ge=0, lt=1e11)]
    values: dict[str, Annotated[float, Field(allow_inf_nan=False)]]


class Environment(Value):
    """What a job ran on: package versions, hardware, and the code.

    `code` is a digest of the source of all that a number can depend on, wherever it was installed from. Outside a
    checkout `commit`, `is_clean` and `diff` are None; `diff` is a digest of what differs from the commit, if anything.
    `driver` is the version of the GPU's, None where none is used or known; `system` is the operating system.
    """

    packages: dict[str, str]
    hardware: dict[str, JsonValue]
    commit: str | None = None
    is_clean: bool | None = None
    diff: str | None = None
    code: str | None = None
    driver: str | None = None
    system: str | None = None


class Failure(Value):
    """Why a job failed: the error's type, its one-line message, and the traceback.

    `is_infrastructure`: the machine failed it, as by a lack of memory, so another attempt may succeed.
    """

    kind: str
    message: str
    traceback: str = ""
    is_infrastructure: bool = False


class Resumption(Value):
    """Where an attempt took up the work of an earlier one: its number, and optimizer steps done by then."""

    attempt: int
    step: int


class Costs(Value):
    """What one combination costs: learned parameters, and multiply-accumulates of one image's forward pass.

    None where runs were imported whose source does not say it.
    """

    parameters: int | None
    macs: int | None


class SplitRecord(Value):
    """Which images a split held: how many, how many of each class, and the SHA-256 of their indices.

    `content` is the SHA-256 of the data set that the indices are of; None for what always comes with a package.
    """

    images: int
    images_per_class: tuple[int, ...]
    fingerprint: str
    content: str | None = None


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
    peak_memory_bytes: int | None = None
    measures: Measures = Measures()
    resumed: Resumption | None = None
