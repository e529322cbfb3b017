"""A copy of SQLite's file before its tables are changed: whole, under a name that was free, or not at all."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from ablate.errors import TrackingError


@contextmanager
def kept_copy(path: Path, revision: str) -> Iterator[Path]:
    """Copy the database to `<file>.<revision>.bak` beside it; taken away again if what follows fails.

    The copy is read through a connection of its own, so that it holds what was last committed, also where that still
    lies in the write-ahead log. A copy that is there already is left alone.

    Raises:
        TrackingError: it cannot be written; nothing was changed.
    """
    copy = _free_name(path, revision)
    half = copy.with_name(copy.name + ".part")
    try:
        try:
            _copy(path, half)
            half.replace(copy)
        except (sqlite3.Error, OSError) as error:
            said = error.strerror if isinstance(error, OSError) else error
            raise TrackingError(
                f"{path}: the tracking database is of an earlier revision ({revision}) and cannot be copied before "
                f"it is upgraded ({copy}: {said}): nothing was changed; make room beside it, or name another by "
                "--database"
            ) from error
        finally:
            _remove(half)
        yield copy
    except BaseException:
        _remove(copy)
        raise


def _copy(path: Path, target: Path) -> None:
    _remove(target)
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


def _remove(path: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
