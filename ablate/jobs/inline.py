"""The executor that runs jobs in this very process, one after another: for a debugger, and for tests."""

from __future__ import annotations

import contextlib
from collections import deque
from pathlib import Path

from ablate.jobs.devices import share_out, usable_cores
from ablate.jobs.executor import Ended, Slot
from ablate.specs import Resources


class InlineExecutor:
    """Carries a submitted job out when it is waited for. What interrupts the job interrupts the caller."""

    name = "inline"

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._submitted: deque[Path] = deque()

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The first slot that `local` would have: one job at a time, with the same threads, so the same bits."""
        from ablate.training.device import gpu_count

        return share_out(self._resources, gpu_count(), usable_cores())[:1]

    def submit(self, directory: Path) -> None:
        """Remember the job."""
        self._submitted.append(directory)

    def wait(self, timeout_seconds: float) -> list[Ended]:  # noqa: ARG002
        """Carry out the next remembered job, however long it takes."""
        if not self._submitted:
            return []
        from ablate.jobs.worker import run_attempt

        directory = self._submitted.popleft()
        run_attempt(directory)
        return [Ended(directory, reason=None)]

    def cancel(self, directory: Path) -> None:
        """Forget the job, if it was not begun."""
        with contextlib.suppress(ValueError):
            self._submitted.remove(directory)

    def stop(self, grace_seconds: float = 0.0) -> None:  # noqa: ARG002
        """Forget the jobs that were not begun."""
        self._submitted.clear()
