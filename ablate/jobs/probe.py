"""Probing configurations on this machine: each in a process of its own, forked like a run's jobs, in a run's slots."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from ablate.errors import AblateError
from ablate.jobs.executor import Slot
from ablate.jobs.files import write_whole
from ablate.jobs.local import LocalExecutor
from ablate.jobs.prober import OnDone, nobody
from ablate.jobs.probing import ANSWER, QUESTION, Answer, Kind, Question, answer_question
from ablate.specs import Configuration, Costs, Failure, Resources
from ablate.specs.probe import Machine, Probe

TICK_SECONDS = 0.2

NO_DEVICE = (Slot((), 1),)
"""What questions take that train nothing."""


class LocalProber:
    """Starts nothing before it is asked; as a context it ends all that it has started. This process loads no torch."""

    def __init__(self, resources: Resources) -> None:
        self._executor = LocalExecutor(resources, carry_out=answer_question)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.stop(grace_seconds=0.0)

    @cached_property
    def machine(self) -> Machine:
        """What there is to compute on. Raises `AblateError` if the process that looks dies."""
        answer = self._ask([Question(kind=Kind.MACHINE)], NO_DEVICE)[0]
        if isinstance(answer, Failure) or answer.machine is None:
            raise AblateError(f"cannot look at this machine: {answer}")
        return answer.machine if any(slot.gpus for slot in self.slots) else answer.machine.on_cpu()

    @property
    def slots(self) -> tuple[Slot, ...]:
        """As many as in a run. Raises `InputError` if the resources ask for what is not there."""
        return self._executor.slots

    def costs(self, configurations: Sequence[Configuration]) -> list[Costs | Failure]:
        """Parameters and multiply-accumulates, counted without weights; one process for all of them."""
        answer = self._ask([Question(kind=Kind.COSTS, configurations=tuple(configurations))], NO_DEVICE)[0]
        return [answer] * len(configurations) if isinstance(answer, Failure) else list(answer.costs)

    def latencies(self, configurations: Sequence[Configuration]) -> list[float | Failure]:
        """Median seconds of one forward pass, one after another, so that none slows its neighbour."""
        questions = [Question(kind=Kind.LATENCY, configurations=(item,)) for item in configurations]
        answers = self._ask(questions, self.slots[:1])
        return [answer if isinstance(answer, Failure) else answer.latencies[0] for answer in answers]

    def probe(
        self, configurations: Sequence[Configuration], seed: int, on_done: OnDone = nobody
    ) -> list[Probe | Failure]:
        """A few training steps of each; every slot is kept busy, as in a run, so the times are those of a run."""
        questions = [Question(kind=Kind.PROBE, configurations=(item,), seed=seed) for item in configurations]
        answers = self._ask(questions, self.slots, on_done)
        return [answer if isinstance(answer, Failure) else answer.probes[0] for answer in answers]

    def _ask(
        self, questions: Sequence[Question], slots: Sequence[Slot], on_done: OnDone = nobody
    ) -> list[Answer | Failure]:
        """A process for each question, as many at a time as there are slots, with the slot's devices."""
        answers: dict[int, Answer | Failure] = {}
        waiting, free = deque(enumerate(questions)), deque(slots)
        running: dict[Path, tuple[int, Slot]] = {}
        with tempfile.TemporaryDirectory(prefix="ablate-probe-") as root:
            while waiting or running:
                while waiting and free:
                    (place, question), slot = waiting.popleft(), free.popleft()
                    directory = Path(root) / str(place)
                    directory.mkdir()
                    equipped = question.model_copy(update=slot._asdict())
                    write_whole(directory / QUESTION, equipped.model_dump_json())
                    self._executor.submit(directory)
                    running[directory] = (place, slot)
                for ended in self._executor.wait(TICK_SECONDS):
                    place, slot = running.pop(ended.directory)
                    answers[place] = _read(ended.directory, ended.reason)
                    free.append(slot)
                    on_done(place)
        return [answers[place] for place in range(len(questions))]


def _read(directory: Path, reason: str | None) -> Answer | Failure:
    path = directory / ANSWER
    if path.exists():
        return Answer.model_validate_json(path.read_bytes())
    why = reason or "its process left no answer"
    hint = ": the machine may have run out of memory" if "SIGKILL" in why else ""
    return Failure(kind="Killed", message=why + hint, is_infrastructure=True)
