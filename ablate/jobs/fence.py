"""What bars an attempt from being counted: its own mark, and its trial's fence.

The fence is the number of the trial's newest attempt; it only rises. The mark says how the attempt was given up, and is
never taken back. A job looks at both before it writes, so that one that was given up while it hung, or that runs on a
machine out of reach, ends without a result. It may look, and be given up, and write all the same: so whoever reads
takes the mark's word over the result's, and no successor appears before each earlier attempt has one or the other.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from ablate.errors import Superseded
from ablate.jobs.files import RESULT, write_whole, writing

FENCE, MARK = "fence", "abandoned"

DIGITS = 9
"""Of fixed width, so that the fence is raised in place by one small write, which other machines see as well."""


class Ending(StrEnum):
    """How an attempt was given up: its process is gone or out of reach, by request, or since it did badly."""

    LOST = "lost"
    STOPPED = "stopped"
    PRUNED = "pruned"


class Abandonment(NamedTuple):
    """What the mark says."""

    status: Ending
    reason: str


def raise_fence(trial_directory: Path, number: int) -> None:
    """Let no attempt below `number` write any more; a fence that is higher already stays.

    Raises `WorkspaceError` if it cannot be written.
    """
    path = trial_directory / FENCE
    with writing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            with contextlib.suppress(OSError):  # without locks on this file system, the lock on the study serves
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _number(os.pread(descriptor, DIGITS, 0)) < number:
                os.pwrite(descriptor, b"%0*d\n" % (DIGITS, number), 0)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def fence_of(trial_directory: Path) -> int:
    """The lowest attempt that may write; 0 if no attempt was ever followed by another."""
    try:
        return _number((trial_directory / FENCE).read_bytes())
    except FileNotFoundError:
        return 0


def bar(directory: Path, status: Ending, reason: str) -> bool:
    """Mark the attempt as given up, whoever holds it; False if it has its result already. The first mark stays.

    Raises `WorkspaceError` if it cannot be written.
    """
    if (directory / MARK).exists():
        return True
    if (directory / RESULT).exists():
        return False
    write_whole(directory / MARK, json.dumps({"status": status.value, "reason": " ".join(reason.split())}) + "\n")
    return True


def bar_predecessors(directory: Path) -> None:
    """Before the attempt appears: mark each earlier one that has neither result nor mark, and raise the fence.

    Raises `WorkspaceError` if that cannot be written.
    """
    number, trial_directory = int(directory.name), directory.parent
    if number == 1 or not trial_directory.exists():
        return
    for earlier in attempt_names(trial_directory):
        if int(earlier) < number:
            bar(trial_directory / earlier, Ending.LOST, f"superseded by attempt {number}")
    raise_fence(trial_directory, number)


def abandonment(directory: Path) -> Abandonment | None:
    """How the attempt was given up, or None if it was not."""
    try:
        text = (directory / MARK).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        fields = json.loads(text)
        return Abandonment(Ending(fields["status"]), str(fields["reason"]))
    except (ValueError, KeyError, TypeError):  # an empty mark, as of version 0.1, bars no less
        return Abandonment(Ending.LOST, "")


def require_current(directory: Path) -> None:
    """Costs microseconds. Raises `Superseded` if the attempt was given up, or another came after it."""
    if (directory / MARK).exists():
        status, reason = abandonment(directory) or Abandonment(Ending.LOST, "")
        raise Superseded(f"{directory}: this attempt was given up ({status.value}: {reason or 'no reason was given'})")
    newest = fence_of(directory.parent)
    if directory.name.isdecimal() and int(directory.name) < newest:
        raise Superseded(f"{directory}: attempt {newest} of this trial came after this one, which must not write")


def attempt_names(trial_directory: Path | str) -> list[str]:
    """The names of the trial's attempts, in their order; asks nothing about any file."""
    with os.scandir(trial_directory) as entries:
        return sorted((entry.name for entry in entries if entry.name.isdecimal()), key=int)


def _number(text: bytes) -> int:
    """A fence that was cut off while it was first written is none."""
    digits = text.strip()
    return int(digits) if digits.isdigit() else 0
