"""Being asked to stop, and ending jobs that this process did not start."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from ablate.jobs import lease

GRACE_SECONDS = 7.0
"""How long jobs may take to write a checkpoint when asked to stop, before they are killed."""

LOOK_SECONDS = 0.05


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


@contextlib.contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Within the block Ctrl-C and SIGTERM do nothing: for the moment in which what happened is written down."""
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@contextlib.contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Within the block, which has to be short, Ctrl-C and SIGTERM wait for its end."""
    came: list[int] = []
    before = [
        (number, signal.signal(number, lambda caught, _frame: came.append(caught)))
        for number in (signal.SIGINT, signal.SIGTERM)
    ]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[-1])


def ask_to_end(directories: Collection[Path]) -> None:
    """Ask the jobs that hold these attempts to stop; returns at once.

    For jobs that an earlier run started: the executor of this run does not know them.
    """
    for directory in directories:
        _signal(directory, signal.SIGTERM)


def end_jobs(directories: Collection[Path], grace_seconds: float) -> None:
    """Wait for the jobs that hold these attempts to end, then kill them with all their children."""
    deadline = time.monotonic() + grace_seconds
    left = [directory for directory in directories if _holder(directory) is not None]
    while left:
        if time.monotonic() >= deadline:
            for directory in left:
                _signal(directory, signal.SIGKILL)
        time.sleep(LOOK_SECONDS)
        left = [directory for directory in left if _holder(directory) is not None]


def _signal(directory: Path, number: signal.Signals) -> None:
    process = _holder(directory)
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(os.getpgid(process), number)


def _holder(directory: Path) -> int | None:
    """The other process that holds the attempt, if any."""
    process = lease.holder(directory)
    return None if process == os.getpid() else process
