"""The executor of one machine: a fork server that has imported torch and timm once, a fresh process per attempt."""

from __future__ import annotations

import contextlib
import math
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ablate.errors import AblateError
from ablate.jobs.devices import left_idle, share_out, usable_cores, write_gpu_count
from ablate.jobs.executor import Ended, Slot
from ablate.jobs.forking import PATIENCE_SECONDS, ForkServer, JobProcess, advance_all
from ablate.specs import Resources

STOP_SECONDS = 5.0
"""How long a job may take to end when asked, before it is killed."""

PRELOAD = "ablate.jobs.preload"
"""Imported once by the fork server, and by name: this process never loads torch."""

FORK_SECONDS = 0.5
"""How long a fork may take; a server that has not begun any job after that is still importing."""

LOOK_SECONDS = 0.05

STOPPING = frozenset({signal.SIGINT, signal.SIGTERM})


def run_worker(directory: Path) -> None:
    """In the job: carry the attempt out. Everything heavy was imported before the fork."""
    from ablate.jobs.worker import run_as_process

    run_as_process(directory)


class LocalExecutor:
    """Several jobs side by side on this machine; a job that dies takes nothing with it, and leaves nothing behind.

    When a job ends, or is ended, all processes that it has started are killed before `wait` tells of it. If this
    process is killed, its jobs go on to their end, and their journals are read by the next run. If the fork server
    is killed, they go on as well and are watched, and another is started; but children which have left a job's
    process group then outlive it.
    """

    name = "local"

    def __init__(
        self,
        resources: Resources,
        trials_per_gpu: int = 1,
        carry_out: Callable[[Path], None] = run_worker,
        preload: str = PRELOAD,
    ) -> None:
        """`carry_out` is a function of a module that can be imported; the fork server imports it, and `preload`."""
        self._resources, self._trials_per_gpu = resources, trials_per_gpu
        self._slots: tuple[Slot, ...] | None = None
        self.notes: tuple[str, ...] = ()
        self._call = _name(carry_out)
        self._server = ForkServer((preload, carry_out.__module__))
        self._running: dict[Path, JobProcess] = {}

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Found at the first call, which starts the fork server: only there can torch be asked for GPUs."""
        if self._slots is None:
            gpus = 0 if self._resources.gpus_per_trial == 0 else self._count_gpus()
            self._slots = share_out(self._resources, gpus, usable_cores(), self._trials_per_gpu)
            if idle := left_idle(self._slots, gpus):
                self.notes = (f"{len(idle)} of {gpus} GPUs will stay idle: see resources in the study file",)
        return self._slots

    def submit(self, directory: Path) -> None:
        """Fork a process for the attempt in `directory`."""
        with _interrupts_held():
            self._running[directory] = self._server.fork(self._call, directory)

    def wait(self, timeout_seconds: float) -> list[Ended]:
        """The attempts whose processes have ended with all that they started, as soon as there is one."""
        if not self._running:
            time.sleep(timeout_seconds)
            return []
        self._advance_until(timeout_seconds, lambda: any(job.is_over for job in self._running.values()))
        ended = [directory for directory, job in self._running.items() if job.is_over]
        return [Ended(directory, self._running.pop(directory).reason()) for directory in ended]

    def cancel(self, directory: Path) -> None:
        """Kill one job with all its children; one that has not begun is awaited first."""
        with _interrupts_held():
            job = self._running.get(directory)
            if job is not None:
                self._kill([job], fork_seconds=math.inf)
                del self._running[directory]

    def stop(self, grace_seconds: float = STOP_SECONDS) -> None:
        """Ask every job to end, and kill those that have not after `grace_seconds`.

        Interrupted while it waits, it kills them at once, and passes the interruption on when they are gone.
        """
        try:
            self._ask(list(self._running.values()), grace_seconds)
        finally:
            with _interrupts_held():
                self._kill(list(self._running.values()), FORK_SECONDS)
                self._running.clear()
                self._server.close()

    def _ask(self, jobs: list[JobProcess], grace_seconds: float) -> None:
        asked: set[JobProcess] = set()
        began = time.monotonic()
        while (left := _alive(jobs)) and (seconds := time.monotonic() - began) < grace_seconds:
            for job in left:
                if job.process is not None and job not in asked:
                    job.signal(signal.SIGTERM)
                    asked.add(job)
            if seconds > FORK_SECONDS and _have_not_begun(left):
                self._server.kill()
            advance_all(left, min(LOOK_SECONDS, grace_seconds - seconds))

    def _kill(self, jobs: list[JobProcess], fork_seconds: float) -> None:
        """Returns when they are gone with all that they started; those that have not begun by then never will."""
        began = time.monotonic()
        while left := _alive(jobs):
            for job in left:
                job.signal(signal.SIGKILL)
            seconds = time.monotonic() - began
            if seconds > (fork_seconds if _have_not_begun(left) else PATIENCE_SECONDS):
                self._server.kill()  # it is still importing, or it does not answer: then the kernel will
            advance_all(left, LOOK_SECONDS)

    def _advance_until(self, timeout_seconds: float, is_enough: Callable[[], bool]) -> None:
        deadline = time.monotonic() + timeout_seconds
        while True:
            advance_all(list(self._running.values()), max(0.0, deadline - time.monotonic()))
            if is_enough() or time.monotonic() >= deadline:
                return

    def _count_gpus(self) -> int:
        """Asked in a process of its own, so that the fork server never touches CUDA."""
        with tempfile.TemporaryDirectory() as directory:
            job = self._server.fork(_name(write_gpu_count), Path(directory))
            try:
                while not job.is_over:
                    advance_all([job], timeout_seconds=1.0)
            except BaseException:
                self._server.kill()
                raise
            counted = Path(directory) / "gpus"
            if not counted.exists():
                raise AblateError(
                    "the process that imports torch and looks for GPUs died "
                    f"({job.reason()}); see what `python -m {PRELOAD}` says"
                )
            return int(counted.read_text())


def _alive(jobs: list[JobProcess]) -> list[JobProcess]:
    return [job for job in jobs if not job.is_over]


def _have_not_begun(jobs: list[JobProcess]) -> bool:
    return all(job.process is None for job in jobs)


def _name(function: Callable[[Path], None]) -> str:
    if function.__module__ == "__main__" or "<" in function.__qualname__:
        raise AblateError(f"expected a function that another process can import, got {function.__qualname__}")
    return f"{function.__module__}:{function.__qualname__}"


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C and SIGTERM within the block arrive at its end, so that no process is left that nobody knows of."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
