"""Being asked to stop, and ending jobs that this process did not start."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from ablate.jobs import lease

STOP_SECONDS = 5.0
"""How long a job may take to end when asked, before it is killed."""

LOOK_SECONDS = 0.1


@contextlib.contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """Within the block SIGTERM raises `KeyboardInterrupt`, as Ctrl-C does."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end_job(directory: Path) -> None:
    """End the job that holds the attempt, with all its children; returns when it is gone.

    For jobs that an earlier run started: the executor of this run does not know them.
    """
    deadline = time.monotonic() + STOP_SECONDS
    while (process := lease.holder(directory)) is not None and process != os.getpid():
        number = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        with contextlib.suppress(ProcessLookupError):
            os.killpg(os.getpgid(process), number)
        time.sleep(LOOK_SECONDS)
