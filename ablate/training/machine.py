"""What this machine has to train on."""

from __future__ import annotations

import os

import torch

from ablate.specs import Device
from ablate.specs.probe import Machine
from ablate.training.device import describe_hardware, gpu_count


def describe_machine() -> Machine:
    """The GPUs that are visible to this process, or the processor where there are none."""
    gpus = gpu_count()
    hardware = describe_hardware(Device.CUDA if gpus else Device.CPU, threads=1)
    memory = [torch.cuda.get_device_properties(gpu).total_memory for gpu in range(gpus)]
    return Machine(
        processor=str(hardware["processor"]),
        cores=len(os.sched_getaffinity(0)),
        gpu=str(hardware["gpu"]) if gpus else None,
        gpus=gpus,
        gpu_memory_bytes=min(memory, default=None),
    )
