"""The closed choices of the command line: where jobs run, and what the shell is told."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Exit(IntEnum):
    """What the shell is told."""

    COMPLETE = 0
    INCOMPLETE = 1
    BAD_INPUT = 2
    INTERRUPTED = 130


class ExecutorName(StrEnum):
    """Where jobs run."""

    LOCAL = "local"
    INLINE = "inline"
