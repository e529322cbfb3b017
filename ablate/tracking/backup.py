"""A copy of SQLite's file before its tables are changed: whole, under a name that was free, or not at all."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

from ablate.errors import TrackingError


def make_copy(path: Path, revision: str) -> Path:
    """Copy the database to `<file>.<revision>.bak` beside it, or a free name like it; answers where.

    The copy is read through a connection of its own, so that it holds what was last committed, also where that still
    lies in the write-ahead log.

    Raises:
        TrackingError: it cannot be written; nothing was changed.
    """
    copy = _free_name(path, revision)
    half = copy.with_name(copy.name + ".part")
    try:
        _copy(path, half)
        half.replace(copy)
    except (sqlite3.Error, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise TrackingError(
            f"{path}: the tracking database is of an earlier revision ({revision}) and cannot be copied before it is "
            f"upgraded ({copy}: {said}): nothing was changed; make room beside it, or name another by --database"
        ) from error
    finally:
        remove_copy(half)
    return copy


def remove_copy(copy: Path) -> None:
    """Take a copy away again, with what SQLite may have put beside it."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)


def _copy(path: Path, target: Path) -> None:
    remove_copy(target)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    shutil.copymode(path, target)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free_name(path: Path, revision: str) -> Path:
    names = (f"{path.name}.{revision}{f'-{number}' if number > 1 else ''}.bak" for number in count(1))
    return next(place for name in names if not (place := path.with_name(name)).exists())
