"""A database file made anew beside the old one, and put in its place by one rename; the old one is kept."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from itertools import count
from pathlib import Path
from typing import NamedTuple

from ablate.errors import TrackingError
from ablate.tracking.connection import BUSY_MILLISECONDS, parsed

WAL = ("-wal", "-shm")
"""What SQLite keeps beside a database that is in use; found beside another database, it would be taken for its own."""


class Aside(NamedTuple):
    """The file that is being made, and why it holds nothing of the old one, if there was one that it could not read."""

    path: Path
    url: str
    why_empty: str | None


def is_file(url: str) -> bool:
    """Whether the database is a file, rather than a server's.

    Raises:
        TrackingError: not a URL, or a database in memory.
    """
    return parsed(url).get_backend_name() == "sqlite" and _file(url).name != ""


def is_there(url: str) -> bool:
    """Whether the file of the SQLite database at `url` exists."""
    return _file(url).exists()


def set_aside(url: str) -> Aside:
    """Begin a new file beside the SQLite database at `url`, as a copy of it if that is whole, else empty."""
    path = _file(url)
    aside = path.with_name(f"{path.name}.rebuilding")
    discard(aside)
    why_empty = _copy(path, aside) if path.exists() else None
    if why_empty is not None:
        discard(aside)
    return Aside(aside, parsed(url).set(database=str(aside)).render_as_string(hide_password=False), why_empty)


def put_in_place(aside: Path, url: str) -> Path | None:
    """Let the finished file take the place of the database at `url`; answers where the old one is kept, if any.

    There is a whole database there at every moment: first the old one gets a second name, then the new one its.

    Raises:
        TrackingError: another program writes to the old one.
    """
    path = _file(url)
    _settle(aside)
    backup = _keep(path) if path.exists() else None
    for suffix in WAL:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    aside.replace(path)
    _sync(path.parent)
    return backup


def discard(aside: Path) -> None:
    """Remove a file that was not finished."""
    for suffix in ("", "-journal", *WAL):
        aside.with_name(aside.name + suffix).unlink(missing_ok=True)


def _file(url: str) -> Path:
    name = parsed(url).database or ""
    if name in ("", ":memory:") or name.startswith("file:"):
        raise TrackingError("a database in memory cannot be rebuilt: name a file by --database")
    return Path(name)


def _copy(path: Path, aside: Path) -> str | None:
    """Copy a database that others may be reading; answers what is wrong with it, if anything."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as old, contextlib.closing(sqlite3.connect(aside)) as new:
            old.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            old.backup(new)
            said = str(new.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        said = str(error)
    return None if said == "ok" else said.partition("\n")[0]


def _settle(aside: Path) -> None:
    """Have all of the new database in its one file, as small as can be, and on the disk."""
    with contextlib.closing(sqlite3.connect(aside)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")
    _sync(aside)


def _keep(path: Path) -> Path:
    """Give the old database a second name, with what it has not taken into its file yet."""
    backup = next(name for n in count(1) if not (name := path.with_name(f"{path.name}.{n}.bak")).exists())
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error:
        is_busy = False  # not readable: kept byte by byte
    if is_busy:
        raise TrackingError(f"{path}: another program uses the database: end it, and rebuild again")
    for suffix in ("", WAL[0]):
        if (part := path.with_name(path.name + suffix)).exists():
            _link(part, backup.with_name(backup.name + suffix))
    return backup


def _link(path: Path, to: Path) -> None:
    try:
        to.hardlink_to(path)
    except OSError:  # a file system without second names
        shutil.copy2(path, to)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
