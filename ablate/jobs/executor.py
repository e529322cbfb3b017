"""What an executor is: it starts jobs and says when they have ended. What they found stands in their journals."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol


class Slot(NamedTuple):
    """A place for one job at a time: its GPUs by index (none: the CPU), and CPU threads for each of its processes.

    A job with several GPUs has a process for each; on the CPU it can have several as well.
    """

    gpus: tuple[int, ...]
    threads: int
    processes: int = 1


class Ended(NamedTuple):
    """A job whose processes are gone; `reason` says how, if not by finishing."""

    directory: Path
    reason: str | None


class Executor(Protocol):
    """Starts jobs, one a slot, and tells when their processes have ended.

    An executor knows nothing of trials, seeds or databases: an attempt's directory says what to run, and its journal
    holds what came out.
    """

    @property
    def name(self) -> str:
        """As on the command line and in the database."""

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every place that a job can run in. Raises `InputError` if what was asked for cannot be had here."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of the slots, in one line each; to be asked after them."""

    def submit(self, directory: Path) -> None:
        """Start the job whose `spec.json` is in `directory`; returns at once."""

    def wait(self, timeout_seconds: float) -> list[Ended]:
        """The jobs that have ended since the last call, as soon as there is one, or none after the timeout.

        Nothing that the job started is left, so its slot can be given out again.
        """

    def cancel(self, directory: Path) -> None:
        """End one job that was submitted here, with all its children; returns when they are gone.

        `wait` will not tell of it. A job that is not known, or has ended, is passed over.
        """

    def stop(self, grace_seconds: float = 5.0) -> None:
        """End every job that was submitted here; returns when their processes are gone, and `wait` tells of none.

        They are asked to stop, which lets them write a checkpoint, and are killed after `grace_seconds`. Interrupted,
        it kills them at once, and passes the interruption on when they are gone. `submit` may follow.
        """
