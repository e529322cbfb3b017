"""Every error that `ablate` raises on purpose.

    AblateError
    ├── InputError            what the user gave is wrong; exit code 2
    │   ├── StudyError        a study file, with its file, line and column
    │   ├── RefusedLayer      a combination of switches that has no sound definition, or no sound size
    │   ├── DataError         images or labels that cannot be had as asked
    │   └── WorkspaceError    a directory or lock that does not allow what was asked
    ├── TrackingError         the tracking database cannot be used
    ├── StatisticsError       arrays that the asked-for statistic is not defined on
    ├── Superseded            an attempt was given up while its job lived; the job ends without a result
    └── TrialError            one trial cannot go on; the others do
        ├── Diverged          its loss is no longer finite
        ├── DataWorkerDied    a process that read its images is gone; worth another attempt
        └── ProgramError      one's own training code failed, or reported what is no report
            └── ProgramKilled a signal ended it; worth another attempt

A message says what was expected, what arrived, where, and what to do.
"""

from __future__ import annotations

from pathlib import Path


class AblateError(Exception):
    """Root of all errors that are meant for the user's eyes."""


class InputError(AblateError):
    """What the user gave is wrong; nothing was run."""


class StudyError(InputError):
    """A study file is wrong; `str()` is one line: file, line, column, message."""

    def __init__(self, message: str, *, file: Path | str, line: int | None = None, column: int | None = None) -> None:
        self.message, self.file, self.line, self.column = message, file, line, column
        place = ":".join(str(part) for part in (file, line, column) if part is not None)
        super().__init__(f"{place}: {message}")


class RefusedLayer(InputError):
    """A combination of switches is contradictory, an identity, or beyond the stated size."""


class DataError(InputError):
    """The data set cannot give what the configuration asks of it."""


class WorkspaceError(InputError):
    """A workspace cannot be used as asked: unwritable, or the study is held by another run."""


class TrackingError(AblateError):
    """The tracking database cannot be opened, is of another program, or of a newer version."""


class StatisticsError(AblateError):
    """A statistic was asked for on arrays that it is not defined on."""


class Superseded(AblateError):
    """The attempt was given up, or another came after it: its job must write nothing more, and end."""


class TrialError(AblateError):
    """One trial failed for a reason that lies in its configuration."""


class Diverged(TrialError):
    """The loss is no longer finite; the message names the epoch, the step and the learning rate."""


class DataWorkerDied(TrialError):
    """A process that read images for a training ended before its work was done, as by the system's lack of memory."""


class ProgramError(TrialError):
    """One's own training code cannot be found or called, failed, or reported what is no report."""


class ProgramKilled(ProgramError):
    """A command was ended by a signal that nobody here sent, as by a lack of memory: another attempt may succeed."""
