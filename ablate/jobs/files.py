"""The names of an attempt's files, and writing a file so that a reader sees nothing or everything."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ablate.errors import WorkspaceError

SPEC, METRICS, RESULT, LOG = "spec.json", "metrics.jsonl", "result.json", "log.txt"
SYSTEM = "system.jsonl"
CHECKPOINTS = "checkpoint"


def write_whole(path: Path, text: str) -> None:
    """Write beside, flush to the disk, rename. Raises `WorkspaceError` where the disk does not take it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with writing(path):
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_directory(path.parent)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the disk refuses within the block is said in one line, as a `WorkspaceError`."""
    try:
        yield
    except OSError as error:
        raise WorkspaceError(f"cannot write {path}: {error.strerror}; mend that, and run again") from error


def sync_directory(directory: Path) -> None:
    """Have the disk know of files that were made or renamed in `directory`."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
