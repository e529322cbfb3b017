"""What went wrong inside a trial, as a value: whose fault it was, and what to do about it."""

from __future__ import annotations

import traceback

from ablate.errors import AblateError, DataWorkerDied, ProgramKilled
from ablate.specs import Failure, JobSpec
from ablate.training.shortage import is_out_of_memory


def describe_failure(error: Exception, spec: JobSpec) -> Failure:
    """A lack of memory, and a process that was lost, are the machine's failure; all else is the configuration's."""
    trace = "".join(traceback.format_exception(error))
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, DataWorkerDied | ProgramKilled):
        return Failure(kind=type(error).__name__, message=text, is_infrastructure=True)
    if is_out_of_memory(error):
        return Failure(kind="OutOfMemory", message=_advise(spec, text), traceback=trace, is_infrastructure=True)
    return Failure(kind=type(error).__name__, message=text, traceback="" if isinstance(error, AblateError) else trace)


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
        "(resources.workers), give each more GPUs (resources.gpus_per_trial), or compute the batch in pieces "
        "(training.micro_batch_size)"
    )
