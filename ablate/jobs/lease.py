"""Who may write into an attempt: a lock that the job holds for as long as it lives, and a mark that bars it for good.

The kernel frees the lock when the process dies, however it dies; so a free lock means that no job is at work. Whoever
gives an attempt up takes the lock first and leaves the mark; a job that comes late finds the mark and does nothing.
Where the lock cannot be had, since the job hangs, the mark can be made all the same: see `fence`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ablate.errors import Superseded
from ablate.jobs.fence import MARK, Abandonment, Ending, abandonment, bar, require_current
from ablate.jobs.files import RESULT

__all__ = [
    "HOLDER",
    "LEASE",
    "Abandonment",
    "Ending",
    "abandon",
    "abandonment",
    "hold",
    "holder",
    "is_abandoned",
    "is_held",
]

LEASE, HOLDER = "lease", "holder"

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
        is_open = _is_open(directory)
        if is_open:
            _sign(directory)
        yield is_open
    finally:
        lock.release()


def abandon(directory: Path, reason: str = "", status: Ending = Ending.LOST, *, force: bool = False) -> bool:
    """Bar the attempt for good; False if a living job holds it, or if it has its result already.

    With `force` a living job does not keep it: for one that hangs, or that cannot be reached. It ends when it next
    wants to write, and what it wrote in spite of the mark is not counted (`journal.accepted_result`).
    Raises `WorkspaceError` if the mark cannot be written.
    """
    if force:
        return bar(directory, status, reason)
    try:
        with FileLock(directory / LEASE, blocking=False):
            return bar(directory, status, reason)
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


def _is_open(directory: Path) -> bool:
    if (directory / RESULT).exists():
        return False
    try:
        require_current(directory)
    except Superseded:
        return False
    return True


def _sign(directory: Path) -> None:
    """Leave this process's id for those who look from outside; by a rename, since they may look at any moment."""
    beside = directory / f".{HOLDER}"
    beside.write_text(str(os.getpid()))
    beside.replace(directory / HOLDER)
