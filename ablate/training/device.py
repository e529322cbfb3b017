"""Accelerate set up for one job, and what hardware it computes on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState
from pydantic import JsonValue

from ablate.errors import InputError
from ablate.specs import Device, Precision
from ablate.training.processes import ALONE, Processes


def create_accelerator(device: Device, precision: Precision, threads: int, processes: Processes = ALONE) -> Accelerator:
    """A fresh Accelerator; the arguments decide, whatever the environment says.

    Accelerate keeps its state per process, and refuses another precision in the same process: it is reset, so that
    one process can carry out one trial after another.

    Raises `InputError` for half precision on a CPU, which Accelerate would silently compute in float32.
    """
    if precision is Precision.FLOAT16 and device is Device.CPU:
        raise InputError("training.precision fp16 needs a GPU, and this trial has none: use bf16 or no")
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()
    with processes.joined(device):
        return Accelerator(cpu=device is Device.CPU, mixed_precision=precision.value)


def describe_hardware(device: Device, threads: int, processes: int = 1) -> dict[str, JsonValue]:
    """What the numbers may depend on: processor, threads, and the GPU where one is used."""
    hardware: dict[str, JsonValue] = {
        "device": device.value,
        "processor": _processor_name(),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": threads,
    }
    if processes > 1:
        hardware["processes"] = processes
    if device is Device.CUDA:
        hardware["gpu"] = torch.cuda.get_device_name()
        hardware["cuda"] = torch.version.cuda
    return hardware


def synchronize(device: Device) -> None:
    """Wait until the device has done all that it was given, so that a clock read next says how long it took."""
    if device is Device.CUDA:
        torch.cuda.synchronize()


def gpu_count() -> int:
    """Number of visible GPUs; asks the driver without starting a CUDA context."""
    return torch.cuda.device_count()


def _processor_name() -> str:
    """The processor's marketing name where Linux tells it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
