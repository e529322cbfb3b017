"""What went wrong inside a trial, as a value: whose fault it was, and what to do about it."""

from __future__ import annotations

import errno
import traceback

import torch

from ablate.errors import AblateError, ProgramKilled
from ablate.specs import Failure, JobSpec

OUT_OF_MEMORY_WORDS = ("can't allocate memory", "out of memory", "cannot allocate memory", "alloc_failed")
"""In the texts of errors that have no class of their own: torch's CPU allocator, CUDA's driver, cuBLAS."""


def describe_failure(error: Exception, spec: JobSpec) -> Failure:
    """A lack of memory, or a signal from nobody here, is the machine's failure; all else is the configuration's."""
    trace = "".join(traceback.format_exception(error))
    text = " ".join(str(error).split()) or type(error).__name__
    if is_out_of_memory(error):
        return Failure(kind="OutOfMemory", message=_advise(spec, text), traceback=trace, is_infrastructure=True)
    if isinstance(error, ProgramKilled):
        return Failure(kind=type(error).__name__, message=text, is_infrastructure=True)
    return Failure(kind=type(error).__name__, message=text, traceback="" if isinstance(error, AblateError) else trace)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the machine, or its GPU, had no memory left: by class where there is one, else by the text."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in OUT_OF_MEMORY_WORDS)


def _advise(spec: JobSpec, text: str) -> str:
    where = "the GPU's memory" if spec.gpus else "memory"
    if spec.trial.configuration.program is not None:
        return (
            f"{where} ran out in the program ({text}): it is tried again in case others took it; if that does not "
            "help, run fewer trials side by side (resources.workers), or let the program take less"
        )
    return (
        f"{where} ran out with training.batch_size {spec.trial.configuration.training.batch_size} ({text}): it is "
        "tried again in case others took it; if that does not help, run fewer trials side by side "
        "(resources.workers), give each more GPUs (resources.gpus_per_trial), or lower training.batch_size for all "
        "combinations alike"
    )
