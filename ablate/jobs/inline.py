"""The executor that runs jobs in this very process, one after another: for a debugger, and for tests."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ablate.errors import AblateError
from ablate.jobs.devices import share_out, usable_cores
from ablate.jobs.executor import Ended, Slot
from ablate.specs import Resources


def run_worker(directory: Path) -> None:
    """Carry the attempt out; imports torch, and what `local` imports, or the first trial's memory would count it."""
    import ablate.jobs.preload  # noqa: F401
    from ablate.jobs.worker import run_attempt

    run_attempt(directory)


class InlineExecutor:
    """Carries a submitted job out when it is waited for. What interrupts the job interrupts the caller."""

    name = "inline"
    notes = ()

    def __init__(
        self, resources: Resources, trials_per_gpu: int = 1, carry_out: Callable[[Path], None] = run_worker
    ) -> None:
        self._resources, self._trials_per_gpu, self._carry_out = resources, trials_per_gpu, carry_out
        self._submitted: deque[Path] = deque()

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The first slot that `local` would have: one job at a time, with the same threads, so the same bits."""
        gpus = 0
        if self._resources.gpus_per_trial != 0:
            from ablate.training.device import gpu_count

            gpus = gpu_count()
        return share_out(self._resources, gpus, usable_cores(), self._trials_per_gpu)[:1]

    def submit(self, directory: Path) -> None:
        """Remember the job."""
        self._submitted.append(directory)

    def wait(self, timeout_seconds: float) -> list[Ended]:  # noqa: ARG002
        """Carry out the next remembered job, however long it takes."""
        if not self._submitted:
            return []
        directory = self._submitted.popleft()
        try:
            self._carry_out(directory)
        except AblateError as error:  # the journal could not be written, or may not be any more
            return [Ended(directory, str(error))]
        except SystemExit as request:
            return [Ended(directory, f"it left with code {request.code}" if request.code else None)]
        return [Ended(directory, None)]

    def cancel(self, directory: Path) -> None:
        """Forget the job, if it was not begun."""
        with contextlib.suppress(ValueError):
            self._submitted.remove(directory)

    def stop(self, grace_seconds: float = 0.0) -> None:  # noqa: ARG002
        """Forget the jobs that were not begun."""
        self._submitted.clear()
