"""Whose fault a failure was: the machine's, which may do better next time, or the configuration's."""

import pytest
import torch

from ablate.errors import Diverged
from ablate.jobs.failure import describe_failure
from ablate.specs import Configuration, JobSpec, TrainingSpec, TrialSpec
from ablate.training.shortage import is_out_of_memory

TRIAL = TrialSpec(study="s", configuration=Configuration(training=TrainingSpec(batch_size=77)), seed=3)


def raised(error):
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        OSError(12, "Cannot allocate memory"),
    ],
)
def test_a_lack_of_memory_is_the_machines_failure_and_says_what_to_do(error):
    failure = describe_failure(raised(error), JobSpec(trial=TRIAL, attempt=1))
    assert (failure.kind, failure.is_infrastructure) == ("OutOfMemory", True)
    assert failure.message.startswith("memory ran out with training.batch_size 77 (")
    assert "or compute the batch in pieces (training.micro_batch_size)" in failure.message
    assert "\n" not in failure.message
    assert "test_failure.py" in failure.traceback


def test_on_a_gpu_it_is_the_gpus_memory():
    failure = describe_failure(raised(torch.OutOfMemoryError()), JobSpec(trial=TRIAL, attempt=1, gpus=(1,)))
    assert failure.message.startswith("the GPU's memory ran out")


def test_torchs_own_allocator_is_recognised():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60)
    assert is_out_of_memory(caught.value)


@pytest.mark.parametrize(
    "error",
    [RuntimeError("shapes cannot be multiplied"), ValueError("out of memory"), OSError(28, "No space left on device")],
)
def test_any_other_error_is_the_configurations(error):
    failure = describe_failure(raised(error), JobSpec(trial=TRIAL, attempt=1))
    assert (failure.kind, failure.is_infrastructure) == (type(error).__name__, False)
    assert "test_failure.py" in failure.traceback


def test_an_error_that_explains_itself_needs_no_traceback():
    failure = describe_failure(raised(Diverged("the training\nloss")), JobSpec(trial=TRIAL, attempt=1))
    assert (failure.message, failure.traceback) == ("the training loss", "")
