"""Who may write into an attempt: a lock that the job holds for as long as it lives, and a mark that bars it for good.

The kernel frees the lock when the process dies, however it dies; so a free lock means that no job is at work. Whoever
gives an attempt up takes the lock first and leaves the mark; a job that comes late finds the mark and does nothing.
So an attempt that was given up can never bring a result.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ablate.jobs.journal import RESULT

LEASE, MARK, HOLDER = "lease", "abandoned", "holder"

PATIENCE_SECONDS = 10.0
"""How long a starting job waits for the lock: another may hold it for a moment to see whether it is free."""


@contextlib.contextmanager
def hold(directory: Path) -> Iterator[bool]:
    """Hold the attempt for the length of the block; False if it was given up, is finished, or is held by another."""
    lock = FileLock(directory / LEASE, timeout=PATIENCE_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        is_open = not is_abandoned(directory) and not (directory / RESULT).exists()
        if is_open:
            _sign(directory)
        yield is_open
    finally:
        lock.release()


def abandon(directory: Path) -> bool:
    """Bar the attempt for good; False if a living job holds it, or if it has its result already."""
    try:
        with FileLock(directory / LEASE, blocking=False):
            if (directory / RESULT).exists():
                return False
            (directory / MARK).touch()
            return True
    except Timeout:
        return False


def is_abandoned(directory: Path) -> bool:
    """Whether the attempt was given up."""
    return (directory / MARK).exists()


def is_held(directory: Path) -> bool:
    """Whether a living job holds the attempt."""
    try:
        with FileLock(directory / LEASE, blocking=False):
            return False
    except Timeout:
        return True


def holder(directory: Path) -> int | None:
    """The process that holds the attempt; None if none does. Its id is written under the lock, so it is not stale."""
    path = directory / HOLDER
    return int(path.read_text()) if path.exists() and is_held(directory) else None


def _sign(directory: Path) -> None:
    """Leave this process's id for those who look from outside; by a rename, since they may look at any moment."""
    beside = directory / f".{HOLDER}"
    beside.write_text(str(os.getpid()))
    beside.replace(directory / HOLDER)
