"""What a training was measured to take, as a value."""

from __future__ import annotations

from enum import StrEnum

from ablate.specs.value import Value


class EnergySource(StrEnum):
    """Who counted the energy, and so of what it is: `nvml` of the GPUs, `rapl` of the processor's packages."""

    NVML = "nvml"
    RAPL = "rapl"


class Measures(Value):
    """Speed, energy and memory's doing of one trial; None is what was not measured or could not be told.

    `training_images_per_second` and `seconds_per_epoch` are of the median epoch of training: data, forward, backward
    and update, without evaluation and checkpoints. Inference is one forward pass of the trained model at the
    training's precision, uncompiled, on images that are on the device already: the median seconds of one image
    (`inference_latency_seconds`), and images per second in batches of `inference_batch`.

    `energy_joules` was used while the training steps were taken, by what `energy_source` counts, whatever it was used
    for; nothing else of the same run was on it.

    `micro_batch` is how many images went through the model at once, `micro_batch_planned` how many were to, before
    memory ran out and it was halved `memory_halvings` times; the effective batch stayed. `has_batch_norm`: some layer
    normalises by the statistics of these images.
    """

    training_images_per_second: float | None = None
    seconds_per_epoch: float | None = None
    inference_batch: int | None = None
    inference_latency_seconds: float | None = None
    inference_images_per_second: float | None = None
    energy_joules: float | None = None
    energy_source: EnergySource | None = None
    micro_batch: int | None = None
    micro_batch_planned: int | None = None
    memory_halvings: int | None = None
    has_batch_norm: bool | None = None

    @property
    def was_halved(self) -> bool:
        """Whether memory ran out, and fewer images went through the model at once than planned."""
        return bool(self.memory_halvings)

    def numbers(self) -> dict[str, float]:
        """By name, all that is a number and known."""
        return {name: value for name, value in self if isinstance(value, int | float) and not isinstance(value, bool)}
