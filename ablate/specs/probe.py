"""What `ablate check` finds: a few training steps of every combination, and switches that changed nothing."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ablate.specs.design import Choice
from ablate.specs.study import Split
from ablate.specs.trial import Costs, Device, Failure
from ablate.specs.value import Value


class Machine(Value):
    """What trials run on: the processor with its usable cores, visible GPUs, and the memory of the smallest."""

    processor: str
    cores: Annotated[int, Field(ge=1)]
    gpu: str | None = None
    gpus: Annotated[int, Field(ge=0)] = 0
    gpu_memory_bytes: int | None = None

    @property
    def device(self) -> Device:
        """Where trials compute."""
        return Device.CUDA if self.gpus else Device.CPU

    @property
    def name(self) -> str:
        """Of the device where trials compute."""
        return self.gpu or self.processor

    def on_cpu(self) -> Machine:
        """The same machine where no GPU is to be used."""
        return Machine(processor=self.processor, cores=self.cores)


class Probe(Value):
    """A few training steps of one configuration.

    `seconds_per_step` is a median, `seconds_per_image` that of evaluation; `startup_seconds` lie before the first
    step. `memory_bytes` is what tensors took at most on a GPU, or by how much the process grew on the CPU;
    `reserved_bytes` what a GPU's allocator held; both are None where the system does not tell. `images` is how many
    each split holds, None where nobody counted. Equal fingerprints: nothing that a study sees differed.
    """

    costs: Costs
    steps: int
    steps_per_epoch: int
    seconds_per_step: float
    seconds_per_image: float
    startup_seconds: float
    memory_bytes: int | None
    reserved_bytes: int | None
    fingerprint: str
    images: dict[Split, int] | None = None


class Checked(Value):
    """One combination: its probe, or why it cannot be run."""

    combination: str
    choice: Choice
    probe: Probe | None = None
    failure: Failure | None = None


class IdleSwitch(Value):
    """Two levels of a factor between which nothing changed in the steps probed.

    `others` are the choices of the other factors at which that was so; `is_everywhere`: at all where both ran.
    """

    factor: str
    levels: tuple[str, str]
    others: tuple[Choice, ...]
    is_everywhere: bool


class Check(Value):
    """`check.json`: all combinations of a study as probed on one machine, with as many side by side as in a run."""

    study: str
    machine: Machine
    slots: int
    threads: int
    combinations: tuple[Checked, ...]
    idle: tuple[IdleSwitch, ...] = ()
