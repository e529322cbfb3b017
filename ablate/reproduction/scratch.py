"""The directory in which a trial is run again: there for as long as that takes, whatever ends it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ablate.errors import InputError
from ablate.jobs.journal import LOG, METRICS, RESULT, SPEC
from ablate.workspace import Workspace

LOCK = "lock"

KEPT = (SPEC, METRICS, RESULT, LOG)
"""The files of a journal that say something once the job has ended."""


@contextlib.contextmanager
def scratch(workspace: Workspace) -> Iterator[Path]:
    """A fresh directory, removed at the end of the block; so is what killed processes have left behind.

    It takes its visible name only once this process holds its lock, so that nobody takes it for such a remainder.
    """
    root = workspace.scratch
    is_first = not root.parent.exists()
    root.mkdir(parents=True, exist_ok=True)
    _sweep(root)
    building = Path(tempfile.mkdtemp(prefix=".", dir=root))
    directory = building.with_name(building.name.removeprefix("."))
    lock = FileLock(building / LOCK)
    try:
        lock.acquire()
        building.rename(directory)
        yield directory
    finally:
        for path in (building, directory):
            shutil.rmtree(path, ignore_errors=True)
        lock.release()
        with contextlib.suppress(OSError):  # others may be at work in it
            root.rmdir()
            if is_first:
                root.parent.rmdir()


def require_fresh(directory: Path, workspace: Workspace) -> None:
    """See that a journal can be kept in `directory` without touching anything.

    Raises `InputError` if something is there, or it would be taken for a trial of a study, or for a remainder.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InputError(f"--keep {directory}: expected a directory that is empty or not there yet; give another")
    if any(directory.resolve().is_relative_to(place.resolve()) for place in (workspace.runs, workspace.scratch)):
        raise InputError(
            f"--keep {directory}: journals of runs lie there; give a directory outside db/runs, db/scratch"
        )


def keep_journal(attempt: Path, directory: Path) -> None:
    """Copy what the job wrote, checkpoints aside."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        if (attempt / name).exists():
            shutil.copy2(attempt / name, directory / name)


def _sweep(root: Path) -> None:
    """Remove what killed processes left: a lock that is free says so. Its job, if it lives on, then soon ends."""
    for path in root.glob("[!.]*"):
        try:
            with FileLock(path / LOCK, blocking=False):
                shutil.rmtree(path, ignore_errors=True)
        except (Timeout, OSError):
            continue
