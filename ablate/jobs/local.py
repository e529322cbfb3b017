"""The executor of one machine: a fork server that has imported torch and timm once, a fresh process per attempt."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from ablate.errors import AblateError
from ablate.jobs.devices import share_out, usable_cores
from ablate.jobs.executor import Ended, Slot
from ablate.specs import Resources

STOP_SECONDS = 5.0
"""How long a job may take to end when asked, before it is killed."""

PRELOAD = "ablate.jobs.preload"
"""Imported once by the fork server, and by name: this process never loads torch."""


class LocalExecutor:
    """Several jobs side by side on this machine; a job that dies takes nothing with it.

    If this process is killed, its jobs go on to their end, and their journals are read by the next run.
    """

    name = "local"

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._slots: tuple[Slot, ...] | None = None
        self._running: dict[Path, ForkServerProcess] = {}
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([PRELOAD])

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Found at the first call, which starts the fork server: it alone can ask torch for GPUs."""
        if self._slots is None:
            self._slots = share_out(self._resources, self._count_gpus(), usable_cores())
        return self._slots

    def submit(self, directory: Path) -> None:
        """Fork a process for the attempt in `directory`."""
        process = self._context.Process(target=_run, args=(directory,), name=f"ablate {directory.parent.name}")
        process.start()
        self._running[directory] = process

    def wait(self, timeout_seconds: float) -> list[Ended]:
        """The attempts whose processes have ended, as soon as there is one."""
        if not self._running:
            time.sleep(timeout_seconds)
            return []
        ready = set(wait([process.sentinel for process in self._running.values()], timeout_seconds))
        ended = [path for path, process in self._running.items() if process.sentinel in ready]
        return [Ended(path, _reason(self._running.pop(path))) for path in ended]

    def cancel(self, directory: Path) -> None:
        """Kill one job's process group."""
        process = self._running.pop(directory, None)
        if process is not None:
            _signal_group(process, signal.SIGKILL)
            process.join()

    def stop(self, grace_seconds: float = STOP_SECONDS) -> None:
        """Ask every job's process group to end; after `grace_seconds` kill it."""
        for process in self._running.values():
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        for process in self._running.values():
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                _signal_group(process, signal.SIGKILL)
                process.join()
        self._running.clear()

    def _count_gpus(self) -> int:
        receiver, sender = self._context.Pipe(duplex=False)
        probe = self._context.Process(target=_send_gpu_count, args=(sender,))
        probe.start()
        sender.close()
        try:
            count: int = receiver.recv()
        except EOFError:
            probe.join()
            raise AblateError(
                "the process that imports torch and looks for GPUs died "
                f"({_reason(probe)}); see what `python -m {PRELOAD}` says"
            ) from None
        probe.join()
        return count


def _run(directory: Path) -> None:
    """In the child: everything heavy was imported before the fork."""
    from ablate.jobs.worker import run_as_process

    run_as_process(directory)


def _send_gpu_count(sender: Connection) -> None:
    from ablate.training.device import gpu_count

    sender.send(gpu_count())


def _signal_group(process: ForkServerProcess, number: signal.Signals) -> None:
    """Reach the job and all its children; the job alone while it has not yet made its group."""
    if process.pid is None or not process.is_alive():
        return
    with contextlib.suppress(ProcessLookupError):
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, number)
        else:
            os.kill(process.pid, number)


def _reason(process: ForkServerProcess) -> str | None:
    process.join()
    code = process.exitcode
    if code is None or code == 0:
        return None
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with code {code}"
