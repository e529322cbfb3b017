"""What a job takes of its machine, sampled beside the training; only where its `spec.json` asks for it."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator

import psutil
import torch

from ablate.errors import Superseded
from ablate.jobs.files import SYSTEM
from ablate.jobs.journal import Journal
from ablate.specs import JobSpec, SystemRecord

PATIENCE_SECONDS = 5.0
"""How long the end of a job waits for a sample that is being taken, as of a driver that does not answer."""


@contextlib.contextmanager
def sampled(journal: Journal, spec: JobSpec) -> Iterator[None]:
    """While the block lasts, write a line of `system.jsonl` every `spec.sample_seconds`, and one at its end.

    A thread of its own does it, which draws no random numbers and touches no tensor. What goes wrong with it is said
    in the log and ends the sampling, never the job.
    """
    if spec.sample_seconds is None:
        yield
        return
    is_over = threading.Event()
    thread = threading.Thread(target=_sample, args=(journal, spec, spec.sample_seconds, is_over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(PATIENCE_SECONDS)


def _sample(journal: Journal, spec: JobSpec, seconds: float, is_over: threading.Event) -> None:
    usage, step, is_last = _Usage(), 0, False
    try:
        while not is_last:
            is_last = is_over.wait(seconds)
            values = usage.measure() | (_gpu(spec.gpus[0]) if spec.gpus else {})
            record = SystemRecord(step=step, time=time.time(), values=values)
            journal.require_current()
            with (journal.directory / SYSTEM).open("ab") as file:
                file.write(record.model_dump_json().encode() + b"\n")
            step += 1
    except Superseded:
        return  # whoever writes the journal will say so
    except (OSError, psutil.Error, RuntimeError) as error:
        logging.getLogger(__name__).warning("no further samples of the machine: %s", error)


class _Usage:
    """The processes of this job, and what they take: of processor time since it was last asked, and of memory now."""

    def __init__(self) -> None:
        self._own = psutil.Process()
        self._known = {self._own: self._own}  # each remembers what it had taken when it was last asked
        self._own.cpu_percent()

    def measure(self) -> dict[str, float]:
        """Of the processor 100 is one core; of memory, pages that processes share count for each of them."""
        found = [self._own, *self._own.children(recursive=True)]
        self._known = {process: self._known.get(process, process) for process in found}
        processor, memory_bytes = 0.0, 0
        for process in self._known.values():
            with contextlib.suppress(psutil.NoSuchProcess):  # a child that ends meanwhile
                processor += process.cpu_percent()
                memory_bytes += process.memory_info().rss
        return {"process_cpu_utilization_percentage": processor, "process_memory_usage_megabytes": memory_bytes / 1e6}


def _gpu(gpu: int) -> dict[str, float]:
    """Of the first GPU of the job: what torch holds of its memory; and how busy it is, where NVIDIA's library says."""
    if not torch.cuda.is_initialized():
        return {}
    values = {f"gpu_{gpu}_memory_usage_megabytes": torch.cuda.memory_reserved(0) / 1e6}
    with contextlib.suppress(ImportError, RuntimeError):  # nvidia-ml-py is no dependency of torch
        values[f"gpu_{gpu}_utilization_percentage"] = float(torch.cuda.utilization(0))
    return values
