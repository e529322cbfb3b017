"""The probe's side that runs in a process of its own: a question in a directory, and the answer beside it.

It imports torch only when it is asked something, so that the process which asks can name it.
"""

from __future__ import annotations

import os
import sys
import traceback
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from ablate.errors import AblateError
from ablate.jobs.devices import visible_names
from ablate.jobs.files import LOG, write_whole
from ablate.specs import Configuration, Costs, Device, Failure
from ablate.specs.probe import Machine, Probe
from ablate.specs.value import Value

QUESTION, ANSWER = "question.json", "answer.json"


class Kind(StrEnum):
    """What can be asked."""

    MACHINE = "machine"
    COSTS = "costs"
    LATENCY = "latency"
    PROBE = "probe"


class Question(Value):
    """What to find out, of which configurations, and with what: GPUs by index, CPU threads, processes."""

    kind: Kind
    configurations: tuple[Configuration, ...] = ()
    seed: int = 0
    gpus: tuple[int, ...] = ()
    threads: int = 1
    processes: int = 1

    @property
    def device(self) -> Device:
        """Where to compute."""
        return Device.CUDA if self.gpus else Device.CPU


class Answer(Value):
    """What was found: one entry for each configuration, or the machine."""

    machine: Machine | None = None
    costs: tuple[Costs | Failure, ...] = ()
    latencies: tuple[float | Failure, ...] = ()
    probes: tuple[Probe | Failure, ...] = ()


def answer_question(directory: Path) -> None:
    """As the only work of this process: leave `answer.json`, and what is printed in a log."""
    with (directory / LOG).open("ab", buffering=0) as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    question = Question.model_validate_json((directory / QUESTION).read_bytes())
    write_whole(directory / ANSWER, _find_out(question).model_dump_json())


def _find_out(question: Question) -> Answer:
    configurations = question.configurations
    match question.kind:
        case Kind.MACHINE:
            from ablate.training.machine import describe_machine

            return Answer(machine=describe_machine())
        case Kind.COSTS:
            return Answer(costs=tuple(_count(configuration) for configuration in configurations))
        case Kind.LATENCY:
            _show_only(question.gpus)
            return Answer(latencies=tuple(_time(configuration, question) for configuration in configurations))
        case Kind.PROBE:
            _show_only(question.gpus)
            return Answer(probes=tuple(_probe(configuration, question) for configuration in configurations))
        case _:
            assert_never(question.kind)


def _count(configuration: Configuration) -> Costs | Failure:
    from ablate.training.costing import count_costs

    try:
        return count_costs(configuration)
    except Exception as error:
        return _describe(error)


def _time(configuration: Configuration, question: Question) -> float | Failure:
    from ablate.training.costing import measure_latency

    try:
        return measure_latency(configuration, device=question.device, threads=question.threads)
    except Exception as error:
        return _describe(error)


def _probe(configuration: Configuration, question: Question) -> Probe | Failure:
    from ablate.training.probe import probe

    try:
        return probe(
            configuration,
            question.seed,
            device=question.device,
            threads=question.threads,
            processes=question.processes,
        )
    except Exception as error:
        return _describe(error)


def _describe(error: Exception) -> Failure:
    """Whatever goes wrong with one configuration is told, and the others go on."""
    from ablate.training.shortage import is_out_of_memory

    message = " ".join(str(error).split()) or type(error).__name__
    if is_out_of_memory(error):
        return Failure(kind="OutOfMemory", message=message, is_infrastructure=True)
    trace = "" if isinstance(error, AblateError) else "".join(traceback.format_exception(error))
    return Failure(kind=type(error).__name__, message=message, traceback=trace)


def _show_only(gpus: tuple[int, ...]) -> None:
    """Let CUDA see the GPUs of the slot, or none; torch must not have asked for GPUs before."""
    os.environ["CUDA_VISIBLE_DEVICES"] = visible_names(gpus, os.environ.get("CUDA_VISIBLE_DEVICES"))
